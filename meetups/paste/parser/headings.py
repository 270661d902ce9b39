"""Recognise the headings of a write-up's sections, in the many words that clubs use for them."""

import re
from enum import StrEnum, auto

MAX_HEADING_LENGTH = 60


class Section(StrEnum):
    HEAD = auto()
    PROSE = auto()
    BOOK = auto()
    NOTES = auto()
    TERM = auto()
    QUESTIONS = auto()
    QUOTES = auto()
    READINGS = auto()
    SESSION = auto()
    AUTHOR = auto()
    RELATED = auto()


THE = r"(?:the|our|this|that|an?)"
OF_BOOK = rf"(?:\ (?:from|on|about|of|in|for)\ {THE}\ (?:book|text|reading|novel|story))?"
GATHERING = r"(?:session|evening|night|meeting|meetup|discussion|conversation|table|room)"
SOME = r"(?:(?:some|a\ few|more|the|our|key|main|big|best|other)\ )*"

# Asked in this order: "Notes on the session" is no note about the book.
SYNONYMS = {
    Section.SESSION: rf"""
        (?:{SOME}(?:notes|points|thoughts|comments|minutes|remarks)\ (?:on|from|of|at)\ (?:{THE}\ )?{GATHERING})
        |{GATHERING}\ (?:notes|minutes)|minutes|what\ (?:we|people)\ said(?:\ {THE}\ {GATHERING})?|what\ was\ said
        |(?:over)?heard\ (?:at|around|round)\ the\ table|(?:around|round|from)\ the\ table|on\ the\ night
    """,
    Section.QUESTIONS: rf"""
        {SOME}(?:discussion\ |open\ |reading\ group\ |book\ club\ )?questions{OF_BOOK}
        |questions\ (?:for|to)\ (?:discussion|discuss|talk\ about|the\ (?:club|group|table)|your\ (?:club|group))
        |questions\ we\ (?:asked|discussed)|(?:for|points\ for|topics\ for)\ discussion|(?:things|topics)\ to\ discuss
        |discussion\ points|talking\ points|discuss(?:ion)?|to\ talk\ about
    """,
    Section.QUOTES: rf"""
        {SOME}(?:favou?rite\ |memorable\ |notable\ )*(?:quotes|quotations|lines|passages|sentences|extracts|excerpts){OF_BOOK}
        |(?:quotes|lines|passages|sentences)\ (?:we\ (?:liked|loved|marked|underlined|kept)|worth\ keeping)
        |words\ from\ the\ book|in\ (?:the\ author’s|her|his|their)\ own\ words|underlined
    """,
    Section.READINGS: rf"""
        {SOME}(?:further|suggested|recommended|related|background)\ (?:reading|resources)|more\ to\ read|reading\ list
        |what\ to\ read\ next|see\ also|links|resources|if\ you\ liked\ (?:this|it)|more\ on\ this
    """,
    Section.NOTES: rf"""
        {SOME}(?:points|ideas|notes|takeaways|take-aways|themes|lessons|arguments|observations|highlights|facts){OF_BOOK}
        |what\ we\ (?:learned|learnt|noticed|took\ away)(?:\ from\ the\ book)?|in\ brief|summary|synopsis|the\ argument
    """,
    Section.BOOK: r"(?:the|this\ month’s|tonight’s|our)\ book|what\ we\ read|the\ book\ we\ read",
    Section.TERM: rf"{SOME}(?:terms|definitions)|glossary|words\ to\ know",
    Section.AUTHOR: r"about\ the\ (?:author|writer)|who\ wrote\ this|about\ me",
    Section.RELATED: r"""
        you\ (?:may|might)\ also\ (?:like|enjoy)|related(?:\ (?:posts|articles|stories|write-ups))?|recent\ posts
        |more\ (?:like\ this|from\ the\ (?:blog|club))|read\ next
    """,
}
TABLE = {section: re.compile(pattern, re.VERBOSE) for section, pattern in SYNONYMS.items()}

TERM_HEADINGS = [
    re.compile(r"what (?:does|do|did) (?P<term>.{1,80}?) mean(?:,? exactly)?\?", re.IGNORECASE),
    re.compile(r"what is meant by (?P<term>.{1,80}?)\?", re.IGNORECASE),
    re.compile(r"(?:definition(?: of)?|defining):? (?P<term>.{1,80}?)", re.IGNORECASE),
]


def bare_heading(text: str) -> str:
    """Strip the marks that plain text puts around a heading: `## Questions:` gives `Questions`."""
    return text.strip("#*_=~:. \t\xa0") if len(text) <= MAX_HEADING_LENGTH else text


def section_of(text: str) -> Section | None:
    """Return the section that this line starts, or None if it is not a heading."""
    if len(text) > MAX_HEADING_LENGTH:
        return None
    words = " ".join(bare_heading(text).casefold().replace("'", "’").replace("&", "and").split()).rstrip("?!")
    return next((section for section, pattern in TABLE.items() if pattern.fullmatch(words)), None)


def term_in(text: str) -> str:
    """Return the term of a heading such as "What does … mean?", or ""."""
    matches = (pattern.fullmatch(text.strip("#*_ ")) for pattern in TERM_HEADINGS)
    return next((match["term"] for match in matches if match), "")


def looks_like_heading(text: str) -> bool:
    """Return whether it is short, starts with a capital or a digit, and doesn't end like a sentence."""
    short = len(text) <= MAX_HEADING_LENGTH and len(text.split()) <= 8
    return short and text[-1] not in '.?!…,;:”"’)' and (text[0].isupper() or text[0].isdigit())
