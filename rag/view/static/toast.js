// A line that says what has just happened, with a way to undo it; it goes by itself. Texts are set as text.

const STAYS_MS = 6_000;
let leaving = 0;
let ending = null;

function line() {
  const made = document.getElementById("folio-toast");
  if (made) return made;
  const toast = document.createElement("div");
  toast.id = "folio-toast";
  toast.className = "toast";
  toast.setAttribute("role", "status");
  toast.append(document.createElement("span"), Object.assign(document.createElement("button"), { type: "button" }));
  document.getElementById("folio").append(toast);
  return toast;
}

// `undo` ({label, act}) is offered until the line goes; then, or when another comes, `end` is called unless it was undone.
export function toast(text, undo = null, end = null) {
  finish();
  const place = line();
  const button = place.querySelector("button");
  place.querySelector("span").textContent = text;
  button.textContent = undo?.label ?? "";
  button.hidden = !undo;
  button.onclick = () => {
    ending = null;
    close();
    undo.act();
  };
  place.dataset.open = "yes";
  ending = end;
  clearTimeout(leaving);
  leaving = setTimeout(finish, STAYS_MS);
}

// What was waiting for a second thought happens now.
export function finish() {
  const act = ending;
  ending = null;
  close();
  return act?.();
}

function close() {
  clearTimeout(leaving);
  delete line().dataset.open;
}

export const armed = (button) => {
  // A second click means it, as long as the line that asks is there.
  if (button.dataset.uiArmed) return true;
  button.dataset.uiArmed = "yes";
  setTimeout(() => delete button.dataset.uiArmed, STAYS_MS);
  return false;
};
