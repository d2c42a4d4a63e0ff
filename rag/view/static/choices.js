// How questions are to be answered, and from which documents: kept for each conversation. A new one begins as the last.

import { keep, kept } from "./memory.js";

const FIELDS = ["model", "mode", "passages", "weights", "rerank", "language"];
const USUAL = ["weights", "rerank", "language"]; // "" is one of their choices
const field = (name) => document.getElementById(`folio-${name}`);
const boxes = () => document.querySelectorAll('[data-region="documents"] [data-use]');

// `usable()`: the ids of all documents that a question may use, drawn or not.
export function choices({ current, texts, usable }) {
  let only = null; // ids of the documents a question may use; null: all

  function values() {
    const said = Object.fromEntries(FIELDS.map((name) => [name, field(name)?.value ?? ""]));
    return { ...said, passages: Number(said.passages) || 0 };
  }

  function set(said) {
    for (const name of FIELDS) {
      const select = field(name);
      const value = String(said?.[name] || "");
      const original = [...(select?.options ?? [])].find((option) => option.defaultSelected) ?? select?.options[0];
      if (!select) continue;
      select.value = value;
      if (select.selectedIndex < 0 || (!value && !USUAL.includes(name))) select.value = original.value;
    }
    only = Array.isArray(said?.documents) ? said.documents : null;
    show();
  }

  function show() {
    const summary = document.getElementById("folio-summary");
    const picked = (name) => field(name)?.selectedOptions[0]?.textContent ?? "";
    const language = field("language")?.value ? ` · ${picked("language")}` : "";
    if (summary) summary.textContent = `${picked("model")} · ${picked("mode")}${language}`;
    const all = usable();
    const chosen = new Set(only ?? all);
    for (const box of boxes()) box.checked = !only || chosen.has(box.dataset.use);
    const used = all.filter((id) => chosen.has(id)).length;
    const isNarrowed = Boolean(only) && used < all.length;
    const scope = document.getElementById("folio-scope");
    if (scope) {
      const { scopeAll, scopeSome } = texts();
      const words = isNarrowed ? scopeSome.replace("{n}", used).replace("{total}", all.length) : scopeAll;
      scope.querySelector("span").textContent = words;
      scope.setAttribute("aria-label", words);
      scope.hidden = !all.length;
      scope.dataset.narrowed = isNarrowed ? "yes" : "no";
      const line = document.getElementById("folio-narrowed");
      if (line) {
        line.hidden = !isNarrowed;
        line.querySelector("span").textContent = words;
      }
    }
  }

  function store() {
    keep(current(), { choices: { ...values(), documents: only } });
    keep("last", { choices: values() });
    show();
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-use]")) {
      const all = usable();
      const chosen = new Set(only ?? all);
      chosen[event.target.checked ? "add" : "delete"](event.target.dataset.use);
      const used = all.filter((id) => chosen.has(id));
      if (!used.length) event.target.checked = true; // a question needs at least one
      else {
        only = used.length === all.length ? null : used;
        store();
      }
    } else if (FIELDS.some((name) => event.target === field(name))) store();
  });

  return {
    show,
    values: () => ({ ...values(), documents: only }),
    // What is kept for the conversation on show; else what its last answer was asked with; else as the last time.
    restore(fromServer) {
      set(kept(current()).choices ?? fromServer ?? kept("last").choices);
    },
    // A conversation that has just got its name takes along what was chosen for it.
    carry() {
      keep(current(), { choices: { ...values(), documents: only } });
      keep(null, { choices: undefined, draft: "" });
    },
    // A file that is added while only some documents are used is one of them.
    add(id) {
      if (!only || !id || only.includes(id)) return;
      only = [...only, id];
      store();
    },
    // Some of the fields as somebody has found them good elsewhere.
    use(said) {
      set({ ...values(), ...said, documents: only });
      store();
    },
    all() {
      only = null;
      store();
    },
  };
}
