// The page's behaviour. What is shown is HTML made by rag/view; here it is put in its place, and clicks become events.
// Gradio's components are the wires: each region's value arrives through `watch`, events leave through `trigger`.

import { morph, morphElement } from "./morph.js";
import { hoverCards } from "./cards.js";
import { address, addressed } from "./address.js";
import { toClipboard } from "./clipboard.js";
import { composer } from "./composer.js";
import { pageImages } from "./images.js";
import { acceptFiles } from "./uploads.js";

const LOST_AFTER_MS = 15_000; // a living answer is heard of every few seconds
const PINNED_PX = 60;

const root = document.documentElement;
const regions = {};
const here = { conversation: null, turn: null, busy: false, heard: 0, waiting: null, asked: {}, opener: null };
const isPhone = () => matchMedia("(max-width: 760px)").matches;
const isWide = () => matchMedia("(min-width: 1101px)").matches;
let pinned = true;
let trigger = () => {};

// ---- values arrive

const show = {
  rail: (element, value) => {
    morph(element, value);
    markCurrent();
  },
  bar: (element, value) => {
    morph(element, value);
    pane(root.dataset.pane);
  },
  welcome: morph,
  composer: (element, value) => {
    morph(element, value);
    compose.restore();
  },
  degraded: morph,
  documents: (element, value) => {
    here.heard = Date.now();
    morph(element, value);
    for (const row of document.querySelectorAll("#folio-uploads [data-ui-document]")) {
      const arrived = element.querySelector(`.row[data-key="${CSS.escape(row.dataset.uiDocument)}"]`);
      if (arrived) row.remove();
    }
  },
  source: (element, value) => openSource(element, value.html),
  thread: (element, value) => {
    if (value.conversation !== here.conversation && !value.moved) return; // the reader has gone on since
    if (value.moved) address(value.conversation, "replaceState");
    const another = element.dataset.uiConversation !== String(value.conversation);
    here.conversation = value.conversation;
    element.dataset.uiConversation = String(value.conversation);
    morph(element, value.html);
    if (another) pin(element);
    else if (pinned) element.scrollTop = element.scrollHeight;
    settle(value.title, value.busy);
  },
  live: (_, value) => {
    if (value.key && value.key === here.waiting) adopt(value);
    if (value.conversation !== here.conversation) return;
    here.heard = Date.now();
    showExchange(value.html);
    here.turn = value.turn;
    settle(value.title, !value.finished);
  },
  notice: (_, value) => {
    if (value.key && value.key === here.waiting) {
      waitFor(null);
      here.asked = {};
    }
    compose.say(value.text);
  },
};

function showExchange(html) {
  const thread = regions.thread;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const want = fresh.content.firstElementChild;
  const have = thread.querySelector(`[data-key="${CSS.escape(want.dataset.key)}"]`);
  if (!have) thread.append(want);
  else if (Number(have.dataset.seq) <= Number(want.dataset.seq)) morphElement(have, want);
  if (pinned) thread.scrollTop = thread.scrollHeight;
}

function adopt(value) {
  // The question was taken: from here on it is the server's.
  waitFor(null);
  here.asked = {};
  compose.clear();
  if (value.conversation !== here.conversation) {
    here.conversation = value.conversation;
    regions.thread.dataset.uiConversation = value.conversation;
    address(value.conversation, "replaceState");
    markCurrent();
  }
  pin(regions.thread);
}

function settle(title, busy) {
  here.busy = busy;
  here.heard = Date.now();
  if (busy) compose.say("");
  root.dataset.chat = here.conversation ? "open" : "empty";
  root.dataset.busy = busy ? "answering" : here.waiting ? "sending" : "no";
  document.title = title ? `${title} · Folio` : "Folio";
  const place = document.getElementById("folio-title");
  if (place) place.textContent = title ?? "";
}

function waitFor(key) {
  here.waiting = key;
  root.dataset.busy = key ? "sending" : here.busy ? "answering" : "no";
}

// ---- moving about

function goTo(conversation, how = "pushState") {
  if (how) address(conversation, how);
  waitFor(null);
  here.conversation = conversation;
  here.turn = null;
  compose.say("");
  markCurrent();
  pane("chat");
  closeSource();
  if (!isWide()) root.dataset.rail = "folded";
  if (conversation) trigger("open", { conversation });
  else {
    regions.thread.replaceChildren();
    regions.thread.dataset.uiConversation = "null";
    settle("", false);
    compose.focus();
  }
}

