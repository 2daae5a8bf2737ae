// What the film does: exact seeks, frame steps, playing both ways, and a range that loops.
//
// The frame shown is known from `requestVideoFrameCallback` (its `mediaTime` is the frame's own time
// stamp), not guessed from `currentTime`. Positions are milliseconds from the first frame shown.

import { rateOf } from "./clock.js";

const JUST_INSIDE = 0.001;
// Seconds past a position that was rounded to a millisecond: inside the frame that begins there.
const SPEEDS = [1, 2, 4, 8];
const LOST_FRAME_MS = 400;

export class Playback extends EventTarget {
  constructor(video, { durationMs, frameRate, variable, stills }) {
    super();
    this.video = video;
    this.rate = variable ? 0 : rateOf(frameRate);
    this.nominal = rateOf(frameRate) || 25;
    this.declaredMs = durationMs;
    this.range = { in: null, out: null, loop: false };
    this.stillsOnly = false; // no picture can be decoded: positions move over the storyboard
    this.stills = stills;
    this.origin = 0; // seconds: where the first frame lies on the browser's time line
    this.shown = null; // seconds: the time stamp of the frame on the screen
    this.aim = null; // seconds: the target of a step that hasn't been shown yet
    this.stillMs = 0;
    this.reverse = 0;
    this.wanted = null;
    this.#listen();
  }

  #listen() {
    const { video } = this;
    const tell = () => this.#changed();
    for (const name of ["timeupdate", "seeked", "durationchange"]) video.addEventListener(name, tell);
    video.addEventListener("loadedmetadata", () => {
      if (this.wanted !== null) this.seek(this.wanted);
    });
    for (const name of ["play", "pause", "ratechange", "ended"]) {
      video.addEventListener(name, () => this.dispatchEvent(new Event("state")));
    }
    video.addEventListener("play", () => this.#stopReverse());
    video.addEventListener("seeked", () => {
      setTimeout(() => { if (!video.seeking) this.aim = null; }, LOST_FRAME_MS);
    });
    if (!video.requestVideoFrameCallback) return;
    const onframe = (_now, { mediaTime }) => {
      video.requestVideoFrameCallback(onframe);
      this.#frame(mediaTime);
    };
    video.requestVideoFrameCallback(onframe);
  }

