// Takes several photos for a write-up at once, chosen or dropped: each is sent by itself and gets a row with its words.
// A refused one keeps its place and says why. Without this script a link leads to a form for several photos.

const MAX_BYTES = 10 * 1024 * 1024;
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const SIGNED_OUT = "You have been signed out. Sign in in another tab, then try again.";
const NO_ANSWER = "It did not arrive. Check your connection, then try again.";
const TOO_LARGE = "This picture is larger than 10 MB. Send a smaller one.";
const WRONG_TYPE = "We take JPEG, PNG and WebP pictures. Save it as one of these.";

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// Drawn on a canvas: images from elsewhere are not allowed.
async function drawThumbnail(file, box) {
  const bitmap = await createImageBitmap(file, { resizeWidth: 240, resizeQuality: "medium" }).catch(() => null);
  if (!bitmap) return; // the server says what is wrong with it
  const canvas = make("canvas", { width: bitmap.width, height: bitmap.height, className: "picture" });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  box.prepend(canvas);
}

// XMLHttpRequest, as fetch can't tell how much has been sent.
function send(address, body, token, showProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRFToken", token);
    request.upload.addEventListener("progress", ({ loaded, total }) => showProgress(loaded / total));
    request.addEventListener("error", () => reject(new Error(NO_ANSWER)));
    request.addEventListener("load", () => {
      const isOurs = request.getResponseHeader("Content-Type")?.startsWith("application/json");
      if (isOurs && request.status === 200) resolve(JSON.parse(request.responseText));
      else if (isOurs) reject(new Error(JSON.parse(request.responseText).error));
      else if (request.status === 413) reject(new Error(TOO_LARGE));
      else reject(new Error(request.status === 200 || request.status === 403 ? SIGNED_OUT : NO_ANSWER));
    });
    request.send(body);
  });
}

class PhotoList {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.list = box.parentElement.querySelector(".photo-rows");
    this.prefix = box.dataset.photoPrefix;
    this.queue = [];
    this.isSending = false;
    this.status = make("p", { className: "photo-status" });
    this.status.setAttribute("role", "status");
    this.addDropZone();
    this.form.addEventListener("submit", (event) => this.holdForm(event));
    addEventListener("beforeunload", (event) => this.isSending && event.preventDefault());
  }

  addDropZone() {
    const input = make("input", { type: "file", multiple: true, accept: TYPES.join(",") });
    const label = make("label", { className: "photo-drop" }, make("span", { textContent: "Drop photos here, or " }), input);
    input.setAttribute("aria-label", "Choose photos");
    input.addEventListener("change", () => {
      this.add([...input.files]);
      input.value = "";
    });
    for (const name of ["dragenter", "dragover"]) {
      label.addEventListener(name, (event) => {
        event.preventDefault();
        label.classList.add("is-over");
      });
    }
    for (const name of ["dragleave", "drop"]) label.addEventListener(name, () => label.classList.remove("is-over"));
    label.addEventListener("drop", (event) => {
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
    this.box.querySelector(".add-photo").replaceWith(label, this.status);
  }

  get lastPosition() {
    return Math.max(0, ...[...this.list.children].map((row) => Number(row.dataset.position)));
  }

  add(files) {
    for (const file of files) {
      const row = make("li", { className: "photo-row is-new" });
      row.dataset.position = this.lastPosition + 1;
      const picture = make("div", { className: "photo-picture" });
      const says = make("p", { className: "photo-says" });
      const words = make("div", { className: "photo-words" }, make("p", {}, make("bdi", { textContent: file.name })), says);
      row.append(picture, words);
      this.list.append(row);
      drawThumbnail(file, picture);
      this.enqueue({ file, row, says });
    }
    this.sendNext();
  }

  enqueue(photo) {
    photo.says.replaceChildren("Waiting for its turn");
    photo.says.classList.remove("refused");
    this.queue.push(photo);
  }

  async sendNext() {
    if (this.isSending) return;
    this.isSending = true;
    let added = 0;
    let refused = 0;
    while (this.queue.length) {
      const photo = this.queue.shift();
      this.status.textContent = `Sending ${photo.file.name}. ${this.queue.length} more to go.`;
      try {
        this.addRow(photo, await this.sendOne(photo));
        added++;
      } catch (error) {
        this.refuse(photo, error.message);
        refused++;
      }
    }
    this.isSending = false;
    const words = added ? `${added} ${added === 1 ? "photo" : "photos"} added. Say in words what is to be seen.` : "";
    this.status.textContent = `${words}${refused ? ` ${refused} not added: the list says why.` : ""}`.trim();
    this.releaseForm(refused);
  }

  sendOne({ file, row, says }) {
    if (!TYPES.includes(file.type)) throw new Error(WRONG_TYPE);
    if (file.size > MAX_BYTES) throw new Error(TOO_LARGE);
    const bar = make("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    says.replaceChildren(bar);
    const body = new FormData();
    body.set("image", file);
    body.set("number", this.total.value);
    body.set("position", row.dataset.position);
    return send(this.box.dataset.photoUpload, body, this.form.elements.csrfmiddlewaretoken.value, (part) => (bar.value = part));
  }

  get total() {
    return this.form.elements[`${this.prefix}-TOTAL_FORMS`];
  }

  // The row is part of the form from now on: its words are saved with all the others.
  addRow({ row }, { row: html, opened, position }) {
    const template = make("template", { innerHTML: html });
    const stored = template.content.querySelector("li");
    stored.dataset.position = position;
    row.replaceWith(stored);
    this.total.value = Number(this.total.value) + 1;
    const initial = this.form.elements[`${this.prefix}-INITIAL_FORMS`];
    initial.value = Number(initial.value) + 1;
    const before = this.form.elements._opened;
    if (before?.value) before.value = JSON.stringify({ ...JSON.parse(before.value), ...opened });
    stored.dispatchEvent(new CustomEvent("photos:changed", { bubbles: true }));
  }

  refuse(photo, reason) {
    const again = make("button", { type: "button", className: "button", textContent: "Try again" });
    const leave = make("button", { type: "button", className: "button", textContent: "Take it off the list" });
    again.addEventListener("click", () => {
      this.enqueue(photo);
      this.sendNext();
    });
    leave.addEventListener("click", () => photo.row.remove());
    photo.says.classList.add("refused");
    photo.says.replaceChildren(make("strong", { textContent: reason }), " ", again, " ", leave);
  }

  // Whoever saves while photos are being sent waits for them.
  holdForm(event) {
    if (!this.isSending || event.defaultPrevented) return;
    event.preventDefault();
    this.pressed = event.submitter;
    this.isHeld = true;
    this.status.textContent = "Your text is saved as soon as the photos have arrived.";
  }

  releaseForm(refused) {
    if (!this.isHeld) return;
    this.isHeld = false;
    if (refused) this.status.textContent += " Your text is not saved yet: save again, with or without them.";
    else this.form.requestSubmit(this.pressed);
  }
}

document.querySelectorAll("[data-photo-upload]").forEach((box) => new PhotoList(box));
