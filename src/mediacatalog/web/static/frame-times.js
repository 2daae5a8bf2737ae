// Where every frame of a clip begins, as the catalogue has it: a window of the list at a time.

import { lastAt } from "./clock.js";

const MARGIN = 64; // frames known on both sides of where somebody steps

export class FrameTimes {
  #address;
  #first = 0; // number of the first frame of the window
  #count = 0; // of all frames
  #us = []; // microseconds from the first frame of the clip, ascending

  constructor(address) {
    this.#address = address ? new URL(address, document.baseURI) : null;
  }

  /** Whether the frames around `seconds` are known, once asked for; false where the clip has no list. */
  async around(seconds) {
    if (!this.#address) return false;
    const place = lastAt(this.#us, this.#at(seconds));
    const known = this.#us.length > 0
      && (place >= MARGIN || this.#first === 0)
      && (this.#us.length - place > MARGIN || this.#first + this.#us.length === this.#count);
    if (!known) await this.#load(seconds);
    return this.#us.length > 0;
  }

  async #load(seconds) {
    const asked = new URL(this.#address);
    asked.searchParams.set("t", Math.max(0, seconds).toFixed(3));
    try {
      const answer = await fetch(asked);
      if (!answer.ok) throw new Error(answer.statusText);
      const { first, count, us } = await answer.json();
      [this.#first, this.#count, this.#us] = [first, count, us];
    } catch {
      this.#us = []; // asked again at the next step
    }
  }

  /** Half a millisecond may be lost to rounding: a frame that begins then has begun. */
  #at(seconds) {
    return Math.round(seconds * 1e6) + 600;
  }

  /** The frame that is `steps` away from the one shown at `seconds`, the first or last at the ends; null if unknown. */
  from(seconds, steps = 0) {
    const us = this.#us;
    const here = lastAt(us, this.#at(seconds));
    if (here < 0) return null;
    const last = us.length - 1;
    const place = Math.max(0, Math.min(last, here + steps));
    const ends = this.#first + last === this.#count - 1;
    if (here === last && !ends) return null; // beyond the window
    const begins = us[place];
    const until = us[place + 1] ?? begins + (begins - (us[place - 1] ?? begins)) / 2;
    const since = us[place - 1] ?? -Infinity;
    return {
      frame: begins / 1e6,
      inside: (begins + until) / 2e6,
      holds: (at) => at * 1e6 > (since + begins) / 2 && (place === last || at * 1e6 < (begins + until) / 2),
    };
  }
}
