// Before the first paint, so that the page doesn't flash in the other colours. The rest: app.js.
try {
  const theme = localStorage.getItem("mediacatalog.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* as the system has it */ }
