// Keeps the admin page's figures fresh, as long as somebody looks.

const EVERY_MS = 1000;
const figures = document.getElementById("figures");

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(figures.dataset.from, { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.ok) figures.innerHTML = await answer.text();
    else if (answer.status === 401 || answer.status === 404) location.reload();
  } catch {
    // The server is away for a moment; the next look finds it again.
  }
}

async function keep() {
  await refresh();
  setTimeout(keep, EVERY_MS);
}
setTimeout(keep, EVERY_MS);
