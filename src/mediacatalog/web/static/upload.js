// Upload with progress: one request a file, so that one that is refused doesn't take others with it.
// Files that came together (one choice, one dropped folder) carry one batch and are kept together.

import { el } from "./dom.js";

const AT_ONCE = 2;
const STATES = { stored: ["Stored", "ready"], known: ["Known", "waiting"], refused: ["Refused", "quarantined"] };
const REASONS = {
  0: "The connection broke. Try it again.",
  403: "The page is too old. Load it again, then try once more.",
  413: "The file is larger than this archive takes.",
  507: "The server has no room left. Nothing of this file was kept.",
};
const HIDDEN = /(^|\/)(\.|Thumbs\.db$|desktop\.ini$)/;

function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let n = 0;
  let amount = bytes;
  for (; amount >= 1000 && n < units.length - 1; n += 1) amount /= 1000;
  return `${n && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[n]}`;
}

function newBatch() {
  return [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Files of what was dropped, each with the folder it lay in; folders are walked. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, folder: "" }));
  const found = [];
  const walk = async (entry, folder) => {
    if (HIDDEN.test(entry.name)) return;
    if (entry.isFile) {
      found.push({ file: await new Promise((resolve, reject) => { entry.file(resolve, reject); }), folder });
      return;
    }
    const reader = entry.createReader();
    const inside = folder ? `${folder}/${entry.name}` : entry.name;
    for (;;) {
      // A reader answers a part of a folder at a time, and nothing at its end.
      const part = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      if (!part.length) return;
      for (const one of part) await walk(one, inside);
    }
  };
  for (const entry of entries) await walk(entry, "").catch(() => { /* gone since, or unreadable */ });
  return found;
}

class Line {
  constructor(list, { file, folder }, again) {
    this.badge = el("span", { class: "badge badge--arriving" }, "Queued");
    this.name = el("bdi", { dir: "auto" }, file.name);
    this.title = el("p", { class: "file__name" }, this.name);
    this.text = el("p", { class: "file__message", dir: "auto" }, `${size(file.size)}${folder ? `, from ${folder}` : ""}`);
    this.bar = el("progress", { class: "file__progress", max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
    this.stop = el("button", { type: "button", class: "button button--small" }, "Stop");
    this.retry = el("button", { type: "button", class: "button button--small", hidden: true, onclick: again }, "Try again");
    this.element = el("li", { class: "file" },
      el("div", { class: "file__state" }, this.badge),
      el("div", { class: "file__what" }, this.title, this.text, this.bar),
      el("div", { class: "file__do" }, this.stop, this.retry));
    list.append(this.element);
  }

  moving(sent, total) {
    this.#state("Sending", "running");
    this.bar.hidden = this.stop.hidden = false;
    this.retry.hidden = true;
    this.bar.value = total ? sent / total : 0;
    this.text.textContent = sent >= total ? "Arrived; being checked" : `${size(sent)} of ${size(total)}`;
  }

  done({ state, message, clip }) {
    const [word, kind] = STATES[state] ?? STATES.refused;
    this.#state(word, kind);
    this.bar.hidden = this.stop.hidden = true;
    this.text.textContent = message ?? "";
    this.retry.hidden = state === "stored" || state === "known";
    if (clip) this.title.replaceChildren(el("a", { href: `/clips/${encodeURIComponent(clip)}` }, this.name));
  }

  #state(word, kind) {
    this.badge.textContent = word;
    this.badge.className = `badge badge--${kind}`;
  }
}

class Uploads {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.queue = [];
    this.running = 0;
    this.list = el("ul", { class: "files", "aria-label": "Uploads" });
    this.status = el("p", { class: "files__status", role: "status" });
    form.after(this.status, this.list);
    this.input.after(el("p", { class: "dropzone__hint" }, "or drop files and folders anywhere on this page"));
    form.classList.add("dropzone--ready");
    this.input.addEventListener("change", () => this.#chosen());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#chosen();
    });
    this.#listenForDrops();
    addEventListener("beforeunload", (event) => { if (this.running) event.preventDefault(); });
  }

  #listenForDrops() {
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
      this.add(await dropped(event.dataTransfer));
    });
  }

  #chosen() {
    this.add([...this.input.files].map((file) => ({ file, folder: "" })));
    this.input.value = "";
  }

  add(files) {
    const batches = new Map([["", newBatch()]]);
    for (const one of files) {
      if (!batches.has(one.folder)) batches.set(one.folder, newBatch());
      const job = { ...one, batch: batches.get(one.folder) };
      job.line = new Line(this.list, job, () => this.#enqueue(job));
      this.#enqueue(job);
    }
    if (!files.length) this.#say();
  }

  #enqueue(job) {
    job.line.retry.hidden = true;
    job.state = "queued";
    this.jobs = (this.jobs ?? new Set()).add(job);
    this.queue.push(job);
    job.line.stop.onclick = () => {
      this.queue = this.queue.filter((other) => other !== job);
      this.#finish(job, { state: "refused", message: "Stopped before it was sent." });
    };
    this.#next();
  }

  #next() {
    while (this.running < AT_ONCE && this.queue.length) this.#send(this.queue.shift());
    this.#say();
  }

  #send(job) {
    const body = new FormData();
    for (const field of this.form.querySelectorAll("input[type=hidden][name]")) {
      body.append(field.name, field.name === "batch" ? job.batch : field.value);
    }
    body.append(this.input.name, job.file, job.file.name); // last: the token is checked before it
    const request = new XMLHttpRequest();
    const end = (answer) => {
      this.running -= 1;
      this.#finish(job, answer);
      this.#next();
    };
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => job.line.moving(event.loaded, event.total);
    request.onload = () => end(answered(request));
    request.onerror = () => end({ state: "refused", message: REASONS[0] });
    request.onabort = () => end({ state: "refused", message: "Stopped. Nothing of it was kept." });
    job.line.stop.onclick = () => request.abort();
    job.state = "running";
    this.running += 1;
    job.line.moving(0, job.file.size);
    request.send(body);
  }

  #finish(job, answer) {
    job.state = answer.state;
    job.line.done(answer);
    this.#say();
  }

  #say() {
    const jobs = [...(this.jobs ?? [])];
    if (!jobs.length) {
      this.status.textContent = "";
      return;
    }
    const number = (...states) => jobs.filter((job) => states.includes(job.state)).length;
    const parts = [
      [number("queued", "running"), "to send"], [number("stored"), "stored"], [number("known"), "known already"], [number("refused"), "refused"],
    ].filter(([amount]) => amount).map(([amount, what]) => `${amount} ${what}`);
    this.status.replaceChildren(`${parts.join(", ")}. `, el("a", { href: "/ingest" }, "See them in the ingest list"));
  }
}

function answered(request) {
  try {
    const [one] = JSON.parse(request.responseText).files;
    if (one && STATES[one.state]) return one;
  } catch { /* not ours: a proxy's page, or none */ }
  const message = REASONS[request.status] ?? `The server answered ${request.status} ${request.statusText}`.trim();
  return { state: "refused", message };
}

document.head.append(el("link", { rel: "stylesheet", href: new URL("upload.css", import.meta.url).href }));
for (const form of document.querySelectorAll("form[data-upload]")) new Uploads(form);
