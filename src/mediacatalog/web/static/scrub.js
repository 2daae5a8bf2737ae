// A hit's storyboard over its poster: where the pointer is along it, or step by step with the arrows.
// Its address is fetched at the first wish to see it. A picture moves only because a hand does.

import { format } from "./clock.js";
import { el, wantsLessMotion } from "./dom.js";
import { Storyboard } from "./storyboard.js";

const STEPS = 20;

export class Scrub {
  constructor(hit) {
    this.hit = hit;
    this.poster = hit.querySelector(".poster");
    this.duration = Number(hit.dataset.durationMs);
    this.board = new Storyboard(hit.dataset.storyboard);
    this.canvas = el("canvas", { class: "scrub", hidden: true, "aria-hidden": "true" });
    this.time = el("span", { class: "scrub__time", hidden: true, "aria-hidden": "true" });
    this.said = el("span", { class: "sr", role: "status" });
    this.at = null;
    this.poster.append(this.canvas, this.time);
    hit.append(this.said);
    this.links = [...hit.querySelectorAll("a[href]")].filter((one) => one.matches("[data-open]") || one.contains(this.poster));
    this.addresses = this.links.map((one) => one.getAttribute("href"));
  }

  /** Until the pointer leaves. */
  follow() {
    if (this.following || wantsLessMotion()) return;
    this.following = true;
    const move = (event) => {
      const box = this.poster.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      const along = getComputedStyle(this.poster).direction === "rtl" ? 1 - share : share;
      this.show(Math.max(0, Math.min(0.999, along)) * this.duration);
    };
    this.poster.addEventListener("pointermove", move);
    this.poster.addEventListener("pointerleave", () => {
      this.poster.removeEventListener("pointermove", move);
      this.following = false;
      this.leave();
    }, { once: true });
  }

  step(direction) {
    const size = this.duration / STEPS;
    const from = this.at ?? (direction > 0 ? -size / 2 : this.duration + size / 2);
    this.show(Math.max(0, Math.min(this.duration - 1, from + direction * size)));
    this.said.textContent = format(this.at, 1);
  }

  /** The picture of a moment, to which the hit's links then lead. */
  async show(ms) {
    this.at = ms;
    const drawn = await this.board.draw(this.canvas, ms, () => this.at === ms);
    if (this.at !== ms || !drawn) return;
    this.canvas.hidden = this.time.hidden = false;
    this.time.textContent = format(ms, 1);
    this.links.forEach((link, n) => {
      const address = new URL(this.addresses[n], document.baseURI);
      address.searchParams.set("t", (ms / 1000).toFixed(3));
      link.setAttribute("href", address.pathname + address.search);
    });
  }

  /** The poster again. */
  leave() {
    if (this.at === null) return false;
    this.at = null;
    this.canvas.hidden = this.time.hidden = true;
    this.said.textContent = "";
    this.links.forEach((link, n) => link.setAttribute("href", this.addresses[n]));
    return true;
  }
}
