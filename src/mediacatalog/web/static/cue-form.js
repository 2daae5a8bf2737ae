// One cue of the editor: a row to choose, and the form of the open one.

import { format } from "./clock.js";
import { spokenParts } from "./cue-items.js";
import { el } from "./dom.js";
import { _ } from "./texts.js";

export function rowOf(cue) {
  return el("li", { class: "cue-editor__cue", "data-row": "" },
    el("time", { class: "timecode", dir: "ltr" }, format(cue.start_ms)),
    el("p", { dir: "auto" }, ...(cue.speaker ? [el("b", {}, `${cue.speaker}: `)] : []), ...spokenParts(cue)));
}

/** The nine places of a picture, as WebVTT's settings. */
const PLACES = [
  ["", _("Bottom")], ["align:left", _("Bottom left")], ["align:right", _("Bottom right")],
  ["line:50%,center", _("Middle")], ["line:50%,center align:left", _("Middle left")], ["line:50%,center align:right", _("Middle right")],
  ["line:0", _("Top")], ["line:0 align:left", _("Top left")], ["line:0 align:right", _("Top right")],
];

/** A place that is none of the nine (of a region, say) stays until another is chosen. */
function placeOf(cue, index, change) {
  const own = cue.settings ?? "";
  const known = PLACES.some(([settings]) => settings === own);
  const choices = known ? PLACES : [...PLACES, [own, _("As it is (%(own)s)", { own })]];
  return el("select", { "aria-label": _("Place of cue %(index)s", { index: index + 1 }), onchange: (event) => change({ settings: event.target.value || null }, "settings") },
    ...choices.map(([settings, label]) => el("option", { value: settings, selected: settings === own }, label)));
}

const ACTS = [
  ["split", _("Split"), _("Split at the caret (Alt+S)")],
  ["join", _("Join"), _("Join with the next cue (Alt+J)")],
  ["insert", _("Insert"), _("Insert a cue after this one (Alt+I)")],
  ["remove", _("Delete"), _("Delete this cue (Alt+Delete)")],
  ["play", _("Show"), _("Go to the start of this cue (Alt+P)")],
  ["before", "↑", _("Cue before (Alt+↑)")],
  ["after", "↓", _("Next cue (Alt+↓, Ctrl+Enter)")],
];

/**
 * The form of cue number `index` of `count`. `change(change, kind)` keeps what was entered, `read`
 * turns a typed time into milliseconds, `here()` is the player's, `settle()` is told that a time is
 * complete, `act(name)` does the rest. `form.setTime` sets a time as the button does.
 */
export function cueForm(cue, index, count, { language, change, read, here, settle, act }) {
  const entries = {};
  const time = (name, label, key) => {
    const input = el("input", { type: "text", value: format(cue[name]), dir: "ltr", autocomplete: "off", spellcheck: false, "aria-label": _("%(label)s of cue %(index)s", { label, index: index + 1 }) });
    const take = () => {
      const ms = read(input.value);
      input.toggleAttribute("aria-invalid", ms === null);
      if (ms === null) input.setAttribute("aria-invalid", "true");
      else if (Math.round(ms) !== form.cue[name]) change({ [name]: Math.round(ms) }, name);
      check();
    };
    input.addEventListener("change", () => {
      take();
      if (!input.hasAttribute("aria-invalid")) input.value = format(form.cue[name]);
      settle();
    });
    entries[name] = input;
    return el("div", { class: "cue-editor__time" }, el("span", {}, label), input,
      el("button", { type: "button", class: "button", title: _("Set to the player's position (Alt+%(key)s)", { key }), "aria-label": _("%(label)s: set to the player's position", { label }), onclick: () => form.setTime(name, here()) }, _("Here")));
  };
  const check = () => {
    const backwards = form.cue.end_ms < form.cue.start_ms;
    entries.end_ms.toggleAttribute("aria-invalid", backwards);
    if (backwards) entries.end_ms.setAttribute("aria-invalid", "true");
  };
  const text = el("textarea", { value: cue.text, rows: Math.min(6, cue.text.split("\n").length + 1), dir: "auto", "aria-label": _("Text of cue %(index)s of %(count)s", { index: index + 1, count }) });
  if (language) text.lang = language;
  text.addEventListener("input", () => change({ text: text.value, sound: false, words: undefined }, "text"));
  const speaker = el("input", { type: "text", value: cue.speaker ?? "", dir: "auto", maxLength: 200, autocomplete: "off", "aria-label": _("Speaker of cue %(index)s", { index: index + 1 }) });
  speaker.addEventListener("input", () => change({ speaker: speaker.value || null }, "speaker"));
  const form = el("li", { class: "cue-editor__cue cue-editor__cue--open", "aria-current": "true" },
    el("div", { class: "cue-editor__times" }, time("start_ms", _("Start"), "["), time("end_ms", _("End"), "]")),
    text,
    el("div", { class: "cue-editor__speaker" }, el("span", {}, _("Speaker")), speaker),
    el("div", { class: "cue-editor__speaker" }, el("span", {}, _("Place")), placeOf(cue, index, change)),
    el("div", { class: "cue-editor__acts" }, ...ACTS.map(([name, label, title]) =>
      el("button", { type: "button", class: "button", title, "aria-label": title.replace(/ \(.*/, ""), onclick: () => act(name) }, label))));
  form.cue = cue;
  form.setTime = (name, ms) => {
    entries[name].value = format(ms);
    entries[name].dispatchEvent(new Event("change"));
  };
  return form;
}
