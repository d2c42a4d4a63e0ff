// The page's behaviour. What is shown is HTML made by rag/view; here it is put in its place, and clicks become events.
// Gradio's components are the wires: each region's value arrives through `watch`, events leave through `trigger`.

import { morph, morphElement } from "./morph.js";
import { hoverCards } from "./cards.js";
import { address, addressed, tooled } from "./address.js";
import { toClipboard } from "./clipboard.js";
import { composer } from "./composer.js";
import { pageImages } from "./images.js";
import { acceptFiles } from "./uploads.js";
import { choices } from "./choices.js";
import { documents } from "./documents.js";
import { exchanges } from "./exchanges.js";
import { lab } from "./lab.js";
import { rail } from "./rail.js";
import { sharing } from "./share.js";
import { microphone } from "./speak.js";
import { windows } from "./windows.js";

const LOST_AFTER_MS = 15_000; // a living answer is heard of every few seconds
const PINNED_PX = 60;
const TITLE_AFTER_MS = 2_000;
const SILENT_AFTER_MS = 5_000; // so long an answer may stand still before it is said for how long it has
const PENDING = "folio-pending";
const RESEND_MS = 60_000;

const root = document.documentElement;
const regions = {};
const here = { conversation: null, turn: null, busy: false, heard: 0, grew: 0, drawn: "", waiting: null, asked: {}, opener: null };
const isPhone = () => matchMedia("(max-width: 760px)").matches;
const isWide = () => matchMedia("(min-width: 1101px)").matches;
let pinned = true;
let shownTitle = "";
let trigger = () => {};

// ---- values arrive

