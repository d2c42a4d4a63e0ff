// The quote behind a citation, while the pointer or the focus rests on it. Texts are set as text, never as HTML.

const MARGIN_PX = 8;

export function hoverCards() {
  const card = document.createElement("div");
  card.className = "card-over";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  const quote = card.appendChild(document.createElement("p"));
  const about = card.appendChild(document.createElement("p"));
  document.body.append(card);

  function open(mark) {
    quote.textContent = mark.dataset.quote;
    about.textContent = mark.dataset.about;
    card.hidden = false;
    const at = mark.getBoundingClientRect();
    const left = Math.min(Math.max(MARGIN_PX, at.left - 20), innerWidth - card.offsetWidth - MARGIN_PX);
    const above = at.top - card.offsetHeight - MARGIN_PX;
    card.style.left = `${left}px`;
    card.style.top = `${above > MARGIN_PX ? above : at.bottom + MARGIN_PX}px`;
  }

  const close = () => (card.hidden = true);
  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => {
      const mark = event.target.closest?.("[data-quote]");
      if (mark?.dataset.quote && event.pointerType !== "touch") open(mark);
      else close();
    });
  }
  document.addEventListener("focusout", close);
  document.addEventListener("scroll", close, true);
  document.addEventListener("click", close, true);
}
