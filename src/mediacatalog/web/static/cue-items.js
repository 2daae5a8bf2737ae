// Lines of the transcript, made as the server makes them.

import { format } from "./clock.js";
import { el } from "./dom.js";

// As captions/speech.py has them.
const SOUND = /\[[^\[\]\n]{1,120}\]|【[^【】\n]{1,120}】|［[^［］\n]{1,120}］|[♪♫#](?= )[^♪♫#\n]{1,200}[♪♫#]|[♪♫]+|^(?:[-–—] ?)?\([^()\n]{2,80}\)$/gmu;

/** The parts of a cue's text: what is spoken as text, what is heard as `<i class="sound">`; words with times apart. */
export function spokenParts(cue) {
  if (cue.words?.length) {
    const ends = [...cue.words.slice(1).map(([at]) => at), cue.text.length];
    const timed = cue.words.map(([at, ms], n) => el("span", { "data-word-ms": ms }, ...spokenParts({ text: cue.text.slice(at, ends[n]), sound: cue.sound })));
    return [...spokenParts({ text: cue.text.slice(0, cue.words[0][0]), sound: cue.sound }), ...timed];
  }
  if (cue.sound) return [el("i", { class: "sound" }, cue.text)];
  const parts = [];
  let at = 0;
  for (const found of cue.text.matchAll(SOUND)) {
    if (found.index > at) parts.push(cue.text.slice(at, found.index));
    parts.push(el("i", { class: "sound" }, found[0]));
    at = found.index + found[0].length;
  }
  if (at < cue.text.length) parts.push(cue.text.slice(at));
  return parts;
}

export function cueItems(cues) {
  return cues.map((cue) => {
    const words = el("span", { dir: "auto" }, ...(cue.speaker ? [el("b", {}, `${cue.speaker}:`), " "] : []), ...spokenParts(cue));
    if (cue.language) words.lang = cue.language;
    const time = el("time", { class: "timecode", dir: "ltr" }, format(cue.start_ms, 1));
    return el("li", { "data-cue": "", "data-start-ms": cue.start_ms, "data-end-ms": cue.end_ms },
      el("a", { href: `?t=${(cue.start_ms / 1000).toFixed(3)}`, "data-seek-ms": cue.start_ms }, time, " ", words));
  });
}
