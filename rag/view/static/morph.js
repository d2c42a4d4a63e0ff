// Brings what is on the page to what new HTML says, touching only what differs: open details, selected text, scroll
// positions, focus and loaded images stay. Children with the same data-key are the same wherever they stand; what has
// data-keep belongs to the page once it is there; attributes that begin with data-ui- are the page's own.

export function morph(container, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  children(container, fresh.content);
}

export function morphElement(have, want) {
  if (have.nodeType === Node.TEXT_NODE) return text(have, want.nodeValue);
  if (have.nodeType !== Node.ELEMENT_NODE || "keep" in have.dataset) return;
  attributes(have, want);
  children(have, want);
}

function children(container, wanted) {
  const keyed = new Map();
  for (const child of container.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
  let cursor = container.firstChild;
  for (const want of [...wanted.childNodes]) {
    const key = want.nodeType === Node.ELEMENT_NODE ? want.dataset.key : undefined;
    const have = key ? keyed.get(key) : alike(cursor, want) ? cursor : null;
    if (!have || have.nodeName !== want.nodeName) {
      container.insertBefore(want, cursor);
      continue;
    }
    if (have === cursor) cursor = cursor.nextSibling;
    else container.insertBefore(have, cursor);
    morphElement(have, want);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

function alike(have, want) {
  return Boolean(have) && have.nodeName === want.nodeName && !(have.dataset?.key || want.dataset?.key);
}

function text(have, value) {
  // Appending, unlike replacing, leaves the reader's selection alone.
  if (value !== have.nodeValue && value.startsWith(have.nodeValue)) have.appendData(value.slice(have.length));
  else if (value !== have.nodeValue) have.nodeValue = value;
}

function attributes(have, want) {
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && name !== "open" && !name.startsWith("data-ui-")) have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (name !== "open" && have.getAttribute(name) !== value) have.setAttribute(name, value);
  }
}
