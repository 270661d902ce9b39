"""Part who said something from the words: "Anna: words", "words – Nick", "(Nick & Ada)", "- de la Cruz", "@nick"."""

import re
from collections import Counter
from dataclasses import dataclass

from meetups.paste.blocks import Block
from meetups.paste.parser.cursor import Reader
from meetups.paste.parser.headings import Section, strip_symbols
from meetups.paste.parser.labels import match_label
from meetups.paste.parser.names import is_capital, is_first_name, is_name
from meetups.paste.parser.quotations import read_quotation
from meetups.paste.pieces import Kind
from meetups.paste.sources.chat import MEDIA, is_omitted

MAX_LENGTH = 60
FEWEST_LINES, FEWEST_NAMES = 4, 2  # of a transcript
FEWEST_IN_RUN = 3
SHARE_OF_LINES = 0.25
LEADING = re.compile(
    r"(?P<name>[^\s:：.!?,;“”\"()\[\]0-9][^:：!?,;“”\"()\[\]0-9\n]{0,40}?)(?:\s+\([^()]{1,30}\))?\s*[:：]\s+(?=\S)"
)
DASHED = re.compile(r"(?P<name>[^\W\d_][\w’'.-]*(?:\s[^\W\d_][\w’'.-]*)?)\s+[–—-]\s+(?=\S)")
ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]\.?")
SENDER = re.compile(r"(?P<name>[^:\n]{1,60}?):\s+(?=\S)")
# Behind the name there may be an aside: "Oksana, laughing", "Desmond (by phone)".
TRAILING = [
    (
        re.compile(
            r"(?<=\S)\s+[–—~-]{1,2}\s*(?P<name>[^–—~()\[\]“”\"]{1,60}?)(?:\s+\((?P<aside>[^()]{1,30})\))?[.;,]?$"
        ),
        False,
    ),
    (re.compile(r"(?<=\S)\s+[(\[](?P<name>[^()\[\]]{1,60}?)(?:\s+\((?P<aside>[^()]{1,30})\))?[)\]][.;,]?$"), True),
    (re.compile(r"(?<=\S)\s+(?P<name>@[\w.-]{2,30})\.?$"), False),
]
TOGETHER = re.compile(r"\s*(?:,|&|/|\+|\band\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b)\s*")
# What stands before a colon and is no speaker's name.
NO_NAME = re.compile(
    r"average|rating|scores?|verdict|total|notes?|nb|ps|spoilers?|warning|answer|question|q|a|wine|dog|next|date|time|place|book|title|"
    r"author|venue|favou?rite|conclusion|summary|themes?|plot|setting|pros|cons|results?|likes|dislikes|winner|loser|runner-up|"
    r"example|update|edit|ingredients|reminder|address|website|link|host|chair|present|apologies|chapter|part|fazit|bewertung|"
    r"motion|proposed|seconded|resolved|carried|action|isbn|beginn|ende|thema|ergebnis|top|in reply to|forwarded from|durchschnitt|moyenne|media|promedio|gemiddelde|(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    re.IGNORECASE,
)
KIN = re.compile(
    r"(?<=\w)[’']s\s+(?:wife|husband|partner|mum|mom|dad|mother|father|sister|brother|son|daughter|gran|nan|friend|aunt|uncle|dog|cat)$"
)
# Speakers that are no full name: nobody in particular, and handles in lower case, which a name never is.
NOBODY = {
    "anon",
    "anonymous",
    "anon.",
    "everyone",
    "everybody",
    "all",
    "several",
    "someone",
    "somebody",
    "us all",
    "nick",
}
NOTE_WORDS = re.compile(r"\b(?:laugh(?:ter|s|ing)?|applause|sic|ed|pause|cake|aside|sighs?|cheers)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    text: str
    name: str = ""
    doubt: str = ""


def leading_name(text: str) -> re.Match | None:
    """Return the match of a name with a colon, or of a first name with a dash, at the start of the text."""
    match = LEADING.match(text[: MAX_LENGTH * 2])
    if not match:
        dashed = DASHED.match(text[: MAX_LENGTH * 2])
        return dashed if dashed and is_first_name(dashed["name"].split()[0]) and is_name(dashed["name"]) else None
    if not match or not is_speaker(match["name"]) or match_label(match[0]):
        return None
    return match


def is_speaker(name: str) -> bool:
    name = name.strip()
    plain = name.strip("@").casefold()
    if (
        NO_NAME.fullmatch(plain)
        or plain.split()[0] in {"the", "our", "my", "next", "this", "average"}
        or len(plain) < 2
    ):
        return False
    return is_names(name)


def is_names(text: str) -> bool:
    """Return whether the text is one or several names: "Nick & Ada", "Dr. Chioma Obi", "@nick", "anon.", "BEN"."""
    parts = [part.strip() for part in TOGETHER.split(text.strip()) if part.strip()]
    return 0 < len(parts) <= 4 and all(map(is_one_name, parts))


def is_one_name(text: str) -> bool:
    bare = strip_symbols(text.strip())
    if bare.casefold() in NOBODY or re.fullmatch(r"@[\w.-]{2,30}", bare):
        return True
    bare = re.sub(r"^(?:Dr|Prof|Mr|Mrs|Ms|Mx|St|Rev|Fr)\.\s+", "", bare)
    bare = re.sub(r"\s+[A-Z]\.$", "", bare)
    bare = KIN.sub("", bare)
    return is_name(bare) and len(bare.split()) <= 4


def transcript_names(blocks: list[Block], *, is_chat: bool = False) -> set[str]:
    """Return the speakers of a transcript in lower case, if the document is one: several lines of a few people.

    In the export of a chat, whatever stands before the first colon is a sender.
    """
    found = Counter()
    matches = [
        None if block.is_item else (SENDER.match(block.text) if is_chat else leading_name(block.text))
        for block in blocks
    ]
    for place, match in enumerate(matches):
        if match and (is_chat or not stands_alone(blocks, matches, place)):
            found[match["name"].strip().casefold()] += 1
    spoken = set() if is_chat else names_in_runs(blocks, matches)
    lines = sum(found.values())
    is_transcript = is_chat or (lines >= FEWEST_LINES and len(found) >= FEWEST_NAMES and max(found.values()) > 1)
    return (set(found) if is_transcript else set()) | spoken


def names_in_runs(blocks: list[Block], matches: list) -> set[str]:
    """Return the speakers of lines that stand together, each with another first name in front."""
    names: set[str] = set()
    run: list[str] = []
    for block, match in zip([*blocks, None], [*matches, None], strict=True):
        if not match or (block.after_gap and run):
            known = sum(is_first_name(name.split()[0]) for name in run)
            if len(run) >= FEWEST_IN_RUN and known * 2 >= len(run):
                names |= {name.casefold() for name in run}
            run = []
        if match:
            run.append(match["name"].strip())
    return names


def stands_alone(blocks: list[Block], matches: list, place: int) -> bool:
    """Return whether no line beside it has a speaker, while a gap parts it from them: "Recording: for members"."""
    near = [matches[one] for one in (place - 1, place + 1) if 0 <= one < len(blocks)]
    name = matches[place]["name"].casefold()
    return not any(near) and not any(
        match and match["name"].casefold() == name for match in (*matches[:place], *matches[place + 1 :])
    )


def names_behind(blocks: list[Block]) -> set[str]:
    """Return the speakers of a transcript whose names stand behind the words, in lower case, if the document is one."""
    lines = [block for block in blocks if block.is_paragraph]
    found = Counter(said.name.casefold() for block in lines if (said := read_said(block, is_listed=True)).name)
    count = sum(found.values())
    repeated = bool(found) and max(found.values()) > 1
    is_transcript = (
        count >= FEWEST_LINES and len(found) >= FEWEST_NAMES and repeated and count >= len(lines) * SHARE_OF_LINES
    )
    return set(found) if is_transcript else set()


def read_line_with_name_behind(reader: Reader, block: Block) -> bool:
    """Take a line such as "I stopped at the football chapter. (Chioma)" of a transcript as a session note."""
    if not reader.names_behind or not block.is_paragraph or reader.section not in {Section.HEAD, Section.PROSE}:
        return False
    said = read_said(block, is_listed=True)
    if said.name.casefold() not in reader.names_behind or not reader.has(Kind.TITLE):
        return False
    reader.section = Section.PROSE
    evidence = "its speaker stands behind, as on other lines"
    reader.add(Kind.SESSION_NOTE, block, text=said.text, who=said.name, evidence=evidence, doubt=said.doubt)
    return True


def read_speaker_line(reader: Reader, block: Block) -> bool:
    """Take a line of a transcript as a session note."""
    if not reader.speakers or block.is_item or (reader.section == Section.HEAD and not reader.has(Kind.TITLE)):
        return False
    match = SENDER.match(block.text) if reader.is_chat else leading_name(block.text)
    if not match and reader.speakers and goes_on(reader, block):
        reader.extend(reader.last, block, separator="\n")
        return True
    if not match or match["name"].strip().casefold() not in reader.speakers:
        return False
    if is_omitted(block.text[match.end() :]):
        reader.leave_out(block, MEDIA)
        return True
    evidence = "its speaker stands in front, as on other lines"
    reader.add(
        Kind.SESSION_NOTE,
        block,
        text=block.text[match.end() :],
        who=match["name"].strip(),
        evidence=evidence,
        doubt=aside_doubt(match),
    )
    return True


def aside_doubt(match: re.Match) -> str:
    """Return a doubt on words in brackets between the name and its colon, as in `Anna (10): words`; or ""."""
    aside = match[0][match.end("name") :].strip(" :：")
    return f"“{aside}” behind the name is not kept." if aside else ""


def goes_on(reader: Reader, block: Block) -> bool:
    """Return whether a line without a name stands right below a speaker's line."""
    return (
        block.is_paragraph
        and (reader.is_chat or not block.after_gap)
        and reader.last_kind == Kind.SESSION_NOTE
        and bool(reader.last.who)
        and (reader.is_chat or not (ASIDE.fullmatch(block.text) or read_said(block, is_listed=True).name))
    )


def part_aside(match: re.Match) -> tuple[str, str]:
    """Return (name, aside) of `Oksana, laughing` or `Desmond (by phone)`."""
    name, comma, after = match["name"].strip().partition(", ")
    if comma and after[:1].islower() and len(after.split()) <= 4:
        return name, after
    return match["name"].strip(), match.groupdict().get("aside") or ""


def read_said(block: Block, *, is_listed: bool) -> Said:
    """Part the words of a session note from the name of who said them. `is_listed`: other notes are in a list."""
    text = block.text
    start = max(0, len(text) - 2 * MAX_LENGTH)
    for form, bracketed in TRAILING:
        match = form.search(text, start)
        name, aside = part_aside(match) if match else ("", "")
        if not name or not is_names(name) or (bracketed and NOTE_WORDS.search(name)):
            continue
        is_odd = bracketed or not is_capital(name.split()[0].lstrip("@")) or len(name.split()) > 3
        doubts = [f"“{name}” is taken for the name of who said it."] if is_odd else []
        doubts += [f"“{aside}” behind the name is not kept."] if aside else []
        return Said(text[: match.start()], name, " ".join(doubts))
    quotation = read_quotation(text)
    if quotation and is_first_name(quotation.who.split()[0] if quotation.who else "") and not quotation.place:
        return Said(quotation.text, quotation.who, f"“{quotation.who}” is taken for the name of who said it.")
    if leading := leading_name(text):
        name = leading["name"].strip()
        doubt = f"“{name}” is taken for the name of who said it. {aside_doubt(leading)}".strip()
        return Said(text[leading.end() :], name, doubt)
    bracket = re.match(r"[(\[](?P<name>[^()\[\]]{1,40})[)\]]\s*[:–—-]?\s+(?=\S)", text)
    if bracket and is_names(bracket["name"]) and not NOTE_WORDS.search(bracket["name"]):
        return Said(
            text[bracket.end() :], bracket["name"].strip(), f"“{bracket['name']}” is taken for the name of who said it."
        )
    if not is_listed:
        return Said(text, doubt="This is taken for a note on the session, though it is not in the list.")
    return Said(text)
