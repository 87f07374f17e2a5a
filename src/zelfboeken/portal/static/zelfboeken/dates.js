/* Date fields (data-date) show at once what was meant: "17", "1711", "vandaag" or "-1" become 17/11/2026 on leaving the
   field. What is not understood stays as it was typed; the server reads the same forms and says what is wrong. */
const TODAY = ["vandaag", "v", "aujourd'hui", "aujourd’hui", "auj", "today", "t"];
const two = (number) => String(number).padStart(2, "0");

/* today in Brussels, wherever the visitor sits */
function today() {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Brussels" }).format(new Date()).split("-").map(Number);
  return new Date(Date.UTC(parts[0], parts[1] - 1, parts[2]));
}

/* returns dd/mm/yyyy, or null for what is no date */
export function written(text, now = today()) {
  const typed = text.trim().toLowerCase();
  let year = now.getUTCFullYear();
  let month = now.getUTCMonth() + 1;
  let day;
  let found;
  if (TODAY.includes(typed)) day = now.getUTCDate();
  else if (/^[-+−]\d{1,3}$/.test(typed)) {
    const moved = new Date(now);
    moved.setUTCDate(now.getUTCDate() + Number(typed.replace("−", "-")));
    [day, month, year] = [moved.getUTCDate(), moved.getUTCMonth() + 1, moved.getUTCFullYear()];
  } else if ((found = typed.match(/^(\d{4})-(\d{2})-(\d{2})$/))) [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  else if ((found = typed.match(/^(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?$/) || typed.match(/^(\d{2})(\d{2})(\d{4}|\d{2})?$/))) {
    [day, month] = [Number(found[1]), Number(found[2])];
    if (found[3]) year = Number(found[3]) + (found[3].length === 2 ? 2000 : 0);
  } else if (/^\d{1,2}$/.test(typed)) day = Number(typed);
  else return null;
  const made = new Date(Date.UTC(year, month - 1, day));
  if (made.getUTCFullYear() !== year || made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day) return null;
  return `${two(day)}/${two(month)}/${year}`;
}

document.addEventListener("focusout", (event) => {
  if (!event.target.matches?.("[data-date]") || event.target.readOnly) return;
  const date = written(event.target.value);
  if (date !== null && date !== event.target.value) {
    event.target.value = date;
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
