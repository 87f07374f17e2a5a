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
  if (isText(target)) { target.focus(); target.select?.(); return true; }
  // What stands open already is not shut by the key that opens it.
  if (!target.matches(".more[open] > summary")) target.click();
  if (target.tagName === "SUMMARY") setTimeout(() => all("input, select, textarea", target.parentElement)[0]?.focus());
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

/* the list that has the focus, else the one with the current row, else the first */
function listHere() {
  const lists = all("[data-list]");
  return document.activeElement.closest?.("[data-list]")
    || lists.find((list) => list.querySelector("[data-row][aria-current]"))
    || lists[0];
}

/* to the next row; where the page shows beside a list what is chosen in it (data-follow), that follows */
function move(step) {
  const list = listHere();
  const rows = list ? all("[data-row]", list) : [];
  if (!rows.length) return false;
  const here = document.activeElement.closest("[data-row]");
  const at = rows.indexOf(rows.includes(here) ? here : rows.find((row) => row.hasAttribute("aria-current")));
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  rows.forEach((one) => { one.tabIndex = one === row ? 0 : -1; });
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (list.hasAttribute("data-follow") && !row.hasAttribute("aria-current")) row.click();
  return true;
}

/* from a list to the one that shows what is behind its current row */
function stepIn() {
  const list = document.activeElement.closest("[data-list]");
  const next = all("[data-list]").find((one) => one !== list && one.compareDocumentPosition(list) & Node.DOCUMENT_POSITION_PRECEDING);
  const row = next && all("[data-row]", next)[0];
  row?.focus();
  return Boolean(row);
}

function nextField(field) {
  const fields = all("input:not([type=hidden]):not([tabindex='-1']), select, textarea", field.form).filter((f) => !f.readOnly);
  const next = fields[fields.indexOf(field) + 1];
  if (next) { next.focus(); next.select?.(); return; }
  (all("[data-key=Enter], [data-key='Ctrl+Enter']", field.form)[0] || all("button[type=submit]:not(.vh)", field.form).at(-1))?.focus();
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
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { field.blur(); return press("Enter") || press("Ctrl+Enter"); }
  if (event.key === "Enter" && field.tagName === "INPUT" && field.closest("[data-fieldwise]")) { nextField(field); return true; }
  if (event.key === "Escape") {
    field.blur();
    document.querySelector("[data-list] [data-row][tabindex='0']")?.focus({ preventScroll: true });
    return true;
  }
  return false;
}

function escape() {
  const menu = document.querySelector("details:is(.menu, .more)[open]");
  if (!menu) return press("Escape");
  menu.open = false;
  menu.querySelector("summary").focus();
  return true;
}

function enter(event) {
  const active = document.activeElement;
  const isCurrentRow = active.matches("[data-row][aria-current]");
  if (/^(A|BUTTON|SUMMARY|INPUT)$/.test(active.tagName) && !isCurrentRow) return false;
  if (press(event.shiftKey ? "Shift+Enter" : "Enter")) return true;
  return isCurrentRow && (event.shiftKey || stepIn() || active.closest("[data-follow]") !== null);
}

/* keys of one letter, digit or sign: the ones a person can switch off */
function letter(event) {
  const key = event.key.toLowerCase();
  if (event.timeStamp < chordUntil) {
    chordUntil = 0;
    const target = all(`[data-chord="${CSS.escape(key)}"]`)[0] || document.querySelector(`[data-chord="${CSS.escape(key)}"]`);
    if (target) { target.click(); return true; }
  }
  if (key === "j") return move(1);
  if (key === "k") return move(-1);
  if (key === "g") { chordUntil = event.timeStamp + CHORD_MS; return true; }
  if (key === "?") return help();
  if (key === "/") return press("/") || press("Ctrl+K");
  if (key === "n") {
    const unsure = all("[aria-invalid=true], [data-check]");
    const target = unsure[0];
    target?.focus();
    target?.select?.();
    return Boolean(target);
  }
  return press(key);
}

function onPage(event) {
  if (event.key === "Escape") return escape();
  if (event.key === "Enter") return enter(event);
  if (event.key === "ArrowDown") return move(1);
  if (event.key === "ArrowUp") return move(-1);
  return event.key.length === 1 && root.dataset.keys !== "off" && letter(event);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || dialog()) return;
  let done = false;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") done = press("Ctrl+K");
  else if (isText(event.target)) done = inField(event);
  else if (event.ctrlKey || event.metaKey || event.altKey) {
    done = event.key === "Enter" && (event.ctrlKey || event.metaKey) && (press("Enter") || press("Ctrl+Enter"));
  } else done = onPage(event);
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

/* coming back to a list from one of its rows, the place is that row */
const place = (path) => `zelfboeken.place.${path}`;
const memory = (act) => { try { return act(sessionStorage); } catch { return null; } };
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-list]:not([data-follow]) a[data-row]");
  if (row) memory((store) => store.setItem(place(location.pathname), row.getAttribute("href")));
});
function comeBack() {
  const href = memory((store) => store.getItem(place(location.pathname)));
  if (!href || !document.referrer || new URL(document.referrer).pathname !== href.split("?")[0]) return;
  const row = document.querySelector(`[data-list] a[data-row][href="${CSS.escape(href)}"]`);
  if (!row) return;
  row.tabIndex = 0;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "center" });
}

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
comeBack();
