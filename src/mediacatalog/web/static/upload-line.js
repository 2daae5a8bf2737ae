// One row of the list: what a file is doing, and the buttons for it.

import { el } from "./dom.js";
import { size } from "./upload-files.js";
import { _ } from "./texts.js";

const STATES = {
  queued: [_("Queued"), "arriving"],
  checking: [_("Checking"), "running"],
  sending: [_("Sending"), "running"],
  waiting: [_("Waiting"), "partial"],
  paused: [_("Paused"), "arriving"],
  unfinished: [_("Unfinished"), "partial"],
  stored: [_("Stored"), "ready"],
  known: [_("Known"), "waiting"],
  refused: [_("Not taken"), "quarantined"],
  cancelled: [_("Cancelled"), "arriving"],
};
const BUTTONS = {
  pause: [_("Pause"), ["queued", "checking", "sending", "waiting"]],
  resume: [_("Resume"), ["paused"]],
  retry: [_("Try again"), ["refused", "cancelled"]],
  cancel: [_("Cancel"), ["queued", "checking", "sending", "waiting", "paused", "unfinished"]],
};

export class Line {
  /** `does` maps the names of BUTTONS to what they do. */
  constructor(path, byteCount, does) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    this.badge = el("span", { class: "badge" });
    this.name = el("bdi", { dir: "auto" }, name);
    this.title = el("p", { class: "file__name" }, this.name);
    this.folder = el("p", { class: "file__folder", hidden: name === path }, el("bdi", { dir: "auto" }, path.slice(0, -name.length - 1)));
    this.bar = el("progress", { class: "file__progress", max: byteCount || 1, value: 0, "aria-label": _("Upload of %(name)s", { name }) });
    this.text = el("p", { class: "file__message" }, size(byteCount));
    this.buttons = Object.fromEntries(Object.entries(BUTTONS).map(([key, [word]]) => [
      key, el("button", { type: "button", class: "button button--small", "aria-label": `${word}: ${name}`, onclick: does[key] }, word),
    ]));
    this.element = el("li", { class: "file upload" },
      el("div", { class: "file__state" }, this.badge),
      el("div", { class: "file__what" }, this.title, this.folder, this.bar, this.text),
      el("div", { class: "file__do" }, ...Object.values(this.buttons)));
  }

  show(state, message) {
    const [word, kind] = STATES[state];
    const focused = Object.values(this.buttons).find((button) => button === document.activeElement);
    this.badge.textContent = word;
    this.badge.className = `badge badge--${kind}`;
    this.element.dataset.state = state;
    for (const [key, [, states]] of Object.entries(BUTTONS)) this.buttons[key].hidden = !states.includes(state);
    this.bar.hidden = !["sending", "waiting", "paused", "unfinished"].includes(state);
    if (message !== undefined) this.text.textContent = message;
    // Who works with the keyboard isn't thrown back to the top when the button goes.
    if (focused?.hidden) {
      const next = Object.values(this.buttons).find((button) => !button.hidden);
      if (next) next.focus();
      else { this.element.tabIndex = -1; this.element.focus(); }
    }
  }

  progress(sent, message) {
    this.bar.value = sent;
    this.text.textContent = message;
  }

  /** A link to the clip that has these bytes, or to the file in the ingest list. */
  link(address) {
    this.title.replaceChildren(el("a", { href: address }, this.name));
  }
}
