// Counts the words of a field for Markdown, and the minutes that reading them takes.

const WORDS_A_MINUTE = 230;
const ADDRESSES = /\]\([^)]*\)|https?:\/\/\S+/g;

function countWords(text) {
  const pieces = text.replace(/^\[(photo( \d+)?|pull quote)\]$/gm, "").replace(ADDRESSES, " ").split(/\s+/);
  return pieces.filter((piece) => /[\p{L}\p{N}]/u.test(piece)).length;
}

function describe(count) {
  const minutes = Math.max(1, Math.round(count / WORDS_A_MINUTE));
  const words = `${count.toLocaleString("en-GB")} ${count === 1 ? "word" : "words"}`;
  return count ? `${words}, ${minutes} ${minutes === 1 ? "minute" : "minutes"} to read` : "No words yet";
}

function addCount(box) {
  const field = box.querySelector("textarea");
  if (field.name.includes("__prefix__")) return;
  const line = Object.assign(document.createElement("p"), { className: "word-count" });
  const update = () => (line.textContent = describe(countWords(field.value)));
  field.after(line);
  field.addEventListener("input", update);
  field.addEventListener("change", update);
  update();
}

const addCounts = (root) => root.querySelectorAll('[data-markdown="prose"]').forEach(addCount);
addCounts(document);
document.addEventListener("formset:added", (event) => addCounts(event.target));
