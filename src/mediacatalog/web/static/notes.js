// Notes beside the player: the time is taken at the first key press, what is marked is the span,
// every note has its place on the time line. Without this module the form takes typed times.

import { _ } from "./texts.js";

const BOX = "markers";

export class Notes {
  /** `leave` gives the focus back to the picture. */
  constructor(playback, timeline, leave) {
    this.playback = playback;
    this.timeline = timeline;
    this.leave = leave;
    playback.addEventListener("range", () => { if (this.text?.value) this.#stamp(); });
    document.addEventListener("htmx:afterSwap", () => this.#found());
    document.addEventListener("htmx:beforeRequest", (event) => this.#tell(event, _("Saving…")));
    document.addEventListener("htmx:afterRequest", (event) => {
      const failed = !event.detail.successful || this.box?.querySelector("[role=alert]");
      this.#tell(event, failed ? _("Not saved") : _("Saved"));
    });
    this.#found();
  }

  /** Moves to the box for a note at the frame that is shown. */
  write() {
    if (!this.text) return;
    this.playback.pause();
    if (!this.text.value) this.#stamp();
    this.text.focus();
  }

  #found() {
    const box = document.getElementById(BOX);
    if (box === this.box) return;
    this.box = box;
    this.form = box?.querySelector("[data-note-form]");
    this.text = this.form?.elements.text;
    if (!this.form) return;
    this.text.placeholder = _("What is seen or heard here? The time is taken when you begin to type (N)");
    this.text.addEventListener("input", () => {
      if (this.text.value && !this.written) this.#stamp();
      this.written = this.text.value !== "";
      this.#say(this.written ? _("Not saved yet") : "");
    });
    const { tags } = this.form.elements;
    tags.addEventListener("input", () => {
      if (!this.text.value && !this.tagged) this.#stamp();
      this.tagged = tags.value !== "";
      if (this.tagged) this.#say(_("Not saved yet"));
    });
    this.tagged = tags.value !== "";
    this.written = this.text.value !== "";
    box.addEventListener("keydown", (event) => this.#keys(event));
    box.addEventListener("click", (event) => this.#range(event));
    const list = [...box.querySelectorAll("[data-start-ms]")].map(({ dataset }) => ({
      start_ms: Number(dataset.startMs), end_ms: Number(dataset.endMs ?? dataset.startMs),
    }));
    this.timeline.setMarkers(list);
  }

  /** What is marked, else the frame that is shown. */
  #stamp() {
    const { playback, form } = this;
    const { in: from, out } = playback.range;
    const seconds = (ms) => (ms / 1000).toFixed(3);
    form.elements.at.value = seconds(from ?? playback.ms);
    form.elements.until.value = out === null ? "" : seconds(out);
  }

  #keys(event) {
    const form = event.target.closest("form");
    if (!event.target.matches("textarea")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") {
      this.leave();
    }
  }

  /** A click on a span marks it, so that it can be looped. */
  #range(event) {
    const link = event.target.closest("[data-range-ms]");
    if (link) this.playback.setRange(Number(link.dataset.seekMs), Number(link.dataset.rangeMs));
  }

  #tell(event, text) {
    if (event.detail.target?.id === BOX) this.#say(text);
  }

  #say(text) {
    const state = this.box?.querySelector("[data-note-state]");
    if (state) state.textContent = text;
  }
}
