// On every page: colours, the search box's key, facets that apply themselves, tokens for htmx.

import { isTyping, remembered } from "./dom.js";
import { watchCovers } from "./care.js";
import { watchComboboxes } from "./combobox.js";
import { watchHelpKey } from "./shortcuts.js";
import { _ } from "./texts.js";

// Colours: as the system has them, light, dark

const THEMES = ["auto", "light", "dark"];
const NAMES = { auto: _("as the system"), light: _("light"), dark: _("dark") };

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const meta = document.querySelector("meta[name=color-scheme]");
  if (meta) meta.content = theme === "auto" ? "light dark" : theme;
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.hidden = false;
    button.title = _("Colours: %(theme)s", { theme: NAMES[theme] });
    button.setAttribute("aria-label", button.title);
  }
}

function themes() {
  const kept = () => (THEMES.includes(remembered.get("theme")) ? remembered.get("theme") : "auto");
  setTheme(kept());
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-theme-toggle]")) return;
    const next = THEMES[(THEMES.indexOf(kept()) + 1) % THEMES.length];
    remembered.set("theme", next);
    setTheme(next);
  });
  // Another tab changed it.
  addEventListener("storage", () => setTheme(kept()));
}

// "/" moves to the search box

function searchKey() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const box = document.querySelector("[data-search-box], input[type=search][name=q]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}

// Facets: ticking one searches again; several ticked quickly are one search. The page that answers
// puts the focus and the scroll back where they were, so that the keyboard's place isn't lost.

const FACET_WAIT_MS = 450;
const PLACE = "mediacatalog.facets";

function facets() {
  const box = document.querySelector("[data-facets]");
  if (!box) return;
  let timer = 0;
  box.addEventListener("change", (event) => {
    const facet = event.target.closest("[data-facet]");
    if (!facet?.form) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const place = { path: location.pathname, name: facet.name, value: facet.value, open: box.open, y: scrollY };
      try { sessionStorage.setItem(PLACE, JSON.stringify(place)); } catch { /* begins at the top */ }
      facet.form.requestSubmit();
    }, FACET_WAIT_MS);
  });
  restore(box);
  // Ticked before this module was here. Browsers restore nothing in this form, so it was a hand.
  [...box.querySelectorAll("[data-facet]")].find((one) => one.checked !== one.defaultChecked)
    ?.dispatchEvent(new Event("change", { bubbles: true }));
}

function restore(box) {
  let place = null;
  try {
    place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
    sessionStorage.removeItem(PLACE);
  } catch { /* nothing to restore */ }
  if (place?.path !== location.pathname) return;
  if (place.open) box.open = true;
  const facet = [...box.querySelectorAll("[data-facet]")].find((one) => one.name === place.name && one.value === place.value);
  facet?.focus({ preventScroll: true });
  scrollTo({ top: place.y, behavior: "instant" });
}

// htmx sends the token of the page with every change

function tokens() {
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf-token]")?.content;
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  });
}

themes();
searchKey();
facets();
tokens();
watchComboboxes();
watchCovers();
watchHelpKey();
