// The key named in data-search-shortcut moves to the search box, unless somebody is typing.
"use strict";

{
  const box = document.querySelector("[data-search-shortcut]");
  const isTyping = (target) => target.isContentEditable || target.matches("input, textarea, select");

  document.addEventListener("keydown", (event) => {
    const isShortcut = event.key === box?.dataset.searchShortcut && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isShortcut || isTyping(event.target)) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
