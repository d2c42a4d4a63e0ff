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
  let entries = Object.entries(others).slice(-MOST);
  for (;;) {
    try {
      const kept = { ...Object.fromEntries(entries), [name(conversation)]: { ...before, ...changes } };
      return localStorage.setItem(KEY, JSON.stringify(kept));
    } catch (error) {
      if (!entries.length) return; // a browser that keeps nothing: the page goes on without
      entries = entries.slice(Math.ceil(entries.length / 2)); // thousands of documents may be chosen in each
    }
  }
}
