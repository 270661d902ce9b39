"""Find people's names that everybody will read, in all texts of a write-up together."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from meetups.person_names import find_known, find_people, list_names
from meetups.proofreading.findings import LINE, PROSE, QUOTE, Finding, Text, excerpt_around

REMARKS = {"meetups.sessionnote"}  # “We should read more – Nadia” is read as an item of a list
MAX_NAMES = 40  # in one sentence


def find_names_in_texts(
    texts: Iterable[Text], *, known: Iterable[str] = (), not_people: Iterable[str] = ()
) -> dict[Text, list]:
    """Return the Person objects of each text that has any. Their places are those within the text.

    A person who speaks in one text is recognised in all others. In quotes from the book only `known` names are.
    """
    texts = [text for text in texts if text.words.strip()]
    prose = [text for text in texts if text.kind in {PROSE, LINE}]
    starts, parts, length = [], [], 0
    for text in prose:
        mark = "- " if text.place.model in REMARKS else ""
        starts.append(length + len(mark))
        parts.append(f"{mark}{text.words}")
        length += len(parts[-1]) + 2
    found = defaultdict(list)
    for person in find_people("\n\n".join(parts), known=known, not_people=not_people):
        number = bisect_right(starts, person.start) - 1
        found[prose[number]].append(person.moved(-starts[number]))
    for text in texts:
        if text.kind == QUOTE:
            found[text] += sorted(find_known(text.words, known), key=lambda person: person.start)
    return {text: people for text, people in found.items() if people}


def find_unknown_people(people_in_texts: dict[Text, list], others: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield one finding for each text with names that are not among `others`, which have findings of their own."""
    others = {name.casefold() for name in others}
    for text, people in people_in_texts.items():
        people = [
            person for person in people if not {person.name.casefold(), person.name.split()[0].casefold()} & others
        ]
        if not people:
            continue
        names = list_names(people)
        listed = ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if names[MAX_NAMES:] else "")
        sentence = (
            f"This looks like a person’s name: {listed}. Everybody will read it here. "
            "Ask them, or write it without the name."
            if len(names) == 1
            else f"These look like names of people: {listed}. Everybody will read them here. "
            "Ask them, or write it without names."
        )
        first = people[0]
        yield Finding(text.place, "people", sentence, excerpt_around(text.words, first.start, first.end - first.start))
