// Links to a conversation, and everything one owns as a file: straight to the API. A link is shown when it is made, and
// never again; those there are can be taken back.

import { toast } from "./toast.js";
import { toClipboard } from "./clipboard.js";

const list = () => document.getElementById("folio-links");
const api = (path) => new URL(`api/v1/${path}`, document.baseURI);

async function call(path, options) {
  const answer = await fetch(api(path), options);
  const { data, error } = await answer.json();
  if (error) throw new Error(error.message);
  return data;
}

// `current()`: the conversation on show.
export function sharing({ current }) {
  const at = (conversation, rest) => `chat/conversation/${encodeURIComponent(conversation)}/${rest}`;

  function row({ id, created_at: made, path }) {
    const item = document.getElementById("folio-link").content.firstElementChild.cloneNode(true);
    const when = new Date(made).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const url = path && new URL(path.replace(/^\//, ""), document.baseURI).href;
    item.dataset.share = id;
    item.querySelector(".where").textContent = url ?? list().dataset.from.replace("{when}", when);
    item.querySelector(".where").title = url ?? "";
    item.querySelector("[data-act=share-copy]").hidden = !url;
    return item;
  }

  async function show() {
    const conversation = current();
    if (list().dataset.uiOf === conversation) return;
    list().dataset.uiOf = conversation ?? "";
    list().replaceChildren();
    if (!conversation) return;
    const links = await call(at(conversation, "shares")).catch(() => []);
    if (conversation === current()) list().replaceChildren(...links.map(row));
  }

  async function attempt(act) {
    try {
      await act();
    } catch (error) {
      toast(error.name === "Error" ? error.message : list().dataset.failed);
    }
  }

  async function bring(input) {
    const place = document.getElementById("folio-owned");
    const body = new FormData();
    body.append("file", input.files[0]);
    input.value = "";
    place.textContent = place.dataset.working;
    try {
      const made = await call("account/import", { method: "POST", body });
      const { documents, conversations, already_there: already, refused } = made;
      const said = Object.entries({ documents, conversations, already }).reduce(
        (text, [name, number]) => text.replace(`{${name}}`, number),
        place.dataset.done,
      );
      const names = refused.map((one) => one.name).join(", ");
      place.textContent = names ? `${said} ${place.dataset.refused.replace("{names}", names)}` : said;
      return true;
    } catch (error) {
      place.textContent = error.name === "Error" ? error.message : place.dataset.failed;
      return false;
    }
  }

  let listed = Promise.resolve(); // what is asked of the server when the menu opens
  const look = (event) => event.target.matches?.(".exporting") && event.target.open && (listed = show());
  document.addEventListener("toggle", look, true);

  return {
    bring,
    acts: {
      share: () =>
        attempt(async () => {
          await listed; // else the list may come after the link, and without it
          const made = await call(at(current(), "share"), { method: "POST" });
          const item = row(made);
          list().prepend(item);
          await toClipboard(item.querySelector(".where").title).then(() => toast(list().dataset.made), () => {});
        }),
      "share-copy": (button) =>
        attempt(async () => {
          await toClipboard(button.closest("li").querySelector(".where").title);
          toast(list().dataset.made);
        }),
      unshare: (button) =>
        attempt(async () => {
          const item = button.closest("li");
          await call(`chat/shares/${encodeURIComponent(item.dataset.share)}`, { method: "DELETE" });
          item.remove();
          toast(list().dataset.gone);
        }),
    },
  };
}
