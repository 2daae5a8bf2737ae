// Completion of tags and places: ARIA 1.2 combobox over an <input data-combobox="/address?…">.
// What is typed needn't be in the list; `data-combobox-free` says so where nothing is made of it. With
// `data-combobox-open` a click opens the list before anything is typed, with `data-combobox-host` around it the list is as wide as that and not as the form. Fields that arrive later (htmx) are taken up as they come.

import { el } from "./dom.js";
import { _, ngettext } from "./texts.js";

const WAIT_MS = 120;
const SHOWN = 10;
const KINDS = { tag: _("tag"), place: _("place"), person: _("person"), group: _("group"), title: _("title") };
let count = 0;

class Combobox {
  constructor(input) {
    this.input = input;
    this.offered = input.getAttribute("list");
    this.options = [];
    this.active = -1;
    count += 1;
    this.list = el("ul", { class: "combobox__list", id: `combobox-${count}`, role: "listbox", hidden: true, "aria-label": _("Suggestions") });
    this.status = el("span", { class: "combobox__status", role: "status" });
    const attributes = {
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off",
    };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    input.dataset.comboboxReady = "";
    const host = input.closest("[data-combobox-host], form") ?? input.parentElement;
    host.classList.add("combobox");
    input.after(this.list, this.status);
    input.addEventListener("input", () => this.#soon());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
    if ("comboboxOpen" in input.dataset) {
      input.addEventListener("click", () => {
        if (!this.isOpen) this.#ask();
      });
    }
    // Before blur: the field keeps the focus.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take(this.options[[...this.list.children].indexOf(option)], true);
    });
    // Typed before this module was here.
    if (document.activeElement === input && input.value !== input.defaultValue) this.#soon();
  }

  /** What is completed; of a list (`data-combobox-list`) what stands behind the last comma. */
  get #typed() {
    return this.#parted[1].trim();
  }

  get #parted() {
    const { value } = this.input;
    const at = "comboboxList" in this.input.dataset ? Math.max(value.lastIndexOf(","), value.lastIndexOf("،")) + 1 : 0;
    return [value.slice(0, at), value.slice(at)];
  }

  get isOpen() {
    return !this.list.hidden;
  }

  #soon() {
    clearTimeout(this.timer);
    // What the browser itself offers is for an empty field: two lists would lie on each other.
    this.input.removeAttribute("list");
    if (!this.#typed) {
      if (this.offered) this.input.setAttribute("list", this.offered);
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    const address = new URL(this.input.dataset.combobox, document.baseURI);
    if (address.origin !== location.origin) return;
    address.searchParams.set("q", this.#typed);
    try {
      const answer = await fetch(address, { signal: this.asking.signal, headers: { Accept: "application/json" } });
      const found = answer.ok ? await answer.json() : [];
      if (document.activeElement === this.input) this.#show(Array.isArray(found) ? found.slice(0, SHOWN) : []);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  #show(options) {
    this.options = options;
    this.list.replaceChildren(...options.map((option, n) => this.#option(option, n)));
    this.list.hidden = options.length === 0;
    this.input.setAttribute("aria-expanded", String(options.length > 0));
    this.#activate(-1);
    this.status.textContent = options.length
      ? ngettext("%(num)s suggestion", "%(num)s suggestions", options.length)
      : "comboboxFree" in this.input.dataset ? "" : _("No suggestion; a new one will be made");
  }

  #option({ label, count: clips, via, kind }, n) {
    return el("li", { role: "option", id: `${this.list.id}-${n}`, class: "combobox__option", "aria-selected": "false" },
      ...(kind && kind !== "property" ? [el("span", { class: "combobox__kind" }, KINDS[kind] ?? kind), " "] : []),
      el("span", { class: "combobox__names" },
        el("bdi", { dir: "auto" }, label),
        ...(via ? [" ", el("bdi", { class: "combobox__via", dir: "auto" }, via)] : [])),
      ...(Number.isInteger(clips) ? [" ", el("span", { class: "combobox__count" }, ngettext("%(num)s clip", "%(num)s clips", clips))] : []));
  }

  #activate(index) {
    this.active = index;
    [...this.list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === index)));
    const option = this.list.children[index];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.isComposing) return;
    const last = this.options.length - 1;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !this.isOpen) {
      event.preventDefault();
      this.#ask();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.#activate(this.active >= last ? 0 : this.active + 1);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      this.#activate(this.active <= 0 ? last : this.active - 1);
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      this.close();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.isOpen && this.active >= 0) {
      if (event.key === "Enter") event.preventDefault();
      this.#take(this.options[this.active], event.key === "Enter");
    } else if (event.key === "Enter") this.close();
  }

  /**
   * Writes the label, or the text that is given for it, or follows its address; `send`: and sends a form made for
   * this (`data-combobox-form`).
   */
  #take(option, send) {
    if (!option) return;
    if (option.url && send) {
      location.assign(option.url);
      return;
    }
    const before = this.#parted[0];
    this.input.value = `${before}${before && " "}${option.q || option.label}`;
    this.close();
    this.status.textContent = _("%(label)s chosen", { label: option.label });
    if (option.q?.endsWith(":")) {
      this.#soon();
      return;
    }
    const form = this.input.closest("[data-combobox-form]");
    if (form && send) form.requestSubmit();
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.list.hidden = true;
    this.options = [];
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

function enhance(root) {
  for (const input of root.querySelectorAll("input[data-combobox]:not([data-combobox-ready])")) new Combobox(input);
}

/** Now, after each swap by htmx, and at the latest when a field gets the focus. */
export function watchComboboxes() {
  enhance(document);
  for (const name of ["htmx:load", "focusin"]) {
    document.addEventListener(name, (event) => {
      if (event.target instanceof Element) enhance(event.target.parentElement ?? document);
    });
  }
}
