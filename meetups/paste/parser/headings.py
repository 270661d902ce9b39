"""Recognise the headings of a write-up's sections, in the many words and languages that clubs use for them."""

import re
import unicodedata
from enum import StrEnum, auto

MAX_HEADING_LENGTH = 80


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
    RATINGS = auto()
    NEXT = auto()
    AUTHOR = auto()
    RELATED = auto()


THE = r"(?:the|our|this|that|an?)"
OF_BOOK = rf"(?:\ (?:from|on|about|of|in|for)\ {THE}\ (?:book|text|reading|novel|story|poems?|essays?))?"
GATHERING = r"(?:session|evening|night|meeting|meetup|discussion|conversation|table|room)"
SOME = r"(?:(?:some|a\ few|more|the|our|key|main|big|best|other|top|my)\ )*"

# Asked in this order: "Notes on the session" is no note about the book.
SYNONYMS = {
    Section.SESSION: rf"""
        (?:{SOME}(?:notes|points|thoughts|comments|minutes|remarks)\ (?:on|from|of|at)\ (?:{THE}\ )?{GATHERING})
        |{GATHERING}\ (?:notes|minutes)|minutes|what\ (?:we|people|everyone|everybody|members)\ said(?:\ {THE}\ {GATHERING})?
        |what\ was\ said|(?:things|some\ things|stuff)\ (?:people|we|members|everyone)\ said|who\ said\ what
        |(?:over)?heard(?:\ .{{2,30}})?|(?:things\ |words\ )?said\ (?:at|around|round|on|in|by|over)\ .{{2,30}}|(?:around|round|from)\ the\ (?:table|floor|room)|on\ the\ night|(?:sayings|remarks|quotes|quips|things\ said)\ (?:of|from|on)\ the\ (?:evening|night|table|day)|what\ we\ heard|points\ raised(?:\ (?:in|during|at)\ .{{3,30}})?|in\ discussion
        |(?:members’\ |readers’\ |your\ )?(?:comments|reactions|voices|responses|contributions)(?:\ from\ the\ (?:floor|table|room|group))?
    """,
    Section.QUESTIONS: rf"""
        {SOME}(?:discussion\ |open\ |reading\ group\ |book\ club\ |starter\ )?questions{OF_BOOK}
        |questions\ (?:for|to)\ (?:discussion|discuss|talk\ about|next\ time|take\ home|think\ about|ask|ponder|consider
            |the\ (?:club|group|table|next\ (?:meeting|time))|your\ (?:club|group))
        |questions\ (?:we|that|for|about|on|from|to|left|still)\ .{{2,50}}|(?:for|points\ for|topics\ for)\ discussion|(?:things|topics)\ to\ discuss
        |discussion\ (?:points|topics|guide)|(?:things|what)\ we\ (?:wondered|asked|still\ wonder)|to\ (?:chew|think|mull|talk)\ (?:over|about|on)|talking\ points|discuss(?:ion)?|to\ talk\ about|what\ we\ asked
    """,
    Section.QUOTES: rf"""
        {SOME}(?:favou?rite\ |memorable\ |notable\ |good\ |great\ )*
            (?:quotes|quotations|lines|passages|sentences|extracts|excerpts){OF_BOOK}
        |(?:quotes|lines|passages|sentences)\ (?:that\ )?(?:we\ (?:all\ )?(?:liked|loved|marked|underlined|kept|remember)|worth\ keeping
            |stayed\ with\ us|stuck)
        |(?:any\ )?(?:quotes|quotations|lines|passages|sentences|extracts)\ (?:worth|read|to|we|that|for|from\ the|people|everyone|members|i|you|discussed|marked|chosen|underlined|did)(?:\ .{{2,40}})?
        |which\ lines\ .{{3,40}}
        |words\ from\ the\ book|in\ (?:the\ author’s|her|his|their)\ own\ words|underlined|quotable
    """,
    Section.READINGS: rf"""
        {SOME}(?:further|suggested|recommended|related|background)\ (?:reading|resources)|more\ to\ read|reading\ list
        |(?:works|books|titles|also)\ (?:read|mentioned|cited|recommended)|references|bibliography|sources|recommendations
        |what\ to\ read\ next|see\ also|links|resources|if\ you\ liked\ (?:this|it)|more\ on\ this
    """,
    Section.RATINGS: rf"""
        {SOME}(?:ratings?|scores?|marks?|stars|votes?|verdicts?|star\ ratings?)|the\ (?:final\ )?(?:verdict|vote|score)|how\ we\ rated\ it
        |marks\ out\ of\ (?:ten|10|five|5)
    """,
    Section.NEXT: r"""
        (?:our\ |the\ )?next\ (?:meeting|time|session|book|month|evening|meetup|up|read)|coming\ up|dates?\ for\ (?:your|the)\ diar(?:y|ies)
        |(?:the\ )?date\ of\ (?:the\ )?next\ meeting|what[’]?s\ next|save\ the\ date
    """,
    Section.NOTES: rf"""
        {SOME}(?:points|ideas|notes|takeaways|take-aways|themes|lessons|arguments|observations|highlights|facts){OF_BOOK}
        |what\ we\ (?:learned|learnt|noticed|took\ away|liked|loved|didn’t\ like|disliked|thought|talked\ about|discussed)
            (?:\ (?:from|about|in)\ the\ (?:book|novel))?
        |what\ (?:worked|didn’t(?:\ work)?|did\ not\ work)|likes|dislikes|(?:the\ )?(?:plot|characters|setting|style|ending)
        |in\ brief|summary|synopsis|the\ argument|general\ (?:comments|impressions|discussion)|first\ impressions
    """,
    Section.BOOK: r"(?:the|this\ month’s|tonight’s|our|about\ the)\ book|(?:this\ month\ )?(?:what\ )?we\ (?:have\ )?read|the\ book\ we\ read",
    Section.TERM: rf"{SOME}(?:terms|definitions)|(?:\w+\ ){{0,2}}glossary|words\ (?:to\ know|we\ .{{3,30}})|vocabulary",
    Section.AUTHOR: r"about\ the\ (?:author|writer)|who\ (?:wrote|writes)\ this(?:\ \w+)?|about\ me",
    Section.RELATED: r"""
        you\ (?:may|might)\ also\ (?:like|enjoy)|related(?:\ (?:posts|articles|stories|write-ups))?|recent\ posts
        |more\ (?:like\ this|from\ the\ (?:blog|club))|read\ next
    """,
}
# The words of other languages, German, French, Spanish, Italian, Dutch and Portuguese, that a heading begins with.
FIRST_WORDS = {
    word: section
    for section, words in {
        Section.QUOTES: "zitate textstellen lieblingszitate lieblingssätze stellen citations citas frases citazioni frasi citaten zinnen citações trechos",
        Section.QUESTIONS: "fragen diskussionsfragen preguntas domande vragen discussievragen perguntas questões",
        Section.SESSION: "protokoll stimmen wortmeldungen entendu paroles dicho voci notulen",
        Section.NOTES: "notizen eindrücke themen zusammenfassung inhalt gedanken résumé thèmes impresiones resumen temas notas appunti riassunto temi "
        "notities aantekeningen samenvatting thema’s anotações impressões resumo ideias",
        Section.READINGS: "weiterlesen leseempfehlungen lektüretipps literatur lectures lecturas letture leestips leituras",
        Section.RATINGS: "bewertung bewertungen noten fazit bilan puntuación valoración veredicto voti valutazione verdetto beoordeling cijfers avaliação",
        Section.BOOK: "buch livre libro boek livro",
        Section.TERM: "begriffe glossar glossaire glosario términos glossario begrippen woordenlijst glossário termos",
    }.items()
    for word in words.split()
}
# Their headings may be sentences as well: "We read.", "The ending."
NEVER_WITH_STOP = {Section.BOOK, Section.NOTES, Section.RATINGS, Section.NEXT}
TABLE = {section: re.compile(pattern, re.VERBOSE) for section, pattern in SYNONYMS.items()}
POSSESSIVES = re.compile(
    r"(?:unsere?|unser|nos|notre|nuestr[ao]s?|i nostri|le nostre|onze|os nossos|as nossas|die|les|las|los|de|as|os)\s+"
)
HAS_VALUE = re.compile(r":\s*[^\s\w]*[★☆⭐🌟0-9]")

