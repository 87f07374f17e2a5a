/* A question on opening a page: over it, and not beside it as without scripts. Escape is the button "Later". */
document.querySelectorAll("dialog[data-popup]").forEach((box) => {
  box.close();
  box.showModal();
  (box.querySelector("input[type=checkbox]:not([disabled]), a.plan") || box.querySelector("button"))?.focus();
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    box.querySelector("[data-later]")?.requestSubmit();
  });
});
