// The player of the clip page: takes the native controls away and builds its own over the same
// <video>. Without this module the page plays, seeks (?t=) and shows captions natively.

import { CaptionsMenu } from "./captions-menu.js";
import { format, parse } from "./clock.js";
import { button, dress, el, remembered, wantsLessMotion } from "./dom.js";
import { helpDialog, listenForKeys } from "./keys.js";
import { Notes } from "./notes.js";
import { Playback } from "./playback.js";
import { Source } from "./proxy.js";
import { Storyboard } from "./storyboard.js";
import { Timeline } from "./timeline.js";
import "./transcript.js";
import { _ } from "./texts.js";

const CODECS = {
  hevc: "HEVC (H.265)", h265: "HEVC (H.265)", prores: "Apple ProRes", mpeg2video: "MPEG-2", mpeg4: "MPEG-4 ASP",
  dvvideo: "DV", dnxhd: "DNxHD", mjpeg: "Motion JPEG", wmv3: "Windows Media Video", vc1: "VC-1", h263: "H.263",
  flv1: "Flash video", theora: "Theora", msmpeg4v3: "MS-MPEG-4", av1: "AV1", vp8: "VP8", vp9: "VP9", h264: "H.264",
};
const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4];
const NEVER_LOADED = 4; // MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED

class Player {
  constructor(root) {
    this.root = root;
    this.video = root.querySelector("video");
    const { durationMs, frameRate, vfr, storyboard, codec, startMs } = root.dataset;
    this.codec = codec ?? "";
    this.storyboard = new Storyboard(storyboard);
    this.still = el("canvas", { class: "player__still", hidden: true, "aria-hidden": "true" });
    this.playback = new Playback(this.video, {
      durationMs: Number(durationMs) || 0, frameRate, variable: vfr === "true", stills: (ms) => this.#showStill(ms),
      frameTimes: root.dataset.frameTimes,
    });
    this.shots = [...document.querySelectorAll("[data-shots] > [data-start-ms]")];
    this.timeline = new Timeline(this.playback, this.storyboard, {
      shots: this.shots.map((shot) => Number(shot.dataset.startMs)), spans: this.#spans(), waveform: root.dataset.waveform,
    });
    this.message = root.querySelector("[data-player-message]");
    this.source = new Source(root, this.video);
    this.source.choose();
    this.#build();
    this.notes = new Notes(this.playback, this.timeline, () => this.stage.focus());
    this.#markWarned();
    document.addEventListener("htmx:afterSwap", () => this.#markWarned());
    this.#listen();
    listenForKeys(root, this.#commands());
    if (Number(startMs) > 0) this.playback.seek(Number(startMs));
    // The error or the size may have come before this module.
    if (this.video.error) this.#failed();
    else if (this.video.readyState >= 1) this.#checkPicture();
  }

  #spans() {
    try {
      const spans = JSON.parse(this.root.querySelector("[data-spans]")?.dataset.spans ?? "[]");
      return spans.filter((one) => Number.isFinite(one.start_ms) && Number.isFinite(one.end_ms));
    } catch {
      return [];
    }
  }

  /** The parts that people warned of, as their panel says now; one without an end lasts to the clip's. */
  #markWarned() {
    this.timeline.setWarned([...document.querySelectorAll("[data-warned]")].map(({ dataset }) => ({
      start_ms: Number(dataset.startMs), end_ms: Number(dataset.endMs ?? Infinity), kind: dataset.warned,
    })));
  }

  #build() {
    const { playback, root, video } = this;
    video.removeAttribute("controls");
    this.stage = root.querySelector(".player__stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", _("Picture; press ? for the keys"));
    this.toast = el("p", { class: "player__toast", role: "status" });
    this.stage.append(this.still, this.toast);
    this.playButton = button("play", _("Play (Space)"), () => playback.toggle(), "player__button player__button--main");
    this.entry = el("input", {
      class: "player__entry", type: "text", autocomplete: "off", spellcheck: false, size: 10, value: "0:00.000",
      "aria-label": _("Time; type another and press Enter"), title: _("Type a time and press Enter (T)"),
    });
    this.total = el("span", { class: "player__total" });
    this.frame = el("span", { class: "player__frame" });
    this.bar = el("div", { class: "player__bar", dir: "ltr", role: "group", "aria-label": _("Controls") },
      el("div", { class: "player__group" },
        button("back", _("One frame back (,)"), () => playback.step(-1)), this.playButton,
        button("forward", _("One frame on (.)"), () => playback.step(1))),
      el("div", { class: "player__group player__time" }, this.entry, el("div", { class: "player__counts" }, this.total, this.frame)),
      this.#rangeGroup(), this.#soundGroup(), this.#viewGroup());
    this.help = helpDialog();
    this.message.after(this.captions.told, this.timeline.element, this.bar);
    root.append(this.help);
    root.classList.add("player--ready");
    this.#sayTime();
    this.#sayState();
  }

