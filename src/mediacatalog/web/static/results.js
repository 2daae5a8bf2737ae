// The hits of a search: scrubbed by pointer and arrow keys, walked and selected by keyboard, tagged
// together, and more of them put below. The page's address always says what it shows.

import { isTyping } from "./dom.js";
import { Scrub } from "./scrub.js";
import { _, ngettext } from "./texts.js";

const PAGE = 24;
const MOST_ON_A_PAGE = 96;

const results = document.getElementById("results");
const bar = document.querySelector("[data-selection]");

const hits = () => [...results.querySelectorAll("[data-hit]")];
const picks = () => [...results.querySelectorAll("[data-pick]")];
const hitOf = (target) => (target instanceof Element ? target.closest("[data-hit]") : null);

// --- scrubbing: nothing of a storyboard is fetched before somebody wants to see it

const scrubs = new WeakMap();

function scrubOf(hit) {
  if (!hit?.dataset.storyboard) return null;
  if (!scrubs.has(hit)) scrubs.set(hit, new Scrub(hit));
  return scrubs.get(hit);
}

function scrubbing() {
  results.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch" && event.target.closest(".poster")) scrubOf(hitOf(event.target))?.follow();
  });
  results.addEventListener("focusout", (event) => {
    const hit = hitOf(event.target);
    if (hit && !hit.contains(event.relatedTarget)) scrubs.get(hit)?.leave();
  });
}

// --- the selection

function count() {
  if (!bar) return;
  const chosen = picks().filter((one) => one.checked);
  const said = bar.querySelector("[data-selected]");
  said.textContent = chosen.length
    ? ngettext("%(num)s selected", "%(num)s selected", chosen.length)
    : _("Select clips to tag them together.");
  bar.classList.toggle("is-on", chosen.length > 0);
  bar.querySelector("[data-select-none]").hidden = chosen.length === 0;
  for (const one of picks()) one.closest("[data-hit]").classList.toggle("is-picked", one.checked);
}

let lastPick = null;

/** Shift and a click select everything between this one and the one before. */
function range(event) {
  const pick = event.target.closest("[data-pick]");
  if (!pick) return;
  const all = picks();
  if (event.shiftKey && lastPick && all.includes(lastPick)) {
    const [from, to] = [all.indexOf(lastPick), all.indexOf(pick)].sort((one, other) => one - other);
    for (const one of all.slice(from, to + 1)) one.checked = pick.checked;
  }
  lastPick = pick;
  count();
}

async function tag(event) {
  event.preventDefault();
  const said = bar.querySelector("[data-selected]");
  const chosen = picks().filter((one) => one.checked).map((one) => one.value);
  if (chosen.length === 0) {
    said.textContent = _("Select a clip first: X, or a click on its box.");
    return;
  }
  said.textContent = _("Saving…");
  let answer = null;
  try {
    answer = await fetch(bar.action, { method: "POST", body: new FormData(bar), headers: { Accept: "application/json" } });
  } catch { /* told below */ }
  if (!answer?.ok) {
    said.textContent = answer?.status === 422 ? _("That can't be a tag; nothing was changed.") : _("Not saved; try again.");
    return;
  }
  const { said: done, batch } = await answer.json();
  bar.elements.label.value = "";
  await refresh();
  said.textContent = done;
  const back = bar.querySelector("[data-take-back]");
  back.dataset.takeBack = batch;
  back.hidden = false;
}

async function takeBack({ currentTarget: button }) {
  const said = bar.querySelector("[data-selected]");
  said.textContent = _("Saving…");
  const address = `/history/${encodeURIComponent(button.dataset.takeBack)}/undo`;
  let answer = null;
  try {
    answer = await fetch(address, { method: "POST", body: new FormData(bar), headers: { Accept: "application/json" } });
  } catch { /* told below */ }
  if (!answer?.ok) {
    said.textContent = _("Not saved; try again.");
    return;
  }
  const { said: done } = await answer.json();
  await refresh();
  said.textContent = done;
  if (button === document.activeElement) bar.elements.label.focus();
  button.hidden = true;
}

