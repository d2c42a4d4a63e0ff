// The tools for analysts: a view that lies over the chat. Forms become events, what they give comes as parts, each with
// its place. A run of golden questions goes on without the page; while one is looked at, it is asked how far it is.

import { morph } from "./morph.js";
import { toast, armed } from "./toast.js";
import { tooled, toolAddress } from "./address.js";

const ASK_AFTER_MS = 700;
const TABS = ["inspect", "why", "ab", "golden"];
const root = document.documentElement;
const bench = () => document.querySelector(".bench");
const panel = (tool) => bench()?.querySelector(`.tool-panel[data-tool="${tool}"]`);
const place = (name) => bench()?.querySelector(`[data-slot="${name}"]`);
const isOpen = () => root.dataset.view === "tools";

// `choices`: of the chat. `scope()`: in words, from which documents is answered. `opened()`: the view comes to the front.
export function lab({ send, choices, scope, opened, closed }) {
  const state = { tool: "inspect", run: "", rows: 0, message: "", timer: 0, adopting: false, opener: null };

  // ---- opening and closing

  function open(tool, how = "pushState") {
    if (!bench()) return;
    const known = TABS.includes(tool) ? tool : "inspect";
    const wasOpen = isOpen();
    root.dataset.view = "tools";
    state.tool = known;
    for (const tab of bench().querySelectorAll("[role=tab]")) {
      const isThis = tab.dataset.tool === known;
      tab.setAttribute("aria-selected", String(isThis));
      tab.tabIndex = isThis ? 0 : -1;
      panel(tab.dataset.tool).hidden = !isThis;
    }
    if (how) toolAddress(known, wasOpen ? "replaceState" : how);
    for (const line of bench().querySelectorAll(".lab-scope")) line.textContent = scope();
    if (!wasOpen) opened();
    if (known === "golden") look();
    return wasOpen;
  }

  function close(how = "replaceState") {
    if (!isOpen()) return;
    root.dataset.view = "chat";
    clearTimeout(state.timer);
    if (how && tooled()) toolAddress(null, how);
    closed();
    state.opener?.focus({ preventScroll: true });
    state.opener = null;
  }

  // ---- asking

  const fields = (box) => {
    const said = Object.fromEntries([...box.querySelectorAll("select")].map((field) => [field.name, field.value]));
    return { ...said, passages: Number(said.passages) };
  };
  const how = (form) => {
    const boxes = [...form.querySelectorAll("[data-how]")];
    return Object.fromEntries(boxes.map((box) => [box.dataset.how, fields(box)]));
  };
  const goldenHow = () => fields(panel("golden").querySelector("form"));

  function say(tool, sentence) {
    panel(tool).querySelector(".problem").textContent = sentence;
  }

  function working(form, isWorking) {
    const button = form.querySelector("[type=submit]");
    if (!button) return;
    button.dataset.uiWords ??= button.textContent;
    button.textContent = isWorking ? button.dataset.working : button.dataset.uiWords;
    button.disabled = isWorking;
  }

  function submit(form) {
    const tool = form.dataset.lab;
    if (tool === "golden") return;
    say(tool, "");
    working(form, true);
    const text = (name) => form.elements[name]?.value ?? "";
    const message = tool === "why" ? state.message : "";
    const { documents } = choices.values();
    const asked = { question: text("question"), sentence: text("sentence"), documents, message, ...how(form) };
    send("lab", { verb: tool, key: `lab-${tool}`, ...asked });
  }

  const ask = (verb, more = {}) =>
    send("lab", { verb, key: "lab-golden", run: state.run, rows: state.rows, how: goldenHow(), ...more });

  function look(run = state.run) {
    if (run !== state.run) state.rows = 0;
    state.run = run;
    ask("runs");
  }

  async function upload(file) {
    const body = new FormData();
    const { model, mode, passages, weights, rerank } = goldenHow();
    body.append("file", file, file.name);
    body.append("model", model ?? "");
    body.append("search_mode", mode);
    body.append("settings", JSON.stringify({ passages, ...(weights && { weights }), ...(rerank && { rerank }) }));
    say("golden", "");
    try {
      const answer = await fetch(new URL("api/v1/lab/runs/file", document.baseURI), { method: "POST", body });
      const { data, error } = await answer.json();
      if (error) say("golden", error.message);
      else look(data.run_id);
    } catch {
      say("golden", panel("golden").querySelector("[data-golden]").dataset.broke);
    }
  }

  // ---- what comes

  function drawn({ parts, busy, run }) {
    if (state.adopting && run && run !== state.run) {
      state.run = run; // begun again: the new run is looked at
      state.adopting = false;
    }
    for (const [name, html] of Object.entries(parts)) {
      if (name === "run" && "runs" in parts && run !== state.run) continue; // another is looked at since
      morph(place(name), html);
      const form = panel(name)?.querySelector("form");
      if (form) working(form, false);
    }
    if ("runs" in parts) {
      if (!state.run && place("run").querySelector(".lab-run")) place("run").replaceChildren();
      for (const row of bench().querySelectorAll(".lab-runs .run-name")) {
        row.setAttribute("aria-current", String(row.dataset.run === state.run));
      }
      count();
      clearTimeout(state.timer);
      if (busy && isOpen() && state.tool === "golden") state.timer = setTimeout(() => look(), ASK_AFTER_MS);
    }
  }

  const picked = () => [...bench().querySelectorAll("[data-compare]:checked")].map((box) => box.dataset.compare);
  const count = () => (bench().querySelector("[data-act=lab-compare]").disabled = picked().length !== 2);

  // What went wrong in a tool is said in it. -> whether it was one.
  function failed(key, sentence) {
    const tool = TABS.find((each) => key === `lab-${each}`);
    if (!tool) return false;
    say(tool, sentence);
    working(panel(tool).querySelector("form"), false);
    return true;
  }

  function about(message) {
    state.message = message;
    panel("why").querySelector(".about-answer").hidden = !message;
    panel("why").querySelector("[data-how]").hidden = Boolean(message);
  }

  document.addEventListener("submit", (event) => {
    if (!("lab" in event.target.dataset)) return;
    event.preventDefault();
    submit(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-compare]")) count();
    if (!event.target.matches("[data-golden]")) return;
    const [file] = event.target.files;
    if (file) upload(file);
    event.target.value = "";
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches(".bench form textarea") && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !event.target.matches(".bench [role=tab]")) return;
    open(TABS[(TABS.indexOf(state.tool) + step + TABS.length) % TABS.length]);
    bench().querySelector("[aria-selected=true]").focus();
  });

  return {
    open,
    close,
    drawn,
    failed,
    isOpen,
    // Files that are dropped on the golden questions are questions, not documents. -> whether they were.
    takes(files) {
      if (!isOpen() || state.tool !== "golden") return false;
      upload(files[0]);
      return true;
    },
    // The frame has come: the address may say that it is looked at.
    ready: () => tooled() && open(tooled(), null),
    acts: {
      tools: (button) => {
        if (isOpen()) return close();
        open(state.tool);
        state.opener = button;
        bench().querySelector("h2").focus({ preventScroll: true });
      },
      tool: (tab) => open(tab.dataset.tool),
      "close-tools": () => close(),
      "why-not": (button) => {
        open("why");
        about(button.dataset.message);
        panel("why").querySelector("[name=question]").value = button.dataset.question;
        panel("why").querySelector("[name=sentence]").focus();
      },
      "lab-anew": () => about(""),
      "lab-use": () => {
        choices.use(how(panel("inspect").querySelector("form")).how);
        toast(bench().dataset.used);
      },
      "lab-run": (button) => look(button.dataset.run),
      "lab-more": (button) => {
        state.rows = Number(button.dataset.rows);
        ask("runs");
      },
      "lab-row": (button) =>
        send("lab", { verb: "row", key: "lab-golden", run: button.dataset.run, number: Number(button.dataset.number) }, button),
      "lab-compare": () => {
        const [b, a] = picked(); // the newest is first: what changed since the older
        state.run = "";
        ask("compare", { a, b });
      },
      "lab-move": (button) => {
        if ("sure" in button.dataset && !armed(button)) return toast(button.dataset.sure);
        if (button.dataset.verb === "delete") state.run = "";
        state.adopting = button.dataset.verb === "again";
        ask(button.dataset.verb, { run: button.dataset.run });
      },
    },
  };
}
