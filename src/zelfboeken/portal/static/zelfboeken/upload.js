/* Dropping or choosing several files: each goes by itself, with its own progress and its own answer. Without this script the
   same form sends them all at once. */
const forms = () => [...document.querySelectorAll("form[data-upload]")];

function row(list, form, file) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  label.className = "cut";
  label.textContent = file.name;
  const state = document.createElement("span");
  state.className = "tn mut";
  state.textContent = form.dataset.waiting;
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const said = document.createElement("span");
  said.className = "said";
  item.append(label, state, bar, said);
  list.append(item);
  return { file, item, state, bar, said };
}

function send(form, { file, item, state, bar, said }, number) {
  const body = new FormData();
  for (const [name, value] of new FormData(form)) if (!(value instanceof File)) body.append(name, value);
  body.set("key", `${body.get("key")}-${number}`);
  body.append("files", file, file.name);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = Math.round((event.loaded / event.total) * 100);
      state.textContent = bar.value < 100 ? `${bar.value} %` : form.dataset.reading;
    });
    request.addEventListener("loadend", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* a page instead of JSON: the sentence of the form */ }
      const isRight = request.status >= 200 && request.status < 300;
      bar.value = 100;
      state.textContent = "";
      item.classList.toggle("bad", !isRight);
      item.classList.toggle("done", isRight);
      said.textContent = answer.text || (isRight ? "" : form.dataset.failed);
      done(isRight ? answer : null);
    });
    request.send(body);
  });
}

/* what became of the files, for the page that comes: focus.js tells it there */
const MOST_TOLD = 3;
function remember(form, files, answers) {
  const told = answers.length === 1
    ? [{ text: answers[0].text, isWell: answers[0].well }]
    : [
        { text: form.dataset.arrived, isWell: true },
        ...answers
          .map(({ text, well }, at) => ({ text: text.includes(files[at].name) ? text : `${files[at].name}: ${text}`, isWell: well }))
          .filter((one) => !one.isWell)
          .slice(0, MOST_TOLD),
      ];
  sessionStorage.setItem("zelfboeken.told", JSON.stringify(told));
}

async function sendAll(form, files) {
  if (!files.length || form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const list = form.querySelector("ul");
  list.replaceChildren();
  const rows = files.map((file) => row(list, form, file));
  const answers = [];
  for (const [at, one] of rows.entries()) answers.push(await send(form, one, at + 1));
  form.removeAttribute("aria-busy");
  form.reset();
  if (!answers.every(Boolean)) return;
  remember(form, files, answers);
  location.assign(answers.length === 1 && answers[0].url ? answers[0].url : location.href);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (form && event.target.type === "file") sendAll(form, [...event.target.files]);
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-upload]");
  const files = form?.querySelector("input[type=file]").files;
  if (!form || !files.length) return;
  event.preventDefault();
  sendAll(form, [...files]);
});

const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
const light = (on) => forms().forEach((form) => form.classList.toggle("over", on));
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event) || !forms().length) return;
  event.preventDefault();
  forms()[0].closest("details")?.setAttribute("open", "");
  light(true);
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) light(false); });
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || !forms().length) return;
  event.preventDefault();
  light(false);
  sendAll(event.target.closest("form[data-upload]") || forms()[0], [...event.dataTransfer.files]);
});
