// Covered pictures: a click asks for the clear ones of that clip on this page, another covers them again.
// Nothing is told to the server; without this module the button shows them for the session.

const PLACES = "[data-hit], .ask, .panel--clip, main";

function reveal(button) {
  const place = button.closest(PLACES);
  const open = button.getAttribute("aria-pressed") === "true";
  const pictures = [...place.querySelectorAll("img[data-clear]")]
    .filter((one) => one.closest(PLACES) === place && !one.closest("[data-covered]"));
  for (const one of pictures) {
    const other = one.dataset.clear;
    one.dataset.clear = one.getAttribute("src");
    one.src = other;
    one.classList.toggle("is-covered", open);
  }
  // The film of a hit can be looked through once its stills are shown.
  if (open && place.dataset.storyboard) {
    place.dataset.clearStoryboard = place.dataset.storyboard;
    delete place.dataset.storyboard;
  } else if (!open && place.dataset.clearStoryboard) {
    place.dataset.storyboard = place.dataset.clearStoryboard;
  }
  button.setAttribute("aria-pressed", String(!open));
  const said = button.firstChild;
  [said.data, button.dataset.other] = [button.dataset.other, said.data];
}

export function watchCovers() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-reveal]") : null;
    if (!button) return;
    event.preventDefault();
    reveal(button);
  });
}