/** The same hits as they are now, with selection and focus where they were. */
async function refresh() {
  const fresh = await page(location.href);
  if (!fresh) return;
  for (const hit of hits()) {
    const other = fresh.querySelector(`[data-hit="${CSS.escape(hit.dataset.hit)}"] .terms`);
    const mine = hit.querySelector(".terms");
    if (other && mine) mine.replaceWith(other);
    else if (other) hit.querySelector(".facts")?.after(other);
    else mine?.remove();
  }
}

/** What the page of an address shows, with no facets counted unless they are asked for. */
async function page(address, facets = "none") {
  try {
    const url = new URL(address, location.href);
    url.searchParams.set("facets", facets);
    const answer = await fetch(url);
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

// --- more of them, below; the address then says how many, so that Back shows as many

async function more(event) {
  const link = event.target.closest("[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const here = new URL(location.href);
  const list = results.querySelector("[data-hits]");
  if (hits().length + PAGE > MOST_ON_A_PAGE) return; // a page of its own begins
  event.preventDefault();
  link.setAttribute("aria-busy", "true");
  const fresh = await page(link.href);
  const news = [...(fresh?.querySelectorAll("[data-hits] > li") ?? [])];
  if (news.length === 0) {
    location.href = link.href;
    return;
  }
  list.append(...news);
  results.querySelector("[data-pager]").replaceWith(fresh.querySelector("[data-pager]") ?? "");
  here.searchParams.set("show", String(Math.ceil(hits().length / PAGE) * PAGE));
  history.replaceState(history.state, "", here);
  news[0].querySelector("[data-open]").focus({ preventScroll: true });
}

// --- facets that weren't counted at once, of very many hits

async function moreFacets(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const link = event.currentTarget;
  link.setAttribute("aria-busy", "true");
  const known = new Set([...document.querySelectorAll("[data-facet]")].map((one) => one.name));
  const fresh = await page(link.href, "all");
  const news = [...(fresh?.querySelectorAll(".facet") ?? [])].filter(
    (one) => !known.has(one.querySelector("[data-facet]").name),
  );
  if (news.length === 0) {
    location.href = link.href;
    return;
  }
  link.parentElement.replaceWith(...news);
  news[0].querySelector("[data-facet]").focus();
}

document.querySelector("[data-more-facets]")?.addEventListener("click", moreFacets);

// --- keys, while the focus is among the hits

function go(hit, step) {
  const all = hits();
  const next = all[all.indexOf(hit) + step];
  if (!next) return;
  next.querySelector("[data-open]").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function select(hit) {
  const pick = hit.querySelector("[data-pick]");
  pick.checked = !pick.checked;
  lastPick = pick;
  count();
}

function selectAll() {
  const value = picks().some((one) => !one.checked);
  for (const one of picks()) one.checked = value;
  count();
}

const KEYS = {
  j: (hit) => go(hit, 1),
  k: (hit) => go(hit, -1),
  x: select,
  X: selectAll,
  t: () => bar.elements.label.focus(),
  ArrowLeft: (hit) => scrubOf(hit)?.step(-1) ?? false,
  ArrowRight: (hit) => scrubOf(hit)?.step(1) ?? false,
  Escape: (hit) => scrubs.get(hit)?.leave() ?? false,
};

function keys() {
  results.addEventListener("keydown", (event) => {
    const hit = hitOf(event.target);
    if (!hit || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const command = KEYS[event.key];
    if (!command || command(hit) === false) return;
    event.preventDefault();
  });
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const first = results.querySelector(".is-picked [data-open]") ?? results.querySelector("[data-open]");
    first?.focus();
  });
}

// --- ordering is a search of its own

const order = document.querySelector("[data-sort]");
if (order) {
  order.addEventListener("change", () => order.form.requestSubmit());
  const asked = [...order.options].find((one) => one.defaultSelected) ?? order.options[0];
  if (!asked.selected) order.form.requestSubmit(); // chosen before this module was here
}

if (bar) {
  scrubbing();
  keys();
  results.addEventListener("click", range);
  results.addEventListener("change", count);
  results.addEventListener("click", more);
  bar.addEventListener("submit", tag);
  bar.querySelector("[data-take-back]").addEventListener("click", takeBack);
  bar.querySelector("[data-select-none]").addEventListener("click", () => {
    for (const one of picks()) one.checked = false;
    count();
    results.querySelector("[data-open]")?.focus();
  });
  count(); // the browser may have kept what was ticked
}
