// What this browser keeps of each conversation: its draft, how it is to be answered, which documents it may use.
// A conversation that has no name yet is kept under "new", and carried over when it gets one.

const KEY = "folio-kept";
const MOST = 200; // conversations are remembered; the longest untouched are forgotten first
const name = (conversation) => conversation ?? "new";

function all() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function kept(conversation) {
  return all()[name(conversation)] ?? {};
}

export function keep(conversation, changes) {
  const { [name(conversation)]: before, ...others } = all();
  const entries = Object.entries(others).slice(-MOST);
  localStorage.setItem(KEY, JSON.stringify({ ...Object.fromEntries(entries), [name(conversation)]: { ...before, ...changes } }));
}
