"""Paste documents of every kind, up to 1 MB: `python -m bench.pastes [COUNT]` prints what became of their words.

Each is read, reviewed and, where the review takes it, saved and rolled back. Its words must stand in a piece or be
listed as left out; a paste that is refused must be refused in a sentence, with the text kept.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter

import django

FOLDER = tempfile.mkdtemp(prefix="bookclub-bench-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "bookclub.settings",
    "DATA_DIR": FOLDER,
    "DATABASE_URL": f"sqlite:///{FOLDER}/db.sqlite3",
}
django.setup()

from django.core.management import call_command  # noqa: E402 - after the settings
from django.db import transaction  # noqa: E402 - the same

from meetups.paste.document import only_letters  # noqa: E402 - the same
from meetups.paste.importer.report import Refused  # noqa: E402 - the same
from meetups.paste.notation import words_of  # noqa: E402 - the same
from meetups.paste.parser import MAX_TEXT_BYTES, Kind, Unreadable, split_writeup  # noqa: E402 - the same
from meetups.paste.review import Unreviewable, review_of  # noqa: E402 - the same
from meetups.paste.save import MeetupChoices, SavePermissions, is_left_out, save_meetup_writeup  # noqa: E402 - the same
from meetups.paste.upload import Pasted  # noqa: E402 - the same
from tests.meetups.paste.test_importer import rendered  # noqa: E402 - the same
from tests.meetups.writeups import LINES  # noqa: E402 - the same

SEED = 2018
KEPT_AS_SUCH = (Kind.POSTED_ON, Kind.FACT, Kind.CONTRIBUTORS, Kind.AUTHOR_NAME)
NONE = (
    "letters neither placed nor reported",
    "letters neither in a row nor reported",
    "documents not shown whole",
    "exceptions",
)
SCRIPTS = [
    "word",
    "naïve",
    "Ωμέγα",
    "слово",
    "שלום",
    "كلمة",
    "言葉",
    "ไทย",
    "🏳️‍🌈",
    "e\u0301",
    "\u202eabc",
    "a\0b",
    "\ud800",
    "*x*",
    "[y](z)",
    "_",
    "`",
]
HTML = [
    "<p>",
    "</p>",
    "<i>",
    "</i>",
    "<b>",
    "</b>",
    "<ul><li>",
    "</li></ul>",
    "<br>",
    "<h2>",
    "</h2>",
    "<script>",
    "&amp;",
    "<a href='https://x.org'>",
    "</a>",
]
ENDS = ["\n", "\n\n", "\r\n", "\u2028", " "]


def make(number: int, chance: random.Random) -> Pasted:
    """Most have the size of a usual write-up, every twentieth is near the limit, a third also has HTML."""
    size = (
        int(MAX_TEXT_BYTES * chance.uniform(0.5, 1.0)) if number % 20 == 0 else chance.choice([40, 400, 4_000, 40_000])
    )
    end, pool = chance.choice(ENDS), chance.choice([LINES, SCRIPTS, LINES + SCRIPTS])
    words = ["A title", "\n\n"]
    length = 0
    while length < size:
        part = chance.choice(pool) + chance.choice([end, " "])
        words.append(part)
        length += len(part.encode("utf-8", "surrogatepass"))
    text = "".join(words).encode("utf-8", "surrogatepass")[: MAX_TEXT_BYTES - 100].decode("utf-8", "ignore")
    html = "".join(chance.choice([*HTML, *SCRIPTS]) for _ in range(200)) + text[:2_000] if number % 3 == 0 else ""
    return Pasted(text, html)


def lost_letters(document, review, splitting) -> int:
    """Of the letters that mean a word, those that stand in no piece and no list of what was left out."""
    marks = [mark for piece in splitting.pieces for mark in piece.marks]
    shown = [words_of(piece.text, piece.notation) for piece in review.pieces]
    extras = [value for piece in review.pieces for _, _, value in piece.extras]
    placed = Counter(letter for text in (*marks, *shown, *extras) for letter in text)
    wanted = Counter(letter for letter in document.text if letter.isalpha())
    return sum((wanted - placed).values())


def lost_in_rows(review, done) -> int:
    """Of the letters of the review those that are in no row and not in the report: dates and facts are kept as such."""
    words = [
        text
        for piece in review.pieces
        if not (is_left_out(piece) or piece.kind in KEPT_AS_SUCH)
        for text in (words_of(piece.text, piece.notation), *(value for _, _, value in piece.extras))
    ]
    rows = [*rendered(done), *(str(fact.value) for fact in done.splitting.facts), *(one.text for one in done.left_out)]
    wanted, placed = (
        Counter(letter for text in texts for letter in text if letter.isalpha()) for texts in (words, rows)
    )
    return sum((wanted - placed).values())


def try_one(given: Pasted, counts: Counter) -> None:
    try:
        document = given.document()
        splitting = split_writeup(document.text)
        review = review_of(document, splitting)
    except (Unreadable, Unreviewable):
        counts["refused in words, text kept"] += 1
        return
    if only_letters(document.text) != only_letters("".join(piece.source for piece in review.pieces)):
        counts["documents not shown whole"] += 1
    counts["letters neither placed nor reported"] += lost_letters(document, review, splitting)
    counts["reviewed"] += 1
    try:
        with transaction.atomic():
            done = save_meetup_writeup(review, MeetupChoices(facts=review.facts), SavePermissions())
            counts["letters neither in a row nor reported"] += lost_in_rows(review, done)
            transaction.set_rollback(True)
        counts["saved as a draft"] += 1
    except Refused:
        counts["shown again with what to change"] += 1


def main(count: int) -> None:
    call_command("migrate", verbosity=0)
    chance, counts, slowest, total = random.Random(SEED), Counter(), 0.0, time.time()  # noqa: S311 - no secret
    for number in range(count):
        given, begun = make(number, chance), time.process_time()
        try:
            try_one(given, counts)
        except Exception as error:
            counts["exceptions"] += 1
            print(f"{number}: {error!r}"[:300])
        slowest = max(slowest, time.process_time() - begun)
    for name in NONE:
        counts.setdefault(name, 0)
    for name, number in sorted(counts.items()):
        print(f"{number:8} {name}")
    print(f"{count} pastes in {time.time() - total:.0f} s, the slowest {slowest:.1f} s")
    raise SystemExit(any(counts[name] for name in NONE))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
