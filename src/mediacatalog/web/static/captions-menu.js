// Which captions the player shows: a button, a menu, keys, and what was chosen last time.
// Descriptions are read as text, chapters go to the time line.

import { button, el, remembered } from "./dom.js";
import { _ } from "./texts.js";

const SHOWN = new Set(["captions", "subtitles"]);

export class CaptionsMenu {
  /** `say` shows a word over the picture. */
  constructor(root, video, timeline, say) {
    this.root = root;
    this.video = video;
    this.timeline = timeline;
    this.say = say;
    this.elements = [...video.querySelectorAll("track")];
    this.#placeRegions();
    const tracks = this.elements.map((element) => element.track);
    this.tracks = tracks.filter((track) => SHOWN.has(track.kind));
    this.descriptions = tracks.find((track) => track.kind === "descriptions");
    this.button = button("captions", _("Captions (C)"), () => this.toggle());
    this.select = el("select", { class: "player__select", "aria-label": _("Language of the captions"), title: _("Captions (Shift+C: the next)") },
      ...this.tracks.map((track, n) => el("option", { value: String(n) }, track.label || track.language || _("Track %(n)s", { n: n + 1 }))));
    this.told = el("p", { class: "player__description", role: "status", dir: "auto" });
    this.describe = el("button", {
      type: "button", class: "player__button player__button--text", title: _("Descriptions as text (D)"),
      "aria-label": _("Descriptions as text"), "aria-pressed": "false", hidden: !this.descriptions, onclick: () => this.toggleDescriptions(),
    }, "AD");
    this.button.hidden = this.tracks.length === 0;
    this.select.hidden = this.tracks.length < 2;
    this.#begin();
    this.#chapters();
  }

  /** Where the browser knows no regions, the server tells their places as those of the cues. */
  #placeRegions() {
    if ("VTTRegion" in window) return;
    for (const element of this.elements.filter((one) => one.hasAttribute("data-regions"))) {
      const address = new URL(element.src, location.href);
      address.searchParams.set("regions", "flat");
      element.src = address.href;
    }
  }

  get controls() {
    return [this.button, this.select, this.describe];
  }

  #begin() {
    this.track = this.tracks.find((track) => track.mode === "showing") ?? this.tracks[0];
    const [label, language] = [remembered.get("captions.track"), remembered.get("captions.language")];
    this.track = this.tracks.find((track) => label && track.label === label)
      ?? this.tracks.find((track) => language && track.language === language) ?? this.track;
    this.show(remembered.get("captions") !== "off", { remember: false });
    if (this.descriptions) {
      this.descriptions.addEventListener("cuechange", () => this.#readOut());
      this.#describe(remembered.get("descriptions") === "on");
    }
    this.select.addEventListener("change", () => this.choose(this.tracks[Number(this.select.value)]));
    for (const element of this.elements) element.addEventListener("load", () => this.drawCues());
    document.addEventListener("captions:changed", (event) => this.#reload(event.detail));
  }

  choose(track) {
    this.track = track;
    remembered.set("captions.track", track.label);
    remembered.set("captions.language", track.language);
    this.show(true);
  }

  /** The chosen track on or off; without one there is nothing to show. */
  show(on, { remember = true } = {}) {
    for (const track of this.tracks) {
      // Hidden, not disabled: its cues are loaded for the time line.
      track.mode = track === this.track ? (on ? "showing" : "hidden") : "disabled";
    }
    this.select.value = String(this.tracks.indexOf(this.track));
    this.button.setAttribute("aria-pressed", String(on && Boolean(this.track)));
    if (remember) remembered.set("captions", on ? "on" : "off");
    this.drawCues();
  }

  toggle() {
    if (!this.track) return this.say(_("This clip has no captions"));
    const on = this.track.mode !== "showing";
    this.show(on);
    return this.say(on ? _("Captions: %(language)s", { language: this.track.label || this.track.language }) : _("Captions off"));
  }

  /** The next track, and after the last none: for a key. */
  next() {
    if (!this.track) return this.say(_("This clip has no captions"));
    const on = this.track.mode === "showing";
    const at = on ? this.tracks.indexOf(this.track) + 1 : 0;
    if (at < this.tracks.length) this.choose(this.tracks[at]);
    else this.show(false);
    return this.say(at < this.tracks.length ? _("Captions: %(language)s", { language: this.track.label || this.track.language }) : _("Captions off"));
  }

  toggleDescriptions() {
    if (!this.descriptions) return this.say(_("This clip has no descriptions"));
    const on = this.descriptions.mode === "disabled";
    remembered.set("descriptions", on ? "on" : "off");
    this.#describe(on);
    return this.say(on ? _("Descriptions on") : _("Descriptions off"));
  }

  #describe(on) {
    this.descriptions.mode = on ? "hidden" : "disabled";
    this.describe.setAttribute("aria-pressed", String(on));
    this.#readOut();
  }

  #readOut() {
    const active = this.descriptions.mode === "hidden" ? [...(this.descriptions.activeCues ?? [])] : [];
    this.told.textContent = active.map((cue) => cue.text).join(" ");
  }

  drawCues() {
    const cues = [...(this.track?.cues ?? [])];
    this.timeline.setCues(cues.map((cue) => ({ start_ms: cue.startTime * 1000, end_ms: cue.endTime * 1000 })));
  }

  #chapters() {
    try {
      const chapters = JSON.parse(this.root.querySelector("[data-chapters]")?.dataset.chapters ?? "[]");
      this.timeline.setChapters(chapters.filter((one) => Number.isFinite(one.start_ms)));
    } catch { /* no chapters */ }
  }

  /** A track that was edited: its file is asked for again. */
  #reload({ track: id, version }) {
    const element = this.elements.find((one) => one.dataset.trackId === id);
    if (!element) return;
    const { mode } = element.track;
    const address = new URL(element.src, location.href);
    address.searchParams.set("v", version);
    element.src = address.href;
    element.track.mode = mode;
  }
}
