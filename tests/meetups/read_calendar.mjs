// Print {uid: [start, end]} of the calendar on standard input, as read by ical.js with the file's own zones.
import { text } from "node:stream/consumers";

const { default: ICAL } = await import(process.argv[2]);
const calendar = new ICAL.Component(ICAL.parse(await text(process.stdin)));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(new ICAL.Timezone(zone));
}
const read = (time) => time.toJSDate().toISOString();
const events = calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
console.log(JSON.stringify(Object.fromEntries(events.map((e) => [e.uid, [read(e.startDate), read(e.endDate)]]))));
