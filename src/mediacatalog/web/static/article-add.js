// The page that takes articles: files may be dropped, and a paste keeps its links.

import { _ } from "./texts.js";

const form = document.querySelector("[data-articles]");
const input = form.querySelector("input[type=file]");
const text = form.querySelector("textarea");
const html = form.querySelector("[data-html]");
const told = form.querySelector("[data-pasted]");
const chosen = form.querySelector("[data-chosen]");

form.querySelector("label").textContent = _("Drop saved pages, crawls, feeds or exports here, or choose them");

for (const kind of ["dragenter", "dragover"]) {
  form.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.dataset.over = "";
  });
}
for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => { delete form.dataset.over; });

form.addEventListener("drop", (event) => {
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  input.files = event.dataTransfer.files;
  show();
});
input.addEventListener("change", show);
show(); // chosen before this module was here

function show() {
  const names = [...input.files].map((file) => file.name);
  if (names.length) chosen.textContent = `${names.slice(0, 5).join(", ")}${names.length > 5 ? _(" and %(count)s more", { count: names.length - 5 }) : ""}`;
}

// What is pasted out of a page has its links beside the text: the videos that a story embeds.
text.addEventListener("paste", (event) => {
  const markup = event.clipboardData?.getData("text/html") ?? "";
  const whole = text.selectionStart === 0 && text.selectionEnd === text.value.length;
  html.value = whole ? markup : "";
  told.textContent = html.value ? _("Pasted with its links and paragraphs.") : "";
});
text.addEventListener("input", (event) => {
  if (event.inputType === "insertFromPaste") return;
  html.value = ""; // edited by hand: the text is what is meant
  told.textContent = "";
});
