/* A form that asks with each change what it comes to: an answer about what stood there before a later change is not
   shown, or it would take that change back. The later one asks by itself. */
const newer = new WeakSet();
const asks = (form) => form?.matches?.("form[hx-trigger^='change']");
document.addEventListener("change", (event) => { if (asks(event.target.form)) newer.add(event.target.form); });
document.addEventListener("htmx:beforeRequest", (event) => newer.delete(event.detail.elt));
document.addEventListener("htmx:beforeSwap", (event) => {
  if (newer.has(event.detail.requestConfig.elt)) event.detail.shouldSwap = false;
});
