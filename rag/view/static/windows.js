// Windows of one browser beside each other: what is done in one is told to the others, which look again. A window that
// is not to be seen looks when it comes back. Nothing but what has changed is told; each asks the server for itself.

const GATHER_MS = 120; // what comes together is looked at once
const AWAY_MS = 2_000; // after so long somebody else, in another browser, may have gone on

// `look(what)`: looks again at "talk" (the list, and `what.conversations` if one is on show) and "papers".
export function windows({ look }) {
  const channel = new BroadcastChannel("folio");
  const waiting = { talk: false, papers: false, conversations: new Set() };
  let timer = 0;
  let looked = Date.now();

  function catchUp() {
    clearTimeout(timer);
    timer = 0;
    if (document.hidden) return;
    const { talk, papers, conversations } = waiting;
    if (!look({ talk, papers, conversations })) {
      timer = setTimeout(catchUp, 1_000); // something is being written just now
      return;
    }
    looked = Date.now();
    Object.assign(waiting, { talk: false, papers: false, conversations: new Set() });
  }

  channel.addEventListener("message", ({ data }) => {
    waiting[data.kind] = true;
    if (data.conversation) waiting.conversations.add(data.conversation);
    timer ||= setTimeout(catchUp, GATHER_MS);
  });

  // Somebody comes back to this window.
  function back() {
    if (document.hidden || Date.now() - looked < AWAY_MS) return;
    waiting.talk = waiting.papers = true;
    waiting.conversations.add(null); // whichever is on show
    catchUp();
  }
  window.addEventListener("focus", back);
  document.addEventListener("visibilitychange", back);
  window.addEventListener("blur", () => (looked = Date.now()));

  return {
    tell: (kind, conversation = null) => channel.postMessage({ kind, conversation }),
  };
}
