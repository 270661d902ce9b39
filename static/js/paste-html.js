// Beside the words in the box, hands over what the clipboard has as HTML: emphasis, links, lists, headings, quotations.
// The box alone says which words there are. Without a script the words go in plain.
"use strict";

const MOST = 800_000; // characters of HTML: with 1 MB of text they still fit into one form
const LONGEST = 1_048_576; // bytes of text
const KEPT = new Set(["href", "start"]);
const LOOKS = /(?:^|;)\s*((?:font-style|font-weight|mso-list)\s*:[^;]*)/gi;
const DROPPED = "script, style, link, meta, title, template, iframe, object, embed, svg, noscript";

for (const form of document.querySelectorAll("[data-paste-html]")) {
  const { text, html } = form.elements;
  const says = form.querySelector("[data-paste-says]");

  // Nothing of it runs or is fetched: a document made by DOMParser is never shown.
  const bare = (source) => {
    const page = new DOMParser().parseFromString(source, "text/html");
    page.querySelectorAll(DROPPED).forEach((element) => element.remove());
    for (const element of page.body.querySelectorAll("*")) {
      const looks = [...(element.getAttribute("style") ?? "").matchAll(LOOKS)].map((match) => match[1]).join(";");
      for (const { name } of [...element.attributes]) if (!KEPT.has(name)) element.removeAttribute(name);
      if (looks) element.setAttribute("style", looks);
    }
    return page.body.innerHTML;
  };

  text.addEventListener("paste", (event) => {
    const all = text.selectionStart === 0 && text.selectionEnd === text.value.length;
    const more = bare(event.clipboardData?.getData("text/html") ?? "");
    html.value = all ? more : html.value + more;
    if (html.value.length > MOST) html.value = "";
    says.textContent = html.value ? "Emphasis, links, lists and headings came along." : "";
  });

  text.addEventListener("input", () => {
    const size = text.value.length * 3 > LONGEST ? new Blob([text.value]).size : 0;
    if (size > LONGEST) says.textContent = "This is more than 1 MB of text. Paste the first half now, and the rest later.";
  });
}
