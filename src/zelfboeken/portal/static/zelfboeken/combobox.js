/* Fields with a list of choices (input list=…): typing lights the first choice that fits, Enter and Tab take it. The list
   comes from the page's own <datalist>, so without this script the browser's control does the work. */
const MOST = 8;
const box = document.createElement("ul");
box.className = "combo pop";
box.id = "combo";
box.setAttribute("role", "listbox");
box.hidden = true;
let field = null;

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const choices = (input) => [...(document.getElementById(input.dataset.combo)?.options || [])].map((one) => one.value);
const lit = () => box.querySelector("[aria-selected=true]");

/* all words must be in it; what begins with the text comes first */
export function fitting(all, text) {
  const typed = plain(text.trim());
  const words = typed.split(/\s+/);
  const rank = (value) => (value.startsWith(typed) ? 0 : value.includes(` ${words[0]}`) ? 1 : 2);
  return all
    .map((value) => [value, plain(value)])
    .filter(([, value]) => words.every((word) => value.includes(word)))
    .map(([value, low], place) => [rank(low), place, value])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .slice(0, MOST)
    .map((one) => one[2]);
}

function light(option) {
  [...box.children].forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field?.removeAttribute("aria-activedescendant");
}

function close() {
  if (box.hidden) return;
  box.hidden = true;
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
}

function open() {
  const found = fitting(choices(field), field.value);
  box.replaceChildren(
    ...found.map((value, place) => {
      const option = document.createElement("li");
      option.id = `combo-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = value;
      return option;
    }),
  );
  if (!found.length) { close(); return; }
  const place = field.getBoundingClientRect();
  const isLow = place.bottom + 260 > innerHeight && place.top > 260;
  box.style.left = `${place.left}px`;
  box.style.width = `${Math.max(place.width, 340)}px`;
  box.style.top = isLow ? "" : `${place.bottom + 2}px`;
  box.style.bottom = isLow ? `${innerHeight - place.top + 2}px` : "";
  box.setAttribute("aria-label", field.getAttribute("aria-label") || field.labels?.[0]?.textContent || "");
  box.hidden = false;
  field.setAttribute("aria-expanded", "true");
  light(field.value.trim() ? box.firstChild : null);
}

function take(option) {
  field.value = option.textContent;
  close();
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("focusin", (event) => {
  const input = event.target;
  if (input.matches?.("input[list]:not([readonly])")) {
    input.dataset.combo = input.getAttribute("list");
    input.removeAttribute("list");
  }
  if (!input.dataset?.combo) return;
  if (!box.isConnected) (document.getElementById("content") || document.body).append(box);
  field = input;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", box.id);
  input.setAttribute("aria-expanded", "false");
  input.select();
});
document.addEventListener("input", (event) => { if (event.target === field && field.dataset.combo) open(); });
document.addEventListener("focusout", (event) => {
  if (event.target !== field) return;
  close();
  // a number alone is written out, so that one sees what was meant
  const code = field.value.trim();
  const named = code && choices(field).find((value) => value.split(" ")[0] === code);
  if (named && named !== field.value) field.value = named;
});
/* before the keyboard map: what is chosen here decides what Enter goes on with */
document.addEventListener("keydown", (event) => {
  if (event.target !== field || !field.dataset.combo) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (box.hidden) open();
    else {
      const all = [...box.children];
      light(all[(all.indexOf(lit()) + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
    }
    event.preventDefault();
    event.stopPropagation();
  } else if ((event.key === "Enter" || event.key === "Tab") && !box.hidden && lit()) take(lit());
  else if (event.key === "Escape" && !box.hidden) { close(); event.preventDefault(); event.stopPropagation(); }
}, true);
box.addEventListener("mousedown", (event) => {
  event.preventDefault();
  if (event.target.closest("[role=option]")) take(event.target.closest("[role=option]"));
});
document.addEventListener("scroll", (event) => { if (event.target !== box) close(); }, true);
