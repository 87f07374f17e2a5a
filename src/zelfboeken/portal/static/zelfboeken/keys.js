/* The keyboard map. A key never does anything itself: it presses the link or button that carries data-key, so whatever a
   key can do, a mouse and a page without scripts can do too. */
const root = document.documentElement;
const store = `zelfboeken.keys.${root.dataset.user || ""}`;
const CHORD_MS = 1200;
let chordUntil = 0;

const visible = (element) => element && element.getClientRects().length > 0;
const all = (selector, from = document) => [...from.querySelectorAll(selector)].filter(visible);
const first = (selector) => all(selector)[0];
const isText = (element) =>
  element.isContentEditable ||
  /^(SELECT|TEXTAREA)$/.test(element.tagName) ||
  (element.tagName === "INPUT" && !/^(checkbox|radio|button|submit|file)$/.test(element.type));
const dialog = () => document.querySelector("dialog[open]");

function press(key) {
  const target = first(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (isText(target)) { target.focus(); target.select?.(); } else target.click();
  return true;
}

/* one tab stop per list: the current row, else the first */
function rove() {
  document.querySelectorAll("[data-list]").forEach((list) => {
    const rows = [...list.querySelectorAll("[data-row]")];
    const current = rows.find((row) => row.hasAttribute("aria-current")) || rows[0];
    rows.forEach((row) => { row.tabIndex = row === current ? 0 : -1; });
  });
}

function move(step) {
  const rows = all("[data-list] [data-row]");
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement.closest("[data-row]") || rows.find((row) => row.hasAttribute("aria-current")));
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (!row.hasAttribute("aria-current") && row.href) row.click();
  return true;
}

function nextField(field) {
  const fields = all("input:not([type=hidden]):not([tabindex='-1']), select, textarea", field.form).filter((f) => !f.readOnly);
  const next = fields[fields.indexOf(field) + 1];
  if (next) { next.focus(); next.select?.(); return; }
  field.form.querySelector("[data-key=Enter]")?.focus();
}

function help() {
  const box = document.getElementById("keys");
  if (!box) return false;
  box.showModal();
  return true;
}

function inField(event) {
  const field = event.target;
  // Leaving the field first, so that a sum or a short date is written out before it is sent.
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { field.blur(); return press("Enter"); }
  if (event.key === "Enter" && field.tagName === "INPUT" && field.closest("[data-fieldwise]")) { nextField(field); return true; }
  if (event.key === "Escape") { field.blur(); return true; }
  return false;
}

function onPage(event) {
  const key = event.key;
  if (event.timeStamp < chordUntil) {
    chordUntil = 0;
    const target = first(`[data-chord="${CSS.escape(key.toLowerCase())}"]`);
    if (target) { target.click(); return true; }
  }
  if (key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); return true; }
    return press("Escape");
  }
  if (key === "Enter") {
    const active = document.activeElement;
    const isOwn = /^(A|BUTTON|SUMMARY|INPUT)$/.test(active.tagName) && !(active.matches("[data-row][aria-current]"));
    if (isOwn) return false;
    return press(event.shiftKey ? "Shift+Enter" : "Enter");
  }
  const letter = key.length === 1 ? key.toLowerCase() : key;
  if (letter === "j" || key === "ArrowDown") return move(1);
  if (letter === "k" || key === "ArrowUp") return move(-1);
  if (letter === "g") { chordUntil = event.timeStamp + CHORD_MS; return true; }
  if (key === "?") return help();
  if (letter === "n") { const unsure = first("[aria-invalid=true], [data-check]"); unsure?.focus(); return Boolean(unsure); }
  return press(letter);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || dialog()) return;
  let done = false;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") done = press("Ctrl+K");
  else if (isText(event.target)) done = inField(event);
  else if (event.ctrlKey || event.metaKey || event.altKey) done = event.key === "Enter" && event.ctrlKey && press("Enter");
  else if (root.dataset.keys !== "off" || event.key === "Escape") done = onPage(event);
  if (done) event.preventDefault();
});

/* a row is as good as its link, unless something else in it was meant, or text was selected */
function pressRow(event) {
  const row = event.target.closest(".t tr");
  if (!row || event.defaultPrevented || event.target.closest("a, button, input, select, label, summary")) return;
  if (String(getSelection())) return;
  row.querySelector("a.go, a[data-row]")?.click();
}

document.addEventListener("click", (event) => {
  pressRow(event);
  if (event.target.closest("[data-keys-help]")) help();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

const toggle = document.getElementById("keys-on");
if (toggle) {
  toggle.checked = root.dataset.keys !== "off";
  toggle.addEventListener("change", () => {
    root.dataset.keys = toggle.checked ? "on" : "off";
    try { localStorage.setItem(store, root.dataset.keys); } catch { /* a private window forgets it */ }
  });
}
document.addEventListener("htmx:afterSettle", rove);
rove();
