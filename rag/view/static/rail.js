// The list of conversations: which part of it is looked at, searching as one types, renaming in place.

import { toast, armed } from "./toast.js";

const PAGE = 30;
const SEARCH_AFTER_MS = 160;
const MOST_CHARS = 200; // of what is looked for; the server takes no more, and says what it took

export function rail({ send, current, texts, moved, reveal }) {
  const look = { state: "active", query: "", count: PAGE };
  const field = () => document.getElementById("folio-search");
  let searching = 0;
  let renaming = null;
  let drawn = 0; // when what is shown was read, by the server's clock

  function browse(changes) {
    Object.assign(look, { count: PAGE, ...changes });
    send("browse", {});
  }

  function search(query) {
    if (query === look.query) return;
    clearTimeout(searching);
    searching = setTimeout(() => browse({ query }), SEARCH_AFTER_MS);
  }

  function rename(item) {
    const link = item.querySelector("a[data-conversation]");
    const input = Object.assign(document.createElement("input"), { value: link.title, maxLength: 200, className: "renaming" });
    input.setAttribute("aria-label", item.querySelector("[data-act=rename]").title);
    renaming = input;
    item.dataset.uiRenaming = "yes";
    item.prepend(input);
    input.select();
    const end = (isMeant) => {
      if (renaming !== input) return;
      renaming = null;
      const title = input.value.trim();
      input.remove();
      delete item.dataset.uiRenaming;
      if (isMeant && title && title !== link.title) move("rename", link.dataset.conversation, { title });
      else send("browse", {});
      link.focus({ preventScroll: true });
    };
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(event.key === "Enter");
    });
  }

  const move = (verb, conversation, more = {}) => send("move", { verb, conversation, ...more });

  document.addEventListener("input", (event) => event.target === field() && search(event.target.value.trim().slice(0, MOST_CHARS)));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      reveal();
      field()?.focus();
      field()?.select();
    }
    if (event.target === field() && event.key === "Escape" && field().value) {
      event.preventDefault();
      field().value = "";
      search("");
    }
    if (event.target === field() && (event.key === "ArrowDown" || event.key === "Enter")) {
      event.preventDefault();
      document.querySelector('[data-region="rail"] nav a')?.focus();
    }
  });

  return {
    look: () => ({ ...look }),
    // Whether a drawn list is the one that is looked at now, and may replace what is there: two answers can overtake
    // each other, and the list from before a change would stay.
    wants(key, at) {
      if (renaming || key !== JSON.stringify([look.state, look.query, look.count]) || at < drawn) return false;
      drawn = at;
      return true;
    },
    // The server has done it: say so, and offer the way back.
    did({ did, conversation, title }) {
      const said = texts()[`did${did[0].toUpperCase()}${did.slice(1)}`];
      const back = { archive: "unarchive", trash: "restore" }[did];
      if (said) toast(said, back && { label: texts().undo, act: () => move(back, conversation) });
      moved(did, conversation, title);
    },
    acts: {
      state: (button) => {
        if (field()) field().value = "";
        browse({ state: button.dataset.state, query: "" });
      },
      more: () => browse({ count: look.count + PAGE }),
      rename: (button) => rename(button.closest("li")),
      move: (button) => {
        if ("sure" in button.dataset && !armed(button)) return toast(button.dataset.sure);
        move(button.dataset.verb, button.closest("li")?.dataset.key ?? current());
      },
    },
  };
}
