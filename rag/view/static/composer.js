// Where questions are written: Enter sends, Shift+Enter is a new line, a draft survives a reload.

const DRAFT = "folio-draft";

export function composer({ ask, isFree }) {
  const field = () => document.getElementById("folio-question");
  const texts = () => document.getElementById("folio-form")?.dataset ?? {};

  function fit() {
    const box = field();
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 220)}px`;
  }

  function say(sentence) {
    const place = document.getElementById("folio-problem");
    if (place) place.textContent = sentence;
  }

  function submit() {
    const question = field().value;
    if (!isFree()) return;
    const { max, empty, long } = texts();
    if (!question.trim()) {
      say(question ? empty : "");
      field().focus();
    } else if ([...question].length > Number(max)) {
      say(long.replace("{chars}", [...question].length.toLocaleString()).replace("{max}", Number(max).toLocaleString()));
    } else ask(question);
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
  document.addEventListener("input", (event) => {
    if (event.target.id !== "folio-question") return;
    sessionStorage.setItem(DRAFT, event.target.value);
    fit();
  });

  return {
    say,
    texts,
    focus: () => field()?.focus({ preventScroll: true }),
    choices: () => ({
      model: document.getElementById("folio-model")?.value ?? "",
      mode: document.getElementById("folio-mode")?.value ?? "",
    }),
    clear() {
      field().value = "";
      sessionStorage.removeItem(DRAFT);
      fit();
    },
    restore() {
      if (field().value) return;
      field().value = sessionStorage.getItem(DRAFT) ?? "";
      fit();
      if (matchMedia("(pointer: fine)").matches) this.focus();
    },
  };
}
