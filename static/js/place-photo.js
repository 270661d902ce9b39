// A button in the toolbar of a write-up: it lists the photos of the form, and writes [photo 2] where the caret is.
// A photo that has its place already is shown there. Without this script people type the line.

const placeholderOf = (text, number) =>
  text.match(new RegExp(`^\\[photo${number === 1 ? "(?: 1)?" : ` ${number}`}\\]$`, "m"));

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

function readPhotos(selector) {
  const rows = [...document.querySelectorAll(selector)].filter((row) => row.querySelector('[name$="-id"]'));
  return rows.map((row, index) => ({
    number: index + 1,
    source: row.querySelector("img")?.src,
    words: row.querySelector('[name$="-alt"]')?.value.trim() || row.querySelector('[name$="-caption"]')?.value.trim() || "",
  }));
}

function addButton(box) {
  const field = box.querySelector("textarea");
  const toolbar = box.querySelector(".markdown-toolbar");
  if (!toolbar) return;
  const list = make("div", { className: "photo-choices", hidden: true, id: `${field.id}-photos` });
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Photos of this write-up");
  const button = make("button", { type: "button", textContent: "Photo", tabIndex: -1 });
  button.setAttribute("aria-controls", list.id);

  const open = (isOpen) => {
    list.hidden = !isOpen;
    button.setAttribute("aria-expanded", isOpen);
  };

  const choose = (number) => {
    const found = placeholderOf(field.value, number);
    open(false);
    if (!found) return field.dispatchEvent(new CustomEvent("markdown:paragraph", { detail: `[photo ${number}]` }));
    field.focus();
    return field.setSelectionRange(found.index, found.index + found[0].length);
  };

  const makeChoice = ({ number, source, words }) => {
    const isPlaced = Boolean(placeholderOf(field.value, number));
    const label = `Photo ${number}${words ? `: ${words}` : ""}`;
    const choice = make("button", { type: "button" });
    if (source) choice.append(make("img", { src: source, alt: "" }));
    choice.append(make("span", { textContent: label }));
    if (isPlaced) choice.append(make("small", { textContent: "Has its place: show it" }));
    choice.addEventListener("click", () => choose(number));
    return choice;
  };

  const show = () => {
    const photos = readPhotos(box.dataset.photoRows);
    const empty = make("p", { textContent: "There are no photos yet. Add them below the text, then give each its place." });
    list.replaceChildren(...(photos.length ? photos.map(makeChoice) : [empty]));
    open(true);
    list.querySelector("button")?.focus();
  };

  open(false);
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => (list.hidden ? show() : open(false)));
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open(false);
    button.focus();
  });
  toolbar.append(button);
  toolbar.after(list);
  document.addEventListener("photos:changed", () => box.querySelector("[data-preview]")?.dispatchEvent(new Event("preview:refresh")));
}

// After all modules: the toolbar may be made by a later one.
addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-photo-rows]").forEach(addButton));
