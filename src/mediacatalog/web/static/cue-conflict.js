// Somebody else saved first: both versions side by side, and what can be done about it.

import { format } from "./clock.js";
import { bringTogether, spliceOf } from "./cue-list.js";
import { el } from "./dom.js";

const SHOWN = 20;

function side(title, base, cues) {
  const { cues: changed, count } = spliceOf(base, cues);
  const lines = changed.slice(0, SHOWN).map((cue) => el("p", { dir: "auto" },
    el("time", { class: "timecode", dir: "ltr" }, format(cue.start_ms)), " ", cue.text));
  const more = changed.length > SHOWN ? [el("p", { class: "muted" }, `and ${changed.length - SHOWN} more`)] : [];
  const none = changed.length ? [] : [el("p", { class: "muted" }, count ? `${count} deleted` : "nothing")];
  return el("div", {}, el("strong", {}, title), ...lines, ...more, ...none);
}

/** A panel over what differs from `base`; `choose(cues)` is called once with the list that goes on. */
export function conflict(base, mine, theirs, by, choose) {
  const both = bringTogether(base, mine, theirs);
  const act = (label, cues, classes = "button") => el("button", { type: "button", class: classes, onclick: () => choose(cues) }, label);
  return el("div", { class: "cue-editor__conflict", role: "alert" },
    el("p", {}, `${by ? `“${by}”` : "Somebody"} changed this track while you did. Nothing of yours is lost.`),
    el("div", { class: "compare__pair" }, side("Yours", base, mine), side("There now", base, theirs)),
    el("div", { class: "cue-editor__acts" },
      ...(both ? [act("Keep both", both, "button button--primary")] : []),
      act("Keep mine", mine), act("Take theirs", theirs)));
}
