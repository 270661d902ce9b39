"""Find the book that sentences name: "We read *Slow Machines* by Hannah Okafor". It takes no words out of the text.

Each title beside a name is a candidate; what stands around it speaks for it or against it, and the best one is taken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from meetups.paste.blocks import Block, Layout
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.names import INSIDE, is_known_person, is_name, read_people
from meetups.paste.pieces import Fact, Kind, Person

MAX_SEARCHED_LENGTH = 5_000
MAX_BLOCKS = 200
NAME = r"(?P<name>[^\s,;:!?()“”«»„\"]+(?:\s+[^\s,;:!?()“”«»„\"]+){1,4})"
OF_BOOK = r"(?:novels?|books?|memoir|stor(?:y|ies)|poems|collection|essays?|roman|romanzo|novela|libro|livre|boek|buch|livro|récit|erzählung|classic|thriller|biography)"
BY = r"(?:by|von|par|por|di|door|van|de|du|d[’'](?=\S))"
BEHIND = re.compile(
    rf"[”\"’»“]?\s*,?\s*\(?(?:(?:the|a|an|his|her|their)\s+[^,.;:()]{{0,30}}?\b{OF_BOOK}\s+)?{BY}\s*{NAME}",
    re.IGNORECASE,
)
IN_BRACKETS = re.compile(r"[”\"’»“]?,?\s*\((?P<name>[^\s,;:!?()\d][^,;:!?()\d]{3,60}?)(?:,[^()]{0,60})?\)")
BEHIND_COMMA = re.compile(rf"[”\"’»“]?,\s+{NAME}")
OWNER = re.compile(r"(?P<name>(?:[^\W\d_][\w’'.-]*\s+){1,3}[^\W\d_][\w-]*)[’']s?\s+[“\"«„‘']?$")
OF_IT = re.compile(
    rf"\b(?:{OF_BOOK}|it)\s+(?:(?:is|was|ist|war|est|était|es|era|è)\s+)?(?:(?:written|geschrieben|écrit|escrito|scritto)\s+)?{BY}\s*{NAME}",
    re.IGNORECASE,
)
OWNS = re.compile(rf"(?P<name>(?:[A-Z][\w’'.-]*\s+){{1,3}}[A-Z][\w-]*)[’']s\s+(?:[a-z]+\s+){{0,2}}{OF_BOOK}\b")
WROTE = re.compile(
    r"(?P<name>(?:[A-Z][\w’'.-]*\s+){1,3}[A-Z][\w-]*)\s+(?:has\s+written|wrote|writes|is\s+the\s+author)\b"
)
QUOTED = re.compile(
    r"(?<!\w)(?:“([^“”]{2,90})”|\"([^\"]{2,90})\"|«\s*([^«»]{2,90}?)\s*»|»([^«»]{2,90})«|„([^“”„]{2,90})[“”]|‘([^‘’]{2,90})’(?!\w))"
)
SMALL = r"(?:of|the|a|an|in|and|to|for|on|with|from|at|de|la|le|der|die|das|und|del|delle|di)"
PHRASE = rf"[A-Z0-9][\w’'-]*(?:[,:]?\s+(?:{SMALL}\s+){{0,2}}[A-Z0-9][\w’'-]*){{0,8}}"
CUED = re.compile(
    rf"(?:\b(?:read|reading|discuss(?:ed|ing)?|book|novel|memoir|chose|choice|pick|talked?\s+about|finished|tackled|was|is|about|of|to)[:,]?\s+|[:–—]\s+)"
    rf"(?P<title>{PHRASE})"
)
LABELLED = re.compile(rf"(?i:\b(?:book|libro|livre|buch|boek|livro))\s*:\s*(?P<title>{PHRASE})")
OTHER = re.compile(
    r"\b(?:next|upcoming|recommend|also|compare|remind|like\s|after\s|previous|last|n[aä]chst|prochain|próxim|prossim|volgend|leggeremo|leeremos|gelesen\s+wird|"
    r"in\s+(?:january|february|march|april|may|june|july|august|september|october|november|december))",
    re.IGNORECASE,
)
READ = re.compile(
    r"\b(?:read|discuss|book|novel|chose|talk|finished|roman|libro|livre|buch|lasen|gelesen|lu\b|letto|leído|tonight|this\s+month|we\b)",
    re.IGNORECASE,
)
SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Þ«“\"])")
ENDED = re.compile(r"(?<=[^\W\d_]{3}[.])\s")
LEAST = 1


@dataclass(frozen=True)
class Candidate:
    title: str
    people: tuple[Person, ...]
    line: int
    score: float


def find_book(reader: Reader, title: str) -> list[Fact]:
    """Return the book that the prose names, and who made it, as doubted facts; or the contributors alone."""
    if reader.has(Kind.CONTRIBUTORS):
        named = title_in(title)
        doubt = f"“{named}” is taken for the book, from the title: is it?"
        return [Fact("book", named, 1, doubt)] if named else []
    searched = list(searched_blocks(reader))
    whole = " ".join(block.text for block in searched)[: 20 * MAX_SEARCHED_LENGTH]
    found = [
        Candidate(name, people, block.first_line, score(name, block, at, title, whole, place))
        for place, block in enumerate(searched)
        for name, people, at in candidates(block)
    ]
    best = max(found, key=lambda one: one.score, default=None)
    if best and best.score >= LEAST:
        return facts_from(best)
    return book_of_title(title, searched)


def only_title(searched: list[Block]) -> list[str]:
    """Return the one phrase in quotation marks that is written as titles are, if there is no other."""
    named = {one for block in searched for one in quoted_titles(block.text[:MAX_SEARCHED_LENGTH]) if is_title_like(one)}
    return list(named) if len(named) == 1 else []


def is_title_like(text: str) -> bool:
    longer = [word for word in text.split() if len(word) > 3]
    return len(longer) > 1 and all(word[0].isupper() for word in longer) and text[-1].isalnum()


def title_in(title: str) -> str:
    """Return the book's title within the write-up's: in quotation marks, or behind a colon or a word such as "of"."""
    named = quoted_titles(title) or [match["title"] for match in CUED.finditer(title)]
    return clean_title(named[0]) if named else ""


def line_naming_book(blocks: list[Block]) -> int | None:
    """Return the first line that names a book with its author, or None."""
    named = (
        block.first_line for block in blocks[:MAX_BLOCKS] if block.layout != Layout.QUOTATION and names_book(block)
    )
    return next(named, None)


def names_book(block: Block) -> bool:
    return any(True for _ in candidates(block)) or any(
        form.search(block.text[:MAX_SEARCHED_LENGTH]) for form in (OF_IT, OWNS)
    )


def facts_from(best: Candidate) -> list[Fact]:
    who = ", ".join(person.name for person in best.people)
    doubt = f"“{best.title}” by {who} is taken for the book, from a sentence: is it?"
    return [Fact("book", best.title, best.line, doubt), Fact("contributors", best.people, best.line)]


def book_of_title(title: str, searched: list[Block]) -> list[Fact]:
    """Return the book that the write-up's own title names, where a sentence says "the novel by …"."""
    named = title_in(title) or title
    for block in searched:
        text = block.text[:MAX_SEARCHED_LENGTH]
        for match in [*OF_IT.finditer(text), *OWNS.finditer(text)]:
            name = longest_name(match["name"])
            if name and not OTHER.search(sentence_at(block.text, match.start())):
                return facts_from(Candidate(named, (Person(name, "aut"),), block.first_line, 0))
    repeated = [one for one in quoted_titles(title) if any(one in block.text for block in searched[1:])]
    if not repeated and not title_in(title):
        repeated = only_title(searched)
    if repeated:
        writer = next(
            (
                name
                for block in searched
                for match in WROTE.finditer(block.text[:MAX_SEARCHED_LENGTH])
                if (name := last_name(match["name"]))
            ),
            "",
        )
        if writer:
            return facts_from(Candidate(repeated[0], (Person(writer, "aut"),), 1, 0))
        return [Fact("book", repeated[0], 1, f"“{repeated[0]}” is taken for the book, from the title: is it?")]
    return []


