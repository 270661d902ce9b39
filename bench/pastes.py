"""Paste documents of every kind, up to 1 MB: `python -m bench.pastes [COUNT]` prints what became of their words.

Each is read, reviewed and, where the review takes it, saved and rolled back. Its words must stand in a piece or be
listed as left out; a paste that is refused must be refused in a sentence, with the text kept. So are as many mixtures
of the blocks of our sample documents. At last the time until the review of 1 MB in at most 600 pieces is measured.
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

from meetups.paste.importer.report import Refused  # noqa: E402 - the same
from meetups.paste.parser import split_document  # noqa: E402 - the same
from meetups.paste.pieces import Kind  # noqa: E402 - the same
from meetups.paste.review import Unreviewable, review_of  # noqa: E402 - the same
from meetups.paste.save import MeetupChoices, SavePermissions, save_meetup_writeup  # noqa: E402 - the same
from meetups.paste.sources import MAX_TEXT_BYTES, Unreadable  # noqa: E402 - the same
from meetups.paste.sources.reading import MAX_LINES  # noqa: E402 - the same
from meetups.paste.upload import Pasted  # noqa: E402 - the same
from tests.meetups.paste.test_importer import rendered_texts  # noqa: E402 - the same
from tests.meetups.paste.words import lost_of, lost_words, mix_documents  # noqa: E402 - the same
from tests.meetups.writeups import LINES  # noqa: E402 - the same

SEED = 2018
KEPT_AS_SUCH = (Kind.POSTED_ON, Kind.FACT, Kind.CONTRIBUTORS, Kind.AUTHOR_NAME)
LOST, LOST_IN_MIXTURES = "words lost in silence", "words lost in silence in mixtures of the samples"
NONE = (LOST, LOST_IN_MIXTURES, "letters neither in a row nor reported", "exceptions")
SENTENCE = "Word of it, and more of it. "
MEGABYTES = {  # texts of 1 MB in at most 600 pieces
    "paragraphs": ("", "\n\n", SENTENCE * 66),
    "quotes": ("Quotes\n\n", "\n\n", f"“{SENTENCE * 66}” (p. 3)"),
    "questions": ("Questions\n\n", "\n", f"- {SENTENCE * 66}Or not?"),
    "session notes": ("Notes on the session\n\n", "\n", f"1. {SENTENCE * 66} – Nick"),
    "points of one note": ("Key points\n\n", "\n", f"- {SENTENCE * 4}"),
    "wrapped lines": ("", "\n\n", "\n".join(["word of a paragraph that goes on until the line is full of words"] * 23)),
}
MAX_SECONDS = 3.0
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


def lost_in_rows(review, done) -> int:
    """Of the letters of the review those that are in no row and not in the report: dates and facts are kept as such."""
    words = [
        text
        for piece in review.pieces
        if not (piece.is_left_out or piece.kind in KEPT_AS_SUCH)
        for text in (piece.words, *(value for _, _, value in piece.extras))
    ]
    rows = [
        *rendered_texts(done),
        *(str(fact.value) for fact in done.splitting.facts),
        *(one.text for one in done.left_out),
    ]
    wanted, placed = (
        Counter(letter for text in texts for letter in text if letter.isalpha()) for texts in (words, rows)
    )
    return sum((wanted - placed).values())


def try_one(given: Pasted, counts: Counter) -> None:
    try:
        document = given.document()
        splitting = split_document(document)
        review = review_of(document, splitting)
    except (Unreadable, Unreviewable):
        counts["refused in words, text kept"] += 1
        return
    counts[LOST] += len(lost_words(splitting, document))
    counts["reviewed"] += 1
    try:
        with transaction.atomic():
            done = save_meetup_writeup(review, MeetupChoices(facts=review.facts), SavePermissions())
            counts["letters neither in a row nor reported"] += lost_in_rows(review, done)
            transaction.set_rollback(True)
        counts["saved as a draft"] += 1
    except Refused:
        counts["shown again with what to change"] += 1


def measure_megabytes() -> float:
    """Print the seconds of processor until the review of each; return the most."""
    slowest = 0.0
    for name, (head, end, part) in MEGABYTES.items():
        number = min((MAX_TEXT_BYTES - 1_000) // len((part + end).encode()), MAX_LINES // (part.count("\n") + 1) - 10)
        text = f"A title\n\nWe met.\n\n{head}" + end.join([part] * number)
        began = time.process_time()
        document = Pasted(text).document()
        review = review_of(document, split_document(document))
        seconds = time.process_time() - began
        print(f"{seconds:8.2f} s of processor to the review of 1 MB: {name}, {len(review.pieces)} pieces")
        slowest = max(slowest, seconds)
    return slowest


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
    for _ in range(count):
        counts[LOST_IN_MIXTURES] += len(lost_of(mix_documents(chance)))
    for name in NONE:
        counts.setdefault(name, 0)
    for name, number in sorted(counts.items()):
        print(f"{number:8} {name}")
    print(f"{count} pastes in {time.time() - total:.0f} s, the slowest {slowest:.1f} s")
    is_slow = measure_megabytes() > MAX_SECONDS
    raise SystemExit(is_slow or any(counts[name] for name in NONE))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