  #rangeGroup() {
    const { playback } = this;
    const edge = (name, label, onclick) => el("button", {
      type: "button", class: "player__button player__button--text", title: label, "aria-label": label, onclick,
    }, name);
    this.loopButton = button("loop", _("Loop what is marked (R)"), () => this.#toggleLoop());
    this.loopButton.setAttribute("aria-pressed", "false");
    this.forget = button("close", _("Forget the marks (X)"), () => playback.clearRange());
    this.rangeText = el("span", { class: "player__range" });
    this.rangeParts = [this.loopButton, this.forget, this.rangeText];
    for (const part of this.rangeParts) part.hidden = true;
    return el("div", { class: "player__group player__group--range" },
      edge(_("In"), _("Mark this frame as the first (I)"), () => this.#mark("in")),
      edge(_("Out"), _("Mark this frame as the last (O)"), () => this.#mark("out")),
      this.rangeText, this.loopButton, this.forget);
  }

  #soundGroup() {
    const { video } = this;
    const volume = remembered.get("volume");
    if (volume !== null && volume >= 0 && volume <= 1) video.volume = Number(volume);
    video.muted = "careful" in this.root.dataset || remembered.get("muted") === "true";
    this.muteButton = button("sound", _("Sound off (M)"), () => this.#mute());
    this.volume = el("input", {
      type: "range", class: "player__volume", min: "0", max: "1", step: "0.05", value: String(video.volume),
      "aria-label": _("Volume"), "data-volume": "",
    });
    this.volume.addEventListener("input", () => {
      video.volume = Number(this.volume.value);
      video.muted = video.volume === 0;
    });
    return el("div", { class: "player__group" }, this.muteButton, this.volume);
  }

  #viewGroup() {
    const { playback, video } = this;
    this.captions = new CaptionsMenu(this.root, video, this.timeline, (text) => this.#say(text));
    this.speed = el("select", { class: "player__select", "aria-label": _("Speed"), title: _("Speed") },
      ...SPEEDS.map((speed) => el("option", { value: String(speed), selected: speed === 1 }, `${speed}×`)));
    this.speed.addEventListener("change", () => {
      video.defaultPlaybackRate = Number(this.speed.value);
      video.playbackRate = video.defaultPlaybackRate;
    });
    this.fullButton = button("full", _("Full screen (F)"), () => this.#fullScreen());
    return el("div", { class: "player__group player__group--end" },
      ...this.captions.controls, this.speed,
      button("link", _("Copy a link to this moment (Y)"), () => this.#copyLink()),
      this.fullButton, button("help", _("Keys (?)"), () => this.help.showModal()));
  }

  #listen() {
    const { playback, root, stage, video } = this;
    playback.addEventListener("time", () => this.#sayTime());
    playback.addEventListener("state", () => this.#sayState());
    playback.addEventListener("range", () => this.#sayRange());
    video.addEventListener("volumechange", () => this.#sayVolume());
    video.addEventListener("error", () => this.#failed());
    video.addEventListener("loadedmetadata", () => this.#checkPicture());
    video.addEventListener("timeupdate", () => this.#followSound());
    this.source.addEventListener("change", () => this.#sayWait());
    this.source.addEventListener("ready", () => {
      if (this.#fellBack()) this.#say(_("The proxy is ready"));
    });
    document.querySelector("[data-poster-form]")?.addEventListener("submit", ({ target }) => {
      target.elements.ms.value = String(playback.ms);
    });
    document.querySelector("[data-cite-form]")?.addEventListener("submit", ({ target }) => {
      target.elements.t.value = (playback.ms / 1000).toFixed(3);
    });
    for (const name of ["waiting", "playing", "seeked", "pause", "error"]) {
      video.addEventListener(name, () => root.classList.toggle("player--waiting", name === "waiting"));
    }
    stage.addEventListener("click", () => { if (!playback.stillsOnly) playback.toggle(); });
    stage.addEventListener("dblclick", () => this.#fullScreen());
    document.addEventListener("fullscreenchange", () => {
      const on = document.fullscreenElement === root;
      dress(this.fullButton, on ? "small" : "full", on ? _("Leave full screen (F)") : _("Full screen (F)"));
    });
    document.addEventListener("click", (event) => this.#followLink(event));
    document.addEventListener("player:seek", (event) => playback.seek(event.detail.ms));
    this.entry.addEventListener("focus", () => this.entry.select());
    this.entry.addEventListener("blur", () => {
      this.entry.removeAttribute("aria-invalid");
      this.#sayTime();
    });
    this.entry.addEventListener("keydown", (event) => this.#typed(event));
    this.#sayVolume();
  }

  #commands() {
    const { playback } = this;
    const jump = (ms) => (event) => playback.nudge(event.shiftKey ? Math.sign(ms) * 1000 : ms);
    return {
      " ": () => playback.toggle(),
      k: () => playback.pause(),
      l: () => playback.faster(),
      j: () => playback.backwards(),
      ",": () => playback.step(-1),
      ".": () => playback.step(1),
      ArrowLeft: jump(-5000),
      ArrowRight: jump(5000),
      ArrowUp: (event) => (event.target === this.timeline.slider ? jump(5000)(event) : this.#louder(0.05)),
      ArrowDown: (event) => (event.target === this.timeline.slider ? jump(-5000)(event) : this.#louder(-0.05)),
      PageUp: (event) => event.target === this.timeline.slider && this.#toShot(1),
      PageDown: (event) => event.target === this.timeline.slider && this.#toShot(-1),
      "[": () => this.#toShot(-1),
      "]": () => this.#toShot(1),
      Home: () => playback.seek(0),
      End: () => playback.seek(playback.durationMs),
      digit: (_event, key) => playback.seek((playback.durationMs * Number(key)) / 10),
      i: () => this.#mark("in"),
      o: () => this.#mark("out"),
      r: () => this.#toggleLoop(),
      x: () => playback.clearRange(),
      t: () => this.entry.focus(),
      n: () => this.notes.write(),
      y: () => this.#copyLink(),
      c: (event) => (event.shiftKey ? this.captions.next() : this.captions.toggle()),
      d: () => this.captions.toggleDescriptions(),
      m: () => this.#mute(),
      f: () => this.#fullScreen(),
      "?": () => this.help.showModal(),
    };
  }

  // Time

  #sayTime() {
    const { playback } = this;
    const { ms, frame } = playback;
    if (document.activeElement !== this.entry) this.entry.value = format(ms);
    this.total.textContent = `/ ${format(playback.durationMs, 1)}`;
    this.frame.textContent = frame === null ? "VFR" : `f ${frame}`;
    this.frame.title = frame === null
      ? _("Frames of this clip have no fixed rate, so they have no numbers")
      : _("Frame %(frame)s at %(rate)s a second", { frame, rate: this.root.dataset.frameRate });
    const clock = playback.clockMs;
    if (clock === this.told) return;
    this.told = clock;
    this.#markShot(clock);
    // The shown frame stands until the next one: a cue that begins within it is on the screen.
    const until = clock + (playback.rate ? Math.max(0, 1000 / playback.rate - 1) : 0);
    document.dispatchEvent(new CustomEvent("player:time", { detail: { ms: clock, frameMs: ms, until, playing: playback.playing } }));
  }

  #markShot(ms) {
    const index = this.timeline.shotAt(ms);
    if (index === this.shot || !this.shots.length) return;
    this.shots[this.shot]?.querySelector("a")?.removeAttribute("aria-current");
    this.shot = index;
    const shot = this.shots[index];
    shot.querySelector("a")?.setAttribute("aria-current", "true");
    const strip = shot.parentElement;
    if (strip.scrollWidth <= strip.clientWidth || strip.matches(":hover, :focus-within")) return;
    const from = strip.getBoundingClientRect();
    const at = shot.getBoundingClientRect();
    const behavior = wantsLessMotion() ? "auto" : "smooth";
    strip.scrollBy({ left: at.left + at.width / 2 - from.left - from.width / 2, behavior });
  }

  #toShot(direction) {
    const { ms } = this.playback;
    const { shots } = this.timeline;
    const now = this.timeline.shotAt(ms);
    // Back goes to the beginning of this shot first, as on a disc player.
    const to = direction > 0 ? now + 1 : now - (ms - shots[now] < 700 ? 1 : 0);
    if (shots[to] !== undefined) this.playback.seek(shots[to]);
  }

  #typed(event) {
    if (event.key === "Escape") {
      this.stage.focus();
      return;
    }
    if (event.key !== "Enter") return;
    event.preventDefault();
    const { playback } = this;
    const ms = parse(this.entry.value, { rate: playback.rate, now: playback.ms });
    if (ms === null) {
      this.entry.setAttribute("aria-invalid", "true");
      this.#say(_("Not a time. Try 12.2, 1:02.5, 00:01:02:12 or +5"));
      return;
    }
    playback.seek(ms);
    this.stage.focus();
  }

  #followLink(event) {
    const link = event.target instanceof Element ? event.target.closest("a[data-seek-ms]") : null;
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const word = event.target.closest("[data-word-ms]"); // where the file tells when each is spoken
    this.playback.seek(Number(word?.dataset.wordMs ?? link.dataset.seekMs));
    this.root.scrollIntoView({ block: "nearest", behavior: wantsLessMotion() ? "auto" : "smooth" });
  }

  async #copyLink() {
    const link = new URL(location.href);
    link.searchParams.set("t", (this.playback.ms / 1000).toFixed(3));
    link.hash = "";
    history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(link.href);
      this.#say(_("Link to %(time)s copied", { time: format(this.playback.ms) }));
    } catch {
      // No clipboard without https or permission: the address bar has it.
      this.#say(_("The address bar links to %(time)s", { time: format(this.playback.ms) }));
    }
  }

  // Marks

  #mark(edge) {
    this.playback.mark(edge);
    this.#say(`${edge === "in" ? _("In") : _("Out")} ${format(this.playback.ms)}`);
  }

  #toggleLoop() {
    const { playback } = this;
    if (!playback.hasRange) {
      this.#say(_("Mark a part first: I for its first frame, O for its last"));
      return;
    }
    playback.setLoop(!playback.range.loop);
    if (playback.range.loop) playback.play();
    this.#say(playback.range.loop ? _("Loop on") : _("Loop off"));
  }

  #sayRange() {
    const { range, hasRange, durationMs } = this.playback;
    for (const part of this.rangeParts) part.hidden = !hasRange;
    this.loopButton.setAttribute("aria-pressed", String(range.loop));
    const length = (range.out ?? durationMs) - (range.in ?? 0);
    this.rangeText.textContent = `${format(range.in ?? 0)}–${format(range.out ?? durationMs)} (${(length / 1000).toFixed(2)} s)`;
  }

  // Sound, speed, screen

  #sayState() {
    const { playback, video } = this;
    dress(this.playButton, playback.playing ? "pause" : "play", playback.playing ? _("Pause (Space)") : _("Play (Space)"));
    this.root.classList.toggle("player--playing", playback.playing);
    const { speed } = playback;
    if (speed !== (this.lastSpeed ?? 1)) this.#say(speed < 0 ? _("Backwards %(speed)s×", { speed: -speed }) : `${speed}×`);
    this.lastSpeed = speed;
    const known = [...this.speed.options].find((option) => Number(option.value) === video.playbackRate);
    if (known) known.selected = true;
    this.#sayTime();
  }

  #mute() {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 0.5;
    this.#say(this.video.muted ? _("Sound off") : _("Sound on"));
  }

  #louder(step) {
    const { video } = this;
    video.volume = Math.round(Math.min(1, Math.max(0, video.volume + step)) * 100) / 100;
    video.muted = video.volume === 0;
    this.#say(_("Volume %(volume)s %", { volume: Math.round(video.volume * 100) }));
  }

  #sayVolume() {
    const { muted, volume } = this.video;
    dress(this.muteButton, muted ? "muted" : "sound", muted ? _("Sound on (M)") : _("Sound off (M)"));
    this.volume.value = muted ? 0 : volume;
    this.volume.setAttribute("aria-valuetext", muted ? "off" : `${Math.round(volume * 100)} %`);
    remembered.set("volume", String(volume));
    if (!("careful" in this.root.dataset)) remembered.set("muted", String(muted));
  }

  #fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.root.requestFullscreen) this.root.requestFullscreen().catch(() => this.#say(_("Full screen was refused")));
    else this.video.webkitEnterFullscreen?.(); // iPhones show the film alone
  }

  // What can't be shown

  #codecName() {
    return CODECS[this.codec] ?? (this.codec ? this.codec.toUpperCase() : _("this kind of file"));
  }

