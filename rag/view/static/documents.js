// The documents pane: filtering by name, deleting with a second thought, pages and their size in the panel beside.

import { toast, finish } from "./toast.js";

const ZOOMS = [1, 1.5, 2.2, 3.2];
const list = () => document.querySelector('[data-region="documents"] .rows[data-key="rows"]');
const gone = new Set(); // ids that are about to be deleted
const PAGE = 100; // rows that are drawn at first
const STEP = 200; // and that many more on request
const SEARCH_AFTER_MS = 160;
const MOST_CHARS = 200; // of what is looked for
let known = { key: "", all: [], ids: new Set() }; // [id, name, is usable] of every document, drawn or not
let count = PAGE;

const sought = () => document.getElementById("folio-filter")?.value.trim().slice(0, MOST_CHARS) ?? "";
// As long as every row is here they are filtered here; the server finds those that are not.
const isWhole = () => known.all.length <= count;
const look = () => ({ count, sought: isWhole() ? "" : sought(), known: known.key });
const lookKey = () => JSON.stringify([look().sought, count]);

function mark() {
  const wanted = sought().toLowerCase();
  for (const row of list()?.children ?? []) {
    row.dataset.uiGone = gone.has(row.dataset.key) ? "yes" : "no";
    row.dataset.uiFound = row.dataset.name.toLowerCase().includes(wanted) ? "yes" : "no";
  }
}

async function drop(id) {
  try {
    await fetch(new URL(`api/v1/docs/${encodeURIComponent(id)}`, document.baseURI), { method: "DELETE", keepalive: true });
  } finally {
    gone.delete(id); // if it is still there, its row says so
    mark();
  }
}

export function documents({ send, texts, changed }) {
  let asked = "";
  let searching = 0;

  function refresh() {
    asked = lookKey();
    send("papers", {});
  }

  // Whether the rows that have come are those that are looked at now.
  function takes(value) {
    if (value.all) known = { key: value.key, all: value.all, ids: new Set(value.all.map(([id]) => id)) };
    const isCurrent = value.look === lookKey();
    if (value.key !== known.key || (!isCurrent && asked !== lookKey())) refresh();
    return isCurrent || !list();
  }

  function search() {
    mark();
    clearTimeout(searching);
    if (isWhole()) return;
    searching = setTimeout(() => {
      count = PAGE;
      refresh();
    }, SEARCH_AFTER_MS);
  }

  function remove(button) {
    const row = button.closest(".row");
    const id = button.dataset.document;
    finish();
    gone.add(id);
    mark();
    const back = () => {
      gone.delete(id);
      mark();
    };
    const end = () => drop(id).catch(() => {}).then(changed);
    toast(texts().gone.replace("{name}", row.dataset.name), { label: texts().undo, act: back }, end);
  }

  document.addEventListener("input", (event) => event.target.id === "folio-filter" && search());
  window.addEventListener("pagehide", () => [...gone].forEach((id) => drop(id).catch(() => {})));

  return {
    mark,
    look,
    takes,
    has: (id) => known.ids.has(id),
    usable: () => known.all.filter(([, , isUsable]) => isUsable).map(([id]) => id),
    names: () => known.all.filter(([id]) => !gone.has(id)).map(([, name]) => name),
    // Before a question is asked, what was deleted is really gone.
    settle: () => (gone.size ? finish() : undefined),
    acts: {
      remove,
      "more-papers": () => {
        count += STEP;
        refresh();
      },
      preview: (button) => send("look", { document: button.dataset.document }, button),
      task: (button) => {
        send("task", { verb: button.dataset.verb, task: button.dataset.task });
        changed();
      },
      turn: (button) => {
        const { document, message, index, passage } = button.closest(".source").dataset;
        const page = Number(button.dataset.page);
        if (message) send("source", { message, index: Number(index), page });
        else if (passage) send("source", { passage, page });
        else send("look", { document, page });
      },
      zoom: (button) => {
        const figure = button.closest(".source").querySelector("figure.page");
        const at = ZOOMS.indexOf(Number(figure.dataset.uiZoom ?? 1)) + Number(button.dataset.by);
        const zoom = ZOOMS[Math.min(Math.max(at, 0), ZOOMS.length - 1)];
        figure.dataset.uiZoom = zoom;
        figure.querySelector("img").style.width = `${zoom * 100}%`;
      },
    },
  };
}
