"""Run all checks over the texts of a write-up, and compare its quotes with each other."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from meetups.paste.importer.fuzzy_match import MAX_COMPARED_LENGTH, MAX_COMPARED_TEXTS, is_near, normalize_text
from meetups.proofreading import content, people, punctuation
from meetups.proofreading.findings import FACT, NAME, QUOTE, Finding, Text

TITLES = {
    "missing": "Missing",
    "balance": "Quotation marks and brackets",
    "twice": "Said twice",
    "emphasis": "Emphasis",
    "sections": "Empty sections",
    "links": "Links that say nothing",
    "people": "People",
    "marks": "Typewriter marks",
}
FIX_CHECKS = (punctuation.find_typed_ellipses, punctuation.find_straight_quotes, punctuation.find_double_hyphens)
CHECKS = (
    punctuation.find_unbalanced_marks,
    content.find_lost_emphasis,
    content.find_empty_sections,
    content.find_bare_links,
    content.find_contact_data,
)
MAX_FINDINGS_PER_KIND = 5  # per text; the next ones are shown after these are fixed
SHARED = 0.7  # with a smaller share of common words, two quotes are not compared letter by letter


def proofread(
    texts: Iterable[Text], names: Sequence[str] = (), people_in_texts: dict[Text, list] | None = None
) -> list[Finding]:
    """Return all findings, in the order of TITLES.

    `names` are people whose names must not be public. `people_in_texts` comes from `find_names_in_texts`.
    """
    texts = list(texts)
    if people_in_texts is None:
        people_in_texts = people.find_names_in_texts(texts, known=names)
    names = sorted({name for name in names if len(name) > 1}, key=len, reverse=True)
    shown = [part for text in texts if text.kind == NAME and text.words for part in (text.words, text.words.split()[0])]
    found = [finding for text in texts for finding in find_in_text(text, names)]
    found += people.find_unknown_people(people_in_texts, [*names, *shown])
    found += find_repeated_quotes([text for text in texts if text.kind == QUOTE])
    return sorted(found, key=lambda finding: list(TITLES).index(finding.kind))


def find_in_text(text, guarded_names):
    if not text.words.strip():
        return [Finding(text.place, "missing", text.wanted)] if text.wanted else []
    if text.kind in {FACT, NAME}:
        return list(content.find_shown_names(text)) if text.kind == NAME else []
    return [
        *(finding for question in CHECKS for finding in limit_findings(question(text))),
        *content.find_hidden_names(text, guarded_names),
        *(finding for offer in FIX_CHECKS for finding in limit_findings(offer(text))),
    ]


def find_fixes(text: Text) -> list[Finding]:
    """Return every replacement offered for `text`, without a limit."""
    return [finding for offer in FIX_CHECKS for finding in offer(text)]


def limit_findings(findings):
    """Return the first MAX_FINDINGS_PER_KIND findings; the last one says how many more there are."""
    found = list(findings)
    if len(found) <= MAX_FINDINGS_PER_KIND:
        return found
    *first, last = found[:MAX_FINDINGS_PER_KIND]
    more = f"{last.sentence} ({len(found) - MAX_FINDINGS_PER_KIND} more like this here.)"
    return [*first, Finding(last.place, last.kind, more, last.excerpt, last.fix)]


def find_repeated_quotes(texts: list[Text]) -> Iterator[Finding]:
    """Yield a finding for each quote that is equal or nearly equal to an earlier one."""
    before = []
    for text in texts[:MAX_COMPARED_TEXTS]:
        plain = normalize_text(text.words)
        bag = frozenset(re.findall(r"\w+", plain))
        other = find_similar(plain, bag, before)
        if other:
            is_same = normalize_text(other.words) == plain
            what = "The same as" if is_same else "Nearly the same as"
            yield Finding(text.place, "twice", f"{what} {other.place.name}. Keep one of them.", text.words[:60])
        before.append((text, plain, bag))


def find_similar(plain, bag, others):
    """Return the first of `others` that is nearly equal. Words are compared first, as comparing letters is slow."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(plain[:MAX_COMPARED_LENGTH])
    for other, its_plain, its_bag in others:
        if plain == its_plain:
            return other
        if len(bag & its_bag) >= SHARED * max(len(bag), len(its_bag)) and is_near(
            matcher, its_plain[:MAX_COMPARED_LENGTH]
        ):
            return other
    return None
