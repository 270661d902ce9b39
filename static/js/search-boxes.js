// The boxes with a search that select2 makes of lists: names for screen readers, and the time zones.
"use strict";

{
  const nameOf = (select) => {
    const label = select.getAttribute("aria-label") ?? select.labels?.[0]?.textContent ?? "";
    return label.trim().replace(/:$/, "");
  };

  const nameBox = (selection) => {
    const select = selection.closest(".select2-container").previousElementSibling;
    if (!select?.matches("select")) return;
    selection.removeAttribute("aria-labelledby");
    selection.setAttribute("aria-label", nameOf(select));
    // The text of the chosen row is no text box.
    const chosen = selection.querySelector("[role=textbox]");
    ["role", "aria-readonly"].forEach((name) => chosen?.removeAttribute(name));
    const help = select.getAttribute("aria-describedby");
    if (help) selection.setAttribute("aria-describedby", help);
    selection.querySelector(".select2-search__field")?.setAttribute("aria-label", `Search: ${nameOf(select)}`);
  };

  const nameList = (list) => {
    const select = document.getElementById(list.id.replace(/^select2-/, "").replace(/-results$/, ""));
    if (!select) return;
    list.setAttribute("aria-label", nameOf(select));
    // select2 says aria-owns, of an older standard, and only while the list is open.
    document.querySelector(`[aria-owns="${list.id}"]`)?.setAttribute("aria-controls", list.id);
    const search = list.closest(".select2-dropdown")?.querySelector(".select2-search__field");
    search?.setAttribute("aria-label", `Search: ${nameOf(select)}`);
  };

  const nameAll = (root) => {
    root.querySelectorAll(".select2-selection").forEach(nameBox);
    root.querySelectorAll(".select2-results__options").forEach(nameList);
  };

  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeType === 1);
    if (added.some((node) => node.matches("[class*=select2]") || node.querySelector("[class*=select2]"))) nameAll(document);
  }).observe(document.body, { childList: true, subtree: true });

  // A search in a form asks for what the form accepts: it says which row it changes, and within which other row to look.
  django.jQuery.ajaxPrefilter((options) => {
    const boxes = [...document.querySelectorAll(".select2-container--open")].map((box) => box.previousElementSibling);
    const select = boxes.find((box) => box?.matches("select[data-field-name]"));
    if (!select?.closest("form[method=post]") || !options.url.startsWith(select.dataset["ajax-Url"])) return;
    const added = new URLSearchParams({ row: location.pathname.match(/\/(\d+)\/change\/$/)?.[1] ?? "" });
    const owner = select.dataset.within;
    if (owner) added.set(owner, select.form.elements[owner]?.value ?? "");
    options.data = `${options.data}&${added}`;
  });

  // Within a landmark of the page, not at the end of its body.
  django.jQuery.fn.select2.defaults.set("dropdownParent", "#content-start");
  django.jQuery(() => {
    django.jQuery("select[data-search]").select2();
    nameAll(document);
  });
}
