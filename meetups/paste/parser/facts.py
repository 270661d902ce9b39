"""Find facts in prose: headcount, venue, room, date. Facts take no words out of the text."""

import re
from datetime import date, timedelta

from meetups.paste.parser.dates import WEEKDAYS, find_date, weekday_before
from meetups.paste.parser.pieces import Fact

NUMBERS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
NUMBER = rf"(?P<number>{'|'.join(NUMBERS)}|a dozen|[0-9]{{1,3}})"
HEADCOUNTS = [
    re.compile(rf"\b(?:we were|there were) {NUMBER}\b(?= of us| at | around| round| in the|[,.;–—])", re.IGNORECASE),
    re.compile(rf"\b{NUMBER} (?:people|members|readers) (?:came|met|gathered|turned up|joined)\b", re.IGNORECASE),
    re.compile(rf"\b{NUMBER} of us\b", re.IGNORECASE),
]
GATHERING = re.compile(
    r"\b(?:gathered|met|meet|came|turned up|sat|squeezed|assembled|crowded|settled|took|filled|convened)\b",
    re.IGNORECASE,
)
NAME_WORD = r"[A-Z][\w’'.&-]*"
NAME = rf"{NAME_WORD}(?: (?:(?:and|of|the|in the|&) )?{NAME_WORD})*"
VENUE = re.compile(rf"\bat (?P<venue>(?:[Tt]he )?{NAME})(?: in (?P<area>{NAME}))?")
ROOM = re.compile(
    r"\b(?:in|into|up in|down in) (?:our|the|a|its|their) (?P<room>(?:[a-z-]+ ){0,2}?(?:private|back|front|upstairs|downstairs|"
    r"upper|function|reading|quiet|side|small) (?:room|bar|parlour|hall)|snug|cellar)\b"
)
DAYS_BACK = {"last night": 1, "yesterday": 1, "tonight": 0, "this evening": 0}
WHEN = re.compile(
    rf"\b(?P<day>{'|'.join(DAYS_BACK)})\b|\b(?:on|last) (?P<weekday>{'|'.join(WEEKDAYS)})\b", re.IGNORECASE
)
SENTENCE = re.compile(r"[^.!?]+(?:[.!?](?=\S)[^.!?]*)*[.!?]*")
MAX_SEARCHED_LENGTH = 20_000


def to_number(text: str) -> int | None:
    word = text.strip().casefold()
    if word == "a dozen":
        return 12
    return NUMBERS.index(word) + 2 if word in NUMBERS else int(word) if re.fullmatch("[0-9]{1,3}", word) else None


def find_facts(prose: list[tuple[int, str]], posted_on: date | None) -> list[Fact]:
    """Return the first fact of each kind in the prose, which is given as (line number, text)."""
    sentences = [
        (line, match[0]) for line, text in prose[:100] for match in SENTENCE.finditer(text[:MAX_SEARCHED_LENGTH])
    ]
    found = [
        find_headcount(sentences),
        *find_venue(sentences),
        find_room(sentences),
        find_meetup_date(sentences, posted_on),
    ]
    return [fact for fact in found if fact]


def find_headcount(sentences: list[tuple[int, str]]) -> Fact | None:
    """Return a number of people in a sentence about gathering, else the first number of people with a doubt."""
    guess = None
    for line, sentence in sentences:
        match = next(filter(None, (form.search(sentence) for form in HEADCOUNTS)), None)
        count = match and to_number(match["number"])
        if count and (match.re is not HEADCOUNTS[-1] or GATHERING.search(sentence)):
            return Fact("headcount", count, line, 0.9)
        if count and not guess:
            guess = Fact("headcount", count, line, 0.4, f"“{match[0]}” may not be how many came.")
    return guess


def find_venue(sentences: list[tuple[int, str]]) -> list[Fact]:
    for line, sentence in sentences:
        gathering = GATHERING.search(sentence) or ROOM.search(sentence)
        match = gathering and VENUE.search(sentence)
        if match:
            name = match["venue"][0].upper() + match["venue"][1:]
            area = [Fact("area", match["area"], line, 0.8)] if match["area"] else []
            return [Fact("venue", name, line, 0.8), *area]
    return []


def find_room(sentences: list[tuple[int, str]]) -> Fact | None:
    matches = ((line, ROOM.search(sentence)) for line, sentence in sentences)
    return next((Fact("room", match["room"], line, 0.9) for line, match in matches if match), None)


def find_meetup_date(sentences: list[tuple[int, str]], posted_on: date | None) -> Fact | None:
    """Return a date in the prose, or one counted back from the posted date by "last night" or "on Tuesday"."""
    for line, sentence in sentences:
        match, written = WHEN.search(sentence), find_date(sentence)
        day = written.value if written else match and posted_on and resolve_relative_date(match, posted_on)
        if day and (posted_on is None or day <= posted_on):
            words = sentence[written.start : written.end] if written else match[0]
            return Fact("met_on", day, line, 0.7, f"Did you meet on {day.day} {day:%B %Y}? Worked out from “{words}”.")
    return None


def resolve_relative_date(match: re.Match, posted_on: date) -> date:
    if match["weekday"]:
        return weekday_before(posted_on, match["weekday"])
    return posted_on - timedelta(days=DAYS_BACK[match["day"].casefold()])


def read_labelled_facts(name: str, value: str, line: int) -> list[Fact]:
    """Parse a line such as `Venue: The George, Southwark`; return no facts for an invalid value."""
    if name == "met_on":
        found = find_date(value)
        return [Fact(name, found.value, line)] if found and not value[found.end :].strip(" .") else []
    if name == "headcount":
        count = to_number(re.sub(r"\s*(?:of us|people|members|readers)?\.?$", "", value))
        return [Fact(name, count, line)] if count is not None else []
    if name != "venue":
        return [Fact(name, value, line)]
    place, *middle = [part.strip() for part in value.split(",") if part.strip()] or [value]
    area = [Fact("area", middle.pop(), line)] if middle else []
    address = [Fact("address", ", ".join(middle), line)] if middle else []
    return [Fact("venue", place, line), *address, *area]


def find_job_title(name: str, bio: str, line: int) -> list[Fact]:
    """Return the author's job title from a bio that starts with `<name> is the …`."""
    match = re.match(rf"{re.escape(name)} is (?:the |an? )?(?P<job>[^.,;]{{3,80}})[.,;]", bio)
    if not name or not match:
        return []
    return [Fact("job", match["job"], line, 0.6, f"“{match['job']}” is taken for {name}’s job: is it?")]
