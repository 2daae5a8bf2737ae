// The cues while they are edited: immutable lists, what was undone, and what differs from what was
// saved. Knows no page.

import { _ } from "./texts.js";

const MOST_STEPS = 200;

/** How many cues are the same at the beginning and at the end. */
function ends(before, after, same) {
  const shorter = Math.min(before.length, after.length);
  let first = 0;
  while (first < shorter && same(before[first], after[first])) first += 1;
  let last = 0;
  while (last < shorter - first && same(before.at(-1 - last), after.at(-1 - last))) last += 1;
  return [first, last];
}

const FIELDS = ["start_ms", "end_ms", "text", "speaker", "id", "settings", "language", "sound"];
const equal = (one, other) => one === other || FIELDS.every((name) => (one[name] || null) === (other[name] || null));

/** What turns `before` into `after`: from cue `at`, `count` cues make way for `cues`. */
export function spliceOf(before, after) {
  const [first, last] = ends(before, after, equal);
  return { at: first, count: before.length - last - first, cues: after.slice(first, after.length - last) };
}

export function apply(cues, { at, count, cues: fresh }) {
  return [...cues.slice(0, at), ...fresh, ...cues.slice(at + count)];
}

/** Both people's changes of `base`, or null where they touch the same cues. */
export function bringTogether(base, mine, theirs) {
  const [a, b] = [spliceOf(base, mine), spliceOf(base, theirs)];
  if (a.at + a.count < b.at) return apply(apply(base, b), a);
  if (b.at + b.count < a.at) return apply(apply(base, a), b);
  return null;
}

export class CueList {
  /** `cues` as they are saved. A cue is never changed: another takes its place. */
  constructor(cues) {
    this.saved = cues;
    this.cues = cues;
    this.past = [];
    this.future = [];
    this.merging = null;
  }

  get isDirty() {
    return this.cues !== this.saved && spliceOf(this.saved, this.cues).cues.length + spliceOf(this.saved, this.cues).count > 0;
  }

  get splice() {
    return spliceOf(this.saved, this.cues);
  }

  /** Another list; changes of one `kind` in a row are one step back (typing in one field). */
  set(cues, { open = null, kind = null } = {}) {
    if (!kind || kind !== this.merging) this.past.push({ cues: this.cues, open });
    if (this.past.length > MOST_STEPS) this.past.shift();
    this.merging = kind;
    this.future = [];
    this.cues = cues;
  }

  /** Ends a row of changes that count as one. */
  pause() {
    this.merging = null;
  }

  /** The cue that was open then, or null when there is nothing to undo. */
  undo(open) {
    return this.#move(this.past, this.future, open);
  }

  redo(open) {
    return this.#move(this.future, this.past, open);
  }

  #move(from, to, open) {
    const step = from.pop();
    if (!step) return null;
    to.push({ cues: this.cues, open });
    this.cues = step.cues;
    this.merging = null;
    return step;
  }

  replaceAt(index, change, options = {}) {
    const cue = { ...this.cues[index], ...change };
    this.set(this.cues.with(index, cue), options);
    return cue;
  }

  /** In order of start, as it is saved; true when something moved. */
  sort() {
    const sorted = this.cues.toSorted((one, other) => one.start_ms - other.start_ms);
    const moved = sorted.some((cue, n) => cue !== this.cues[n]);
    if (moved) this.cues = sorted;
    return moved;
  }

  /** At the caret's place in the text; in time where the film stands, or where that place is. */
  split(index, offset, atMs) {
    const cue = this.cues[index];
    const [before, after] = [cue.text.slice(0, offset).trim(), cue.text.slice(offset).trim()];
    if (!before || !after) return false;
    const inside = atMs > cue.start_ms && atMs < cue.end_ms;
    const share = offset / Math.max(1, cue.text.length);
    const middle = Math.round(inside ? atMs : cue.start_ms + share * (cue.end_ms - cue.start_ms));
    const { id, ...rest } = cue;
    this.set(this.cues.toSpliced(index, 1, { ...cue, end_ms: middle, text: before, words: undefined }, { ...rest, start_ms: middle, text: after, words: undefined }), { open: cue });
    return true;
  }

  join(index) {
    const [cue, next] = [this.cues[index], this.cues[index + 1]];
    if (!next) return false;
    const joined = { ...cue, end_ms: Math.max(cue.end_ms, next.end_ms), text: `${cue.text}\n${next.text}`, sound: cue.sound && next.sound, words: undefined };
    this.set(this.cues.toSpliced(index, 2, joined), { open: cue });
    return true;
  }

  /** An empty cue after this one, in the pause before the next if there is one. */
  insert(index, atMs) {
    const cue = this.cues[index];
    const start = cue ? cue.end_ms : Math.round(atMs);
    const next = this.cues[index + 1]?.start_ms ?? Infinity;
    const end = next - start >= 500 ? Math.min(next, start + 2000) : start + 1000;
    this.set(this.cues.toSpliced(index + 1, 0, { start_ms: start, end_ms: end, text: "" }), { open: cue });
  }

  remove(index) {
    this.set(this.cues.toSpliced(index, 1), { open: this.cues[index] });
  }

  /** All cues from `index` on; false when one would begin before the clip. */
  shift(index, ms) {
    if (this.cues.slice(index).some((cue) => cue.start_ms + ms < 0)) return false;
    const moved = this.cues.map((cue, n) => (n < index ? cue : { ...cue, start_ms: cue.start_ms + ms, end_ms: cue.end_ms + ms, words: cue.words?.map(([at, spoken]) => [at, spoken + ms]) }));
    this.set(moved, { open: this.cues[index] });
    return true;
  }

  /** The first cue that can't be saved, and why; null when all can. */
  fault() {
    for (const [index, cue] of this.cues.entries()) {
      if (!cue.text.trim()) return { index, why: _("has no text") };
      if (cue.end_ms < cue.start_ms) return { index, why: _("ends before it starts") };
    }
    return null;
  }
}
