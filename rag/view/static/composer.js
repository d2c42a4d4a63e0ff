// Where questions are written: Enter sends, Shift+Enter is a new line. A draft is kept here at once, and by the server
// a moment later, so that it survives a reload and is there in another browser.

import { keep, kept } from "./memory.js";

const SAVE_AFTER_MS = 700;

export function composer({ ask, isFree, current, save }) {
  const field = () => document.getElementById("folio-question");
  const texts = () => document.getElementById("folio-form")?.dataset ?? {};
  let saving = 0;

  function fit() {
    const box = field();
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 220)}px`;
  }

  function say(sentence) {
    const place = document.getElementById("folio-problem");
    if (place && place.textContent !== sentence) place.textContent = sentence;
  }

  function problem(question) {
    const { max, empty, long } = texts();
    const count = [...question].length;
    if (!question.trim()) return question ? empty : null;
    const figure = (number) => number.toLocaleString(document.documentElement.lang);
    if (count > Number(max)) return long.replace("{chars}", figure(count)).replace("{max}", figure(Number(max)));
    return "";
  }

  function submit() {
    const question = field().value;
    if (!isFree()) return;
    const wrong = problem(question);
    if (wrong === "") return ask(question);
    say(wrong ?? "");
    if (!question.trim()) field().focus();
  }

  function changed() {
    const text = field().value;
    const conversation = current();
    keep(conversation, { draft: text });
    clearTimeout(saving);
    if (conversation) saving = setTimeout(() => save(conversation, text), SAVE_AFTER_MS);
    fit();
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "folio-form") return;
    event.preventDefault();
    submit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "folio-question" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  document.addEventListener("input", (event) => event.target.id === "folio-question" && changed());

  return {
    say,
    texts,
    problem,
    focus: () => field()?.focus({ preventScroll: true }),
    // Something is put after what is there, as if it had been typed.
    add(text) {
      const box = field();
      box.value = box.value.trim() ? `${box.value.trimEnd()} ${text}` : text;
      changed();
      box.focus({ preventScroll: true });
    },
    clear() {
      clearTimeout(saving);
      field().value = "";
      keep(current(), { draft: "" });
      fit();
    },
    // The draft of the conversation that is on show now; `fromServer` where this browser has none.
    restore(fromServer = "") {
      if (!field()) return;
      clearTimeout(saving);
      field().value = kept(current()).draft ?? fromServer;
      fit();
      if (matchMedia("(pointer: fine)").matches && document.activeElement === document.body) this.focus();
    },
  };
}
