// What the film does: exact seeks, frame steps, playing both ways, and a range that loops.
//
// The frame shown is known from `requestVideoFrameCallback` (its `mediaTime` is the frame's own time
// stamp), not guessed from `currentTime`, and never from the time that has passed: browsers report a
// frame after every seek, however late. What is sought stays the aim until the frame shown is it.
// Positions are milliseconds from the first frame shown.

import { rateOf } from "./clock.js";
import { FrameTimes } from "./frame-times.js";

const JUST_INSIDE = 0.001;
// Seconds past a position that was rounded to a millisecond: inside the frame that begins there.
const SPEEDS = [1, 2, 4, 8];
const MAX_TRIES = 8; // seeks for one aim, where each shows another wrong frame

export class Playback extends EventTarget {
  constructor(video, { durationMs, frameRate, variable, stills, frameTimes }) {
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
    this.stood = null; // seconds: the last aim, where no list and no rate tells which frame that is
    this.times = new FrameTimes(frameTimes);
    this.beside = 0; // of four places for the same seek, the last one that was taken
    this.owed = 0; // steps that wait for the list of frames
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
    this.shown = this.aim = this.stood = null;
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
    video.addEventListener("play", () => {
      this.stood = null;
      this.#stopReverse();
    });
    if (!video.requestVideoFrameCallback) {
      this.#listenPlainly();
      return;
    }
    video.addEventListener("seeked", () => this.#landed());
    const onframe = (_now, { mediaTime }) => {
      video.requestVideoFrameCallback(onframe);
      this.#frame(mediaTime);
    };
    video.requestVideoFrameCallback(onframe);
  }

  /** A browser that doesn't tell frames shows, as far as is known, the one that was sought. */
  #listenPlainly() {
    const { video } = this;
    video.addEventListener("seeked", () => {
      if (this.aim && video.paused) this.shown = this.aim.frame;
      this.aim = null;
      this.#changed();
    });
    video.addEventListener("play", () => { this.shown = null; });
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
      this.#put(0);
    }
  }

  #begin() {
    if (this.begun) return;
    this.begun = true;
    if (this.wanted !== null) this.seek(this.wanted);
    this.#changed();
    this.dispatchEvent(new Event("begun"));
  }

  #frame(mediaTime) {
    const { video } = this;
    if (!this.begun) {
      if (this.asked || (video.currentTime === 0 && video.paused)) this.origin = mediaTime;
      this.shown = mediaTime;
      this.#begin();
      return;
    }
    this.shown = mediaTime;
    if (this.aim) this.aim.reported = true;
    this.#landed();
    this.#loop();
    this.#changed();
    this.dispatchEvent(new Event("frame"));
  }

  /** Of every seek the browser tells that it is over, and a frame; in either order. */
  #landed() {
    const { aim, video } = this;
    if (!aim || video.seeking || this.shown === null) return;
    if (aim.holds(this.shown) || !video.paused) {
      this.aim = null;
      this.#changed();
    } else if (aim.reported) this.#assert();
  }

  /**
   * Another frame than the aim came: one of a seek before, or the browser landed beside it. It is
   * sought again; if that shows the same once more, the file has no other frame there.
   */
  #assert() {
    const { aim } = this;
    if (aim.missed === this.shown || this.reverse || aim.tries >= MAX_TRIES) {
      this.aim = null;
      this.#changed();
      return;
    }
    aim.missed = this.shown;
    aim.tries += 1;
    aim.reported = false;
    this.#put(aim.at);
  }

  /**
   * Chromium reports no frame for a seek to exactly where it is. And of three seeks that overlap, the
   * third to exactly where the first went, it ends none. So no seek goes quite where one before went:
   * they lie two to eight microseconds before their place, for a frame may begin right behind it.
   */
  #put(seconds) {
    this.beside = (this.beside % 4) + 1;
    const off = this.beside * 2e-6;
    this.video.currentTime = seconds > off ? seconds - off : seconds + off;
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
    const { duration } = this.video;
    const last = Number.isFinite(duration) ? duration - 0.5 / this.nominal : Infinity;
    this.#go(Math.max(0, Math.min(seconds + JUST_INSIDE, last)), this.#frameAt(Math.min(at / 1000, last - this.origin)));
  }

  /** What is known of the frame that is shown `seconds` after the first one: where it begins, and what holds of it. */
  #frameAt(seconds) {
    const listed = this.times.from(seconds);
    if (listed) return listed;
    // Half a millisecond may be lost to rounding: a frame that begins then has begun.
    if (this.rate) return this.#numbered(Math.floor((seconds + 0.0006) * this.rate));
    return { frame: seconds, inside: seconds + JUST_INSIDE, guessed: true, holds: (at) => at <= seconds + JUST_INSIDE };
  }

  /** Of a fixed rate. */
  #numbered(number) {
    const frame = Math.max(0, number) / this.rate;
    const half = 0.5 / this.rate;
    return { frame, inside: frame + half, holds: (at) => Math.abs(at - frame) < half };
  }

  /** Seeks to `at` (seconds of the browser) until the frame is shown that `wanted` tells from others. */
  #go(at, wanted) {
    const { origin } = this;
    const frame = wanted.frame + origin;
    this.aim = { at, frame, holds: (shown) => wanted.holds(shown - origin), tries: 0, reported: false };
    this.stood = wanted.guessed ? frame : null; // any frame before might be it: one of an earlier seek, too
    this.#put(at);
    this.#changed();
  }

  nudge(ms) {
    this.seek(this.ms + ms);
  }

  /** One frame on (1) or back (-1). */
  step(direction) {
    this.pause();
    if (this.stillsOnly) this.nudge((direction * 1000) / this.nominal);
    else if (!this.begun) {
      this.addEventListener("begun", () => this.step(direction), { once: true });
      this.#learnOrigin();
    } else this.#stepOwed(direction);
  }

  /** Keys come faster than the list of frames and the frames themselves: what is owed becomes one aim. */
  async #stepOwed(direction) {
    this.owed += direction;
    if (this.owing) return;
    this.owing = true;
    await this.times.around(this.#standing);
    this.owing = false;
    const { owed } = this;
    this.owed = 0;
    if (!this.ready || !this.video.paused) return;
    const wanted = this.#stepped(owed);
    this.#go(wanted.inside + this.origin, wanted);
  }

  /** Seconds after the first frame: where the frame begins that is sought, else the one shown. */
  get #standing() {
    return (this.aim?.frame ?? this.stood ?? this.shown ?? this.video.currentTime) - this.origin;
  }

  /** The frame so many steps from here: of the catalogue's list, else by the rate, which is all that is known then. */
  #stepped(steps) {
    const here = this.#standing;
    const listed = this.times.from(here, steps);
    if (listed) return listed;
    if (!this.rate) return this.#frameAt(Math.max(0, here + steps / this.nominal));
    const { duration } = this.video;
    const last = Number.isFinite(duration) ? Math.ceil((duration - this.origin - JUST_INSIDE) * this.rate) - 1 : Infinity;
    return this.#numbered(Math.min(Math.round(here * this.rate) + steps, last));
  }

  play() {
    this.#stopReverse();
    if (this.stillsOnly && this.video.error) return;
    if (!this.begun && !this.stillsOnly && this.video.readyState >= 1) {
      this.addEventListener("begun", () => this.play(), { once: true }); // what moves doesn't tell the first frame
      this.#learnOrigin();
      return;
    }
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