  #frame(mediaTime) {
    const { video } = this;
    // The first frame of all: shown before anyone sought or played.
    if (this.shown === null && video.currentTime === 0 && video.paused) this.origin = mediaTime;
    this.shown = mediaTime;
    if (!video.seeking) this.aim = null;
    this.#loop();
    this.#changed();
    this.dispatchEvent(new Event("frame"));
  }

  #changed() {
    this.dispatchEvent(new Event("time"));
  }

  get ready() {
    return this.video.readyState >= 1 && !this.stillsOnly;
  }

  get durationMs() {
    const { duration } = this.video;
    const known = Number.isFinite(duration) && duration > 0 ? (duration - this.origin) * 1000 : 0;
    return this.declaredMs || known;
  }

  /** Of the frame on the screen while it stands, of the clock while it moves. */
  get ms() {
    if (this.stillsOnly) return this.stillMs;
    if (!this.ready) return this.wanted ?? 0;
    const { video } = this;
    const exact = this.shown !== null && video.videoWidth > 0 && !video.seeking && this.aim === null;
    // A frame may be shown for long (a still, a held picture): then the clock knows better.
    const fresh = exact && (video.paused || Math.abs(video.currentTime - this.shown) < 0.5);
    const seconds = fresh ? this.shown : video.currentTime;
    return Math.max(0, Math.round((seconds - this.origin) * 1000));
  }

  /** The number of the frame shown, from 0; null when frames have no fixed rate. */
  get frame() {
    return this.rate ? Math.round((this.ms / 1000) * this.rate) : null;
  }

  get playing() {
    return this.reverse > 0 || (!this.video.paused && !this.video.ended);
  }

  get speed() {
    return this.reverse ? -this.reverse : this.video.playbackRate;
  }

  /** Shows the frame that is on the screen at `ms`. */
  seek(ms) {
    const at = Math.min(Math.max(0, ms), this.durationMs || ms);
    if (this.stillsOnly) {
      this.stillMs = at;
      this.stills?.(at);
      this.#changed();
      if (this.video.readyState < 1) return;
    } else if (!this.ready) {
      this.wanted = at;
      this.#changed();
      return;
    }
    this.wanted = null;
    this.aim = null;
    this.#go(at / 1000 + this.origin + JUST_INSIDE);
  }

  #go(seconds) {
    const { duration } = this.video;
    const last = Number.isFinite(duration) ? duration - 0.5 / this.nominal : seconds;
    this.video.currentTime = Math.max(0, Math.min(seconds, last));
  }

  nudge(ms) {
    this.seek((this.aim === null ? this.ms : (this.aim - this.origin) * 1000) + ms);
  }

  /** One frame on (1) or back (-1). With a fixed rate one seek to the middle of a frame is exact. */
  step(direction) {
    this.pause();
    if (this.stillsOnly) return this.nudge((direction * 1000) / this.nominal);
    if (!this.ready) return undefined;
    const base = this.shown ?? this.video.currentTime;
    if (!this.rate) return this.#stepVariable(direction, base);
    const next = this.aim === null
      ? base + (direction > 0 ? 1.5 : -0.5) / this.rate
      : this.aim + direction / this.rate;
    this.aim = Math.max(this.origin + 0.5 / this.rate, next);
    this.#go(this.aim);
    return undefined;
  }

  /**
   * Frames without a rate: the one before ends where this one begins. The one after is sought in
   * growing strides, then it is asked whether another lies before the one that was found.
   */
  async #stepVariable(direction, base) {
    if (this.searching) return;
    this.searching = true;
    try {
      if (direction < 0) {
        if (base > this.origin) await this.#landing(base - JUST_INSIDE);
        return;
      }
      let found = base;
      for (let stride = 0.25 / this.nominal; found <= base && stride < 64; stride *= 2) {
        const target = base + stride;
        found = await this.#landing(target);
        if (target > this.video.duration) return;
      }
      for (let tries = 0; tries < 12 && found > base; tries += 1) {
        const before = await this.#landing(found - JUST_INSIDE);
        if (before <= base) break;
        found = before;
      }
      if (this.shown !== found) await this.#landing(found + JUST_INSIDE);
    } finally {
      this.searching = false;
      this.#changed();
    }
  }

  /** Seeks and answers the time stamp of the frame that is then on the screen. */
  #landing(seconds) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.removeEventListener("frame", onframe);
        resolve(this.shown ?? seconds);
      };
      const onframe = () => { if (!this.video.seeking) done(); };
      const timer = setTimeout(done, 1500);
      this.addEventListener("frame", onframe);
      this.video.currentTime = Math.max(0, seconds);
    });
  }

  play() {
    this.#stopReverse();
    if (this.stillsOnly && this.video.error) return;
    if (this.range.loop && this.hasRange && !this.#inRange()) this.seek(this.range.in ?? 0);
    this.video.play().catch(() => this.dispatchEvent(new Event("state")));
  }

  pause() {
    this.#stopReverse();
    this.video.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else {
      this.video.playbackRate = this.video.defaultPlaybackRate;
      this.play();
    }
  }

  /** L: plays; again: twice, four, eight times as fast. */
  faster() {
    if (!this.video.paused && !this.reverse) {
      this.video.playbackRate = SPEEDS.find((speed) => speed > this.video.playbackRate) ?? SPEEDS.at(-1);
    } else {
      this.video.playbackRate = 1;
      this.play();
    }
  }

  /** J: plays backwards by seeking, since browsers can't; again: faster. */
  backwards() {
    const faster = SPEEDS.find((speed) => speed > this.reverse) ?? SPEEDS.at(-1);
    this.video.pause();
    const running = this.reverse > 0;
    this.reverse = faster;
    this.reverseFrom = { ms: this.ms, at: performance.now() };
    this.dispatchEvent(new Event("state"));
    if (!running) requestAnimationFrame(() => this.#rewind());
  }

  #rewind() {
    if (!this.reverse) return;
    const ms = this.reverseFrom.ms - (performance.now() - this.reverseFrom.at) * this.reverse;
    const first = this.range.loop && this.hasRange ? this.range.in ?? 0 : 0;
    if (!this.video.seeking) this.seek(Math.max(first, ms));
    if (ms <= first) this.pause();
    else requestAnimationFrame(() => this.#rewind());
  }

  #stopReverse() {
    if (!this.reverse) return;
    this.reverse = 0;
    this.dispatchEvent(new Event("state"));
  }

  get hasRange() {
    return this.range.in !== null || this.range.out !== null;
  }

  #inRange() {
    return this.ms >= (this.range.in ?? 0) - 1 && this.ms < (this.range.out ?? Infinity);
  }

  /** Marks the frame shown as the first (`in`) or the last (`out`, which is then its end). */
  mark(edge) {
    const { range } = this;
    if (edge === "in") {
      range.in = this.ms;
      if (range.out !== null && range.out <= range.in) range.out = null;
    } else {
      range.out = Math.min(this.ms + 1000 / this.nominal, this.durationMs || Infinity);
      if (range.in !== null && range.in >= range.out) range.in = null;
    }
    this.dispatchEvent(new Event("range"));
  }

  clearRange() {
    this.range = { in: null, out: null, loop: false };
    this.dispatchEvent(new Event("range"));
  }

  setLoop(on) {
    this.range.loop = on;
    this.dispatchEvent(new Event("range"));
  }

  #loop() {
    const { in: from, out, loop } = this.range;
    if (!loop || this.video.paused || out === null) return;
    // Within half a frame of the end the next frame would be outside.
    if (this.shown - this.origin >= out / 1000 - 0.75 / this.nominal) this.seek(from ?? 0);
  }
}
