// The transcript follows the film, seeks it, switches its track, can be filtered and searched.
// The links work without it; the player takes their clicks (`data-seek-ms`).

import { lastAt } from "./clock.js";
import { fetchCues, tellChange } from "./captions-data.js";
import { cueItems } from "./cue-items.js";
import { el, wantsLessMotion } from "./dom.js";
import { _ } from "./texts.js";

const LOOK_BACK = 12; // cues that may overlap the one that began last
const HIGHLIGHT = "transcript-filter";
const MOST_MARKED = 500; // lines whose letters are marked; all are counted

/** Letters without case, accents, Arabic vowel signs and the spellings of alef, yeh and teh marbuta. */
function fold(text) {
  return text.normalize("NFKD").replace(/[\p{M}\u0640]/gu, "").toLowerCase()
    .replace(/[\u0622\u0623\u0625\u0671]/g, "\u0627").replace(/\u0649/g, "\u064a").replace(/\u0629/g, "\u0647");
}

/** The ranges of a text node where `wanted` (folded) stands. */
function rangesIn(node, wanted) {
  let folded = "";
  const origins = [];
  let offset = 0;
  for (const letter of node.data) {
    const plain = fold(letter);
    for (let n = 0; n < plain.length; n += 1) origins.push([offset, offset + letter.length]);
    folded += plain;
    offset += letter.length;
  }
  const ranges = [];
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length)) {
    const range = new Range();
    range.setStart(node, origins[at][0]);
    range.setEnd(node, origins[at + wanted.length - 1][1]);
    ranges.push(range);
  }
  return ranges;
}

class Track {
  constructor(list) {
    this.list = list;
    this.box = list.closest("[data-track-box]") ?? list;
    this.#read();
  }

  #read() {
    this.cues = [...this.list.querySelectorAll("[data-cue]")];
    this.starts = this.cues.map((cue) => Number(cue.dataset.startMs));
    this.ends = this.cues.map((cue) => Number(cue.dataset.endMs));
    this.current = [];
    this.folded = null;
  }

  /** Cues that aren't in the page yet are asked for; false when they couldn't be had. */
  async load() {
    const address = this.list.dataset.cues;
    if (!address) return true;
    try {
      this.fill((await fetchCues(address)).cues);
    } catch {
      this.list.replaceChildren(el("li", { class: "muted" }, _("The cues didn't arrive; choose the track again.")));
      return false;
    }
    return true;
  }

  fill(cues) {
    delete this.list.dataset.cues;
    this.list.replaceChildren(...cueItems(cues));
    this.#read();
  }

  get texts() {
    this.folded ??= this.cues.map((cue) => fold(cue.querySelector("span")?.textContent ?? cue.textContent));
    return this.folded;
  }

  /** Marks the cues that are on the screen; true when they changed. */
  mark(ms) {
    const now = [];
    const last = lastAt(this.starts, ms);
    for (let n = last; n >= 0 && n > last - LOOK_BACK; n -= 1) {
      if (ms < this.ends[n]) now.unshift(this.cues[n]);
    }
    if (now.length === this.current.length && now.every((cue, n) => cue === this.current[n])) return false;
    for (const cue of this.current) cue.removeAttribute("aria-current");
    for (const cue of now) cue.setAttribute("aria-current", "true");
    this.current = now;
    return true;
  }
}

