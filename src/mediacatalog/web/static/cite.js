// Copies a citation. Without it the text is selected and copied by hand.

import { _ } from "./texts.js";

const button = document.querySelector("[data-copy]");
const told = document.querySelector("[data-copied]");

if (button) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      told.textContent = _("Copied");
    } catch {
      // No clipboard without https or permission.
      text.focus();
      text.select();
      told.textContent = _("Selected; copy it with Ctrl+C");
    }
  });
}
