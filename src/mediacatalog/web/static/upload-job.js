// One file on its way: a state machine around tus-js-client (vendor/tus.min.js, global `tus`).
//
// queued -> checking -> sending -> stored | known | refused, with paused, waiting (no connection;
// it tries again by itself) and cancelled on the way.

import { size, time } from "./upload-files.js";
import { _, marked } from "./texts.js";

const ENDPOINT = "/api/v1/uploads";
const CHUNK = 64 * 2 ** 20;
/** Bytes of one request: proxies that hold a request back until it's whole hold back so much only. */
const HASHED = 128 * 2 ** 20;
/** Larger files aren't hashed beforehand: the browser's own SHA-256 wants them in memory. */
const RETRY_SECONDS = [1, 2, 5, 10, 20, 30];
const SPEED_SECONDS = 6;
const SILENT_SECONDS = 30;
/** In which not a byte gets on: a line that was lost without a word stays open for ever. */
const CHECKED = 20e6;
/** Bytes in a second that the slowest server looks through when all arrived, before it answers. */
const PERMANENT = new Set([400, 403, 405, 412, 413, 415, 422, 460, 507]);
const REASONS = {
  403: _("This page is too old. Load it again and choose the file once more: what arrived is kept."),
  413: _("The file is larger than this archive takes."),
  460: _("What arrived isn't what was sent. Try again."),
  507: _("The server has no room for it. What arrived is kept; try again when there is room."),
};

/** What the server says, in English as to every program. */
const SAID = new Set([
  marked("Stored. It is read within seconds."),
  marked("These bytes are already in the catalogue."),
  marked("The same file was uploaded before."),
  marked("The bytes were changed on their way. Send this part again."),
  marked("The file isn't the one that was promised: its SHA-256 differs. Send it again."),
]);
const RENAMED = marked("Stored as %(name)s, since another file has its name. It is read next.");

const BUSY = {
  0: _("No connection"),
  404: _("The server doesn't know it any more"),
  410: _("The server doesn't know it any more"),
  409: _("The server has another part of it"),
  423: _("The server is still busy with it"),
  503: _("The server is busy with other uploads"),
};

const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

/** Uploads of earlier visits, out of the browser's storage; without those of other open tabs. */
export async function unfinished() {
  const all = await tus.defaultOptions.urlStorage.findAllUploads();
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const elsewhere = new Set(held.map((lock) => lock.name));
  return all.filter((one) => one.uploadUrl && one.metadata?.relativePath && !elsewhere.has(`upload ${one.uploadUrl}`));
}

/** The one that this file began; the folder may be missing when only the file was chosen again. */
export function earlier(list, { file, path }) {
  const same = list.filter(({ size: bytes, metadata }) => bytes === file.size
    && metadata.filename === file.name && metadata.modified === String(file.lastModified));
  return same.find((one) => one.metadata.relativePath === path)
    ?? (path === file.name && same.length === 1 ? same[0] : undefined);
}

export async function ask(address) {
  const signal = AbortSignal.timeout(SILENT_SECONDS * 1000);
  const answer = await fetch(address, { headers: { Accept: "application/json" }, signal });
  return answer.ok ? answer.json() : null;
}

