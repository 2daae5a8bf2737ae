// Somebody else saved first: both versions side by side, and what can be done about it.

import { format } from "./clock.js";
import { bringTogether, spliceOf } from "./cue-list.js";
import { el } from "./dom.js";
import { _ } from "./texts.js";

const SHOWN = 20;

function side(title, base, cues) {
  const { cues: changed, count } = spliceOf(base, cues);
  const lines = changed.slice(0, SHOWN).map((cue) => el("p", { dir: "auto" },
    el("time", { class: "timecode", dir: "ltr" }, format(cue.start_ms)), " ", cue.text));
  const more = changed.length > SHOWN ? [el("p", { class: "muted" }, _("and %(count)s more", { count: changed.length - SHOWN }))] : [];
  const none = changed.length ? [] : [el("p", { class: "muted" }, count ? _("%(count)s deleted", { count }) : _("nothing"))];
  return el("div", {}, el("strong", {}, title), ...lines, ...more, ...none);
}

/** A panel over what differs from `base`; `choose(cues)` is called once with the list that goes on. */
export function conflict(base, mine, theirs, by, choose) {
  const both = bringTogether(base, mine, theirs);
  const who = by ? `“${by}”` : _("Somebody");
  const act = (label, cues, classes = "button") => el("button", { type: "button", class: classes, onclick: () => choose(cues) }, label);
  return el("div", { class: "cue-editor__conflict", role: "alert" },
    el("p", {}, _("%(who)s changed this track while you did. Nothing of yours is lost.", { who })),
    el("div", { class: "compare__pair" }, side(_("Yours"), base, mine), side(_("There now"), base, theirs)),
    el("div", { class: "cue-editor__acts" },
      ...(both ? [act(_("Keep both"), both, "button button--primary")] : []),
      act(_("Keep mine"), mine), act(_("Take theirs"), theirs)));
}
