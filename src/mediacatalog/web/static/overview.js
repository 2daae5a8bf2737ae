// Drawing a circle on the map of a search narrows the search to it.

const LEAST_PX = 8;
const KM_A_DEGREE = 111.2;

function onMap(stage) {
  const box = Object.fromEntries(["west", "north", "width", "height"].map((name) => [name, Number(stage.dataset[name])]));
  const dots = stage.querySelector(".map__dots");
  let from = null;
  let ring = null;

  const place = (event) => {
    const area = stage.getBoundingClientRect();
    return { x: event.clientX - area.left, y: event.clientY - area.top, area };
  };
  const forget = () => { ring?.remove(); from = ring = null; };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("a")) return;
    from = place(event);
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = place(event);
    ring ??= dots.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "circle"));
    ring.setAttribute("class", "map__ring");
    ring.setAttribute("cx", from.x);
    ring.setAttribute("cy", from.y);
    ring.setAttribute("r", Math.hypot(to.x - from.x, to.y - from.y));
  });
  stage.addEventListener("pointercancel", forget);
  addEventListener("keydown", (event) => { if (event.key === "Escape") forget(); });
  stage.addEventListener("pointerup", (event) => {
    if (!from) return;
    const { x, y, area } = from;
    const to = place(event);
    const pixels = Math.hypot(to.x - x, to.y - y);
    forget();
    if (pixels < LEAST_PX) return;
    const lat = box.north - (y / area.height) * box.height;
    const lon = ((box.west + (x / area.width) * box.width + 540) % 360 + 360) % 360 - 180; // a map may lie over the date line
    const km = (pixels / area.height) * box.height * KM_A_DEGREE;
    narrow(`near:${lat.toFixed(4)},${lon.toFixed(4)}~${Math.min(km, 5000).toFixed(km < 10 ? 2 : 0)}km`);
  });
  const hint = stage.closest("figure").querySelector("[data-map-hint]");
  if (hint) hint.hidden = false;
}

function narrow(clause) {
  const search = document.querySelector("[data-search]");
  // As `replaced` of the server: what is one of several (OR) stays one of them.
  const unseen = /[\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
  const parts = search.q.value.replace(unseen, "").match(/[^\s"]*"[^"]*"|\S+/g) ?? [];
  while (parts.at(-1) === "OR") parts.pop();
  const kept = parts.filter((part, at) => !/^near:/i.test(part) || [parts[at - 1], parts[at + 1]].includes("OR"));
  search.q.value = [...kept, clause].join(" ");
  search.requestSubmit();
}

document.querySelectorAll("[data-result-map]").forEach(onMap);
