// Sends what the clipboard has as HTML along with the text of the box: emphasis, links, lists, headings, quotations.
// The words come from the box alone. Without a script they arrive as plain text.
"use strict";

const MAX_HTML_LENGTH = 800_000; // characters of HTML: with 1 MB of text they still fit into one form
const MAX_TEXT_BYTES = 1_048_576; // bytes of text
const KEPT_ATTRIBUTES = new Set(["href", "start"]);
const KEPT_STYLES = /(?:^|;)\s*((?:font-style|font-weight|mso-list)\s*:[^;]*)/gi;
const REMOVED_ELEMENTS = "script, style, link, meta, title, template, iframe, object, embed, svg, noscript";

for (const form of document.querySelectorAll("[data-paste-html]")) {
  const { text, html } = form.elements;
  const message = form.querySelector("[data-paste-says]");

  // A document made by DOMParser runs no script and fetches nothing.
  const cleanHTML = (source) => {
    const page = new DOMParser().parseFromString(source, "text/html");
    page.querySelectorAll(REMOVED_ELEMENTS).forEach((element) => element.remove());
    for (const element of page.body.querySelectorAll("*")) {
      const styles = [...(element.getAttribute("style") ?? "").matchAll(KEPT_STYLES)].map((match) => match[1]).join(";");
      for (const { name } of [...element.attributes]) if (!KEPT_ATTRIBUTES.has(name)) element.removeAttribute(name);
      if (styles) element.setAttribute("style", styles);
    }
    return page.body.innerHTML;
  };

  text.addEventListener("paste", (event) => {
    const isWholeText = text.selectionStart === 0 && text.selectionEnd === text.value.length;
    const pasted = cleanHTML(event.clipboardData?.getData("text/html") ?? "");
    html.value = isWholeText ? pasted : html.value + pasted;
    if (html.value.length > MAX_HTML_LENGTH) html.value = "";
    message.textContent = html.value ? "Emphasis, links, lists and headings came along." : "";
  });

  text.addEventListener("input", () => {
    const size = text.value.length * 3 > MAX_TEXT_BYTES ? new Blob([text.value]).size : 0;
    if (size > MAX_TEXT_BYTES) message.textContent = "This is more than 1 MB of text. Paste the first half now, and the rest later.";
  });
}
