/* The monitor asks for itself again every minute, and whenever somebody comes back to its tab. It does so only when
   nobody would notice: never while a field or a menu of it is in use, or another request is under way. */
const EVERY_MS = 60_000;
const work = () => document.getElementById("work");
const button = () => document.getElementById("refresh");

const isInUse = () =>
  document.hidden ||
  document.querySelector("dialog[open]") !== null ||
  work()?.querySelector("details[open]") !== null ||
  document.activeElement?.matches("#work :is(input, select, textarea)") ||
  String(getSelection()) !== "";

let asked = Date.now();
function refresh() {
  if (isInUse() || !button() || !window.htmx) return;
  asked = Date.now();
  window.htmx.trigger(button(), "refresh");
}
setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", () => { if (Date.now() - asked >= EVERY_MS) refresh(); });

/* what failed is told beside the counters, and not again each minute; what is no monitor any more is loaded whole */
const isOurs = (event) => event.detail.elt?.id === "refresh";
function failed(event) {
  if (!isOurs(event)) return;
  event.stopImmediatePropagation();
  const note = document.getElementById("stale");
  if (note) note.hidden = false;
}
document.addEventListener("htmx:responseError", failed, true);
document.addEventListener("htmx:sendError", failed, true);
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isOurs(event) || event.detail.xhr.status >= 400 || /\bid="work"/.test(event.detail.xhr.responseText)) return;
  event.detail.shouldSwap = false;
  location.reload();
});
