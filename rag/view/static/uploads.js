// Files on their way up: a row each, three at a time, straight to the API (they never lie in Gradio's folder).

const AT_ONCE = 3;
const list = () => document.getElementById("folio-uploads");
const waiting = [];
let running = 0;

// `began()`: files were chosen, dropped or pasted; `arrived(id)`: one of them is on the server, and its row there takes
// over. `names()`: of the documents that are there; `conversation()`: the one a file is added to, or null. `elsewhere(files)`: whether they were
// taken for something else.
export function acceptFiles({ elsewhere, began, arrived, names, conversation, pasted }) {
  const add = (files) => {
    if (!files.length || elsewhere(files)) return;
    began();
    upload(files, { arrived, names: names(), conversation: conversation() });
  };
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    add(files.map((file) => (file.name === "image.png" ? new File([file], pasted(), { type: file.type }) : file)));
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-files]")) return;
    add([...event.target.files]);
    event.target.value = "";
  });
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    window.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      const leaving = name === "drop" || (name === "dragleave" && !event.relatedTarget);
      if (leaving) delete document.documentElement.dataset.dragging;
      else document.documentElement.dataset.dragging = "yes";
      if (name === "drop") add([...event.dataTransfer.files]);
    });
  }
}

function upload(files, place) {
  const { max, large, replaces } = list().dataset;
  for (const file of files) {
    const row = newRow(file);
    const note = row.querySelector(".warning");
    note.hidden = !place.names.includes(file.name);
    note.textContent = note.hidden ? "" : replaces;
    // A server that refuses in the middle of a body looks like a broken connection: ask it for nothing it will refuse.
    if (file.size > Number(max)) refuse(row, "too_large", large);
    else waiting.push(() => send(file, row, place));
  }
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    waiting.shift()();
  }
}

function newRow(file) {
  const row = document.getElementById("folio-upload").content.firstElementChild.cloneNode(true);
  const ending = file.name.split(".").pop().toUpperCase();
  row.querySelector(".kind").textContent = ending.length <= 4 ? ending : "FILE";
  row.querySelector(".name").textContent = file.name;
  list().append(row);
  return row;
}

function send(file, row, place) {
  const body = new FormData();
  body.append("file", file, file.name);
  if (place.conversation) body.append("conversation_id", place.conversation);
  const request = new XMLHttpRequest();
  request.open("POST", new URL("api/v1/docs/upload_file_async", document.baseURI));
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) progress(row, (25 * event.loaded) / event.total); // the first of four stages
  };
  request.onloadend = () => {
    running -= 1;
    next();
    const answer = parsed(request.responseText);
    if (request.status && request.status < 300) {
      row.dataset.uiDocument = answer?.data?.document_id;
      place.arrived(answer?.data?.document_id);
      return;
    }
    refuse(row, answer?.error?.error_code, answer?.error?.message, () => {
      accept(row);
      waiting.push(() => send(file, row, place));
      next();
    });
  };
  request.send(body);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function progress(row, percent) {
  row.querySelector(".percent").textContent = `${Math.round(percent)} %`;
  row.querySelector(".bar i").style.width = `${percent}%`;
}

function refuse(row, code, message, again) {
  const { waysOn, broke, failed } = list().dataset;
  const [isRetryable, wayOn] = JSON.parse(waysOn)[code] ?? [true, ""];
  row.dataset.tone = "error";
  row.querySelector(".stage").textContent = failed;
  const [sentence, rest] = row.querySelectorAll(".error span");
  sentence.textContent = message ?? broke;
  rest.textContent = wayOn;
  for (const part of row.querySelectorAll(".error, .choices")) part.hidden = false;
  row.querySelector("[data-act=reupload]").hidden = !isRetryable;
  row.querySelector("[data-act=reupload]").onclick = again;
  row.querySelector("[data-act=dismiss]").onclick = () => row.remove();
}

function accept(row) {
  row.dataset.tone = "work";
  row.querySelector(".stage").textContent = list().dataset.uploading;
  for (const part of row.querySelectorAll(".error, .choices")) part.hidden = true;
  progress(row, 0);
}
