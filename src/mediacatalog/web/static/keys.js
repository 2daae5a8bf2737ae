// The keys of the player, and the page that explains them. They work only while the player has focus.

import { button, el, isTyping } from "./dom.js";
import { _ } from "./texts.js";

const HELP = [
  [_("Play"), [
    ["Space", "K", _("Play or pause (K always pauses)")],
    ["L", _("Play; again: 2×, 4×, 8×")],
    ["J", _("Play backwards; again: faster")],
    [",", ".", _("One frame back or on")],
    ["←", "→", _("5 seconds back or on; with Shift: 1 second")],
    ["[", "]", _("Shot before or after")],
    ["Home", "End", _("First or last frame")],
    ["0–9", _("Jump to that tenth of the clip")],
  ]],
  [_("Mark"), [
    ["I", "O", _("Mark this frame as the first or the last")],
    ["R", _("Loop what is marked")],
    ["X", _("Forget the marks")],
    ["T", _("Type a time: 12.2, 1:02.5, 00:01:02:12, f37, +5")],
    ["N", _("Write a note at this moment, or over what is marked")],
    ["Y", _("Copy a link to this moment")],
  ]],
  [_("View"), [
    ["C", _("Captions on or off; with Shift: the next track")],
    ["D", _("Descriptions, read as text")],
    ["M", _("Sound on or off")],
    ["↑", "↓", _("Louder or quieter")],
    ["F", _("Full screen")],
    ["?", _("This help")],
  ]],
];

/** The letter on the key as a Latin keyboard has it, so that J is J on an Arabic or Russian one too. */
function keyOf(event) {
  if (/^[ -~]$/.test(event.key)) return event.key.toLowerCase();
  if (event.key.length > 1) return event.key;
  const letter = /^Key([A-Z])$/.exec(event.code);
  if (letter) return letter[1].toLowerCase();
  const digit = /^Digit(\d)$/.exec(event.code);
  if (digit) return digit[1];
  const shifted = { Slash: "?" };
  const plain = { Comma: ",", Period: ".", BracketLeft: "[", BracketRight: "]" };
  return (event.shiftKey ? shifted[event.code] : plain[event.code]) ?? event.key;
}

/** `commands` maps a key to what it does; a command that answers false leaves the key to the browser. */
export function listenForKeys(root, commands) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || event.target.closest("dialog")) return;
    const key = keyOf(event);
    if (key === " " && event.target.closest("button, a, summary")) return;
    if (event.target.matches("[data-volume]") && /^(Arrow|Home|End|Page)/.test(key)) return;
    const command = commands[key] ?? (/^\d$/.test(key) ? commands.digit : undefined);
    if (!command || command(event, key) === false) return;
    event.preventDefault();
  });
}

export function helpDialog() {
  const row = (entry) => el("div", {},
    el("dt", {}, ...entry.slice(0, -1).flatMap((name, n) => [n ? " " : "", el("kbd", {}, name)])),
    el("dd", {}, entry.at(-1)));
  const dialog = el("dialog", { class: "player__help", "aria-labelledby": "player-help-title" },
    el("header", {},
      el("h2", { id: "player-help-title" }, _("Keys of the player")),
      button("close", _("Close (Escape)"), () => dialog.close())),
    el("div", { class: "player__help-columns" }, ...HELP.map(([title, entries]) =>
      el("section", {}, el("h3", {}, title), el("dl", {}, ...entries.map(row))))),
    el("p", {}, _("Letters work while the player has focus: click the picture or move there with Tab.")));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  return dialog;
}
