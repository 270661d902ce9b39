// Keeps a copy of what is typed into a form of the admin, in this browser, and offers it when the form is opened again.
// A form asks for it with `<div data-unsaved-text="whose" hidden>` inside. What has been saved needs its copy no longer.
"use strict";

{
  const PREFIX = "unsaved text ";
  const SENT = "unsaved text sent";
  const DAYS = 30;
  const COPIES = 3;
  const LEFT_OUT = new Set(["hidden", "file", "password", "submit", "button", "reset"]);

  const read = (key) => JSON.parse(localStorage.getItem(key)) ?? { mine: null, earlier: [] };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const numberIn = (form, name) => Number(form.elements[name]?.value ?? 0);

  const write = (key, { mine, earlier }) => {
    if (mine || earlier.length) localStorage.setItem(key, JSON.stringify({ mine, earlier: earlier.slice(0, COPIES) }));
    else localStorage.removeItem(key);
  };

  const fieldsOf = (form) =>
    [...form.elements].filter(({ name, type }) => name && !LEFT_OUT.has(type) && !name.includes("__prefix__"));

  // A row of an inline is known by its key, and a new one by its place among the new: others may have moved the rows.
  const nameOf = (form, field) => {
    const [, rows, number, rest] = field.name.match(/^(.+)-(\d+)-(.+)$/) ?? [];
    const option = field.type === "radio" ? ` ${field.value}` : "";
    if (!rows) return field.name + option;
    const key = form.elements[`${rows}-${number}-id`]?.value;
    return `${rows} ${key || `new ${number - numberIn(form, `${rows}-INITIAL_FORMS`)}`} ${rest}${option}`;
  };

  const valueOf = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked;
    if (field.tagName === "SELECT") return [...field.selectedOptions].map(({ value, text }) => ({ value, text }));
    return field.value;
  };

  const newRowsOf = (form) => {
    const groups = [...form.querySelectorAll('[name$="-TOTAL_FORMS"]')].map(({ name }) => name.replace("-TOTAL_FORMS", ""));
    const count = (rows) => numberIn(form, `${rows}-TOTAL_FORMS`) - numberIn(form, `${rows}-INITIAL_FORMS`);
    return Object.fromEntries(groups.map((rows) => [rows, count(rows)]));
  };

  // What was typed since the form was opened. Elsewhere the form may hold newer words than the copy.
  const changesOf = ({ fields }, opened) => Object.keys(fields).filter((name) => !same(fields[name], opened.fields[name]));

  const bare = (value) => {
    if (Array.isArray(value)) return value.map((option) => option.value).filter(Boolean).sort().join();
    return typeof value === "string" ? value.replace(/\s+/g, " ").trim() : value;
  };

  // Rows by their keys, or numbers if they are new: {rows: {key: {field: value}}}.
  const rowsOf = ({ fields }) => {
    const found = {};
    for (const [name, value] of Object.entries(fields)) {
      const [, rows, key, rest] = name.match(/^(\S+) (new \d+|\d+) (.+)$/) ?? [];
      if (rows) ((found[rows] ??= {})[key] ??= {})[rest] = bare(value);
    }
    return found;
  };

  // A new row has a key once it is saved: then one of the form's rows holds everything that was typed into it.
  const isSavedRow = (typed, others) =>
    Object.values(others ?? {}).some((row) => Object.entries(typed).every(([name, value]) => !value || row[name] === value));

  // Whether the copy holds anything that the form does not.
  const differs = ({ content, changed }, now) => {
    const copied = rowsOf(content);
    const there = rowsOf(now);
    return (changed ?? Object.keys(content.fields)).some((name) => {
      const value = bare(content.fields[name]);
      if (name in now.fields && bare(now.fields[name]) === value) return false;
      const [, rows, key] = name.match(/^(\S+) (new \d+) /) ?? [];
      return rows ? Boolean(value) && !isSavedRow(copied[rows][key], there[rows]) : true;
    });
  };

  const contentOf = (form) => ({
    newRows: newRowsOf(form),
    fields: Object.fromEntries(fieldsOf(form).map((field) => [nameOf(form, field), valueOf(field)])),
  });

  const choose = (select, chosen) => {
    for (const { value, text } of chosen) {
      if (![...select.options].some((option) => option.value === value)) select.add(new Option(text, value));
    }
    for (const option of select.options) option.selected = chosen.some(({ value }) => value === option.value);
  };

  const addRows = (form, wanted) => {
    const there = newRowsOf(form);
    for (const [rows, count] of Object.entries(wanted)) {
      const add = document.querySelector(`#${CSS.escape(rows)}-group .add-row a`);
      for (let number = there[rows] ?? 0; number < count; number++) add?.click();
    }
  };

  const fill = (field, value) => {
    if (typeof value === "boolean") field.checked = value;
    else if (Array.isArray(value)) choose(field, value);
    else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // Returns the texts that have no place any more, because others deleted the row that they stood in.
  const putBack = (form, { newRows, fields }) => {
    addRows(form, newRows);
    const left = new Map(Object.entries(fields));
    for (const field of fieldsOf(form)) {
      const name = nameOf(form, field);
      if (left.has(name) && !same(valueOf(field), left.get(name))) fill(field, left.get(name));
      left.delete(name);
    }
    return [...left.values()].filter((value) => typeof value === "string" && value.trim());
  };

  const paragraph = (text, className = "") => Object.assign(document.createElement("p"), { textContent: text, className });

  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
    made.addEventListener("click", act);
    return made;
  };

  const forgetSaved = () => {
    const key = sessionStorage.getItem(SENT);
    sessionStorage.removeItem(SENT);
    if (key && document.querySelector(".messagelist .success")) write(key, { ...read(key), mine: null });
  };

  const forgetOld = () => {
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
      const { mine, earlier } = read(key);
      const isYoung = (copy) => copy && copy.at > Date.now() - DAYS * 864e5;
      write(key, { mine: isYoung(mine) ? mine : null, earlier: earlier.filter(isYoung) });
    }
  };

  const watch = (place) => {
    const form = place.closest("form");
    const key = `${PREFIX}${place.dataset.unsavedText} ${location.pathname}`;
    const opened = contentOf(form);
    const record = read(key);
    const copies = [record.mine, ...record.earlier].filter(Boolean);
    const earlier = copies.filter((copy) => differs(copy, opened));
    let mine = copies.find((copy) => same(copy.content, opened)) ?? null;
    let timer;

    const say = (...parts) => {
      place.replaceChildren(...parts);
      place.hidden = !parts.length;
    };

    const keep = () => {
      const content = contentOf(form);
      if (same(content, mine?.content ?? opened)) return;
      mine = { at: Date.now(), content, changed: changesOf(content, opened) };
      try {
        write(key, { mine, earlier });
      } catch (error) {
        if (error.name !== "QuotaExceededError") throw error;
        say(paragraph("This browser has no room for a copy of your text: save it before you leave the page."));
      }
    };

    const answer = (rest) => {
      earlier.shift();
      write(key, { mine, earlier });
      keep();
      rest.length ? say(paragraph("These stood in rows that are no longer here:"), ...rest.map((text) => paragraph(text, "text"))) : offer();
    };

    const offer = () => {
      if (!earlier.length) return say();
      const [{ at, content }] = earlier;
      return say(
        paragraph(`You have unsaved text from ${new Date(at).toLocaleString()}.`),
        button("Put it back", () => answer(putBack(form, content))),
        button("Discard it", () => answer([])),
      );
    };

    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 500);
    };

    for (const event of ["input", "change", "click"]) form.addEventListener(event, soon);
    form.addEventListener("submit", () => {
      keep();
      sessionStorage.setItem(SENT, key);
    });
    addEventListener("pagehide", keep);
    offer();
  };

  forgetSaved();
  forgetOld();
  document.querySelectorAll("[data-unsaved-text]").forEach(watch);
}
