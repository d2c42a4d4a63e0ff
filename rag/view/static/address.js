// What is on show is in the page's address, so that it can be kept, shared between tabs, and gone back to: the
// conversation, and the tool that lies over it.

const NAME = "conversation";
const TOOL = "tools";
const asked = (name) => new URLSearchParams(location.search).get(name);

export const addressed = () => asked(NAME);
export const tooled = () => asked(TOOL);

export const address = (conversation, how) => set(NAME, conversation, how);
export const toolAddress = (tool, how) => set(TOOL, tool, how);

function set(name, value, how) {
  const query = new URLSearchParams(location.search);
  if (value) query.set(name, value);
  else query.delete(name);
  const text = query.toString();
  history[how]({}, "", text ? `?${text}` : location.pathname);
}
