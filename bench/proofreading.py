"""Measure the proof-reader: `python -m bench.proofreading` prints CPU milliseconds for hostile texts and 400 quotes.

The second figure is the ratio to an ordinary text of the same size, read in the same run.
"""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
django.setup()

from meetups.proofreading import PROSE, QUOTE, Place, Text, proofread  # noqa: E402 - after the settings
from tests.meetups.test_proofreading import HOSTILE_MARKS  # noqa: E402 - the same

LENGTH = 64_000
SENTENCE = "The city is read by those who walk in it, and “nobody” walks the same way (or not often) twice.\n\n"


def measure(texts):
    """Return CPU milliseconds."""
    start = time.process_time()
    proofread(texts)
    return (time.process_time() - start) * 1000


def make_text(number, words, kind=PROSE):
    return Text(Place("books.quote", number, "text", f"text {number}"), words, kind)


def main():
    floor = measure([make_text(1, (SENTENCE * LENGTH)[:LENGTH])])
    print(f"{floor:7.1f} ms    1.0  ordinary text of {LENGTH:,} characters")
    for mark in HOSTILE_MARKS:
        spent = measure([make_text(1, (mark * LENGTH)[:LENGTH])])
        print(f"{spent:7.1f} ms  {spent / floor:5.1f}  {mark!r}, over and over")
    quotes = [f"The {n} ways of the city are {n * 7} and our data is {n * 13} times as much" for n in range(400)]
    spent = measure([make_text(number, words, QUOTE) for number, words in enumerate(quotes)])
    print(f"{spent:7.1f} ms  {spent / floor:5.1f}  400 quotes that are nearly the same")


if __name__ == "__main__":
    main()
