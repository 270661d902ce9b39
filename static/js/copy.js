// Puts a button behind each element that is worth copying: an address that is secret or long. Without a script one
// selects the text. The value of data-copy is the class of the button.
"use strict";

for (const source of document.querySelectorAll("[data-copy]")) {
  const words = () => source.value ?? source.textContent.trim();
  const button = document.createElement("button");
  button.type = "button";
  button.className = source.dataset.copy;
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${source.dataset.copyName ?? ""}`.trim());
  const answer = document.createElement("span");
  answer.setAttribute("role", "status");
  answer.className = "copied";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(words());
      answer.textContent = "Copied";
    } catch {
      // No permission, or a page without https: select it, so that Ctrl+C copies it.
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      answer.textContent = "Selected: press Ctrl+C";
    }
  });
  source.after(" ", button, " ", answer);
}
