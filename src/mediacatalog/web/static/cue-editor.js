// The cue editor: text and times beside the picture, undone and redone, saved with the version that
// they began with. A list of rows; the open one is a form.

import { fetchCues, seekPlayer, sendSplice } from "./captions-data.js";
import { lastAt, parse, rateOf } from "./clock.js";
import { conflict } from "./cue-conflict.js";
import { cueForm, rowOf } from "./cue-form.js";
import { CueList, apply } from "./cue-list.js";
import { el } from "./dom.js";
import { _, ngettext } from "./texts.js";

const DRAFT = "mediacatalog.draft.";
const DRAFT_MS = 800;

export class CueEditor {
  /** Reads the track at `address`; `closed(cues, version)` gets what is saved, or nothing new. */
  constructor(root, address, ms, closed) {
    this.root = root;
    this.address = address;
    this.ms = Math.round(ms);
    this.closed = closed;
    this.rows = new WeakMap();
    this.rate = rateOf(document.querySelector("[data-player]")?.dataset.frameRate);
    this.#build();
    this.#load();
  }

  // What is seen

  #build() {
    const act = (label, title, onclick, classes = "button") => el("button", { type: "button", class: classes, title, onclick }, label);
    this.undoButton = act(_("Undo"), _("Undo (Ctrl+Z)"), () => this.#travel("undo"));
    this.redoButton = act(_("Redo"), _("Redo (Ctrl+Shift+Z)"), () => this.#travel("redo"));
    this.saveButton = act(_("Save"), _("Save (Ctrl+S)"), () => this.save(), "button button--primary");
    this.state = el("span", { class: "cue-editor__state", role: "status" });
    this.by = el("input", { type: "text", value: "+0.500", dir: "ltr", "aria-label": _("Shift by, in seconds or as a time"), autocomplete: "off" });
    this.list = el("ol", { class: "cue-editor__list", "aria-label": _("Cues") });
    this.box = el("div", { class: "cue-editor", role: "region", "aria-label": _("Cue editor") },
      el("div", { class: "cue-editor__bar" }, this.undoButton, this.redoButton, this.saveButton,
        act(_("Close"), _("Close the editor (Escape)"), () => this.close()), this.state),
      el("div", { class: "cue-editor__bar cue-editor__shift" }, el("span", {}, _("Shift by")), this.by,
        act(_("All"), _("Shift all cues"), () => this.#shift(0)), act(_("From here"), _("Shift this cue and all after it"), () => this.#shift(this.open))),
      this.list);
    this.root.querySelector(".transcript__head").after(this.box);
    this.box.addEventListener("keydown", (event) => this.#keys(event));
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) this.#openCue(this.#indexOf(row));
    });
    this.onTime = (event) => { this.ms = Math.round(event.detail.frameMs); };
    this.onLeave = (event) => { if (this.cues?.isDirty) event.preventDefault(); };
    document.addEventListener("player:time", this.onTime);
    addEventListener("beforeunload", this.onLeave);
  }

  async #load() {
    this.#say(_("Reading the cues…"));
    try {
      const document = await fetchCues(`${this.address}.json`);
      this.version = document.version;
      this.language = document.language;
      this.cues = new CueList(document.cues);
    } catch {
      this.#say(_("The cues didn't arrive. Close the editor and try again."), true);
      return;
    }
    this.open = Math.max(0, lastAt(this.cues.cues.map((cue) => cue.start_ms), this.ms));
    this.#restore();
    this.#draw({ focus: true });
  }

