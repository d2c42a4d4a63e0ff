// The documents pane: filtering by name, deleting with a second thought, pages and their size in the panel beside.

import { toast, finish } from "./toast.js";

const ZOOMS = [1, 1.5, 2.2, 3.2];
const list = () => document.querySelector('[data-region="documents"] .rows[data-key="rows"]');
const gone = new Set(); // ids that are about to be deleted

function mark() {
  const sought = document.getElementById("folio-filter")?.value.trim().toLowerCase() ?? "";
  for (const row of list()?.children ?? []) {
    row.dataset.uiGone = gone.has(row.dataset.key) ? "yes" : "no";
    row.dataset.uiFound = row.dataset.name.toLowerCase().includes(sought) ? "yes" : "no";
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

  document.addEventListener("input", (event) => event.target.id === "folio-filter" && mark());
  window.addEventListener("pagehide", () => [...gone].forEach((id) => drop(id).catch(() => {})));

  return {
    mark,
    names: () => [...(list()?.children ?? [])].filter((row) => !gone.has(row.dataset.key)).map((row) => row.dataset.name),
    // Before a question is asked, what was deleted is really gone.
    settle: () => (gone.size ? finish() : undefined),
    acts: {
      remove,
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
