// The conversation on show is in the page's address: it can be kept, shared between tabs, and gone back to.

const NAME = "conversation";

export const addressed = () => new URLSearchParams(location.search).get(NAME);

export function address(conversation, how) {
  const query = new URLSearchParams(location.search);
  if (conversation) query.set(NAME, conversation);
  else query.delete(NAME);
  const text = query.toString();
  history[how]({}, "", text ? `?${text}` : location.pathname);
}
