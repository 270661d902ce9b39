"""Find facts in prose: headcount, venue, room, date. Facts take no words out of the text."""

import re
from datetime import date, timedelta

from meetups.paste.parser.dates import DAY, MONTH, MONTH_NUMBERS, WEEKDAYS, Found, find_date, to_date, weekday_before
from meetups.paste.parser.names import is_capital
from meetups.paste.pieces import Fact

UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS = {word: number for number, word in enumerate([*UNITS, *TEENS], start=1)}
NUMBERS |= {word: 20 + 10 * index for index, word in enumerate(TENS)}
NUMBERS |= {
    f"{ten}{sign}{unit}": 20 + 10 * a + b
    for a, ten in enumerate(TENS)
    for b, unit in enumerate(UNITS, 1)
    for sign in "- "
}
NUMBERS |= {"a dozen": 12, "half a dozen": 6, "a baker’s dozen": 13, "a baker's dozen": 13}
# German, French, Spanish, Italian, Dutch, Portuguese, from two to twenty.
IN_OTHER_LANGUAGES = """
    zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig;
    deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf vingt;
    dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte;
    due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove venti;
    twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien twintig;
    dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezasseis dezassete dezoito dezanove vinte
"""
FOREIGN = {word: number for row in IN_OTHER_LANGUAGES.split(";") for number, word in enumerate(row.split(), start=2)}
WITH_ZU = {
    "zweit": 2,
    "dritt": 3,
    "viert": 4,
    "fünft": 5,
    "sechst": 6,
    "siebt": 7,
    "acht": 8,
    "neunt": 9,
    "zehnt": 10,
    "elft": 11,
    "zwölft": 12,
}
ANY = "|".join(sorted(NUMBERS, key=len, reverse=True))
OTHER = "|".join(sorted(FOREIGN, key=len, reverse=True))
NUMBER = rf"(?P<number>{ANY}|[0-9]{{1,3}})"
STRANGE = rf"(?P<number>{OTHER}|[0-9]{{1,3}})"
PEOPLE = r"(?:people|members|readers|guests|souls|attendees|participants|friends|regulars)"
CAME = r"(?:came|met|gathered|turned\s+up|joined|attended|squeezed|made\s+it|showed\s+up|were\s+(?:there|present)|sat|crowded|assembled)"
OF_US = re.compile(rf"\b{NUMBER}\s+of\s+us\b", re.IGNORECASE)
# "Twelve logged in", "Eight people, two of whom …" at the start of a sentence; "kamen vierzehn Leserinnen".
STARTS = re.compile(
    rf"(?:^\W*|[;,·|(]\s*)(?:(?:about|some|only|just|all|around)\s+)?{NUMBER}\s+(?:of\s+(?:us|you)\b|{PEOPLE}\b|(?!(?:chapt|pap|lett|numb|oth|charact|answ|ord|memb)ers)[a-z]{{2,}}ers\b|came\b|(?:of\s+us\s+)?(?:\w+ed|met|sat|ran|read)\s+(?:in|on|up|along|out|round|to)\b)",
    re.IGNORECASE,
)
ATTENDED = re.compile(
    rf"\bwe\s+were\s+{NUMBER}\b|\bwere\s+{NUMBER.replace('number', 'were')}(?=[.!,;]|\s+of\b|\s+in\s+all)|\b{NUMBER.replace('number', 'people')}\s+(?:people\s+)?(?:attended|came|turned\s+up|present)\b",
    re.IGNORECASE,
)
ABROAD = re.compile(
    rf"\b(?:kamen|waren|étaient|vinieron|éramos|erano|kwamen|vieram)\s+{STRANGE}\b|\b{STRANGE.replace('number', 'people')}\s+(?:Leser|Leute|Personen|Mitglieder|"
    rf"lecteurs|lectrices|personnes|lectores|lectoras|personas|lettori|lettrici|persone|lezers|mensen|leitores|pessoas)",
    re.IGNORECASE,
)
HEADCOUNTS = [
    re.compile(
        rf"\b(?:we\s+were|there\s+were)\s+(?:only\s+|just\s+)?{NUMBER}\b(?=\s+of\s+us|\s+at\b|\s+around|\s+round|\s+in\s+the|[,.;–—!])",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{NUMBER}\s+(?:{PEOPLE}\s+)?{CAME}\b", re.IGNORECASE),
    OF_US,
    STARTS,
    ATTENDED,
    ABROAD,
    re.compile(
        rf"\b(?:wir\s+waren|nous\s+étions|on\s+était|éramos|fuimos|eravamo(?:\s+in)?|we\s+waren(?:\s+met)?|estávamos)\s+(?:heute\s+|diesmal\s+)?{STRANGE}\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:zu\s+(?P<zu>{'|'.join(WITH_ZU)}))\b", re.IGNORECASE),
    re.compile(
        rf"\b{NUMBER}\s+{PEOPLE}\s+(?:were\s+)?(?:present|in\s+all|attended|around|round|at\s+the\s+table|in\s+the\s+room)",
        re.IGNORECASE,
    ),
]
LABELLED_SUM = re.compile(r"[0-9]{1,3}\s*(?:\+|plus|and|und)\s*[0-9]{1,3}")
GATHERING = re.compile(
    r"\b(?:gathered|met|meet|came|turned\s+up|sat|squeezed|assembled|crammed|packed|huddled|piled|crowded|settled|took|filled|convened|trafen|at\b)\b",
    re.IGNORECASE,
)
SMALL_WORDS = {
    "and",
    "of",
    "the",
    "in",
    "&",
    "on",
    "de",
    "la",
    "le",
    "du",
    "des",
    "der",
    "am",
    "zum",
    "zur",
    "upon",
    "by",
}
SHORT = {"St", "Mt", "Dr", "Ste"}
MAX_NAME_LENGTH = 120
AT = re.compile(r"\b(?:at|en\s+(?:la|el)|nella|alla|presso(?:\s+la)?)\s+(?=\S)")
IN_THE = re.compile(r"\bin\s+the\s+(?=\S)")
INTO = re.compile(r"\b(?:in|into|to)\s+the\s+(?=[A-Z][\w’']+\s+(?:[A-Z]|\w*(?:shop|house|room|café|pub|hall|library)))")
PLACE_NOUNS = {
    "café",
    "cafe",
    "pub",
    "library",
    "bar",
    "inn",
    "hall",
    "bookshop",
    "church",
    "centre",
    "center",
    "club",
    "school",
    "arms",
    "house",
    "hotel",
}
IN = re.compile(r"\s+in\s+(?=\S)")
ROOM = re.compile(
    r"\b(?:in|into|up in|down in) (?:our|the|a|its|their) (?P<room>(?:[a-z-]+ ){0,2}?(?:private|back|front|upstairs|downstairs|common|meeting|seminar|committee|"
    r"upper|function|reading|quiet|side|small) (?:room|bar|parlour|hall)|snug|cellar)\b"
)
OF_PLACE = re.compile(r"\b(?:in|at|into)\s+(?:the|a|our|its)\s+(?:[a-z]+\s+){1,2}of\s+(?=(?:the\s+)?[A-Z])")
DAYS_BACK = {"last night": 1, "yesterday": 1, "tonight": 0, "this evening": 0}
WHEN = re.compile(
    rf"\b(?P<day>{'|'.join(DAYS_BACK)})\b|\b(?:on|last)\s+(?P<weekday>{'|'.join(WEEKDAYS)})\b", re.IGNORECASE
)
MET = re.compile(
    r"\b(?:met|meeting|gathered|came\s+together|trafen|getroffen|réunis|reunimos|incontrati|held)\b", re.IGNORECASE
)
MET_HERE = re.compile(
    r"\b(?:met|gathered|came|were|squeezed|étions|trafen|waren|reunimos|éramos|eravamo|trovati|kwamen|had|on)\b",
    re.IGNORECASE,
)
LATER = re.compile(r"\b(?:next|n[aä]chste|prochain|próxim|prossim|volgend|will\s+be|back\s+to)", re.IGNORECASE)
SENTENCE = re.compile(
    r"[^.!?]+(?:[.!?](?=\S)[^.!?]*|(?<=\b[0-9])\.(?=\s+[^\W\d])[^.!?]*|(?<=\b[0-9][0-9])\.(?=\s+[^\W\d])[^.!?]*|(?<=\bSt)\.[^.!?]*|(?<=\bDr)\.[^.!?]*)*[.!?]*"
)
MAX_SEARCHED_LENGTH = 20_000


def to_number(text: str) -> int | None:
    word = " ".join(text.casefold().split())
    if re.fullmatch("[0-9]{1,3}", word):
        return int(word)
    return NUMBERS.get(word) or FOREIGN.get(word) or WITH_ZU.get(word)


def find_facts(prose: list[tuple[int, str]], posted_on: date | None, *, month_first: bool = False) -> list[Fact]:
    """Return the first fact of each kind in the prose, which is given as (line number, text)."""
    sentences = [
        (line, match[0]) for line, text in prose[:100] for match in SENTENCE.finditer(text[:MAX_SEARCHED_LENGTH])
    ]
    found = [
        find_headcount(sentences),
        *find_venue(sentences),
        find_room(sentences),
        find_meetup_date(sentences, posted_on, month_first=month_first),
    ]
    return [fact for fact in found if fact]


def find_headcount(sentences: list[tuple[int, str]]) -> Fact | None:
    """Return a number of people in a sentence about gathering, else the first number of people with a doubt."""
    sure, guesses = [], []
    for line, sentence in sentences:
        match = next(filter(None, (form.search(sentence) for form in HEADCOUNTS)), None)
        count = match and to_number(
            next(filter(None, map(match.groupdict().get, ("number", "zu", "people", "were"))), "")
        )
        if not count:
            continue
        is_sure = match.re not in {OF_US, STARTS} or GATHERING.search(sentence)
        (sure if is_sure else guesses).append((count, line, match[0]))
    different = [one for one in sure if one[0] != sure[0][0]]
    if sure:
        doubt = f"“{sure[0][2]}” or “{different[0][2]}”: how many came?" if different else ""
        return Fact("headcount", sure[0][0], sure[0][1], doubt)
    if guesses:
        return Fact("headcount", guesses[0][0], guesses[0][1], f"“{guesses[0][2]}” may not be how many came.")
    return None


def find_venue(sentences: list[tuple[int, str]], *, in_the: bool = False) -> list[Fact]:
    """Return the venue and area of the first sentence that names one; `in_the`: "in the Upper Library" is one, too."""
    for line, sentence in sentences:
        if LATER.search(sentence):
            continue
        room = ROOM.search(sentence)
        gathering = GATHERING.search(sentence) or room or OF_US.search(sentence)
        inside = [*(IN_THE.finditer(sentence) if in_the else []), *(INTO.finditer(sentence) if gathering else [])]
        for at in [*(AT.finditer(sentence) if gathering else []), *OF_PLACE.finditer(sentence), *inside]:
            before = sentence[: at.start()].split()
            if (
                len(before) > 1 and before[-1][0].isupper() and at.re is AT
            ):  # "Ideas at Work", "The Post Office at Night"
                continue
            name, end = proper_name(sentence, at.end())
            if name:
                area = area_after(sentence, end)
                return [Fact("venue", name[0].upper() + name[1:], line), *([Fact("area", area, line)] if area else [])]
    return []


def area_after(sentence: str, end: int) -> str:
    """Return the place after `The Crown`: `in Leeds`, or `, Leeds` at the end of the sentence."""
    if within := IN.match(sentence, end):
        return proper_name(sentence, within.end())[0]
    comma = re.match(r",\s+(?=\S)", sentence[end:])
    if comma:
        name, stop = proper_name(sentence, end + comma.end())
        return name if not sentence[stop:].strip(" .!?") else ""
    return ""


def proper_name(text: str, start: int) -> tuple[str, int]:
    """Return the name that starts here, of any alphabet, and its end; ("", start) if there is none.

    Small words such as "of" belong to it where a capitalised word follows.
    """
    last, before = start, ""
    for match in re.finditer(r"\S+", text[start : start + MAX_NAME_LENGTH]):
        word = match[0].rstrip(".,;:!?)…")
        is_short = word in SHORT and match[0].startswith(f"{word}.")
        if is_capital(word) or (last > start and (word[:1].isdigit() or word in PLACE_NOUNS)):
            last = start + match.start() + len(word) + is_short
        elif word.casefold() not in SMALL_WORDS or (before in {"in", "on"} and word != "the"):
            break
        before = word.casefold()
        if before in {"in", "on"} and not text.startswith(" the ", start + match.end()):
            break
        if len(match[0]) > len(word) + is_short:
            break
    return text[start:last], last


def find_room(sentences: list[tuple[int, str]]) -> Fact | None:
    matches = ((line, ROOM.search(sentence)) for line, sentence in sentences)
    return next((Fact("room", match["room"], line) for line, match in matches if match), None)


def find_meetup_date(sentences: list[tuple[int, str]], posted_on: date | None, *, month_first: bool) -> Fact | None:
    """Return a date in the prose, or one counted back from the posted date by "last night" or "on Tuesday".

    A sentence about meeting comes before others.
    """
    first = sorted(sentences, key=lambda one: not MET.search(one[1]))
    for line, sentence in first:
        match, written = WHEN.search(sentence), find_date(sentence, month_first=month_first)
        day = written.value if written else match and posted_on and resolve_relative_date(match, posted_on)
        if not day and posted_on and MET_HERE.search(sentence):
            day, written = day_without_year(sentence, posted_on)
        if day and (posted_on is None or day <= posted_on):
            words = sentence[written.start : written.end] if written else match[0]
            return Fact("met_on", day, line, f"Did you meet on {day.day} {day:%B %Y}? Worked out from “{words}”.")
    return None


def day_without_year(sentence: str, posted_on: date) -> tuple[date | None, Found | None]:
    """Return the last such day before the write-up was posted: "Thursday 18th September"."""
    for form in (rf"\b{DAY}(?:\s+(?:of|de))?\s+{MONTH}(?!\w)", rf"\b{MONTH}\s+{DAY}(?![0-9])"):
        if match := re.search(form, sentence, re.IGNORECASE):
            for year in (posted_on.year, posted_on.year - 1):
                day = to_date(str(year), MONTH_NUMBERS[match["month"].casefold()], match["day"])
                if day and day <= posted_on:
                    return day, Found(day, match.start(), match.end())
    return None, None


def resolve_relative_date(match: re.Match, posted_on: date) -> date:
    if match["weekday"]:
        return weekday_before(posted_on, match["weekday"])
    return posted_on - timedelta(days=DAYS_BACK[" ".join(match["day"].casefold().split())])


def find_job_title(name: str, bio: str, line: int) -> list[Fact]:
    """Return the author's job title from a bio that starts with `<name> is the …`."""
    match = re.match(rf"{re.escape(name)} is (?:the |an? )?(?P<job>[^.,;]{{3,80}})[.,;]", bio)
    if not name or not match:
        return []
    return [Fact("job", match["job"], line, f"“{match['job']}” is taken for {name}’s job: is it?")]
