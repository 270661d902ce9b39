// What typed text will look like, below its field. Without this script the same button shows it on a page of its own.
"use strict";
{
  const SIGNED_OUT = "You have been signed out. Sign in in another tab, then ask again: what you typed stays here.";
  const NO_ANSWER = "The preview did not come. What you typed stays here; try again in a moment.";

  // As a plain button it is not what the Enter key presses in a form.
  const tame = (root) => {
    for (const button of root.querySelectorAll("[data-preview] > button")) button.type = "button";
  };

  const ask = async (button, text) => {
    const body = new FormData();
    const rendering = button.value.split(":")[0];
    body.set("csrfmiddlewaretoken", button.form.elements.csrfmiddlewaretoken.value);
    body.set("preview", `${rendering}:text`);
    body.set("text", text);
    body.set("words", "1");
    const response = await fetch(button.formAction, { method: "POST", body, redirect: "manual" });
    if (response.type === "opaqueredirect") throw new Error(SIGNED_OUT);
    if (!response.ok) throw new Error(NO_ANSWER);
    return response.text();
  };

  const show = async (button) => {
    const box = button.closest("[data-preview]");
    const words = box.querySelector(".preview-words");
    try {
      words.innerHTML = await ask(button, box.parentElement.querySelector("textarea").value);
    } catch (error) {
      words.textContent = error.message.startsWith("You have") ? SIGNED_OUT : NO_ANSWER;
    }
    words.hidden = false;
    words.focus({ preventScroll: true });
  };

  document.addEventListener("DOMContentLoaded", () => tame(document));
  document.addEventListener("formset:added", (event) => tame(event.target));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preview] > button");
    if (!button) return;
    event.preventDefault();
    show(button);
  });
}
