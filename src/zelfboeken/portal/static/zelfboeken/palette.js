/* The list under the search field (data-palette names it): filled by htmx, walked with the arrows, Enter opens the row that
   is lit. Without this script the field is a plain form that leads to a page of results. */
const field = document.querySelector("[data-palette]");
const list = field && document.getElementById(field.dataset.palette);
const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
const lit = () => list.querySelector("[aria-selected=true]");

function light(option) {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  if (option) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
  else field.removeAttribute("aria-activedescendant");
}

function show(isOpen) {
  list.hidden = !isOpen;
  field.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) light(null);
}

function onKey(event) {
  if (event.key === "Escape") {
    if (list.hidden) return;
    show(false);
    event.preventDefault();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const all = options();
    if (!all.length) return;
    if (list.hidden) show(true);
    const at = all.indexOf(lit()) + (event.key === "ArrowDown" ? 1 : -1);
    light(all[(at + all.length) % all.length]);
    event.preventDefault();
  } else if (event.key === "Enter" && !list.hidden && lit()) {
    event.preventDefault();
    lit().click();
  }
}

if (field) {
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  list.setAttribute("role", "listbox");
  show(false);
  field.addEventListener("keydown", onKey);
  field.addEventListener("input", () => { if (!field.value.trim()) show(false); });
  field.addEventListener("focus", () => { if (options().length && field.value.trim()) show(true); });
  field.form.addEventListener("focusout", (event) => { if (!field.form.contains(event.relatedTarget)) show(false); });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("htmx:afterSwap", () => {
    if (!field.value.trim() || document.activeElement !== field) return;
    show(true);
    light(options()[0] || null);
  });
}
