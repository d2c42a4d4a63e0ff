// What can be done with a question and its answer: edit, answer again, step between versions, judge, copy.

import { toast } from "./toast.js";
import { toClipboard } from "./clipboard.js";

const exchangeOf = (element) => element.closest(".exchange");
const template = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

// `start(event, data)`: begins an answer unless one is being written. `send(event, data)`: anything else.
export function exchanges({ start, send, texts, problem, say, choices }) {
  function edit(button) {
    const exchange = exchangeOf(button);
    const asked = exchange.querySelector(".asked");
    if (asked.querySelector(".editing")) return;
    const form = template("folio-edit");
    const field = form.querySelector("textarea");
    field.value = exchange.querySelector(".said").textContent;
    asked.append(form);
    asked.dataset.uiEditing = "yes";
    field.style.height = `${Math.min(field.scrollHeight + 4, 260)}px`;
    field.focus();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wrong = problem(field.value);
      if (wrong !== "") return say(wrong ?? "");
      start("edit", { message: exchange.dataset.question, question: field.value, ...choices() });
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === "Escape") {
        event.preventDefault();
        close(form);
      }
    });
  }

  function close(form) {
    const asked = form.closest(".asked");
    delete asked.dataset.uiEditing;
    form.remove();
    asked.querySelector("[data-act=edit]")?.focus({ preventScroll: true });
  }

  function thumb(button) {
    const exchange = exchangeOf(button);
    const given = button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.thumb;
    for (const each of exchange.querySelectorAll("[data-act=thumb]")) {
      each.setAttribute("aria-pressed", String(each.dataset.thumb === given));
    }
    exchange.querySelector(".reasoning")?.remove();
    send("react", { message: exchange.dataset.key, thumb: given });
    if (given !== "down") return;
    const form = template("folio-reason");
    exchange.querySelector(".answer").append(form);
    form.querySelector("input").focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send("react", { message: exchange.dataset.key, thumb: given, reason: form.querySelector("input").value });
      form.remove();
      toast(texts().thanks);
    });
  }

  function models(button) {
    document.querySelector(".choosing")?.remove();
    const menu = Object.assign(document.createElement("div"), { className: "sheet choosing" });
    menu.setAttribute("role", "menu");
    for (const option of document.getElementById("folio-model").options) {
      const choice = Object.assign(document.createElement("button"), { type: "button", className: "choice" });
      choice.setAttribute("role", "menuitem");
      choice.textContent = option.textContent;
      choice.addEventListener("click", () => {
        menu.remove();
        start("again", { message: exchangeOf(button).dataset.key, model: option.value });
      });
      menu.append(choice);
    }
    const leave = (event) => {
      if (event.type === "keydown" ? event.key === "Escape" : !menu.contains(event.target) && !button.contains(event.target)) {
        event.type === "keydown" && event.preventDefault();
        menu.remove();
        document.removeEventListener("click", leave, true);
        document.removeEventListener("keydown", leave, true);
      }
    };
    document.addEventListener("click", leave, true);
    document.addEventListener("keydown", leave, true);
    button.closest(".actions").append(menu);
    menu.firstElementChild?.focus();
  }

  return {
    edit,
    "edit-cancel": (button) => close(button.closest("form")),
    again: (button) => start("again", { message: exchangeOf(button).dataset.key }),
    "again-with": models,
    version: (button) => send("version", { message: button.dataset.message }),
    thumb,
    trace: (button) => send("trace", { message: exchangeOf(button).dataset.key }, button),
    copy: async (button) => {
      await toClipboard(button.dataset.text);
      toast(button.dataset.done);
    },
  };
}
