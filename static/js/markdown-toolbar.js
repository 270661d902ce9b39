// A toolbar above each field for Markdown, with Ctrl+B, Ctrl+I and Ctrl+K in the field (Cmd on a Mac).
// It types the marks as a person would, so that undo takes them back. Without this script people type them.

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const WORD_CHARACTER = /[\p{L}\p{N}'’-]/u;
const URL = /^https?:\/\/\S+$/;
const QUOTE = { begins: /^> ?/, mark: "> ", blank: ">" };
const LIST = { begins: /^[-*+] /, mark: "- ", blank: "" };
const HEADING = { begins: /^#{1,6} /, mark: "# ", blank: "" };

// `inLines` are those of the texts that know emphasis only, such as a quote.
const ACTIONS = [
  { name: "Bold", key: "b", inLines: true, act: (field) => toggleMark(field, "**") },
  { name: "Italic", key: "i", inLines: true, act: (field) => toggleMark(field, "*") },
  { name: "Link", key: "k", act: (field) => addLink(field) },
  { name: "Quote", act: (field) => toggleLines(field, QUOTE) },
  { name: "List", act: (field) => toggleLines(field, LIST) },
  { name: "Heading", act: (field) => toggleLines(field, HEADING) },
];

// Replaces a range; `from` and `to` are the new selection, counted from the start of `text`.
function type(field, start, end, text, from = text.length, to = from) {
  field.focus();
  field.setSelectionRange(start, end);
  // The only way that keeps the browser's own undo. Where it is missing, undo is lost, but nothing else.
  const isTyped = document.execCommand(text ? "insertText" : "delete", false, text);
  if (!isTyped && field.value.slice(start, end) !== text) {
    field.setRangeText(text, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.setSelectionRange(start + from, start + to);
}

// The selection without the spaces around it; without a selection the word around the caret.
function selectionOf({ value, selectionStart: start, selectionEnd: end }) {
  if (start === end && WORD_CHARACTER.test(value[start - 1] ?? "") && WORD_CHARACTER.test(value[start] ?? "")) {
    while (start > 0 && WORD_CHARACTER.test(value[start - 1])) start--;
    while (end < value.length && WORD_CHARACTER.test(value[end])) end++;
  }
  while (start < end && /\s/.test(value[start])) start++;
  while (end > start && /\s/.test(value[end - 1])) end--;
  return [start, end];
}

const countAsterisks = (text, at, step) => {
  let count = 0;
  while (text[at + count * step] === "*") count++;
  return count;
};

function toggleMark(field, mark) {
  let [start, end] = selectionOf(field);
  while (end - start > 1 && field.value[start] === "*" && field.value[end - 1] === "*") [start, end] = [start + 1, end - 1];
  const words = field.value.slice(start, end);
  const around = Math.min(countAsterisks(field.value, start - 1, -1), countAsterisks(field.value, end, 1));
  const isOn = mark === "**" ? around >= 2 : around === 1 || around === 3;
  if (isOn) type(field, start - mark.length, end + mark.length, words, 0, words.length);
  else {
    // Emphasis ends with its paragraph.
    const marked = words.replace(/\n[ \t]*\n\s*/g, (gap) => mark + gap + mark);
    type(field, start, end, mark + marked + mark, mark.length, mark.length + marked.length);
  }
}

function addLink(field) {
  const [start, end] = selectionOf(field);
  const words = field.value.slice(start, end);
  if (URL.test(words)) type(field, start, end, `[](${words})`, 1);
  else type(field, start, end, `[${words}](https://)`, words ? words.length + 3 : 1, words ? words.length + 11 : 1);
}

// Quote, list, heading: marks at the start of each selected line, with an empty line around them, as Markdown needs.
function toggleLines(field, { begins, mark, blank }) {
  const { value, selectionStart, selectionEnd } = field;
  const last = selectionEnd > selectionStart && value[selectionEnd - 1] === "\n" ? selectionEnd - 1 : selectionEnd;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const end = value.indexOf("\n", last) < 0 ? value.length : value.indexOf("\n", last);
  const lines = value.slice(start, end).split("\n");
  const isOn = lines.every((line) => !line.trim() || begins.test(line)) && lines.some((line) => line.trim());
  const change = (line) => (isOn ? line.replace(begins, "") : line.trim() || lines.length === 1 ? mark + line : blank);
  const changed = lines.map(change).join("\n");
  const needsGap = (line) => !isOn && line !== undefined && line.trim() && !begins.test(line);
  const before = start > 0 && needsGap(value.slice(0, start - 1).split("\n").at(-1)) ? "\n" : "";
  const after = end < value.length && needsGap(value.slice(end + 1).split("\n")[0]) ? "\n" : "";
  const stop = before.length + changed.length;
  type(field, start, end, before + changed + after, lines.length > 1 ? before.length : stop, stop);
}

// A line of its own after the paragraph of the caret, such as the place of a photo.
function addParagraph(field, text) {
  const { value, selectionEnd } = field;
  const isOnEmptyLine = /(^|\n)$/.test(value.slice(0, selectionEnd)) && /^(\n|$)/.test(value.slice(selectionEnd));
  const gap = value.slice(selectionEnd).search(/\n[ \t]*(\n|$)/);
  const at = isOnEmptyLine ? selectionEnd : gap < 0 ? value.length : selectionEnd + gap;
  const before = value.slice(0, at).trim() ? "\n".repeat(2 - value.slice(0, at).match(/\n{0,2}$/)[0].length) : "";
  const after = value.slice(at).trim() ? "\n".repeat(2 - value.slice(at).match(/^\n{0,2}/)[0].length) : "";
  type(field, at, at, before + text + after, before.length + text.length);
}

function makeButton({ name, key, act }, field) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
  button.dataset.format = name.toLowerCase();
  if (key) {
    button.setAttribute("aria-keyshortcuts", `${IS_MAC ? "Meta" : "Control"}+${key.toUpperCase()}`);
    button.title = `${IS_MAC ? "⌘" : "Ctrl+"}${key.toUpperCase()}`;
  }
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps its focus
  button.addEventListener("click", () => act(field));
  return button;
}

// One stop for the Tab key; the arrow keys lead from button to button.
function moveFocus(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const now = buttons.indexOf(document.activeElement);
  const next = { ArrowRight: now + 1, ArrowLeft: now - 1 + buttons.length, Home: 0, End: buttons.length - 1 }[event.key];
  if (next === undefined || now < 0) return;
  event.preventDefault();
  buttons[next % buttons.length].focus();
}

function rememberFocus(event) {
  for (const button of event.currentTarget.querySelectorAll("button")) button.tabIndex = button === event.target ? 0 : -1;
}

function addToolbar(box) {
  const field = box.querySelector("textarea");
  if (!field || field.disabled || field.readOnly || field.name.includes("__prefix__")) return;
  const actions = ACTIONS.filter(({ inLines }) => inLines || box.dataset.markdown === "prose");
  const toolbar = Object.assign(document.createElement("div"), { className: "markdown-toolbar" });
  toolbar.setAttribute("role", "toolbar");
  const name = field.getAttribute("aria-label") ?? field.labels[0]?.textContent ?? "text";
  toolbar.setAttribute("aria-label", `Format: ${name.trim().replace(/:$/, "")}`);
  toolbar.setAttribute("aria-controls", field.id);
  toolbar.append(...actions.map((action) => makeButton(action, field)));
  toolbar.querySelectorAll("button").forEach((button, number) => (button.tabIndex = number ? -1 : 0));
  toolbar.addEventListener("keydown", moveFocus);
  toolbar.addEventListener("focusin", rememberFocus);
  field.before(toolbar);

  field.addEventListener("keydown", (event) => {
    const isShortcut = (IS_MAC ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
    const action = isShortcut && actions.find(({ key }) => key === event.key.toLowerCase());
    if (!action) return;
    event.preventDefault();
    action.act(field);
  });
  field.addEventListener("markdown:paragraph", ({ detail }) => addParagraph(field, detail));
}

const addToolbars = (root) => root.querySelectorAll("[data-markdown]").forEach(addToolbar);
addToolbars(document);
document.addEventListener("formset:added", (event) => addToolbars(event.target));