/** Tell the server to forget an upload; if it can't be reached, it does so by itself after a week. */
export function forget(address, storageKey) {
  if (storageKey) tus.defaultOptions.urlStorage.removeUpload(storageKey);
  return fetch(address, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": token() } }).catch(() => {});
}

let hashing = Promise.resolve();

/** SHA-256 as hexadecimal text, or nothing for large files; one file at a time. */
function digest(file) {
  if (file.size > HASHED || !crypto.subtle) return Promise.resolve("");
  const turn = hashing.then(async () => {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  });
  hashing = turn.catch(() => {});
  return turn;
}

export class Job {
  state = "queued";
  sent = 0;
  #fails = 0;
  #samples = [];
  #timer = 0;
  #watch = 0;
  #run = 0;

  /** `changed(job, message)` is called with every new state, `moved(job, text)` while bytes go. */
  constructor({ file, path, batch, before }, { changed, moved }) {
    Object.assign(this, { file, path, batch, before, changed, moved });
  }

  get isActive() { return ["checking", "sending", "waiting"].includes(this.state); }

  get isOver() { return ["stored", "known", "refused", "cancelled"].includes(this.state); }

  async start() {
    const run = this.#run += 1;
    clearTimeout(this.#timer);
    if (!this.upload) {
      this.#to("checking", _("Being looked at"));
      try {
        const sha256 = this.before ? "" : await digest(this.file);
        if (run !== this.#run) return; // paused or cancelled meanwhile
        this.#prepare(sha256);
      } catch {
        if (run === this.#run) this.#unreadable();
        return;
      }
    }
    this.#samples = [];
    this.#to("sending", this.#part());
    // With an endpoint, the client would begin anew after any error of the server.
    this.upload.options.endpoint = this.upload.url ? null : ENDPOINT;
    this.#listen();
    this.upload.start();
  }

  pause() {
    this.#stop();
    this.#to("paused", this.sent ? this.#part() : size(this.file.size));
  }

  queue() {
    this.#fails = 0;
    this.#to("queued", size(this.file.size));
  }

  cancel() {
    this.#stop();
    const address = this.upload?.url ?? this.before?.uploadUrl;
    if (address) forget(address, this.key);
    this.#letGo();
    this.upload = this.before = undefined;
    this.sent = 0;
    this.#to("cancelled", _("Nothing of it was kept."));
  }

  /** The network is back: don't wait for the timer. */
  hurry() {
    if (this.state === "waiting") this.start();
  }

  /** Until the next byte gets on; then the line is given up, and taken up again with what arrived. */
  #listen() {
    clearTimeout(this.#watch);
    const check = this.sent < this.file.size ? 0 : this.file.size / CHECKED;
    this.#watch = setTimeout(() => {
      this.upload.abort();
      this.#failed({});
    }, (SILENT_SECONDS + check) * 1000);
  }

  #to(state, message) {
    if (state !== "sending") clearTimeout(this.#watch);
    this.state = state;
    this.changed(this, message);
  }

  #stop() {
    this.#run += 1;
    clearTimeout(this.#timer);
    this.upload?.abort();
  }

  #prepare(sha256) {
    const { file, path, batch } = this;
    const metadata = { filename: file.name, relativePath: path, batch, modified: String(file.lastModified) };
    if (sha256) metadata.sha256 = sha256;
    this.upload = new tus.Upload(file, {
      endpoint: ENDPOINT,
      chunkSize: CHUNK,
      retryDelays: null,
      metadata,
      headers: { "X-CSRFToken": token() },
      removeFingerprintOnSuccess: true,
      fingerprint: async () => `mediacatalog-${path}-${file.size}-${file.lastModified}`,
      urlStorage: this.#storage(),
      onUploadUrlAvailable: () => this.#hold(),
      onAfterResponse: (request, answer) => {
        if (request.getMethod() !== "POST" || answer.getHeader("Upload-State") !== "known") return;
        this.isKnown = true; // before a byte was sent
        const [address, clip] = [answer.getHeader("Location"), answer.getHeader("Upload-Clip")];
        this.#stop(); // an aborted request has no headers
        this.#ended(address, "known", clip);
      },
      onProgress: (sent) => this.#progress(sent),
      onSuccess: ({ lastResponse: answer }) => {
        this.#ended(this.upload.url, answer.getHeader("Upload-State"), answer.getHeader("Upload-Clip"));
      },
      onError: (error) => this.#failed(error),
    });
    if (this.before) {
      this.key = this.before.urlStorageKey;
      this.upload.resumeFromPreviousUpload(this.before);
    }
  }

  /** The browser's, but full storage is no reason not to upload, and what's known needs no entry. */
  #storage() {
    const kept = tus.defaultOptions.urlStorage;
    return {
      findAllUploads: () => kept.findAllUploads(),
      findUploadsByFingerprint: (fingerprint) => kept.findUploadsByFingerprint(fingerprint),
      removeUpload: (key) => kept.removeUpload(key),
      addUpload: async (fingerprint, entry) => {
        if (this.isKnown) return null;
        try { this.key = await kept.addUpload(fingerprint, entry); } catch { this.key = null; }
        return this.key;
      },
    };
  }

  /** Other tabs shall see that somebody goes on with it. */
  #hold() {
    if (this.letGo || this.isKnown || !navigator.locks) return;
    navigator.locks.request(`upload ${this.upload.url}`, { ifAvailable: true }, () => new Promise((resolve) => { this.letGo = resolve; }));
  }

  #letGo() {
    this.letGo?.();
    this.letGo = undefined;
  }

  #progress(sent) {
    if (sent > this.sent) this.#fails = 0;
    if (sent !== this.sent) {
      this.sent = sent;
      this.#listen();
    }
    const now = performance.now() / 1000;
    this.#samples.push([now, sent]);
    while (this.#samples.length > 2 && now - this.#samples[0][0] > SPEED_SECONDS) this.#samples.shift();
    const [began, first] = this.#samples[0];
    const speed = now - began > 0.5 ? (sent - first) / (now - began) : 0;
    this.speed = speed;
    const total = this.file.size;
    const parts = [this.#part()];
    if (sent >= total) parts.push(_("being checked"));
    else if (speed > 0) parts.push(`${size(speed)}/s`, _("%(time)s left", { time: time((total - sent) / speed) }));
    this.moved(this, parts.join(" · "));
  }

  /** `state` and `clip` are what counts when the server can't be asked for the rest. */
  async #ended(address, state, clip) {
    const run = this.#run += 1;
    clearTimeout(this.#watch);
    const told = await ask(address).catch(() => null);
    if (run !== this.#run) return;
    this.#letGo();
    this.sent = this.file.size;
    this.clip = told?.clip ?? clip;
    this.storedName = told?.name;
    this.#to(state === "known" ? "known" : "stored", told ? said(told) : _("It arrived whole."));
  }

  async #failed(error) {
    const run = this.#run += 1;
    clearTimeout(this.#timer);
    const status = error.originalResponse?.getStatus() ?? 0;
    if (!await this.#isReadable()) {
      if (run === this.#run) this.#unreadable();
      return;
    }
    if (run !== this.#run) return;
    if (PERMANENT.has(status)) {
      this.#to("refused", reason(error, status));
      return;
    }
    if (status === 404 || status === 410) this.#beginAnew();
    const wait = RETRY_SECONDS[Math.min(this.#fails, RETRY_SECONDS.length - 1)];
    this.#fails += 1;
    const have = this.#part();
    const why = BUSY[status] ?? _("The server answered %(status)s", { status });
    this.#timer = setTimeout(() => this.start(), wait * 1000);
    this.#to("waiting", _("%(why)s. It goes on by itself, from %(have)s.", { why, have }));
  }

  #part() {
    return _("%(part)s of %(whole)s", { part: size(this.sent), whole: size(this.file.size) });
  }

  #beginAnew() {
    if (this.key) tus.defaultOptions.urlStorage.removeUpload(this.key);
    this.#letGo();
    this.upload = this.before = this.key = undefined;
    this.sent = 0;
  }

  async #isReadable() {
    try {
      await this.file.slice(0, 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  #unreadable() {
    this.#letGo();
    this.#to("refused", _("The file can't be read: it was moved, changed or removed. Choose it again; what arrived is kept."));
  }
}

/** Of an upload that is over, in the language of the page where it is known there. */
function said({ message, name }) {
  if (SAID.has(message)) return _(message);
  return message === RENAMED.replace("%(name)s", name) ? _(RENAMED, { name }) : message;
}

function reason(error, status) {
  let detail = "";
  try { detail = JSON.parse(error.originalResponse.getBody()).detail ?? ""; } catch { /* a proxy's page */ }
  const own = REASONS[status];
  if (status === 403 || !detail) return own ?? _("The server answered %(status)s.", { status });
  return status === 507 ? `${detail} ${own}` : said({ message: detail });
}
