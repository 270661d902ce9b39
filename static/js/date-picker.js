// The browser's own calendar beside a date that can be typed. It works with the keyboard and on a phone.
"use strict";

{
  const format = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };

  // "2026-12-03" for "3 December 2026"; empty for what the server alone can read.
  const readDate = (text) => {
    const date = new Date(`${text} 12:00 UTC`);
    return /[a-z]/i.test(text) && !Number.isNaN(date.valueOf()) ? date.toISOString().slice(0, 10) : "";
  };

  const addCalendar = (field) => {
    const calendar = Object.assign(document.createElement("input"), { type: "date", className: "calendar", tabIndex: -1 });
    if (!("showPicker" in calendar) || field.disabled) return;
    calendar.setAttribute("aria-hidden", "true");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "open-calendar" });
    button.textContent = "Calendar";
    const name = field.getAttribute("aria-label") ?? field.labels[0]?.textContent ?? "";
    button.setAttribute("aria-label", `Calendar: ${name.trim().replace(/:$/, "")}`);
    field.after(button, calendar);

    button.addEventListener("click", () => {
      calendar.value = readDate(field.value);
      calendar.showPicker();
    });
    calendar.addEventListener("change", () => {
      if (calendar.value) field.value = new Date(`${calendar.value}T12:00Z`).toLocaleDateString("en-GB", format);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  };

  document.querySelectorAll("input[data-date]").forEach(addCalendar);
}