const show = {
  rail: (element, value) => {
    if (!list.wants(value.look, value.at)) return; // something else is looked at since, or something newer was read
    morph(element, value.html);
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
    compose.focus();
    chosen.restore();
    askAgain();
  },
  degraded: morph,
  documents: (element, value) => {
    here.heard = Date.now();
    if (papers.takes(value)) morph(element, value.html);
    for (const row of document.querySelectorAll("#folio-uploads [data-ui-document]")) {
      if (papers.has(row.dataset.uiDocument)) row.remove();
    }
    papers.mark();
    chosen.show();
    if (value.again) send("watch", {});
  },
  lab: (element, value) => {
    if (!value.frame) return bench.drawn(value);
    morph(element, value.frame);
    bench.ready();
  },
  source: (element, value) => openSource(element, value.html),
  thread: (element, value) => {
    if (value.conversation !== here.conversation && !value.moved) return; // the reader has gone on since
    if (value.moved) address(value.conversation, "replaceState");
    if (value.key && value.key === here.waiting) {
      waitFor(null);
      here.changing = true;
      if (value.key === here.asked.key) taken();
    }
    const another = element.dataset.uiConversation !== String(value.conversation);
    here.conversation = value.conversation;
    element.dataset.uiConversation = String(value.conversation);
    const before = element.scrollHeight - element.scrollTop;
    morph(element, value.html);
    if (value.message) reveal(element, value.message);
    else if (another || value.key) pin(element);
    else if (pinned) element.scrollTop = element.scrollHeight;
    else if (here.growing) element.scrollTop = element.scrollHeight - before;
    here.growing = false;
    if (here.changing) tellAll();
    if (another) {
      compose.restore(value.draft);
      chosen.restore(value.choices);
    }
    settle(value.title, value.busy);
  },
  live: (_, value) => {
    if (value.key && value.key === here.waiting) adopt(value);
    if (value.conversation !== here.conversation) return;
    here.heard = Date.now();
    if (value.html !== here.drawn) here.grew = here.heard;
    here.drawn = value.html;
    showExchange(value.html);
    here.turn = value.turn;
    // A model may find a better title than the question's beginning, in a moment.
    if (value.finished && here.busy) setTimeout(() => send("browse", {}), TITLE_AFTER_MS);
    if (value.finished && here.busy && here.isOurs) tellEnd();
    settle(value.title, !value.finished);
  },
  notice: (_, value) => {
    if (value.did) {
      others.tell(value.did === "cancel" ? "papers" : "talk", value.conversation);
      return list.did(value);
    }
    if (value.key && bench.failed(value.key, value.text)) return;
    if (value.key && value.key === here.waiting) {
      waitFor(null);
      forget();
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
  taken();
  if (value.conversation !== here.conversation) {
    here.conversation = value.conversation;
    regions.thread.dataset.uiConversation = value.conversation;
    chosen.carry();
    address(value.conversation, "replaceState");
    markCurrent();
  }
  pin(regions.thread);
  tellAll();
}

// What was done here, the other windows look at.
function tellAll() {
  here.changing = false;
  here.isOurs = true;
  others.tell("talk", here.conversation);
  others.tell("papers");
}

function tellEnd() {
  here.isOurs = false;
  others.tell("talk");
  setTimeout(() => others.tell("talk"), TITLE_AFTER_MS);
}

function taken() {
  forget();
  compose.clear();
}

function forget() {
  here.asked = {};
  sessionStorage.removeItem(PENDING);
}

function settle(title, busy) {
  here.busy = busy;
  here.heard = Date.now();
  if (busy) compose.say("");
  root.dataset.chat = here.conversation ? "open" : "empty";
  entitle(title);
  root.dataset.busy = busy ? "answering" : here.waiting ? "sending" : "no";
  for (const link of document.querySelectorAll("[data-export]")) {
    const id = encodeURIComponent(here.conversation ?? "");
    link.href = `api/v1/chat/conversation/${id}/export?format=${link.dataset.export}`;
  }
}

function entitle(title) {
  shownTitle = title;
  paintTitle(bench.isOpen() ? regions.lab.querySelector("h2").textContent : title);
}

function paintTitle(title) {
  document.title = title ? `${title} · Folio` : "Folio";
  const place = document.getElementById("folio-title");
  if (place) place.textContent = title ?? "";
}

function waitFor(key) {
  here.waiting = key;
  root.dataset.busy = key ? "sending" : here.busy ? "answering" : "no";
}

// ---- moving about

function goTo(conversation, how = "pushState", message = "") {
  if (how && conversation !== here.conversation) address(conversation, how);
  waitFor(null);
  here.conversation = conversation;
  here.turn = null;
  compose.say("");
  markCurrent();
  bench.close(how && "replaceState");
  pane("chat");
  closeSource();
  if (!isWide()) root.dataset.rail = "folded";
  if (conversation) send("open", { conversation, message });
  else {
    regions.thread.replaceChildren();
    regions.thread.dataset.uiConversation = "null";
    settle("", false);
    compose.restore();
    chosen.restore();
    compose.focus();
  }
}

function markCurrent() {
  for (const link of regions.rail?.querySelectorAll("[data-conversation]") ?? []) {
    if (link.dataset.conversation === here.conversation) {
      link.setAttribute("aria-current", "page");
      if (link.title && root.dataset.chat === "open") entitle(link.title);
    } else link.removeAttribute("aria-current");
  }
}

function pane(name) {
  root.dataset.pane = name;
  for (const tab of document.querySelectorAll("[data-act=pane]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.pane === name));
  }
}

function reveal(thread, message) {
  const id = CSS.escape(message);
  const found = thread.querySelector(`.exchange[data-key="${id}"], .exchange[data-question="${id}"]`);
  if (!found) return;
  pinned = false;
  found.scrollIntoView({ block: "start" });
  for (const other of thread.querySelectorAll("[data-ui-found]")) delete other.dataset.uiFound;
  found.dataset.uiFound = "yes";
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
  send("source", what);
}

// ---- asking

// Every event says what is looked at: the conversation, how much of it is drawn, and which part of the list.
function send(event, data, opener = null) {
  if (opener) {
    here.opener?.removeAttribute("aria-expanded");
    here.opener = opener;
    opener.setAttribute("aria-expanded", "true");
  }
  const shown = regions.thread?.querySelectorAll(".exchange") ?? [];
  const last = shown[shown.length - 1]?.dataset.key ?? "";
  if (["again", "edit", "version"].includes(event)) here.changing = true;
  trigger(event, { conversation: here.conversation, count: shown.length, last, rail: list.look(), papers: papers.look(), ...data });
}

// Begins an answer: one at a time.
function start(event, data, key = newKey()) {
  if (here.waiting || here.busy) return;
  here.heard = Date.now();
  waitFor(key);
  compose.say("");
  send(event, { ...data, key });
}

const newKey = () => `${Date.now()}-${Math.random().toString(36).slice(2)}`;

async function ask(question, event = "ask") {
  if (here.waiting || here.busy) return;
  await papers.settle();
  // The same question sent again before it was taken (a lost connection) keeps its key, so that it starts one turn.
  const text = JSON.stringify([question, here.conversation]);
  if (here.asked.text !== text) here.asked = { text, key: newKey() };
  const pending = { question, event, conversation: here.conversation, key: here.asked.key, at: Date.now() };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  start(event, { question, ...chosen.values() }, here.asked.key);
}

// A question that was on its way when the page was loaded anew (the server was restarted, Gradio reloads its page then) is
// sent again, with its key: if it was taken after all, it is the same turn.
function askAgain() {
  const { question, event, conversation, key, at } = JSON.parse(sessionStorage.getItem(PENDING)) ?? {};
  sessionStorage.removeItem(PENDING);
  const isOurs = event === "ask" && conversation === here.conversation && Date.now() - at < RESEND_MS;
  if (!isOurs || document.getElementById("folio-question").value !== question) return;
  here.asked = { text: JSON.stringify([question, conversation]), key };
  ask(question);
}

// Another window has gone on, or may have. False: not now, something is being written here.
function lookAgain({ talk, papers, conversations }) {
  const isConcerned = here.conversation && (conversations.has(here.conversation) || conversations.has(null));
  if (isConcerned && (here.busy || here.waiting || document.querySelector(".editing, .reasoning"))) return false;
  if (papers) send("watch", {});
  if (isConcerned) send("open", {});
  else if (talk) send("browse", {});
  return true;
}

function changedPapers() {
  send("watch", {});
  others.tell("papers");
}

const current = () => here.conversation;
const compose = composer({
  ask,
  current,
  isFree: () => !here.busy && !here.waiting,
  save: (conversation, text) => send("draft", { conversation, text }),
});
const { texts } = compose;
const chosen = choices({ current, texts, usable: () => papers.usable() });
const others = windows({ look: lookAgain });
const papers = documents({ send, texts, changed: changedPapers });
const bench = lab({
  send,
  choices: chosen,
  scope: () => document.getElementById("folio-scope")?.textContent.trim() ?? "",
  opened: () => {
    closeSource();
    pane("chat");
    entitle(shownTitle);
  },
  closed: () => {
    closeSource();
    entitle(shownTitle);
  },
});
const links = sharing({ current });
const speech = microphone({ write: compose.add, say: compose.say });
const list = rail({
  send,
  current,
  texts,
  reveal: () => {
    if (isPhone()) pane("rail");
    root.dataset.rail = "open";
  },
  moved: (did, conversation, title) => {
    if (conversation !== here.conversation) return;
    if (did === "delete") goTo(null);
    else if (did === "rename") settle(title, here.busy);
    else send("open", {});
  },
});

const acts = {
  ...list.acts,
  ...papers.acts,
  ...bench.acts,
  ...links.acts,
  ...speech.acts,
  ...exchanges({ start, send, texts, problem: compose.problem, say: compose.say, choices: chosen.values }),
  cite: (button) =>
    openFrom(button, { message: button.closest(".exchange").dataset.key, index: Number(button.dataset.index) }),
  hit: (button) => openFrom(button, { passage: button.dataset.passage }),
  "close-source": closeSource,
  open: (link) => goTo(link.dataset.conversation, "pushState", link.dataset.message),
  earlier: (button) => {
    here.growing = true;
    pinned = false;
    send("open", { count: Number(button.dataset.count) });
  },
  fresh: () => goTo(null),
  fold: () => remember("folded"),
  unfold: () => remember("open"),
  pane: (tab) => pane(tab.dataset.pane),
  skip: () => {
    pane("chat");
    compose.focus();
  },
  scope: () => {
    closeSource();
    pane("side");
    document.querySelector("[data-use]")?.focus();
  },
  "use-all": () => chosen.all(),
  stop: () => send("stop", { turn: here.turn }),
  sample: (button) => ask(button.dataset.question, "sample"),
  latest: () => pin(regions.thread),
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
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (root.dataset.source === "open") closeSource();
  else if (bench.isOpen()) bench.close();
  else if (here.busy) acts.stop();
});

// A menu closes as soon as something else is clicked, or a choice in it was made.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target) || event.target.closest("[data-export]")) menu.open = false;
  }
});