  #indexOf(row) {
    return [...this.list.children].indexOf(row);
  }

  /** All rows; those of unchanged cues are the same elements as before. */
  #draw({ focus = false } = {}) {
    const { cues } = this.cues;
    this.open = Math.min(Math.max(0, this.open), cues.length - 1);
    const rows = cues.map((cue, n) => {
      return n === this.open ? this.#form(cue, n) : this.#row(cue);
    });
    this.list.replaceChildren(...(rows.length ? rows : [el("li", { class: "muted" },
      el("button", { type: "button", class: "button", onclick: () => this.#act("insert") }, _("Add a first cue")))]));
    this.#tell();
    const form = this.list.children[this.open];
    form?.scrollIntoView?.({ block: "nearest" });
    if (focus) form?.querySelector("textarea")?.focus();
  }

  #form(cue, index) {
    this.form = cueForm(cue, index, this.cues.cues.length, {
      language: this.language,
      change: (change, kind) => this.#change(change, kind),
      read: (text) => parse(text, { now: this.ms, rate: this.rate }),
      here: () => this.ms,
      settle: () => this.#settle(),
      act: (name) => this.#act(name),
    });
    return this.form;
  }

  #tell(said = "") {
    const { cues } = this;
    this.undoButton.disabled = cues.past.length === 0;
    this.redoButton.disabled = cues.future.length === 0;
    const dirty = cues.isDirty;
    this.saveButton.disabled = !dirty;
    this.#say(said || (dirty ? _("Not saved yet") : ngettext("%(num)s cue, saved", "%(num)s cues, saved", cues.cues.length)));
    if (dirty) this.#keepDraft();
  }

  #say(text, bad = false) {
    this.state.textContent = text;
    this.state.classList.toggle("cue-editor__state--bad", bad);
  }

  // What is done

  #change(change, kind) {
    const cue = this.cues.replaceAt(this.open, change, { open: this.open, kind: kind && `${kind} ${this.open}` });
    this.form.cue = cue;
    this.#tell();
  }

  /** After a time was typed: the cues stand in order of start. */
  #settle() {
    this.cues.pause();
    const cue = this.cues.cues[this.open];
    if (!this.cues.sort()) return;
    const focused = this.form.contains(document.activeElement);
    this.open = this.cues.cues.indexOf(cue);
    this.#draw({ focus: focused });
  }

  #openCue(index, { focus = true } = {}) {
    if (index < 0 || index >= this.cues.cues.length) return;
    this.cues.pause();
    const { cues } = this.cues;
    this.list.children[this.open]?.replaceWith(this.#row(cues[this.open]));
    this.open = index;
    this.list.children[index].replaceWith(this.#form(cues[index], index));
    this.form.scrollIntoView({ block: "nearest" });
    if (focus) this.form.querySelector("textarea").focus();
    seekPlayer(cues[index].start_ms);
  }

  #row(cue) {
    if (!this.rows.has(cue)) this.rows.set(cue, rowOf(cue));
    return this.rows.get(cue);
  }

  #act(name) {
    const { cues, open } = this;
    const caret = this.form?.querySelector("textarea")?.selectionStart ?? 0;
    const done = {
      split: () => cues.split(open, caret, this.ms) || this.#say(_("Put the caret between two words first"), true),
      join: () => cues.join(open) || this.#say(_("There is no cue after this one"), true),
      insert: () => { cues.insert(open, this.ms); this.open = cues.cues.length > 1 ? open + 1 : 0; return true; },
      remove: () => { cues.remove(open); return true; },
      before: () => { this.#openCue(open - 1); },
      after: () => { this.#openCue(open + 1); },
      play: () => { seekPlayer(cues.cues[open].start_ms); },
      start: () => this.form.setTime("start_ms", this.ms),
      end: () => this.form.setTime("end_ms", this.ms),
    }[name]();
    if (done === true) this.#draw({ focus: true });
  }

  #shift(from) {
    const typed = this.by.value.trim();
    const back = /^[-−]/.test(typed);
    const ms = parse(typed.replace(/^[-+−]\s*/, ""));
    this.by.toggleAttribute("aria-invalid", ms === null);
    if (ms === null) {
      this.#say(_("Not a time. Try +0.5 or -1:02.250"), true);
      return;
    }
    if (!this.cues.shift(from, Math.round(back ? -ms : ms))) {
      this.#say(_("A cue would begin before the clip does"), true);
      return;
    }
    this.#draw();
  }

  #travel(way) {
    const step = this.cues[way](this.open);
    if (!step) return;
    if (Number.isInteger(step.open)) this.open = step.open;
    this.#draw({ focus: true });
  }

  // Saving

  async save() {
    if (this.saving || !this.cues?.isDirty) return;
    this.#settle();
    const fault = this.cues.fault();
    if (fault) {
      this.#openCue(fault.index);
      this.#say(_("Cue %(index)s %(why)s", { index: fault.index + 1, why: fault.why }), true);
      return;
    }
    this.saving = true;
    this.#say(_("Saving…"));
    const { cues } = this.cues;
    try {
      const answer = await sendSplice(this.address, { version: this.version, ...this.cues.splice });
      if (answer.status === 200) this.#saved(cues, answer.version);
      else if (answer.status === 409 && answer.cues) this.#late(answer);
      else this.#say(answer.error ?? _("The server refused it (%(status)s). What you wrote is still here.", { status: answer.status }), true);
    } catch {
      this.#say(_("No connection. What you wrote is still here; save again."), true);
    }
    this.saving = false;
  }

  #saved(cues, version) {
    this.version = version;
    this.cues.saved = cues;
    this.result = cues;
    try { localStorage.removeItem(DRAFT + this.address); } catch { /* there was none */ }
    this.#tell(_("Saved"));
  }

  /** Somebody saved first: both texts are shown, and nothing is lost whatever is chosen. */
  #late(answer) {
    const base = this.cues.saved;
    this.#say(_("Not saved: somebody else changed this track first"), true);
    this.box.querySelector(".cue-editor__conflict")?.remove();
    const panel = conflict(base, this.cues.cues, answer.cues, answer.by, (chosen) => {
      panel.remove();
      this.version = answer.version;
      this.cues.saved = answer.cues;
      if (chosen !== this.cues.cues) this.cues.set(chosen, { open: this.open });
      this.result = answer.cues;
      this.#draw({ focus: true });
    });
    this.list.before(panel);
    panel.querySelector("button")?.focus();
  }

  // What wasn't saved outlives the page

  #keepDraft() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.cues.isDirty) return;
      const draft = JSON.stringify({ version: this.version, ...this.cues.splice });
      try { localStorage.setItem(DRAFT + this.address, draft); } catch { /* too large, or refused */ }
    }, DRAFT_MS);
  }

  #restore() {
    try {
      const draft = JSON.parse(localStorage.getItem(DRAFT + this.address) ?? "null");
      if (draft?.version !== this.version) return;
      this.cues.set(apply(this.cues.cues, draft), { open: this.open });
      this.restored = true;
    } catch { /* none */ }
  }

  close() {
    if (this.cues?.isDirty && !confirm(_("Close without saving? What you wrote is kept in this browser until the track is changed."))) return;
    document.removeEventListener("player:time", this.onTime);
    removeEventListener("beforeunload", this.onLeave);
    this.box.remove();
    this.closed(this.result, this.version);
  }

  #keys(event) {
    const key = event.key.toLowerCase();
    const letter = /^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? key;
    const held = event.ctrlKey || event.metaKey;
    let todo = null;
    if (held && letter === "s") todo = () => this.save();
    else if (held && letter === "z") todo = () => this.#travel(event.shiftKey ? "redo" : "undo");
    else if (held && letter === "y") todo = () => this.#travel("redo");
    else if (held && key === "enter") todo = () => this.#act("after");
    else if (event.altKey && key === "arrowdown") todo = () => this.#act("after");
    else if (event.altKey && key === "arrowup") todo = () => this.#act("before");
    else if (event.altKey && { s: 1, j: 1, i: 1, p: 1 }[letter]) {
      todo = () => this.#act({ s: "split", j: "join", i: "insert", p: "play" }[letter]);
    } else if (event.altKey && (key === "delete" || key === "backspace")) todo = () => this.#act("remove");
    else if (event.altKey && event.code === "BracketLeft") todo = () => this.#act("start");
    else if (event.altKey && event.code === "BracketRight") todo = () => this.#act("end");
    else if (key === "escape") todo = () => this.close();
    if (!todo || !this.cues) return;
    event.preventDefault();
    event.stopPropagation();
    todo();
  }
}

