/* Runs in the head, before the first paint: the theme and the keyboard hints this person chose on this device. */
(() => {
  const root = document.documentElement;
  const read = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window forgets it */ } };
  const theme = read("zelfboeken.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (read(`zelfboeken.keys.${root.dataset.user || ""}`) === "off") root.dataset.keys = "off";
  root.dataset.script = "on";
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = getComputedStyle(root).colorScheme === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    keep("zelfboeken.theme", next);
  });
})();