class Transcript {
  constructor(root) {
    this.root = root;
    this.tracks = new Map([...root.querySelectorAll("[data-track]")].map((list) => [list.dataset.track, new Track(list)]));
    this.select = root.querySelector("[data-transcript-track]");
    this.following = true;
    this.ms = 0;
    this.frameMs = 0;
    this.found = [];
    this.at = -1;
    this.#build();
    this.show(this.select?.value ?? this.tracks.keys().next().value);
    this.select?.addEventListener("change", () => this.show(this.select.value));
    document.addEventListener("player:time", (event) => this.#time(event.detail));
    // A person's own scrolling wins over the film's.
    for (const name of ["wheel", "touchmove"]) root.addEventListener(name, () => this.#follow(false), { passive: true });
    root.addEventListener("keydown", (event) => this.#keys(event));
    root.addEventListener("click", (event) => { if (event.target.closest("[data-seek-ms]")) this.#follow(true); });
    root.querySelector("[data-edit-cues]")?.addEventListener("click", (event) => this.#edit(event));
    if (new URL(location.href).searchParams.get("edit") === "1") this.#edit();
  }

  /** The editor takes the place of the list until it is closed. */
  async #edit(event) {
    if (event && (event.ctrlKey || event.metaKey || event.shiftKey || event.button)) return;
    event?.preventDefault();
    if (this.root.querySelector(".cue-editor")) return;
    const { id } = this;
    const address = `/clips/${this.root.dataset.clip}/tracks/${id}`;
    const { CueEditor } = await import("./cue-editor.js");
    const hidden = [...this.root.children].filter((part) => !part.matches(".transcript__head") && !part.hidden);
    for (const part of hidden) part.hidden = true;
    const tools = [this.select, this.root.querySelector("[data-edit-cues]")].filter((one) => one && !one.hidden);
    for (const tool of tools) tool.hidden = true;
    new CueEditor(this.root, address, this.frameMs, (cues, version) => {
      for (const part of [...hidden, ...tools]) part.hidden = false;
      if (cues) {
        this.tracks.get(id)?.fill(cues);
        tellChange(id, version);
      }
      this.show(id);
      this.root.querySelector("[data-edit-cues]")?.focus();
    });
  }

  #build() {
    this.filter = el("input", {
      type: "search", class: "transcript__filter", placeholder: _("Filter the lines"), dir: "auto",
      "aria-label": _("Filter the lines of the transcript"), autocomplete: "off", spellcheck: false,
      oninput: () => this.#filter(),
    });
    this.count = el("span", { class: "transcript__count", role: "status" });
    const step = (by, sign, label) => el("button", {
      type: "button", class: "transcript__step", hidden: true, title: label, "aria-label": label, onclick: () => this.#step(by),
    }, sign);
    this.steps = [step(-1, "↑", _("Line before that matches (Shift+Enter)")), step(1, "↓", _("Next line that matches (Enter)"))];
    this.back = el("button", { type: "button", class: "transcript__follow", hidden: true, onclick: () => this.#follow(true) }, _("Follow the film"));
    const tools = el("div", { class: "transcript__tools" }, this.filter, this.count, ...this.steps);
    const boxes = [...this.tracks.values()].map((track) => track.box);
    (boxes[0] ?? this.root).before(tools);
    boxes.at(-1)?.after(this.back);
  }

  async show(id) {
    this.id = id;
    this.track = this.tracks.get(id) ?? this.tracks.values().next().value;
    for (const track of this.tracks.values()) track.box.hidden = track !== this.track;
    const { track } = this;
    const edit = this.root.querySelector("[data-edit-cues]");
    if (edit) edit.href = `/clips/${this.root.dataset.clip}/tracks/${id}`;
    if (track?.list.dataset.cues) await track.load();
    if (track !== this.track) return;
    this.#filter();
    track?.mark(this.ms);
    this.#scroll();
  }

  #time({ frameMs, until }) {
    this.frameMs = frameMs ?? until;
    this.ms = until;
    if (this.track?.mark(until) && this.following) this.#scroll();
  }

  #scroll() {
    const cue = this.track?.current[0] ?? this.track?.cues[lastAt(this.track.starts, this.ms)];
    if (cue && !cue.hidden) this.#bring(cue);
  }

  /** Moves the list, never the page. */
  #bring(cue) {
    const { list } = this.track;
    if (list.scrollHeight <= list.clientHeight) return;
    const box = list.getBoundingClientRect();
    const at = cue.getBoundingClientRect();
    const by = at.top - box.top - (box.height - at.height) * 0.35;
    const far = Math.abs(by) > 2 * box.height;
    list.scrollTo({ top: list.scrollTop + by, behavior: far || wantsLessMotion() ? "auto" : "smooth" });
  }

  /** To the next line that the filter found, around the end; it is shown, not played. */
  #step(by) {
    if (!this.found.length) return;
    this.#follow(false);
    this.found[this.at]?.removeAttribute("data-found");
    const from = this.at < 0 && by < 0 ? 0 : this.at;
    this.at = (from + by + this.found.length) % this.found.length;
    const cue = this.found[this.at];
    cue.setAttribute("data-found", "");
    this.#bring(cue);
    this.#count();
  }

  #count() {
    const { found, at } = this;
    const wanted = Boolean(this.filter.value.trim());
    for (const button of this.steps) {
      button.hidden = !wanted;
      button.disabled = !found.length;
    }
    const of = at < 0 ? `${found.length} of ${this.track?.cues.length ?? 0}` : `${at + 1} of ${found.length}`;
    this.count.textContent = wanted ? of : "";
  }

  #follow(on) {
    this.following = on;
    this.back.hidden = on;
    if (on) this.#scroll();
  }

  #keys(event) {
    if (event.target === this.filter) {
      if (event.key === "Enter") {
        event.preventDefault();
        this.#step(event.shiftKey ? -1 : 1);
      } else if (event.key === "Escape" && this.filter.value) {
        event.preventDefault();
        this.filter.value = "";
        this.#filter();
      }
      return;
    }
    const link = event.target.closest?.("[data-cue] a");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!link || !step) return;
    event.preventDefault();
    this.#follow(false);
    const seen = this.track.cues.filter((cue) => !cue.hidden);
    seen[seen.indexOf(link.closest("[data-cue]")) + step]?.querySelector("a")?.focus();
  }

  #filter() {
    const wanted = fold(this.filter.value.trim());
    const ranges = [];
    this.found[this.at]?.removeAttribute("data-found");
    this.found = [];
    this.at = -1;
    this.track?.cues.forEach((cue, n) => {
      const fits = !wanted || this.track.texts[n].includes(wanted);
      if (cue.hidden === fits) cue.hidden = !fits;
      if (!wanted || !fits) return;
      this.found.push(cue);
      if (this.found.length > MOST_MARKED) return;
      const walker = document.createTreeWalker(cue.querySelector("span") ?? cue, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) ranges.push(...rangesIn(walker.currentNode, wanted));
    });
    this.#count();
    if (globalThis.Highlight) CSS.highlights.set(HIGHLIGHT, new Highlight(...ranges));
    if (!wanted && this.following) this.#scroll();
  }
}

for (const root of document.querySelectorAll("[data-transcript]")) new Transcript(root);