TERM_HEADINGS = [
    re.compile(r"what (?:does|do|did) (?P<term>.{1,80}?) mean(?:,? exactly)?\?", re.IGNORECASE),
    re.compile(r"what is meant by (?P<term>.{1,80}?)\?", re.IGNORECASE),
    re.compile(r"(?:definition(?: of)?|defining):? (?P<term>.{1,80}?)", re.IGNORECASE),
]
NUMBERING = re.compile(
    r"TOP\s+[0-9]{1,2}[.:]?\s+|(?:(?:TOP|Punkt|Item|Part|Section)\s+)?(?:\(?(?:[0-9]{1,2}(?:\.[0-9]{1,2})*|[IVX]{1,4}|[A-H])[.):]-?|[0-9](?:\.[0-9]{1,2})+)\s+(?=\S)|[0-9]{1,2}\s+[–-]\s+"
)
PLAIN_NUMBER = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})*\s+(?=[A-Z])")
IN_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]{1,40}[)\]]$")


def bare_heading(text: str) -> str:
    """Strip what stands around the words of a heading: marks, emoji, numbers. `## 1. Questions:` gives `Questions`."""
    if len(text) > MAX_HEADING_LENGTH:
        return text
    bare = strip_symbols(text.strip("#*_=~:. \t\xa0"))
    numbering = NUMBERING.match(bare)
    bare = bare[numbering.end() :] if numbering else bare
    return strip_symbols(bare.strip("#*_=~:. \t\xa0")) or text


