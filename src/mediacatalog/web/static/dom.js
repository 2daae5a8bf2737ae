// Elements without markup strings: nothing here parses HTML, so Trusted Types have nothing to refuse.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z",
  back: "M18 5v14l-9-7zM5.5 5H8v14H5.5z",
  forward: "M6 5v14l9-7zM16 5h2.5v14H16z",
  sound: "M3.5 9v6H7l5 4.5v-15L7 9zM14.5 8.2v7.6a4.3 4.3 0 0 0 0-7.6zM14.5 4.2v2a6 6 0 0 1 0 11.6v2a8 8 0 0 0 0-15.6z",
  muted: "M3.5 9v6H7l5 4.5v-15L7 9zM15 9.4 16.4 8l2.1 2.1L20.6 8 22 9.4l-2.1 2.1 2.1 2.1-1.4 1.4-2.1-2.1-2.1 2.1-1.4-1.4 2.1-2.1z",
  captions: "M3 5h18v14H3zM5 7v10h14V7zM7 10.5h4V12H8.5v1.5H11V15H7zM13 10.5h4V12h-2.5v1.5H17V15h-4z",
  link: "M10 7H7a5 5 0 0 0 0 10h3v-2H7a3 3 0 0 1 0-6h3zM14 7v2h3a3 3 0 0 1 0 6h-3v2h3a5 5 0 0 0 0-10zM8 11v2h8v-2z",
  loop: "M7 7h9V4l5 4-5 4V9H8v4H6V8zM17 17H8v3l-5-4 5-4v3h8v-4h2v5z",
  full: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  small: "M8 4h2v6H4V8h4zM14 4h2v4h4v2h-6zM4 14h6v6H8v-4H4zM14 14h6v2h-4v4h-2z",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm0 2.5a3.3 3.3 0 0 0-3.3 3.3h1.9a1.4 1.4 0 1 1 2.2 1.1c-1 .7-1.7 1.3-1.7 2.6h1.9c0-.6.4-.9 1-1.3A3.3 3.3 0 0 0 12 7.5zM11 15.5h2v2h-2z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
};

/** An element with properties; `class`, `data-*`, `aria-*` and `role` are set as attributes. */
export function el(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.includes("-")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function icon(name) {
  return svg("svg", { class: "player__icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }));
}

/** Changes the picture of a button and what it is called. */
export function dress(button, picture, label) {
  button.replaceChildren(icon(picture));
  button.title = label;
  button.setAttribute("aria-label", label.replace(/ \([^()]*\)$/, ""));
}

export function button(picture, label, onclick, classes = "player__button") {
  const made = el("button", { type: "button", class: classes, onclick });
  dress(made, picture, label);
  return made;
}

/** What a person chose before; storage may be refused (private windows), which is no error. */
export const remembered = {
  get(key) {
    try { return localStorage.getItem(`mediacatalog.${key}`); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(`mediacatalog.${key}`, value); } catch { /* not kept */ }
  },
};

export const wantsLessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** True where letters are text, not commands. */
export function isTyping(target) {
  return target instanceof Element && target.closest(
    "textarea, select, [contenteditable]:not([contenteditable=false]), input:not([type=range], [type=checkbox], [type=radio], [type=button], [type=submit])",
  ) !== null;
}