function markCurrent() {
  for (const link of regions.rail?.querySelectorAll("[data-conversation]") ?? []) {
    if (link.dataset.conversation === here.conversation) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function pane(name) {
  root.dataset.pane = name;
  for (const tab of document.querySelectorAll("[data-act=pane]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.pane === name));
  }
}

function pin(thread) {
  pinned = true;
  thread.scrollTop = thread.scrollHeight;
}

function openSource(element, html) {
  morph(element, html);
  if (!html) return;
  root.dataset.source = "open";
  pane("side");
  element.scrollTop = 0;
  element.querySelector("h2")?.focus({ preventScroll: true });
}

function closeSource() {
  if (root.dataset.source !== "open") return;
  root.dataset.source = "closed";
  pane("chat");
  here.opener?.removeAttribute("aria-expanded");
  here.opener?.focus({ preventScroll: true });
  here.opener = null;
}

function openFrom(button, what) {
  here.opener?.removeAttribute("aria-expanded");
  here.opener = button;
  button.setAttribute("aria-expanded", "true");
  trigger("source", { conversation: here.conversation, ...what });
}

// ---- asking

function ask(question, event = "ask") {
  if (here.waiting || here.busy) return;
  // The same question sent again before it was taken (a lost connection) keeps its key, so that it starts one turn.
  const text = JSON.stringify([question, here.conversation]);
  if (here.asked.text !== text) here.asked = { text, key: `${Date.now()}-${Math.random().toString(36).slice(2)}` };
  here.heard = Date.now();
  waitFor(here.asked.key);
  compose.say("");
  trigger(event, { question, conversation: here.conversation, key: here.waiting, ...compose.choices() });
}

const compose = composer({ ask, isFree: () => !here.busy && !here.waiting });

const acts = {
  cite: (button) =>
    openFrom(button, { message: button.closest(".exchange").dataset.key, index: Number(button.dataset.index) }),
  hit: (button) => openFrom(button, { passage: button.dataset.passage }),
  "close-source": closeSource,
  open: (link) => goTo(link.dataset.conversation),
  fresh: () => goTo(null),
  fold: () => remember("folded"),
  unfold: () => remember("open"),
  pane: (tab) => pane(tab.dataset.pane),
  stop: () => trigger("stop", { turn: here.turn }),
  again: (button) => ask(button.closest(".exchange").querySelector(".said").textContent),
  sample: (button) => ask(button.dataset.question, "sample"),
  latest: () => pin(regions.thread),
  remove: (button) => trigger("remove", { document: button.dataset.document }),
  keep: (button) => (button.closest("details").open = false),
  copy: async (button) => {
    await toClipboard(button.dataset.text);
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = button.dataset.done;
    setTimeout(() => (label.textContent = before), 1600);
  },
};

function remember(state) {
  root.dataset.rail = state;
  if (isWide()) localStorage.setItem("folio-rail", state);
}

// ---- listening, once for the whole document

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-act]");
  if (!target || !acts[target.dataset.act]) return;
  if (target.tagName === "A" && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
  event.preventDefault();
  acts[target.dataset.act](target);
});

document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (root.dataset.source === "open") closeSource();
  else if (here.busy) acts.stop();
});

document.addEventListener(
  "scroll",
  (event) => {
    const thread = regions.thread;
    if (event.target !== thread) return;
    pinned = thread.scrollHeight - thread.scrollTop - thread.clientHeight < PINNED_PX;
    root.dataset.pinned = pinned ? "yes" : "no";
  },
  true,
);

window.addEventListener("popstate", () => goTo(addressed(), null));

// An answer that is not heard of any more (the server was restarted, the machine slept) is attached to again; a question
// that is not taken can be sent again.
setInterval(() => {
  if (!(here.busy || here.waiting) || Date.now() - here.heard < LOST_AFTER_MS) return;
  here.heard = Date.now();
  waitFor(null);
  compose.say(compose.texts().lost);
  if (here.busy) trigger("open", { conversation: here.conversation });
}, 2_000);

acceptFiles({
  began: () => isPhone() && pane("side"),
  arrived: () => trigger("watch", {}),
});
hoverCards();
pageImages(() => regions.source);
here.conversation = addressed();
root.dataset.rail = isWide() ? (localStorage.getItem("folio-rail") ?? "open") : "folded";
pane("chat");
settle("", false);

// ---- Gradio's side: components wait in window.folio until this module has come

function attach({ name, element, props, watch, trigger: send }) {
  const place = element.querySelector("[data-region]");
  regions[name] = place;
  const update = () => {
    if (props.value) show[name]?.(place, props.value);
  };
  watch("value", update);
  update();
  if (name !== "composer") return;
  trigger = send;
  trigger("start", { conversation: here.conversation });
  trigger("watch", {});
}

const early = window.folio ?? [];
window.folio = { push: attach };
early.forEach(attach);
