"""One reading of everything, in the order of the page."""

from collections.abc import Iterable, Sequence

from meetups.proofreading import marks, words
from meetups.proofreading.likeness import twice
from meetups.proofreading.texts import FACT, NAME, QUOTE, Finding, Text

TITLES = {
    "missing": "Missing",
    "balance": "Quotation marks and brackets",
    "twice": "Said twice",
    "emphasis": "Emphasis",
    "sections": "Empty sections",
    "links": "Links that say nothing",
    "people": "People",
    "marks": "Marks that print would set otherwise",
}
OFFERS = (marks.ellipses, marks.straight_marks, marks.double_hyphens)
QUESTIONS = (marks.unbalanced, words.lost_emphasis, words.empty_sections, words.links, words.contact)
MOST_OF_A_KIND = 5  # in one text: whoever has mended these sees the next


def proofread(texts: Iterable[Text], names: Sequence[str] = ()) -> list[Finding]:
    """Everything to look at once more, in the order of TITLES. `names` are those that no text should give away."""
    texts = list(texts)
    names = sorted({name for name in names if len(name) > 1}, key=len, reverse=True)
    found = [finding for text in texts for finding in of_one(text, names)]
    found += twice([text for text in texts if text.kind == QUOTE])
    return sorted(found, key=lambda finding: list(TITLES).index(finding.kind))


def of_one(text, names):
    if not text.words.strip():
        return [Finding(text.place, "missing", text.wanted)] if text.wanted else []
    if text.kind in {FACT, NAME}:
        return list(words.shown_name(text)) if text.kind == NAME else []
    return [
        *(finding for question in QUESTIONS for finding in few(question(text))),
        *words.names_in(text, names),
        *(finding for offer in OFFERS for finding in few(offer(text))),
    ]


def offers(text: Text) -> list[Finding]:
    """All that could be replaced in `text`, however many."""
    return [finding for offer in OFFERS for finding in offer(text)]


def few(findings):
    """The first of them; the last of these says how many more there are."""
    found = list(findings)
    if len(found) <= MOST_OF_A_KIND:
        return found
    *first, last = found[:MOST_OF_A_KIND]
    more = f"{last.sentence} ({len(found) - MOST_OF_A_KIND} more like this here.)"
    return [*first, Finding(last.place, last.kind, more, last.excerpt, last.fix)]