  #checkPicture() {
    if (this.video.videoWidth > 0 || this.#fellBack()) return;
    if (this.codec) {
      this.#explain(_("This browser plays the sound of this file but can't show its picture: %(codec)s.", { codec: this.#codecName() }));
    } else {
      this.#explain(_("This file has sound but no picture."));
    }
    this.#stillsOnly();
  }

  #failed() {
    const { error } = this.video;
    if (error && error.code !== MediaError.MEDIA_ERR_NETWORK && this.#fellBack()) return;
    if (error?.code === NEVER_LOADED) {
      this.#explain(_("This browser can't play this file (%(codec)s).", { codec: this.#codecName() }));
      this.#stillsOnly();
    } else if (error?.code === MediaError.MEDIA_ERR_DECODE) {
      this.#explain(_("The browser stopped at a place that it can't decode (%(codec)s). The file may be damaged there.", { codec: this.#codecName() }));
    } else {
      this.#explain(_("The file stopped arriving. Check the connection and load the page again."));
    }
  }

  /** Loads the proxy in place of a master that can't be shown, if there is one by now. */
  #fellBack() {
    const { playback, root, source, video } = this;
    const playing = playback.playing;
    if (!source.fallBack()) return false;
    this.message.hidden = true;
    this.still.hidden = true;
    this.stillWanted = null;
    root.classList.remove("player--stills");
    for (const control of this.#controls()) control.disabled = false;
    playback.reload();
    if (playing) video.play().catch(() => {});
    return true;
  }

