// The course of the sound under the time line: peaks, and within them what is heard on average.

const HEIGHT = 40; // CSS pixels, as in player.css

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export class Waveform {
  #address;
  #course = null;

  /** Draws itself when it is known and whenever its width or the colours change. */
  constructor(address, length) {
    this.#address = address;
    this.length = length;
    this.element = document.createElement("canvas");
    this.element.className = "player__waveform";
    this.element.setAttribute("aria-hidden", "true");
    this.element.hidden = true;
    this.#load();
  }

  async #load() {
    if (!this.#address) return;
    try {
      const answer = await fetch(this.#address);
      if (!answer.ok) return;
      const { start_ms: start, bucket_ms: step, peaks, rms } = await answer.json();
      if (!(step > 0)) return;
      this.#course = { start, step, peaks: bytes(peaks), rms: bytes(rms) };
    } catch {
      return; // the player is whole without it
    }
    this.element.hidden = false;
    new ResizeObserver(() => this.draw()).observe(this.element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributes: true });
    this.draw();
  }

  /** The largest of `values` between two moments, 0 to 255. */
  #top(values, from, to) {
    const { start, step } = this.#course;
    const first = Math.max(0, Math.floor((from - start) / step));
    const after = Math.min(values.length, Math.max(first + 1, Math.ceil((to - start) / step)));
    let top = 0;
    for (let n = first; n < after; n += 1) top = Math.max(top, values[n]);
    return top;
  }

  draw() {
    if (!this.#course) return;
    const { element } = this;
    const scale = devicePixelRatio || 1;
    const width = Math.max(1, Math.round(element.clientWidth * scale));
    const height = Math.round(HEIGHT * scale);
    element.width = width;
    element.height = height;
    const pen = element.getContext("2d");
    const style = getComputedStyle(element);
    const perPixel = this.length() / width;
    const parts = [["peaks", style.getPropertyValue("outline-color")], ["rms", style.color]];
    for (const [name, colour] of parts) {
      pen.fillStyle = colour;
      for (let x = 0; x < width; x += 1) {
        const tall = (this.#top(this.#course[name], x * perPixel, (x + 1) * perPixel) / 255) * height;
        if (tall > 0) pen.fillRect(x, (height - tall) / 2, 1, tall);
      }
    }
    element.dataset.drawn = String(this.#course.peaks.length);
  }
}