def searched_blocks(reader: Reader) -> Iterator[Block]:
    """Yield the title and the blocks that are prose or notes: quotes and readings name other books."""
    kinds = {Kind.TITLE, Kind.STANDFIRST, Kind.PROSE, Kind.NOTE, Kind.FACT, Kind.LABEL}
    lines = {
        line for piece in reader.pieces if piece.kind in kinds for line in range(piece.first_line, piece.last_line + 1)
    }
    yield from [block for block in reader.blocks if block.first_line in lines and block.layout != Layout.QUOTATION][
        :MAX_BLOCKS
    ]


def candidates(block: Block) -> Iterator[tuple[str, tuple[Person, ...], int]]:
    """Yield (title, people, position) for each title with a name beside it."""
    text = block.text[:MAX_SEARCHED_LENGTH]
    marked = [*italic_spans(block), *((match.start(), match.end()) for match in QUOTED.finditer(text))]
    for start, end in marked:
        for form in (BEHIND, IN_BRACKETS, BEHIND_COMMA):
            match = form.match(text, end)
            name = match and longest_name(match["name"])
            people = read_people(f"by {match['name']}") if name and form is IN_BRACKETS else []
            if len(people) > 1:
                yield clean_title(text[start:end]), tuple(people), start
                break
            if name and (form is BEHIND or is_known_person(name)):
                yield clean_title(text[start:end]), people_from(text, name, match.start("name")), start
                break
        else:
            owner = OWNER.search(text[max(0, start - 60) : start])
            name = owner and last_name(owner["name"])
            if name:
                yield clean_title(text[start:end]), (Person(name, "aut"),), start
    for match in LABELLED.finditer(text):
        named, comma, name = match["title"].rpartition(", ")
        if comma and is_name(name) and len(name.split()) > 1:
            yield (
                clean_title(named),
                people_from(text, name, match.start("title") + len(named) + 2),
                match.start("title"),
            )
    for form in (CUED, LABELLED):
        for match in form.finditer(text):
            by = (
                BEHIND.match(text, match.end())
                or IN_BRACKETS.match(text, match.end())
                or (BEHIND_COMMA.match(text, match.end()) if form is LABELLED else None)
            )
            name = by and longest_name(by["name"])
            if name and (by.re is BEHIND or is_known_person(name)):
                yield clean_title(match["title"]), people_from(text, name, by.start("name")), match.start("title")


