"""Count the corrections by hand that write-ups need after a paste: `python -m bench.paste_corrections [-v] [NAME ...]`.

Compares the pieces of each document of tests/fixtures/paste with those that lie beside it in a .json file, and prints the
number of corrections, and how many of them the review had called “Sure”. Exits with 1 above the limits.
"""

import argparse
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bookclub.settings"
django.setup()

from tests.meetups.paste.corrections import CASES, PRACTICE, UNSEEN, count_corrections, written_expectations  # noqa: E402 - after the settings

MOST_OF_CASE, MOST_OF_CASES, MOST_OF_UNSEEN = 2, 12, 3


def main(names, is_verbose):
    """Print a line a document; return whether all are within the limits."""
    is_good = True
    for folder, most in ((CASES, MOST_OF_CASE), (PRACTICE, MOST_OF_UNSEEN), (UNSEEN, MOST_OF_UNSEEN)):
        if folder == UNSEEN and is_verbose:  # the parser is not to be tuned to them
            continue
        total = sure = 0
        for path in written_expectations(folder):
            if names and not any(name in path.name for name in names):
                continue
            found = count_corrections(path)
            total, sure = total + len(found), sure + sum(one.is_sure for one in found)
            is_good &= len(found) <= most and not any(one.is_sure for one in found)
            print(f"{path.stem:36} {len(found):3} corrections, {sum(one.is_sure for one in found)} of them sure")
            if is_verbose:
                print("".join(f"    {'SURE ' if one.is_sure else ''}{one.words}\n" for one in found), end="")
        print(f"{folder.name:36} {total:3} corrections, {sure} of them sure")
        is_good &= folder != CASES or total <= MOST_OF_CASES
    return is_good


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-v", action="store_true", help="list the corrections")
    given = parser.parse_args()
    sys.exit(0 if main(given.names, given.v) else 1)
