// Pictures of pages. One that has arrived is scrolled to its quote; one that cannot be had gives way to the passage's text.

export function pageImages(panelOf) {
  on("load", (figure) => {
    figure.dataset.uiLoaded = "yes";
    const panel = panelOf();
    const top = Number(figure.dataset.top) * figure.clientHeight;
    const quoteAt = figure.offsetTop + top;
    const isInSight = quoteAt < panel.scrollTop + panel.clientHeight - 80;
    if (top && !isInSight) panel.scrollTo({ top: quoteAt - panel.clientHeight / 2, behavior: "instant" });
  });
  on("error", (figure) => {
    figure.dataset.uiLoaded = "failed";
    figure.querySelector("figcaption").hidden = false;
    const passage = panelOf().querySelector("details.passage");
    if (passage) passage.open = true;
  });
}

function on(name, act) {
  // Neither event bubbles: they are caught on their way down.
  const find = (event) => event.target.closest?.("figure.page");
  document.addEventListener(name, (event) => find(event) && act(find(event)), true);
}