// What is unfolded is on show, and not behind the field below it.
document.addEventListener(
  "toggle",
  (event) => event.target.matches?.(".connect[open]") && event.target.scrollIntoView({ block: "nearest" }),
  true,
);

document.addEventListener("change", async (event) => {
  if (!event.target.matches("[data-import]") || !event.target.files.length) return;
  if (!(await links.bring(event.target))) return;
  send("browse", {});
  changedPapers();
  others.tell("talk");
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

window.addEventListener("popstate", () => {
  goTo(addressed(), null);
  if (tooled()) bench.open(tooled(), null);
});

// While an answer stands still, its step says for how long.
setInterval(() => {
  const step = here.busy && regions.thread?.querySelector('.exchange:last-child .step[data-status="now"]');
  if (!step) return;
  const silent = Date.now() - here.grew;
  if (silent < SILENT_AFTER_MS) delete step.dataset.uiSilent;
  else step.dataset.uiSilent = `${Math.round(silent / 1000)} s`;
}, 1_000);

// An answer that is not heard of any more (the server was restarted, the machine slept) is attached to again; a question
// that is not taken can be sent again.
setInterval(() => {
  if (!(here.busy || here.waiting) || Date.now() - here.heard < LOST_AFTER_MS) return;
  here.heard = Date.now();
  waitFor(null);
  compose.say(compose.texts().lost);
  if (here.busy) send("open", {});
}, 2_000);

acceptFiles({
  elsewhere: bench.takes,
  began: () => isPhone() && pane("side"),
  arrived: (id) => {
    chosen.add(id);
    changedPapers();
  },
  names: papers.names,
  conversation: current,
  pasted: () => texts().pasted.replace("{what}", new Date().toLocaleString().replaceAll(/[/:,]/g, "-") + ".png"),
});
hoverCards();
pageImages(() => regions.source);
here.conversation = addressed();
root.dataset.rail = isWide() ? (localStorage.getItem("folio-rail") ?? "open") : "folded";
pane("chat");
settle("", false);

// ---- Gradio's side: components wait in window.folioParts until this module has come

function attach({ name, element, props, watch, trigger: wire }) {
  const place = element.querySelector("[data-region]");
  regions[name] = place;
  const update = () => {
    if (props.value) show[name]?.(place, JSON.parse(props.value));
  };
  watch("value", update);
  update();
  if (name !== "composer") return;
  trigger = wire;
  send("start", {});
  send("watch", {});
}

// Not window.folio: that is the element with this id as long as nothing else has the name.
const early = window.folioParts ?? [];
window.folioParts = { push: attach };
early.forEach(attach);
