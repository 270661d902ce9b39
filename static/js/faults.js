// Leads from the list of what is wrong to the field, also if it is in a folded part or behind a search box.
"use strict";

{
  const faults = document.querySelector("[data-faults]");

  const focusOn = (target) => {
    for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    const box = target.matches(".select2-hidden-accessible") && target.nextElementSibling?.querySelector(".select2-selection");
    (box || target).focus();
    (box || target).scrollIntoView({ block: "center" });
  };

  faults?.addEventListener("click", (event) => {
    const target = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
    if (!target) return;
    event.preventDefault();
    focusOn(target);
  });
  // After Django's script, which takes the focus to the first field.
  addEventListener("load", () => faults?.focus());
}