  #controls() {
    return [this.playButton, this.muteButton, this.volume, this.speed, ...this.captions.controls];
  }

  /** Says what is wrong and what can be done; the master is always one click away. */
  #explain(text) {
    const stills = this.root.dataset.storyboard ? _(" Small pictures stand in for it: move along the time line.") : "";
    this.wait = el("span", { "data-proxy-wait": "", "aria-live": "off" }, this.source.says);
    const away = el("a", { href: this.source.master, download: "" }, _("Download the master"));
    this.message.replaceChildren(
      el("span", {}, `${text}${/picture:|can't play/.test(text) ? stills : ""}`), this.wait,
      ...(this.source.master ? [" ", away, _(" to see it in a player such as VLC or mpv.")] : []));
    this.message.hidden = false;
  }

  #sayWait() {
    if (this.wait) this.wait.textContent = this.source.says;
  }

  #stillsOnly() {
    const { playback, video, root } = this;
    if (playback.stillsOnly) return;
    const at = playback.wanted ?? playback.ms;
    playback.stillsOnly = true;
    root.classList.add("player--stills");
    for (const control of this.#controls()) control.disabled = Boolean(video.error);
    playback.seek(at);
  }

  #followSound() {
    const { playback, video } = this;
    if (!playback.stillsOnly || video.paused) return;
    playback.stillMs = video.currentTime * 1000;
    this.#showStill(playback.stillMs);
    this.#sayTime();
    this.timeline.update();
  }

  async #showStill(ms) {
    this.stillWanted = ms;
    if (await this.storyboard.draw(this.still, ms, () => this.stillWanted === ms)) this.still.hidden = false;
  }

  /** Shown over the picture for a moment, and read out. */
  #say(text) {
    this.toast.textContent = text;
    this.toast.classList.add("player__toast--on");
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => this.toast.classList.remove("player__toast--on"), 1500);
  }
}

for (const root of document.querySelectorAll("[data-player]")) {
  if (root.querySelector("video")) new Player(root);
}
