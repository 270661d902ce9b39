// What typed text will look like: beside its field where the page is wide, and kept up to date; else below it, on a press
// of its button. Without this script the same button shows it on a page of its own.

const SIGNED_OUT = "You have been signed out. Sign in in another tab, then ask again: what you typed stays here.";
const NO_ANSWER = "The preview did not come. What you typed stays here; try again in a moment.";
const PAUSE = 300; // milliseconds without typing

// As a plain button it is not what the Enter key presses in a form.
const tame = (button) => (button.type = "button");

const wordsOf = (box) => box.querySelector(".preview-words");
const fieldOf = (box) => box.closest(".typed-field").querySelector("textarea");
const isBeside = (box) => getComputedStyle(box).getPropertyValue("--preview-is-beside").trim() === "1";

async function ask(button, text, also, signal) {
  const body = new FormData();
  const rendering = button.value.split(":")[0];
  body.set("csrfmiddlewaretoken", button.form.elements.csrfmiddlewaretoken.value);
  body.set("preview", `${rendering}:text`);
  body.set("text", text);
  body.set("words", "1");
  const other = also && button.form.elements[also];
  if (other) body.set(also, other.value);
  const response = await fetch(button.formAction, { method: "POST", body, redirect: "manual", signal });
  if (response.type === "opaqueredirect") throw new Error(SIGNED_OUT);
  if (!response.ok) throw new Error(NO_ANSWER);
  return response.text();
}

async function show(box, signal) {
  const words = wordsOf(box);
  const field = fieldOf(box);
  try {
    words.innerHTML = await ask(box.querySelector("button"), field.value, box.dataset.previewAlso, signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    words.textContent = error.message === SIGNED_OUT ? SIGNED_OUT : NO_ANSWER;
  }
  words.hidden = false;
}

function watch(box) {
  const field = fieldOf(box);
  const words = wordsOf(box);
  let shown = null;
  let timer;
  let request = new AbortController();

  const update = () => {
    if (!isBeside(box) || field.value === shown) return;
    shown = field.value;
    request.abort();
    request = new AbortController();
    show(box, request.signal);
  };
  const updateSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(update, PAUSE);
  };
  const arrange = () => {
    const beside = isBeside(box);
    words.tabIndex = beside ? 0 : -1; // it may scroll
    words.setAttribute("aria-live", beside ? "off" : "polite"); // nobody wants to hear every letter
    update();
  };
  const scrollAlong = () => {
    const range = field.scrollHeight - field.clientHeight;
    if (isBeside(box) && range > 0) words.scrollTop = (field.scrollTop / range) * (words.scrollHeight - words.clientHeight);
  };

  field.addEventListener("input", updateSoon);
  field.addEventListener("change", updateSoon);
  field.addEventListener("scroll", scrollAlong);
  box.addEventListener("preview:refresh", () => {
    shown = null;
    updateSoon();
  });
  new ResizeObserver(arrange).observe(box.closest(".typed-field"));
}

function prepare(root) {
  for (const box of root.querySelectorAll("[data-preview]")) {
    tame(box.querySelector("button"));
    if (!fieldOf(box).name.includes("__prefix__") && box.closest('[data-markdown="prose"]')) watch(box);
  }
}

prepare(document);
document.addEventListener("formset:added", (event) => prepare(event.target));
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-preview] > button");
  if (!button) return;
  event.preventDefault();
  const box = button.closest("[data-preview]");
  await show(box);
  wordsOf(box).focus({ preventScroll: true });
});
