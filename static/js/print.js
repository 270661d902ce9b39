// Turns an element with the words of a button into a button that prints the page. Without a script it is hidden, and the
// browser's own menu prints.
"use strict";

for (const place of document.querySelectorAll("[data-print]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = place.dataset.print;
  button.textContent = place.textContent;
  button.addEventListener("click", () => window.print());
  place.replaceWith(button);
}
