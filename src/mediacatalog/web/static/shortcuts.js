// "?" lists the keys that work on this page. Letters are commands only while the focus is where they belong.

import { el, isTyping } from "./dom.js";
import { _ } from "./texts.js";

const EVERYWHERE = [_("On every page"), [
  ["/", _("Search box")],
  ["?", _("This help")],
  ["Tab", _("Next link or field; the first ones skip to the content")],
]];

/** What stands on the page, and the keys that it then has. */
const PARTS = {
  "[data-hits]": [_("With the focus on a hit"), [
    ["J", "K", _("Next hit, previous hit")],
    ["Enter", _("Open it, at the moment that is shown")],
    ["←", "→", _("Look through its film; Escape shows the poster again")],
    ["X", _("Select it; Shift+X selects all")],
    ["T", _("Tag what is selected")],
  ]],
  "[data-review]": [_("With the focus on a question"), [
    ["A", "R", "U", _("Accept, reject, not sure")],
    ["S", "J", "K", _("Skip, next, back")],
    ["X", _("Choose it; Shift+X chooses all")],
    ["Z", _("Undo")],
    ["O", _("Open the clip")],
  ]],
  "[data-player]": [_("In the player"), [
    ["Space", _("Play or pause")],
    [",", ".", _("One frame back or on")],
    ["N", _("Write a note at this moment")],
    ["?", _("All keys of the player")],
  ]],
};

function section([title, entries]) {
  const row = (entry) => el("div", {},
    el("dt", {}, ...entry.slice(0, -1).flatMap((name, n) => [n ? " " : "", el("kbd", {}, name)])),
    el("dd", {}, entry.at(-1)));
  return el("section", {}, el("h3", {}, title), el("dl", {}, ...entries.map(row)));
}

function dialog() {
  const here = Object.entries(PARTS).filter(([selector]) => document.querySelector(selector)).map(([, part]) => part);
  const made = el("dialog", { class: "help", "aria-labelledby": "help-title" },
    el("h2", { id: "help-title" }, _("Keys of this page")),
    ...[EVERYWHERE, ...here].map(section),
    el("button", { type: "button", class: "button", onclick: () => made.close() }, _("Close")));
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  made.addEventListener("close", () => made.remove());
  return made;
}

export function watchHelpKey() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    const made = dialog();
    document.body.append(made);
    made.showModal();
  });
}
