// The upload page: a drop zone and a queue of resumable uploads. Without it, the plain form works.

import { el } from "./dom.js";
import { chosen, dropped, size, time } from "./upload-files.js";
import { ask, earlier, forget, Job, unfinished } from "./upload-job.js";
import { Line } from "./upload-line.js";
import { _ } from "./texts.js";

const AT_ONCE = 3;
const ENDINGS = [["stored", _("stored")], ["known", _("known already")], ["refused", _("not taken")], ["cancelled", _("cancelled")]];

function newBatch() {
  return [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Page {
  jobs = [];
  /** Lines of uploads that an earlier visit left, by the address of the upload. */
  left = new Map();

  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.maximum = Number(form.dataset.maximum) || Infinity;
    this.#dress();
    this.#listen();
    this.ready = this.#showLeft();
    this.#addChosen(this.input); // chosen before this module was here
  }

  #dress() {
    const { form, input } = this;
    this.folder = el("input", { type: "file", webkitdirectory: true, multiple: true, hidden: true, tabIndex: -1, "aria-hidden": "true" });
    input.classList.add("sr");
    input.required = false;
    form.querySelector("button[type=submit]").hidden = true;
    const zone = form.querySelector("label");
    zone.textContent = _("Drop files or folders here, or choose them");
    zone.after(
      el("div", { class: "dropzone__buttons" },
        el("button", { type: "button", class: "button button--primary", onclick: () => input.click() }, _("Choose files")),
        el("button", { type: "button", class: "button", onclick: () => this.folder.click() }, _("Choose a folder"))),
      this.folder);
    input.tabIndex = -1;
    form.classList.add("dropzone--ready");
    this.status = el("p", { class: "queue__status", role: "status" });
    this.rate = el("p", { class: "queue__rate" });
    this.bar = el("progress", { class: "queue__progress", max: 1, value: 0, "aria-label": _("All uploads") });
    this.buttons = {
      pause: el("button", { type: "button", class: "button button--small", onclick: () => this.#all("pause") }, _("Pause all")),
      resume: el("button", { type: "button", class: "button button--small", onclick: () => this.#all("resume") }, _("Resume all")),
      retry: el("button", { type: "button", class: "button button--small", onclick: () => this.#all("retry") }, _("Try all again")),
      clear: el("button", { type: "button", class: "button button--small", onclick: () => this.#clear() }, _("Clear finished")),
    };
    this.list = el("ul", { class: "files", "aria-label": _("Uploads") });
    this.section = el("section", { class: "queue", "aria-label": _("Queue"), hidden: true },
      el("div", { class: "queue__head" },
        el("div", { class: "queue__what" }, this.status, this.rate),
        el("div", { class: "queue__do" }, ...Object.values(this.buttons)), this.bar),
      this.list);
    form.after(this.section);
  }

  #listen() {
    for (const input of [this.input, this.folder]) {
      input.addEventListener("change", () => this.#addChosen(input));
    }
    this.form.addEventListener("submit", (event) => event.preventDefault());
    const over = (on) => this.form.classList.toggle("is-over", on);
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    // Anywhere on the page: a file that misses the zone must not replace the page.
    document.addEventListener("dragover", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      over(true);
    });
    document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
    document.addEventListener("drop", async (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      over(false);
      const { files, unreadable } = await dropped(event.dataTransfer);
      this.add(files, unreadable ? _("%(count)s could not be read. ", { count: unreadable }) : "");
    });
    addEventListener("online", () => this.jobs.forEach((job) => job.hurry()));
    addEventListener("beforeunload", (event) => {
      if (this.jobs.some((job) => job.isActive || job.state === "queued")) event.preventDefault();
    });
  }

  /** Uploads that an earlier visit left: the browser forgot the files, but not how far they came. */
  async #showLeft() {
    const found = await unfinished();
    found.sort((a, b) => a.metadata.relativePath.localeCompare(b.metadata.relativePath));
    for (const one of found) {
      const address = one.uploadUrl;
      const told = await ask(address).catch(() => undefined);
      if (told === null || (told && told.state !== "arriving")) {
        tus.defaultOptions.urlStorage.removeUpload(one.urlStorageKey); // over, or swept
        continue;
      }
      const line = new Line(one.metadata.relativePath, one.size, {
        cancel: () => {
          forget(address, one.urlStorageKey);
          this.#dropLeft(address);
        },
      });
      const have = told ? _("%(have)s of %(size)s arrived. ", { have: size(told.offset), size: size(one.size) }) : "";
      line.show("unfinished", _("%(have)sChoose or drop the file again, and it goes on from there.", { have }));
      line.bar.value = told?.offset ?? 0;
      this.left.set(address, { line, entry: one });
      this.list.append(line.element);
    }
    this.#say();
  }

  #dropLeft(address) {
    this.left.get(address)?.line.element.remove();
    this.left.delete(address);
    this.#say();
  }

  #addChosen(input) {
    const files = chosen(input);
    input.value = "";
    if (files.length) this.add(files);
  }

  async add(files, complaint = "") {
    await this.ready;
    this.complaint = complaint;
    const known = [...this.left.values()].map(({ entry }) => entry);
    const found = files.map((one) => ({ ...one, before: earlier(known, one) }));
    // The rest of a folder joins the part of it that was sent before.
    const batch = found.find((one) => one.before)?.before.metadata.batch || newBatch();
    for (const one of found) {
      const isHere = this.jobs.some((job) => !job.isOver && job.path === one.path && job.file.size === one.file.size
        && job.file.lastModified === one.file.lastModified);
      if (isHere) continue;
      if (one.before) this.#dropLeft(one.before.uploadUrl);
      this.#take({ ...one, batch });
    }
    this.#next();
  }

  #take(one) {
    const job = new Job(one, {
      changed: (_, message) => {
        job.line.show(job.state, message);
        job.line.bar.value = job.sent;
        if (job.state === "known" && job.clip) job.line.link(`/clips/${encodeURIComponent(job.clip)}`);
        else if (job.state === "known" || job.state === "stored") job.line.link(`/ingest?name=${encodeURIComponent(job.storedName ?? job.file.name)}`);
        this.#next();
      },
      moved: (_, text) => {
        job.line.progress(job.sent, text);
        this.#measure();
      },
    });
    job.line = new Line(one.path, one.file.size, {
      pause: () => job.pause(),
      resume: () => job.queue(),
      retry: () => job.queue(),
      cancel: () => job.cancel(),
    });
    this.list.append(job.line.element);
    this.jobs.push(job);
    job.state = this.#refusal(one.file) ? "refused" : "queued";
    job.line.show(job.state, this.#refusal(one.file) || size(one.file.size));
    if (job.state === "refused") job.line.buttons.retry.hidden = true;
  }

  #refusal(file) {
    if (!file.size) return _("The file is empty.");
    if (file.size > this.maximum) return _("The file has %(size)s; this archive takes %(maximum)s at most.", { size: size(file.size), maximum: size(this.maximum) });
    return "";
  }

  #next() {
    if (this.jobs.filter((job) => job.isActive).length < AT_ONCE) {
      const job = this.jobs.find((one) => one.state === "queued");
      if (job) {
        job.start(); // says that it changed, which comes back here for the next
        return;
      }
    }
    this.#say();
  }

  #all(what) {
    for (const job of [...this.jobs]) {
      if (what === "pause" && (job.isActive || job.state === "queued")) job.pause();
      if (what === "resume" && job.state === "paused") job.queue();
      if (what === "retry" && job.state === "refused" && !job.line.buttons.retry.hidden) job.queue();
    }
  }

  #clear() {
    for (const job of this.jobs.filter((one) => one.isOver)) job.line.element.remove();
    this.jobs = this.jobs.filter((job) => !job.isOver);
    this.#say();
  }

  #say() {
    this.#soon("saying", () => this.#summary());
  }

  #summary() {
    const number = (...states) => this.jobs.filter((job) => states.includes(job.state)).length;
    const toSend = number("queued", "checking", "sending", "waiting");
    const parts = [];
    if (toSend) parts.push(_("%(count)s to send", { count: toSend }));
    if (number("waiting")) parts.push(_("waiting for the connection"));
    if (number("paused")) parts.push(_("%(count)s paused", { count: number("paused") }));
    if (this.left.size) parts.push(_("%(count)s unfinished from before", { count: this.left.size }));
    for (const [state, word] of ENDINGS) if (number(state)) parts.push(`${number(state)} ${word}`);
    const text = (this.complaint ?? "") + parts.join(", ");
    if (text !== this.said) {
      // Only what is news is read out.
      this.said = text;
      this.status.replaceChildren(text ? `${text}. ` : "");
      if (number("stored", "known")) this.status.append(el("a", { href: "/ingest" }, _("See them in the ingest list")));
    }
    this.section.hidden = !this.jobs.length && !this.left.size && !text;
    this.list.hidden = !this.list.children.length;
    this.buttons.pause.hidden = !toSend;
    this.buttons.resume.hidden = !number("paused");
    this.buttons.retry.hidden = this.jobs.filter((job) => job.state === "refused" && !job.line.buttons.retry.hidden).length < 2;
    this.buttons.clear.hidden = !number(...ENDINGS.map(([state]) => state));
    this.#total();
  }

  #measure() {
    this.#soon("measuring", () => this.#total());
  }

  /** Once a picture is enough, with thousands of files. */
  #soon(what, then) {
    if (this[what]) return;
    this[what] = true;
    requestAnimationFrame(() => {
      this[what] = false;
      then();
    });
  }

  #total() {
    const counted = this.jobs.filter((job) => !["refused", "cancelled"].includes(job.state));
    const total = counted.reduce((sum, job) => sum + job.file.size, 0);
    const sent = counted.reduce((sum, job) => sum + job.sent, 0);
    const speed = counted.reduce((sum, job) => sum + (job.state === "sending" ? job.speed ?? 0 : 0), 0);
    this.bar.hidden = !counted.some((job) => !job.isOver);
    this.bar.max = total || 1;
    this.bar.value = sent;
    const parts = total ? [`${size(sent)} of ${size(total)}`] : [];
    if (speed && sent < total) parts.push(`${size(speed)}/s`, _("%(time)s left", { time: time((total - sent) / speed) }));
    this.rate.textContent = this.bar.hidden ? "" : parts.join(" · ");
  }
}

document.head.append(el("link", { rel: "stylesheet", href: new URL("upload.css", import.meta.url).href }));
for (const form of document.querySelectorAll("form[data-upload]")) new Page(form);
