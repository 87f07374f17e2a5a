/* A list of amounts to tick (form[data-sum]) tells how many are ticked and what they come to. */
const language = document.documentElement.lang.slice(0, 2);
const [GROUP, DECIMAL] = { fr: ["\u202f", ","], en: [",", "."] }[language] ?? [".", ","];

function euro(cents) {
  const digits = String(cents).padStart(3, "0");
  const amount = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, GROUP) + DECIMAL + digits.slice(-2);
  return { fr: `${amount}\u00a0€`, en: `€${amount}` }[language] ?? `€\u00a0${amount}`;
}

function tell(form) {
  const ticked = [...form.querySelectorAll("[data-cents]:checked")];
  form.querySelector("[data-count]").textContent = String(ticked.length);
  form.querySelector("[data-euro]").textContent = euro(ticked.reduce((sum, one) => sum + BigInt(one.dataset.cents), 0n));
}

document.addEventListener("change", (event) => {
  const form = event.target.matches?.("[data-cents]") && event.target.closest("form[data-sum]");
  if (form) tell(form);
});
/* a browser that comes back to the page ticks again what was ticked */
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sum]").forEach(tell));
