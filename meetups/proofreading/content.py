"""Find lost emphasis, empty sections, bare links, contact data and people's names."""

import re
from collections.abc import Iterator, Sequence

from meetups.proofreading.findings import PROSE, Finding, Text, excerpt_around, mask_non_prose

OWN_EMPHASIS = re.compile(
    r"\b(?:italics|emphasis|stress)\s+(?:is\s+|are\s+)?(?:mine|ours?|added|my own|in (?:the )?original)\b"
    r"|\b(?:my|our)\s+(?:italics|emphasis)\b"
    r"|\bHervorhebung(?:en)?\s+(?:von mir|im Original)\b|\bkursiv im Original\b|\bnous soulignons\b|\bje souligne\b"
    r"|\bcursivas?\s+mías?\b|\bénfasis\s+(?:mío|añadido)\b|\bcorsivo\s+mio\b|\bcursivering\s+van mij\b|\bgrifos?\s+meus?\b",
    re.IGNORECASE,
)
EMPHASIS = re.compile(r"(?<![*\w\\])[*_]{1,3}[^\s*_][^*_\n]{0,2000}?[*_]{1,3}(?!\w)")
LINK = re.compile(r"\[([^\[\]\n]{1,200})\](?=[(\[])")
EMPTY_LINK_TEXTS = {
    "here", "click here", "click", "click this", "this", "this link", "the link", "link", "links", "more", "read more",
    "see more", "learn more", "find out more", "this page", "page", "website", "site", "this website", "url", "web",
    "see here", "read here", "go", "details", "this article", "article",
}  # fmt: skip
HEADING = re.compile(r"(?m)^ {0,3}(#{1,6})(?=[ \t]|$)(.*)$")
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
PHONE = re.compile(r"(?<![\w.+/-])(?:\+\d|\(?0)[\d ().\-\u00a0\u2011]{7,18}\d(?![\w/-])")
BOOK_NUMBER = re.compile(r"ISBN[-\s:\d]*$", re.IGNORECASE)


def find_lost_emphasis(text: Text) -> Iterator[Finding]:
    """Find “(Italics mine)” without any emphasis: pasting as plain text loses it.

    The emphasis must stand in the paragraph of the remark, or before it if the remark is a paragraph of its own.
    """
    if text.emphasis_note and not EMPHASIS.search(text.words):
        yield lost_emphasis(text, text.emphasis_note)
        return
    paragraphs = re.split(r"\n[ \t>]*\n", text.words)
    for number, paragraph in enumerate(paragraphs):
        remark = OWN_EMPHASIS.search(paragraph)
        if remark is None:
            continue
        is_alone = len(paragraph.split()) <= len(remark.group().split()) + 1
        about = "\n\n".join(paragraphs[max(0, number - 1) : number + 1]) if is_alone else paragraph
        about = OWN_EMPHASIS.sub("", about)
        if not EMPHASIS.search(about):
            yield lost_emphasis(text, remark.group())


def lost_emphasis(text, remark):
    sentence = f"“{remark}”, and nothing is in italics. Put *asterisks* around what is, or take the remark away."
    return Finding(text.place, "emphasis", sentence)


def find_empty_sections(text: Text) -> Iterator[Finding]:
    """Find headings that are followed by another one of the same or a higher level, or by nothing."""
    if text.kind != PROSE:
        return
    headings = list(HEADING.finditer(text.words))
    for number, found in enumerate(headings):
        following = headings[number + 1] if number + 1 < len(headings) else None
        below = text.words[found.end() : following.start() if following else len(text.words)]
        is_parent = following is not None and len(following[1]) > len(found[1])
        if not below.strip() and not is_parent:
            title = found[2].strip(" \t#")
            title = f"“{title}”" if title else "A heading without words"
            yield Finding(text.place, "sections", f"{title}: nothing stands below it. Write it, or take it away.")


def find_bare_links(text: Text) -> Iterator[Finding]:
    if text.kind != PROSE:
        return
    for found in LINK.finditer(text.words):
        if found[1].strip(" .,:;!?…→>*_“”\"'").casefold() in EMPTY_LINK_TEXTS:
            sentence = f"A link called “{found[1]}” says nothing by itself. Make what it leads to the link."
            yield Finding(text.place, "links", sentence, excerpt_around(text.words, found.start(), len(found[0])))


def find_contact_data(text: Text) -> Iterator[Finding]:
    """Find e-mail addresses and telephone numbers."""
    for found in MAIL.finditer(text.words):
        sentence = (
            f"An e-mail address, {found.group()}: strangers and machines will read it. Take it out if it is private."
        )
        yield Finding(text.place, "people", sentence, excerpt_around(text.words, found.start(), len(found[0])))
    words = mask_non_prose(text.words)
    for found in PHONE.finditer(words):
        if 9 <= sum(map(str.isdigit, found.group())) <= 15 and not BOOK_NUMBER.search(
            words[max(0, found.start() - 24) : found.start()]
        ):
            sentence = f"A telephone number, {found.group()}: everybody will read it. Take it out if it is private."
            yield Finding(text.place, "people", sentence, excerpt_around(text.words, found.start(), len(found[0])))


def find_shown_names(text: Text) -> Iterator[Finding]:
    if text.words:
        sentence = f"Everybody will read that {text.words} said this. Take the name off if they have not agreed."
        yield Finding(text.place, "people", sentence)


def find_hidden_names(text: Text, names: Sequence[str]) -> Iterator[Finding]:
    """Find names that session notes hide from the public. One finding per name and text."""
    for name in names:
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text.words)
        if found:
            sentence = f"{name} is named here, for everybody. Ask them, or write it without the name."
            yield Finding(text.place, "people", sentence, excerpt_around(text.words, found.start(), len(name)))