def strip_symbols(text: str) -> str:
    """Strip emoji and other symbols at both ends."""
    start, end = 0, len(text)
    while start < end and is_symbol(text[start]):
        start += 1
    while end > start and is_symbol(text[end - 1]):
        end -= 1
    return text[start:end].strip()


def is_symbol(letter: str) -> bool:
    return (
        letter.isspace()
        or letter in "\u200d\ufe0f\ufe0e•·|"
        or (unicodedata.category(letter) in {"So", "Sk", "Cs", "Co", "Mn"} and ord(letter) > 0x2000)
    )


def section_of(text: str) -> Section | None:
    """Return the section that this line starts, or None if it is not a heading."""
    if len(text) > MAX_HEADING_LENGTH or not text:
        return None
    words = normalize_heading(text)
    if re.search(r":\s*\S", bare_heading(text).rstrip(":")) or HAS_VALUE.search(text):
        return None
    section = look_up(words) or look_up(IN_BRACKETS.sub("", words))
    return None if section in NEVER_WITH_STOP and text.endswith(".") else section


def normalize_heading(text: str) -> str:
    bare = bare_heading(text)
    number = PLAIN_NUMBER.match(bare)  # "2 Quotes"; in "12 Angry Men" it belongs to the words, so it is kept elsewhere
    bare = bare[number.end() :] if number else bare
    return " ".join(bare.casefold().replace("'", "’").replace("&", "and").split()).rstrip("?!:. ")


def look_up(words: str) -> Section | None:
    if not words:
        return None
    section = next((section for section, pattern in TABLE.items() if pattern.fullmatch(words)), None)
    bare = POSSESSIVES.sub("", words, count=1)
    return section or by_first_word(bare)


def by_first_word(words: str) -> Section | None:
    """Return the section of a longer heading such as "frases subrayadas" or "fragen für zu hause", by its first word."""
    first, _, rest = words.partition(" ")
    section = FIRST_WORDS.get(first) if len(rest.split()) <= 5 else None
    return None if section == Section.BOOK and rest else section


def term_in(text: str) -> str:
    """Return the term of a heading such as "What does … mean?", or ""."""
    if len(text) > 120:
        return ""
    matches = (pattern.fullmatch(text.strip("#*_ ")) for pattern in TERM_HEADINGS)
    return next((match["term"] for match in matches if match), "")


IN_FIGURES = re.compile(r"[:–—-]\s*[0-9]|[0-9]\s*/\s*[0-9]|out of|\s[0-9]+$")


def looks_like_heading(text: str) -> bool:
    """Return whether it is short, starts with a capital or a digit, and doesn't end like a sentence."""
    short = 0 < len(text) <= 70 and 0 < len(text.split()) <= 11 and not IN_FIGURES.search(text)
    return short and text[-1] not in '.?!…,;:”"’)»“' and (text[0].isupper() or text[0].isdigit())
