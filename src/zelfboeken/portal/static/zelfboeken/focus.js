/* Where the eye goes after something happened: the summary of what is wrong or what is asked once more, else the row that
   comes next. Also lights the spot of a field in the document, and lets a message go away by itself. */
const FIRST = ".errsum, [data-asks]";
const TOAST_MS = 8000;
const root = document.documentElement;

function settle() {
  const summary = document.querySelector(FIRST);
  if (summary) { summary.focus(); return; }
  const active = document.activeElement;
  // A row that is still there but no longer the chosen one was left behind: skipped, or kept for later.
  const isLeft = active?.matches("[data-follow] [data-row]:not([aria-current])");
  if (active && active !== document.body && active.isConnected && !isLeft) return;
  const row = document.querySelector("[data-list] [data-row][aria-current]");
  if (row) { row.focus({ preventScroll: true }); row.scrollIntoView({ block: "nearest" }); return; }
  document.getElementById("content")?.focus({ preventScroll: true });
}

/* where all stands under one another, what was asked for comes into view (data-arrive) */
const isNarrow = () => matchMedia("(max-width: 1240px)").matches;
function arrive() {
  if (isNarrow()) document.querySelector("[data-arrive]")?.scrollIntoView({ block: "start" });
}

function expire() {
  document.querySelectorAll("#toasts .toast:not([data-timed])").forEach((toast) => {
    toast.dataset.timed = "";
    let left = setTimeout(() => { toast.hidden = true; }, TOAST_MS);
    const stay = () => clearTimeout(left);
    const go = () => { stay(); left = setTimeout(() => { toast.hidden = true; }, TOAST_MS); };
    toast.addEventListener("mouseenter", stay);
    toast.addEventListener("focusin", stay);
    toast.addEventListener("mouseleave", go);
    toast.addEventListener("focusout", go);
  });
}

function toast(text, isWell) {
  const box = document.createElement("div");
  box.className = isWell ? "toast" : "toast bad";
  const sign = document.getElementById(isWell ? "told-ok" : "told-warn");
  const words = document.createElement("span");
  words.textContent = text;
  box.append(...(sign ? [sign.content.cloneNode(true)] : []), words);
  return box;
}

function say(text) {
  document.getElementById("toasts")?.replaceChildren(toast(text, false));
  expire();
}

/* what a script had to tell before it went to this page (upload.js) */
const TOLD = "zelfboeken.told";
function retell() {
  const told = JSON.parse(sessionStorage.getItem(TOLD) || "[]");
  sessionStorage.removeItem(TOLD);
  document.getElementById("toasts")?.append(...told.map(({ text, isWell }) => toast(text, isWell)));
}

/* an answer that is no fragment of this page: its sentence, where the person is */
document.addEventListener("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  say(page.querySelector("[data-refused]")?.textContent.trim() || root.dataset.failed);
});
document.addEventListener("htmx:sendError", () => say(root.dataset.offline));

document.addEventListener("focusin", (event) => {
  document.querySelectorAll("mark.on").forEach((mark) => mark.classList.remove("on"));
  const spot = event.target.dataset?.spot;
  if (spot) document.querySelectorAll(`mark[data-at="${CSS.escape(spot)}"]`).forEach((mark) => mark.classList.add("on"));
});
/* waiting shows after a moment only: the panes that will change get the shape of what is coming */
const WAIT_MS = 300;
let waiting = 0;
const isWork = (event) => event.detail.target?.id === "work";
function rest(event) {
  if (!isWork(event)) return;
  clearTimeout(waiting);
  document.getElementById("work")?.removeAttribute("aria-busy");
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isWork(event)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => document.getElementById("work")?.setAttribute("aria-busy", "true"), WAIT_MS);
});
document.addEventListener("htmx:afterRequest", rest);
document.addEventListener("htmx:sendAbort", rest);

document.addEventListener("htmx:afterSettle", () => { settle(); arrive(); expire(); });

if (document.querySelector(FIRST)) settle();
else if (!isNarrow() && document.querySelector("[data-list] [data-row][aria-current]") && !location.hash) settle();
arrive();
retell();
expire();
