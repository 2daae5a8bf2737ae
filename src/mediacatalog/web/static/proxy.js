// Which file is played: the master where this browser plays it, else its proxy; and the wait for a
// proxy that is still being made. Both have the same frames at the same times.

import { _ } from "./texts.js";

const ASK_MS = 2000;

export class Source extends EventTarget {
  constructor(root, video) {
    super();
    this.video = video;
    const { master, proxy, proxyState, masterType } = root.dataset;
    this.master = master ?? (proxy ? "" : video.currentSrc || video.src);
    this.proxy = proxy ?? "";
    this.state = proxyState ?? "none";
    this.type = masterType ?? "";
    this.progress = 0;
    this.playing = video.getAttribute("src") === `${this.proxy}.mp4` ? "proxy" : "master";
    this.fact = document.querySelector("[data-proxy-fact]");
  }

  /** Takes the master instead of its proxy if this browser says that it plays it. */
  choose() {
    if (this.playing !== "proxy" || !this.master || !this.type) return;
    if (this.video.canPlayType(this.type) !== "probably") return;
    this.playing = "master";
    this.factBefore = this.fact?.textContent ?? "";
    if (this.fact) this.fact.textContent = _("the master itself: this browser says that it can");
    this.video.src = this.master;
  }

  /** The master can't be shown: true if its proxy is loaded now; else it is waited for, if any. */
  fallBack() {
    if (this.playing === "proxy") return false;
    if (this.state === "ready") {
      this.playing = "proxy";
      if (this.fact && this.factBefore) this.fact.textContent = this.factBefore;
      this.video.src = `${this.proxy}.mp4`;
      return true;
    }
    if (this.isComing) this.#wait();
    return false;
  }

  get isComing() {
    return this.state === "waiting" || this.state === "making";
  }

  /** What a person reads while the picture is missing. */
  get says() {
    if (this.state === "making") return _(" A copy that every browser plays is being made: %(progress)s %.", { progress: Math.floor(this.progress * 100) });
    if (this.state === "waiting") return _(" A copy that every browser plays will be made.");
    return "";
  }

  #wait() {
    if (this.timer) return;
    const ask = async () => {
      try {
        const answer = await fetch(`${this.proxy}.json`, { headers: { Accept: "application/json" } });
        if (answer.ok) this.#heard(await answer.json());
      } catch {
        // The network comes back, or the person goes.
      }
      this.timer = this.isComing ? setTimeout(ask, ASK_MS) : 0;
    };
    this.timer = setTimeout(ask, 0);
  }

  #heard({ state, progress, says }) {
    this.state = state;
    this.progress = progress;
    if (this.fact && says) this.fact.textContent = says;
    this.dispatchEvent(new Event(state === "ready" ? "ready" : "change"));
  }
}