def italic_spans(block: Block) -> Iterator[tuple[int, int]]:
    position = 0
    for text, style in block.rich.runs:
        if style.em and 1 < len(text.strip()) <= 90 and not block.rich.is_all("em"):
            yield position + len(text) - len(text.lstrip()), position + len(text.rstrip())
        position += len(text)


def quoted_titles(text: str) -> list[str]:
    return [next(filter(None, match.groups())) for match in QUOTED.finditer(text)]


def clean_title(text: str) -> str:
    return text.strip(' ,.“”"«»„‘’\xa0\u202f')


def people_from(text: str, name: str, start: int) -> tuple[Person, ...]:
    """Return the author, and others whom the same clause names: ", translated by Tim Okoro"."""
    rest = re.split(r"[.;:!?]\s|\)[^,;]|$", text[start + len(name) :], maxsplit=1)[0]
    role = INSIDE.search(rest)
    others = read_people(rest[role.start() :].strip(" ().,")) if role and role.start() < 4 else []
    return (Person(name, "aut"), *others)


def score(title: str, block: Block, at: int, head: str, whole: str, place: int) -> float:
    """Weigh what stands around a title: the write-up's own title, words of reading, words of other books."""
    sentence = sentence_at(block.text, at)
    own = block.text[at : at + len(title) + 2]
    return (
        LEAST
        + 3 * (title.casefold() in head.casefold())
        + bool(READ.search(sentence.replace(own, " ")))
        + (whole.count(title) > 1)
        - 3 * bool(OTHER.search(sentence.replace(own, " ")))
        - place / MAX_BLOCKS
        + 0.5
    )


def sentence_at(text: str, at: int) -> str:
    start = max((match.end() for match in SENTENCE_BREAK.finditer(text, 0, at)), default=0)
    end = SENTENCE_BREAK.search(text, at)
    return text[start : end.start() if end else len(text)]


def longest_name(text: str) -> str:
    """Return the longest name that the text starts with, without a full stop at its end."""
    words = ENDED.split(text)[0].split()
    names = [" ".join(words[:count]).rstrip(".,’'") for count in range(len(words), 1, -1)]
    return next((name for name in names if is_name(name) and name.split()[-1][0].isupper()), "")


def last_name(text: str) -> str:
    """Return the longest name that the text ends with."""
    words = text.split()
    names = (" ".join(words[count:]) for count in range(len(words) - 1))
    return next((name for name in names if is_name(name) and len(name.split()) > 1), "")
