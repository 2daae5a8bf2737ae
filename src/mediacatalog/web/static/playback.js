// What the film does: exact seeks, frame steps, playing both ways, and a range that loops.
//
// The frame shown is known from `requestVideoFrameCallback` (its `mediaTime` is the frame's own time
// stamp), not guessed from `currentTime`. Positions are milliseconds from the first frame shown.

import { rateOf } from "./clock.js";

const JUST_INSIDE = 0.001;
// Seconds past a position that was rounded to a millisecond: inside the frame that begins there.
const SPEEDS = [1, 2, 4, 8];
const LOST_FRAME_MS = 400; // after a seek that showed the same frame again, no frame is reported
const FIRST_FRAME_MS = 500;
const SAME_FRAME_MS = 120;
const MAX_OWED = 8; // steps that wait
const MAX_TRIES = 12;

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
    this.aim = null; // seconds: `at` is sought, of a frame that begins at `frame`; not yet shown
    this.stillMs = 0;
    this.reverse = 0;
    this.wanted = null;
    this.#listen();
  }

  /** Another file of the same film is loaded in place of this one: the position stays. */
  reload() {
    this.wanted = this.stillsOnly ? this.stillMs : this.wanted ?? this.ms;
    this.stillsOnly = this.begun = this.asked = false;
    this.origin = 0;
    this.shown = this.aim = null;
    clearTimeout(this.firstTimer);
    if (this.video.readyState >= 1) this.#learnOrigin();
    this.#changed();
  }

  #listen() {
    const { video } = this;
    const tell = () => this.#changed();
    for (const name of ["timeupdate", "seeked", "durationchange"]) video.addEventListener(name, tell);
    video.addEventListener("loadedmetadata", () => {
      if (this.wanted !== null) this.#learnOrigin();
    });
    for (const name of ["play", "pause", "ratechange", "ended"]) {
      video.addEventListener(name, () => this.dispatchEvent(new Event("state")));
    }
    video.addEventListener("play", () => this.#stopReverse());
    video.addEventListener("seeked", () => this.#landed());
    if (!video.requestVideoFrameCallback) return;
    const onframe = (_now, { mediaTime }) => {
      video.requestVideoFrameCallback(onframe);
      this.#frame(mediaTime);
    };
    video.requestVideoFrameCallback(onframe);
  }

  /**
   * The first frame tells where the film begins on the browser's time line (after the sound, in
   * some files), so the first seek waits for it. It may have been shown before this module came:
   * then it is asked for once more. A tab in the background shows no frames: it waits.
   */
  #learnOrigin() {
    if (this.begun || this.asked || this.video.readyState < 1) return;
    if (!this.video.requestVideoFrameCallback || this.video.videoWidth === 0) this.#begin();
    else if (document.hidden) document.addEventListener("visibilitychange", () => this.#learnOrigin(), { once: true });
    else {
      this.asked = true;
      this.video.currentTime = 0;
      this.firstTimer = setTimeout(() => this.#begin(), FIRST_FRAME_MS);
    }
  }

  #begin() {
    if (this.begun) return;
    this.begun = true;
    clearTimeout(this.firstTimer);
    if (this.wanted !== null) this.seek(this.wanted);
    this.#changed();
    this.dispatchEvent(new Event("begun"));
  }

  #frame(mediaTime) {
    const { aim, video } = this;
    if (!this.begun) {
      if (this.asked || (video.currentTime === 0 && video.paused)) this.origin = mediaTime;
      this.shown = mediaTime;
      this.#begin();
      return;
    }
    this.shown = mediaTime;
    // Of several quick steps the frames of the earlier ones arrive too.
    const early = aim && this.rate && (mediaTime > aim.at + JUST_INSIDE || aim.at - mediaTime > 1.25 / this.rate);
    if (aim && !early) {
      aim.arrived = true;
      if (!video.seeking) this.aim = null;
    }
    this.#loop();
    this.#changed();
    this.dispatchEvent(new Event("frame"));
  }

  #landed() {
    const { aim } = this;
    if (!aim) return;
    const forget = () => {
      if (this.aim !== aim || this.video.seeking) return;
      this.aim = null;
      this.#changed();
    };
    if (aim.arrived) forget();
    else setTimeout(forget, LOST_FRAME_MS);
  }

  #changed() {
    this.dispatchEvent(new Event("time"));
  }

  get ready() {
    return this.begun && this.video.readyState >= 1 && !this.stillsOnly;
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
    let seconds = video.currentTime;
    if (this.aim) seconds = this.aim.frame;
    // A frame may be shown for long (a still, a held picture): then the clock knows better.
    else if (this.shown !== null && (video.paused || Math.abs(seconds - this.shown) < 0.5)) seconds = this.shown;
    return Math.max(0, Math.round((seconds - this.origin) * 1000));
  }

  /** The clock itself: never before the moment that was sought, as the beginning of its frame may be. */
  get clockMs() {
    if (this.stillsOnly || !this.ready) return this.ms;
    return Math.max(0, (this.video.currentTime - this.origin) * 1000);
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
      this.#learnOrigin();
      this.#changed();
      return;
    }
    this.wanted = null;
    const seconds = at / 1000 + this.origin;
    // Half a millisecond may be lost to rounding: a frame that begins then has begun.
    const begins = this.rate ? Math.floor(((at + 0.6) / 1000) * this.rate) / this.rate + this.origin : seconds;
    this.#go(seconds + JUST_INSIDE, begins);
  }

  /** Seeks to `at` (seconds), inside a frame that begins at `frame` as far as is known. */
  #go(at, frame) {
    const { duration } = this.video;
    const last = Number.isFinite(duration) ? duration - 0.5 / this.nominal : at;
    const within = Math.max(0, Math.min(at, last));
    this.aim = { at: within, frame: Math.min(frame, within), arrived: false };
    this.video.currentTime = within;
    this.#changed();
  }

  nudge(ms) {
    this.seek(this.ms + ms);
  }

  /** One frame on (1) or back (-1). With a fixed rate one seek to the middle of a frame is exact. */
  step(direction) {
    this.pause();
    if (this.stillsOnly) return this.nudge((direction * 1000) / this.nominal);
    if (!this.begun) {
      this.addEventListener("begun", () => this.step(direction), { once: true });
      return this.#learnOrigin();
    }
    const base = this.shown ?? this.video.currentTime;
    if (!this.rate) return this.#stepVariable(direction);
    const frame = Math.max(this.origin, (this.aim?.frame ?? base) + direction / this.rate);
    this.#go(frame + 0.5 / this.rate, frame);
    return undefined;
  }

  /** One after the other: a search takes some seeks, and keys come faster. */
  async #stepVariable(direction) {
    this.owed = Math.max(-MAX_OWED, Math.min(MAX_OWED, (this.owed ?? 0) + direction));
    if (this.searching) return;
    this.searching = true;
    while (this.owed && this.video.paused) {
      const next = Math.sign(this.owed);
      this.owed -= next;
      const base = this.shown ?? this.video.currentTime;
      if (next > 0) await this.#findNext(base);
      else if (base > this.origin) await this.#landing(base - JUST_INSIDE);
    }
    this.owed = 0;
    this.searching = false;
    this.#changed();
  }

  /**
   * The frame after the one that begins at `base` is sought in growing strides, then it is asked
   * whether another lies before the one that was found.
   */
  async #findNext(base) {
    let found = base;
    for (let stride = 0.25 / this.nominal; found <= base; stride *= 2) {
      if (base + stride > this.video.duration) return;
      found = await this.#landing(base + stride);
    }
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const before = await this.#landing(found - JUST_INSIDE);
      if (before <= base) break;
      found = before;
    }
    if (this.shown !== found) await this.#landing(found + JUST_INSIDE);
  }

  /** Seeks and answers the time stamp of the frame that is then on the screen. */
  #landing(seconds) {
    const { video } = this;
    return new Promise((resolve) => {
      let frames = 0;
      let timer = setTimeout(() => done(), 2000);
      const done = () => {
        clearTimeout(timer);
        this.removeEventListener("frame", onframe);
        video.removeEventListener("seeked", onseeked);
        resolve(this.shown ?? seconds);
      };
      const onframe = () => {
        frames += 1;
        if (!video.seeking) done();
      };
      const onseeked = () => {
        if (frames) done();
        else {
          clearTimeout(timer);
          timer = setTimeout(done, SAME_FRAME_MS);
        }
      };
      this.addEventListener("frame", onframe);
      video.addEventListener("seeked", onseeked);
      video.currentTime = Math.max(0, seconds);
    });
  }

  play() {
    this.#stopReverse();
    if (this.stillsOnly && this.video.error) return;
    this.#learnOrigin();
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

  /** Marks a span; `out` is its end. */
  setRange(from, out) {
    this.range = { ...this.range, in: from, out };
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
