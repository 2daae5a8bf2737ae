// The time line: a native slider over lanes (shots, what is wrong with the picture, cues, in and out)
// with a small picture of the moment under the pointer.

import { format, lastAt, spoken } from "./clock.js";
import { el, svg } from "./dom.js";
import { Waveform } from "./waveform.js";
import { _ } from "./texts.js";

const SCALE = 10000; // units of the drawing for the whole clip
const KINDS = {
  black: _("black picture"),
  freeze: _("frozen picture"),
  damage: _("damaged picture"),
  silence: "silence",
  clipping: _("clipped sound"),
  no_audio: _("missing sound"),
};
const OF_SOUND = new Set(["silence", "clipping", "no_audio"]);
const SHOW_MS = 1600;

export class Timeline {
  /** `shots` are start times in order, `spans` have kind, start_ms and end_ms. */
  constructor(playback, storyboard, { shots, spans, waveform }) {
    this.playback = playback;
    this.storyboard = storyboard;
    this.shots = shots;
    this.spans = spans;
    this.cues = [];
    this.chapters = [];
    this.markers = [];
    this.warned = [];
    this.slider = el("input", {
      type: "range", class: "player__slider", min: "0", max: "1", step: "any", value: "0",
      "aria-label": _("Position in the clip"), dir: "ltr",
    });
    this.drawing = svg("svg", {
      class: "player__lanes", viewBox: `0 0 ${SCALE} 100`, preserveAspectRatio: "none", "aria-hidden": "true",
    });
    this.progress = svg("rect", { class: "lane-played", x: 0, y: 38, height: 24, width: 0 });
    this.layers = Object.fromEntries(["range", "spans", "warned", "cues", "shots", "chapters", "markers"].map((name) => [name, svg("g")]));
    this.drawing.append(
      svg("rect", { class: "lane-base", x: 0, y: 38, width: SCALE, height: 24 }),
      this.progress, ...["spans", "warned", "cues", "shots", "chapters", "markers", "range"].map((name) => this.layers[name]),
    );
    this.canvas = el("canvas", { class: "player__thumb", width: 320, height: 180, hidden: true });
    this.label = el("span", { class: "player__thumb-label" });
    this.preview = el("div", { class: "player__preview", hidden: true, "aria-hidden": "true" }, this.canvas, this.label);
    this.waveform = new Waveform(waveform, () => this.length);
    this.knob = el("span", { class: "player__knob", "aria-hidden": "true" });
    this.element = el("div", { class: "player__timeline", dir: "ltr" }, this.drawing, this.knob, this.waveform.element, this.slider, this.preview);
    this.#listen();
    this.draw();
  }

