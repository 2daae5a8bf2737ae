// The transcript follows the film, seeks it, switches its language and can be filtered.
// The links work without it; the player takes their clicks (`data-seek-ms`).

import { lastAt } from "./clock.js";
import { el, wantsLessMotion } from "./dom.js";

const LOOK_BACK = 12; // cues that may overlap the one that began last
const HIGHLIGHT = "transcript-filter";

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
    this.cues = [...list.querySelectorAll("[data-cue]")];
    this.starts = this.cues.map((cue) => Number(cue.dataset.startMs));
    this.ends = this.cues.map((cue) => Number(cue.dataset.endMs));
    this.current = [];
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
    this.#build();
    this.show(this.select?.value ?? this.tracks.keys().next().value);
    this.select?.addEventListener("change", () => this.show(this.select.value));
    document.addEventListener("player:time", (event) => this.#time(event.detail.until));
    // A person's own scrolling wins over the film's.
    for (const name of ["wheel", "touchmove"]) root.addEventListener(name, () => this.#follow(false), { passive: true });
    root.addEventListener("keydown", (event) => this.#keys(event));
    root.addEventListener("click", (event) => { if (event.target.closest("[data-seek-ms]")) this.#follow(true); });
  }

  #build() {
    this.filter = el("input", {
      type: "search", class: "transcript__filter", placeholder: "Filter the lines", dir: "auto",
      "aria-label": "Filter the lines of the transcript", autocomplete: "off", spellcheck: false,
      oninput: () => this.#filter(),
    });
    this.count = el("span", { class: "transcript__count", role: "status" });
    this.back = el("button", { type: "button", class: "transcript__follow", hidden: true, onclick: () => this.#follow(true) }, "Follow the film");
    const tools = el("div", { class: "transcript__tools" }, this.filter, this.count);
    const first = this.root.querySelector("[data-track]");
    (first ?? this.root).before(tools);
    [...this.root.querySelectorAll("[data-track]")].at(-1)?.after(this.back);
  }

  show(id) {
    this.track = this.tracks.get(id) ?? this.tracks.values().next().value;
    for (const track of this.tracks.values()) track.list.hidden = track !== this.track;
    this.#filter();
    this.track?.mark(this.ms);
    this.#scroll();
  }

  #time(ms) {
    this.ms = ms;
    if (this.track?.mark(ms) && this.following) this.#scroll();
  }

  /** Moves the list, never the page. */
  #scroll() {
    const cue = this.track?.current[0] ?? this.track?.cues[lastAt(this.track.starts, this.ms)];
    const { list } = this.track ?? {};
    if (!cue || cue.hidden || list.scrollHeight <= list.clientHeight) return;
    const box = list.getBoundingClientRect();
    const at = cue.getBoundingClientRect();
    const top = list.scrollTop + at.top - box.top - (box.height - at.height) * 0.35;
    list.scrollTo({ top, behavior: wantsLessMotion() ? "auto" : "smooth" });
  }

  #follow(on) {
    this.following = on;
    this.back.hidden = on;
    if (on) this.#scroll();
  }

  #keys(event) {
    if (event.target === this.filter) {
      if (event.key === "Escape" && this.filter.value) {
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
    let found = 0;
    this.track?.cues.forEach((cue, n) => {
      const fits = !wanted || this.track.texts[n].includes(wanted);
      cue.hidden = !fits;
      found += fits ? 1 : 0;
      if (!wanted || !fits || found > 500) return;
      const walker = document.createTreeWalker(cue.querySelector("span") ?? cue, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) ranges.push(...rangesIn(walker.currentNode, wanted));
    });
    this.count.textContent = wanted ? `${found} of ${this.track?.cues.length ?? 0}` : "";
    if (globalThis.Highlight) CSS.highlights.set(HIGHLIGHT, new Highlight(...ranges));
    if (!wanted && this.following) this.#scroll();
  }
}

for (const root of document.querySelectorAll("[data-transcript]")) new Transcript(root);
