// The review queue by single keys: accept, reject, put aside, skip, undo, choose several.

import { el, isTyping } from "./dom.js";
import { _, ngettext } from "./texts.js";

const SAID = { accepted: _("Accepted"), rejected: _("Rejected"), unsure: _("Put aside as not sure") };
const COUNTED = 1000; // `FEW` of `catalog/counting.py`
const KEYS = { a: "accepted", r: "rejected", u: "unsure" };

/** The letter on the key as a Latin keyboard has it, whatever alphabet is set. */
function letterOf(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  return /^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? event.key;
}

class Queue {
  constructor(list) {
    this.list = list;
    this.article = list.dataset.article;
    this.said = document.querySelector("[data-review-said]");
    this.bulk = document.querySelector("[data-bulk]");
    this.batches = [];
    this.waits = Promise.resolve();
    list.addEventListener("submit", (event) => this.#submitted(event));
    list.addEventListener("change", (event) => {
      if (event.target.matches("[data-choose]")) this.#tellChosen();
    });
    this.bulk.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.chosen.length) this.decide(this.chosen, event.submitter?.value ?? "accepted");
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    this.open[0]?.focus({ preventScroll: true });
  }

  get items() { return [...this.list.querySelectorAll("[data-link]")]; }
  get open() { return this.items.filter((one) => !one.classList.contains("is-done")); }
  get chosen() { return this.open.filter((one) => one.querySelector("[data-choose]").checked); }
  get current() { return document.activeElement?.closest?.("[data-link]") ?? null; }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    const key = letterOf(event);
    if (key === "z") this.undo();
    else if (key === "j" || key === "s") this.move(1);
    else if (key === "k") this.move(-1);
    else if (key === "x" && event.shiftKey) this.#chooseAll();
    else if (key === "x") this.current?.querySelector("[data-choose]")?.click();
    else if (key === "o") this.current?.querySelector("[data-open]")?.click();
    else if (key in KEYS) {
      const whom = this.chosen.length ? this.chosen : [this.current].filter((one) => one && !one.classList.contains("is-done"));
      if (!whom.length) return;
      this.decide(whom, KEYS[key]);
    } else return;
    event.preventDefault();
  }

  /** To the next open item after (or before) this one; around the end it stays. */
  move(step) {
    const items = this.items;
    let at = items.indexOf(this.current);
    do at += step; while (items[at]?.classList.contains("is-done"));
    const next = items[at] ?? (step > 0 ? null : this.open[0]);
    if (next) next.focus();
    else if (step > 0) document.querySelector("[data-more]")?.focus();
  }

  #chooseAll() {
    const every = this.open.length === this.chosen.length;
    for (const one of this.open) one.querySelector("[data-choose]").checked = !every;
    this.#tellChosen();
  }

  #tellChosen() {
    for (const one of this.items) one.classList.toggle("is-chosen", one.querySelector("[data-choose]").checked);
    const count = this.chosen.length;
    this.bulk.querySelector("[data-chosen]").textContent = count ? _("%(count)s chosen", { count }) : _("Choose several to decide them at once.");
  }

  #submitted(event) {
    event.preventDefault();
    const item = event.target.closest("[data-link]");
    this.decide([item], event.submitter?.value ?? "accepted");
  }

  /** One after the other, so that an undo never overtakes what it undoes. */
  decide(items, decision) {
    const after = this.items[this.items.indexOf(items.at(-1)) + 1];
    const fields = items.map((one) => ["link", one.dataset.link]);
    if (items.length === 1) fields.push(["relation", items[0].querySelector("[name=relation]").value]);
    for (const one of items) this.#close(one, decision);
    const next = after && !after.classList.contains("is-done") ? after : this.open[0];
    (next ?? document.querySelector("[data-more]"))?.focus();
    this.#say(`${SAID[decision]}${items.length > 1 ? `: ${ngettext("%(num)s clip", "%(num)s clips", items.length)}` : ""}.`);
    this.#send("/review/decide", [...fields, ["decision", decision]], (told) => {
      this.batches.push({ batch: told.batch, items });
    }, () => items.forEach((one) => this.#reopen(one)));
  }

  undo() {
    this.waits = this.waits.then(() => {
      const last = this.batches.pop();
      if (!last) { this.#say(_("Nothing to undo here.")); return undefined; }
      return this.#post("/review/undo", [["batch", last.batch]]).then((told) => {
        for (const one of last.items) this.#reopen(one);
        last.items[0].focus();
        this.#count(told.waiting);
        this.#say(_("Undone."));
      });
    }).catch((error) => this.#say(_("Not undone: %(why)s", { why: error.message })));
  }

  #send(address, fields, done, failed) {
    this.waits = this.waits.then(() => this.#post(address, fields)).then((told) => {
      done(told);
      this.#count(told.waiting);
    }).catch((error) => {
      failed();
      this.#say(_("Not saved: %(why)s", { why: error.message }));
    });
  }

  async #post(address, fields) {
    const body = new URLSearchParams(fields);
    if (this.article) body.append("article", this.article);
    const answer = await fetch(address, {
      method: "POST", body,
      headers: { Accept: "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
    });
    if (!answer.ok) throw new Error(_("the server answered %(status)s", { status: answer.status }));
    return answer.json();
  }

  #close(item, decision) {
    item.classList.add("is-done");
    item.classList.remove("is-chosen");
    item.querySelector("[data-choose]").checked = false;
    item.append(el("p", { class: "ask__verdict" },
      el("span", { class: `badge badge--link-${decision}` }, SAID[decision]),
      el("span", { class: "muted small" }, _("Z undoes the last"))));
    this.#tellChosen();
  }

  #reopen(item) {
    item.classList.remove("is-done");
    item.querySelector(".ask__verdict")?.remove();
  }

  #count(waiting) {
    for (const [state, count] of Object.entries(waiting ?? {})) {
      const place = document.querySelector(`[data-waiting=${state}]`);
      if (place) place.textContent = count > COUNTED ? `${COUNTED.toLocaleString("en")}+` : count;
    }
  }

  #say(text) { this.said.textContent = text; }
}

const list = document.querySelector("[data-review]");
if (list) new Queue(list);
