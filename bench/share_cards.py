"""Draw the share cards of the sample club and of hostile texts: `python -m bench.share_cards [--keep FOLDER]`.

Prints the processor time and the bytes of the slowest and the largest card of each kind. The first card of a process,
which loads the fonts, counts too. Exits with 1 above a limit.
"""

import argparse
import io
import os
import sys
import tempfile
import time
from pathlib import Path

import django
from django.core.management import call_command

from tests.serving import environment_in

MAX_MILLISECONDS, MAX_BYTES = 150, 120 * 1024
WORDS = "In the end the city is what its people make of it – not [the] sensors … but the streets they share. "
HOSTILE = {
    "empty": "",
    "one-word": "W" * 300,
    "long": WORDS * 60,
    "date": "We met on Wednesday 10 October 2018 at 7 pm and argued until 11.30 pm about p. 12 of the book",
    "brackets": "The [so-called smart] city … is [a place] where … everything [that is] measured … matters [to us]",
    "czech-greek-cyrillic": "Žluťoučký kůň, Καλημέρα κόσμε, Съешь же ещё этих мягких французских булок",
    "hebrew": "ספר טוב הוא חבר",
    "arabic": "مدينة ذكية",
    "japanese": "吾輩は猫である",
    "emoji": "Books 📚 and cake 🍰",
    "controls": "a\x00b\u202ec\u2066d\ufeffe\u0301\u0301\u0301",
    "spaces": " \u00a0 \u2003 a \u200b b ",
}


def draw_timed(content):
    from bookclub.share_cards.drawing import draw_card  # noqa: PLC0415 - models can be imported once Django is set up

    began = time.process_time()
    jpeg = draw_card(content)
    return jpeg, (time.process_time() - began) * 1000


def list_contents():
    """Yield (kind, name, content) of the sample's rows and of hostile texts."""
    from bookclub.core.models import Club  # noqa: PLC0415
    from bookclub.share_cards.content import CardContent, get_club_look  # noqa: PLC0415
    from bookclub.share_cards.registry import get_card_kinds  # noqa: PLC0415

    club = Club.objects.current()
    for kind in get_card_kinds().values():
        for row in kind.public_rows():
            yield kind.name, str(row.pk), kind.build(row, club)
    for name, text in HOSTILE.items():
        look = get_club_look(club) | {
            "eyebrow": "Hostile",
            "headline": text,
            "fallback": "A line we kept",
            "flag": "#4a8fd6",
        }
        yield "hostile", name, CardContent(details=(text[:200], "Details"), **look)
        yield "hostile quotes", f"{name}-quote", CardContent(details=("A book",), is_quotation=True, **look)


def main(folder):
    slowest, largest = {}, {}
    for kind, name, content in list_contents():
        jpeg, milliseconds = draw_timed(content)
        slowest[kind] = max(slowest.get(kind, 0), milliseconds)
        largest[kind] = max(largest.get(kind, 0), len(jpeg))
        if folder:
            Path(folder, f"{kind}-{name}.jpg").write_bytes(jpeg)
    print("     ms    bytes  kind")
    for kind in slowest:
        print(f"{slowest[kind]:7.0f}  {largest[kind]:7,}  {kind}")
    print(f"{max(slowest.values()):7.0f}  {max(largest.values()):7,}  of at most {MAX_MILLISECONDS} and {MAX_BYTES:,}")
    return max(slowest.values()) <= MAX_MILLISECONDS and max(largest.values()) <= MAX_BYTES


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", metavar="FOLDER", help="write the cards into this folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        os.environ |= environment_in(data, SAMPLE="1")
        django.setup()
        call_command("prepare", stdout=io.StringIO())
        is_within_limits = main(arguments.keep)
    sys.exit(not is_within_limits)