  #listen() {
    const { slider, playback } = this;
    slider.addEventListener("input", () => {
      playback.seek(Number(slider.value) * this.length);
      this.peek(Number(slider.value) * this.length);
    });
    const atPointer = (event) => this.peek(this.#msAt(event.clientX));
    this.element.addEventListener("pointerenter", atPointer);
    this.element.addEventListener("pointermove", atPointer);
    this.element.addEventListener("pointerleave", () => this.hide());
    slider.addEventListener("focus", () => { if (slider.matches(":focus-visible")) this.peek(playback.ms, SHOW_MS); });
    slider.addEventListener("blur", () => this.hide());
    playback.addEventListener("time", () => this.update());
    playback.addEventListener("range", () => this.#drawRange());
    playback.video.addEventListener("durationchange", () => {
      this.draw();
      this.waveform.draw();
    });
  }

  get length() {
    return Math.max(1, this.playback.durationMs);
  }

  #msAt(clientX) {
    const box = this.element.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - box.left) / (box.width || 1))) * this.length;
  }

  /** Shows the picture of a moment above its place; for `forMs`, or until `hide`. */
  peek(ms, forMs = 0) {
    clearTimeout(this.timer);
    if (forMs) this.timer = setTimeout(() => this.hide(), forMs);
    this.peeked = ms;
    const at = (one) => one.start_ms <= ms && ms < one.end_ms;
    const span = this.spans.find(at);
    const warned = this.warned.find(at)?.kind;
    const shot = this.shots.length > 1 ? `shot ${this.shotAt(ms) + 1}` : "";
    this.label.replaceChildren(
      el("b", {}, format(ms, 1)),
      ...[this.chapterAt(ms), shot, span ? KINDS[span.kind] ?? span.kind : "", warned].filter(Boolean).map((text) => el("span", {}, text)),
    );
    this.preview.hidden = false;
    this.#place(ms);
    this.storyboard.draw(this.canvas, ms, () => this.peeked === ms).then((drawn) => {
      if (!drawn || this.peeked !== ms) return;
      this.canvas.hidden = false;
      this.#place(ms);
    });
  }

  #place(ms) {
    const { width } = this.element.getBoundingClientRect();
    const half = this.preview.offsetWidth / 2;
    const middle = (ms / this.length) * width;
    const left = Math.max(0, Math.min(width - 2 * half, middle - half));
    this.preview.style.transform = `translateX(${left}px)`;
  }

  hide() {
    clearTimeout(this.timer);
    this.peeked = null;
    this.preview.hidden = true;
  }

  shotAt(ms) {
    return Math.max(0, lastAt(this.shots, ms + 0.5));
  }

  update() {
    const { ms } = this.playback;
    const part = Math.min(1, ms / this.length);
    this.progress.setAttribute("width", part * SCALE);
    this.knob.style.insetInlineStart = `${part * 100}%`;
    if (!this.slider.matches(":active")) this.slider.value = part;
    // Spoken once a second while it plays, at once when it stands.
    const now = this.playback.playing ? Math.floor(ms / 1000) * 1000 : ms;
    if (now === this.said) return;
    this.said = now;
    const shot = this.shots.length > 1 ? `, shot ${this.shotAt(ms) + 1} of ${this.shots.length}` : "";
    this.slider.setAttribute("aria-valuetext", `${spoken(now)} of ${spoken(this.length)}${shot}`);
  }

  /** The title of the chapter at a moment; empty where there is none. */
  chapterAt(ms) {
    const title = this.chapters[lastAt(this.chapters.map((one) => one.start_ms), ms)]?.title ?? "";
    return title.length > 40 ? `${title.slice(0, 39)}…` : title;
  }

  /** `{start_ms, title}` in order. */
  setChapters(chapters) {
    this.chapters = chapters;
    this.draw();
  }

  /** `{start_ms, end_ms}` of people's notes; both are the same at a moment. */
  setMarkers(markers) {
    this.markers = markers;
    this.draw();
  }

  /** `{start_ms, end_ms, kind}` of what people warned of; the kind as it is shown. */
  setWarned(warned) {
    this.warned = warned;
    this.draw();
  }

  setCues(cues) {
    this.cues = cues;
    this.draw();
  }

  draw() {
    const x = (ms) => Math.min(SCALE, Math.max(0, (ms / this.length) * SCALE));
    const bar = (one, top, height, name) => svg("rect", {
      class: name, x: x(one.start_ms), y: top, height, width: Math.max(8, x(one.end_ms) - x(one.start_ms)),
    });
    const path = (starts, name, top, height) => svg("path", {
      class: name, d: starts.map((ms) => `M${x(ms).toFixed(1)} ${top}v${height}`).join(""),
    });
    this.layers.spans.replaceChildren(...this.spans.map((one) => bar(
      one, OF_SOUND.has(one.kind) ? 88 : 38, OF_SOUND.has(one.kind) ? 12 : 24, `lane-${KINDS[one.kind] ? one.kind : "other"}`)));
    this.layers.warned.replaceChildren(...this.warned.map((one) => bar(one, 28, 44, "lane-warned")));
    this.layers.cues.replaceChildren(...this.cues.slice(0, 5000).map((one) => bar(one, 72, 14, "lane-cue")));
    this.layers.shots.replaceChildren(path(this.shots.slice(1), "lane-shot", 14, 48));
    this.layers.markers.replaceChildren(...this.markers.map((one) => svg("rect", {
      class: "lane-marker", x: x(one.start_ms), y: 2, height: 10, width: Math.max(30, x(one.end_ms) - x(one.start_ms)),
    })));
    this.layers.chapters.replaceChildren(path(this.chapters.map((one) => one.start_ms), "lane-chapter", 0, 30));
    this.#drawRange();
    this.update();
  }

  #drawRange() {
    const { in: from, out } = this.playback.range;
    const x = (ms) => Math.min(SCALE, (ms / this.length) * SCALE);
    if (from === null && out === null) {
      this.layers.range.replaceChildren();
      return;
    }
    const start = x(from ?? 0);
    const end = x(out ?? this.length);
    const edge = (at) => svg("path", { class: "lane-edge", d: `M${at} 4v92` });
    this.layers.range.replaceChildren(
      svg("rect", { class: "lane-range", x: start, y: 4, width: Math.max(8, end - start), height: 92 }),
      ...(from === null ? [] : [edge(start)]), ...(out === null ? [] : [edge(end)]),
    );
  }
}
