"""Find or create the meetup of a write-up, and its venue."""

import re

from books.models import Book
from meetups.models import Meetup, Venue, WriteUp
from meetups.paste.importer.report import Import, Refused, link_to, save_row
from meetups.paste.importer.sample_replacement import delete_sample, is_untouched
from meetups.paste.importer.text import to_plain
from meetups.paste.pieces import Kind

KEPT_BY_MEETUP = {"headcount": "The headcount", "venue": "The venue", "room": "The room", "met_on": "The date"}
HOME = re.compile(
    r"[’']s?(?: (?:\w+ )?(?:flat|house|home|place|kitchen|garden|room|studio|sofa))?$|^(?:chez|bei|a casa d[ei]|en casa de|bij) ",
    re.IGNORECASE,
)


def meetup_for(done: Import, given: Meetup | None) -> Meetup | None:
    """Return the given meetup, else one of this date and venue, else a new one; None without a date."""
    meetup = given or (find_meetup(done) if describes_meetup(done) else None)
    if meetup:
        settle_with_first_writeup(done, meetup)
        done.found.append(f"the meetup of {meetup}, {link_to(meetup)}")
        return meetup
    return Meetup(date=done.splitting.fact("met_on")) if describes_meetup(done) else None


def settle_with_first_writeup(done: Import, meetup: Meetup) -> None:
    """A meetup has one write-up: delete the sample's, but raise Refused if the club has written one."""
    writeup = WriteUp.objects.select_related("author", "book").filter(meetup=meetup).first()
    if writeup and is_untouched(writeup):
        delete_sample(done, writeup)
    elif writeup:
        raise Refused(
            f"The meetup of {meetup} has a write-up already: “{writeup.title}”, {link_to(writeup)}", row=writeup
        )


def describes_meetup(done: Import) -> bool:
    """Return whether the text has the date of a meetup. "Last night" alone is not enough."""
    told = {fact.name: fact for fact in done.splitting.facts}
    when = told.get("met_on")
    return bool(when) and (when.is_labelled or not told.keys().isdisjoint({"headcount", "venue", "room"}))


def find_meetup(done: Import) -> Meetup | None:
    """Return the meetup of that day whose venue is the same; a missing venue on either side matches any."""
    name, area = find_or_make_venue(done)
    same_day = Meetup.objects.filter(date=done.splitting.fact("met_on")).select_related("venue", "writeup")
    fits = [meetup for meetup in same_day if not name or not meetup.venue or is_called(meetup.venue, name, area)]
    return fits[0] if fits else None


def find_or_make_venue(done: Import) -> tuple[str, str]:
    return to_plain(done.splitting.fact("venue") or ""), to_plain(done.splitting.fact("area") or "")


def is_called(venue: Venue, name: str, area: str) -> bool:
    if area and venue.area and venue.area.casefold() != area.casefold():
        return False
    return normalize_name(venue.name) == normalize_name(name)


def normalize_name(name: str) -> str:
    return name.casefold().replace("’", "'").replace("&", "and").removeprefix("the ")


def venue_for(done: Import) -> Venue | None:
    name, area = find_or_make_venue(done)
    if not name:
        return None
    for venue in Venue.objects.order_by("pk"):
        if is_called(venue, name, area):
            done.found.append(f"the venue {venue}")
            return venue
    is_private = bool(HOME.search(name))
    line = line_of(done, "venue")
    if is_private:
        done.doubt(line, f"“{name}” looks like somebody's home and is kept private: is it?")
    address = to_plain(done.splitting.fact("address") or "")
    return done.keep(Venue(name=name, area=area, address=address, is_private=is_private), line)


def complete_meetup(done: Import, meetup: Meetup, book: Book | None) -> None:
    """Fill the empty fields of the meetup, and save it."""
    if meetup.pk and not done.may_change(meetup):
        leave_facts_out(done, "only an organiser changes the meetup")
        return
    wanted = {"book": book, "date": done.splitting.fact("met_on")}
    wanted |= {"headcount": done.splitting.fact("headcount"), "room": done.splitting.fact("room")}
    for name, value in wanted.items():
        old = getattr(meetup, name)
        if old in (None, ""):
            setattr(meetup, name, value if value is not None else old)
        elif value is not None and to_plain(str(old)).casefold() != to_plain(str(value)).casefold():
            report_kept_value(done, name, old, value)
    complete_venue(done, meetup)
    line = line_of(done, "met_on")
    if meetup.pk:
        save_row(meetup, line)
    else:
        done.keep(meetup, line)


def complete_venue(done: Import, meetup: Meetup) -> None:
    name, area = find_or_make_venue(done)
    if meetup.venue is None:
        meetup.venue = venue_for(done)
    elif name and not is_called(meetup.venue, name, area):
        report_kept_value(done, "venue", meetup.venue, ", ".join(part for part in (name, area) if part))


def report_kept_value(done: Import, name: str, old: object, value: object) -> None:
    line = line_of(done, {"date": "met_on"}.get(name, name))
    done.doubt(line, f"The meetup keeps its {name} “{old}”; the text says “{value}”.")
    for piece in done.splitting.of(Kind.FACT):
        if piece.first_line == line:
            done.leave_out(piece, f"the meetup has another {name} already")


def line_of(done: Import, name: str) -> int:
    return next((fact.line for fact in done.splitting.facts if fact.name == name), 1)


def leave_facts_out(done: Import, reason: str) -> None:
    for piece in done.splitting.of(Kind.FACT):
        done.leave_out(piece, reason)


def report_unused_facts(done: Import) -> None:
    """Report facts that are stored nowhere as there is no meetup; unlabelled ones stay in the prose."""
    leave_facts_out(done, "the text gives no date, so there is no meetup to store this with")
    for fact in done.splitting.facts:
        if fact.name in KEPT_BY_MEETUP:
            done.doubt(fact.line, f"{KEPT_BY_MEETUP[fact.name]} “{fact.value}” is not stored: there is no meetup.")
