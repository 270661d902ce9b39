"""Prove that the pages of the sample club stay the same while the code is renamed.

`python -m bench.compare_pages snapshot FOLDER` saves every page, as a visitor, member, author, organiser and superuser
sees it, and every mail. `python -m bench.compare_pages compare OLD NEW` prints what differs, but for the names that
bench/renamed.tsv lists.
"""

import argparse
import difflib
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from bench.page_snapshot import environment_in

NAMES = Path(__file__).with_name("renamed.tsv")
DIFF_LINES = 30  # of a page
PAGES_SHOWN = 40
# Attributes that hold an address, names of the style sheets, keys of the page, words for the reader.
PLACES = {
    "url": ["href", "src", "action", "formaction", "data-ajax--url"],
    "class": ["class"],
    "id": ["id", "for", "name", "aria-controls", "aria-describedby", "aria-labelledby", "headers", "list"],
    "text": ["alt", "aria-label", "placeholder", "title", "value", "content"],
}
TAG = re.compile(r"^<[a-zA-Z][^\n]*>$")
ATTRIBUTE = re.compile(r' ([^\s"=<>]+)="([^"]*)"')
CONTENT_TYPE_URL = re.compile(r"/admin/r/\d+/")  # keys of content types follow the order of the migrations
ADDRESS_LINE = re.compile(r"^(GET|POST) |^Location: |^-> ")


def main():
    parser = argparse.ArgumentParser(prog="python -m bench.compare_pages", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("snapshot").add_argument("folder", type=Path)
    compare = commands.add_parser("compare")
    compare.add_argument("old", type=Path)
    compare.add_argument("new", type=Path)
    compare.add_argument("--names", type=Path, default=NAMES)
    arguments = parser.parse_args()
    if arguments.command == "snapshot":
        sys.exit(take_snapshot(arguments.folder))
    sys.exit(compare_folders(arguments.old, arguments.new, Renaming(arguments.names.read_text("utf-8"))))


def take_snapshot(folder):
    """Save all pages into `folder`, which must be new or empty. Returns the exit code."""
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "bench.page_snapshot", str(folder.resolve())]
        return subprocess.run(command, env=environment_in(data)).returncode


class Renaming:
    """The table: old, tab, new and, after another tab, where: url, class, site-class, id or text; everywhere without it.

    A site-class is renamed on the pages of the site alone: Django's admin and the mails have classes of the same names.

    All names are replaced at once, as whole words and the longest first, so that two may change places.
    """

    def __init__(self, table):
        names = defaultdict(dict)
        for line in table.splitlines():
            if line.strip() and not line.startswith("#"):
                old, new, *where = line.rstrip("\n").split("\t")
                names[where[0] if where else ""][old] = new
        site_names = names.pop("site-class", {})
        if unknown := set(names) - {"", *PLACES}:
            raise ValueError(f"The table names places that there are not: {', '.join(sorted(unknown))}")
        self.names = {place: names[""] | names[place] for place in ["", *PLACES]}
        self.names["site-class"] = self.names["class"] | site_names
        self.patterns = {place: pattern_for(found) for place, found in self.names.items()}

    def rename(self, text, place):
        pattern, names = self.patterns[place], self.names[place]
        return pattern.sub(lambda match: names[match[0]], text) if pattern else text

    def rename_file(self, name):
        return self.rename(name, "text" if name.startswith("mails/") else "url")

    def rename_page(self, name, text):
        is_site = not name.startswith("mails/") and "/static/css/admin.css" not in text
        return "\n".join(self.rename_line(line, is_site) for line in text.split("\n"))

    def rename_line(self, line, is_site):
        if TAG.match(line):
            return ATTRIBUTE.sub(lambda match: self.rename_attribute(match, is_site), line)
        return self.rename(line, "url" if ADDRESS_LINE.match(line) else "text")

    def rename_attribute(self, match, is_site):
        name, value = match.groups()
        place = next((place for place, attributes in PLACES.items() if name in attributes), "")
        place = "site-class" if place == "class" and is_site else place
        return f' {self.rename(name, "")}="{self.rename(value, place)}"'


def pattern_for(names):
    """One regular expression for all `names`, or None. A hyphen belongs to a word: "btn" is not found in "btn-wide"."""
    if not names:
        return None
    return re.compile("|".join(map(match_whole_name, sorted(names, key=len, reverse=True))))


def match_whole_name(name):
    before = r"(?<![\w-])" if re.match(r"[\w-]", name) else ""
    after = r"(?![\w-])" if re.search(r"[\w-]$", name) else ""
    return before + re.escape(name) + after


def compare_folders(old, new, renaming):
    """Print the differences. Returns 1 if there are any, else 0."""
    before = {renaming.rename_file(name): renaming.rename_page(name, text) for name, text in pages_in(old)}
    after = dict(pages_in(new))
    different = [name for name in before if name in after and before[name] != after[name]]
    for name in different[:PAGES_SHOWN]:
        print_difference(name, before[name], after[name])
    if len(different) > PAGES_SHOWN:
        print(f"\n… and {len(different) - PAGES_SHOWN} more pages that differ:")
        print("\n".join(f"  {name}" for name in different[PAGES_SHOWN:]))
    missing, added = [name for name in before if name not in after], [name for name in after if name not in before]
    for words, names in [("missing", missing), ("new", added)]:
        print("\n".join(f"{words}: {name}" for name in names), end="\n" if names else "")
    equal = len(before) - len(different) - len(missing)
    print(f"\n{equal} equal, {len(different)} different, {len(missing)} missing, {len(added)} new")
    return 1 if different or missing or added else 0


def pages_in(folder):
    for path in sorted(folder.rglob("*.txt")):
        yield path.relative_to(folder).as_posix(), CONTENT_TYPE_URL.sub("/admin/r/N/", path.read_text("utf-8"))


def print_difference(name, before, after):
    lines = list(
        difflib.unified_diff(before.split("\n"), after.split("\n"), f"old/{name}", f"new/{name}", "", "", 2, "")
    )
    print("\n".join(line[:300] for line in lines[:DIFF_LINES]))
    if len(lines) > DIFF_LINES:
        print(f"… {len(lines) - DIFF_LINES} more lines")


if __name__ == "__main__":
    main()
