"""A list of addresses from elsewhere: a verdict on every row first, then those that may be brought in, and no mail.

Read a batch at a time, however long it is, and safe to run again: who is here stays as they are, and nobody who has
left is ever put back.
"""

import codecs
import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import HIDDEN, normal, refusal_keys

BATCH = 1_000
# By their letters alone, the best first: “address” may be that of a house. “E-mail 1 - Value” is what Google writes.
HEADINGS = ["email", "emailaddress", "emailvalue", "mail", "mailaddress", "emailadresse", "mailadresse", "address"]
DELIMITERS = ",;\t"  # spreadsheets write the one of their country
SAMPLE, LINE_LIMIT = 20, 1_000  # lines that say which, and characters of them
EXAMPLES = 20  # rows shown of each verdict
EXAMPLE_LIMIT = 100  # characters
BY_IMPORT = "import:"  # and behind it where they agreed
EMAIL = Subscriber._meta.get_field("email")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NoAddresses(ValidationError):
    """There is no column of addresses in the file, or none that can be read."""


VERDICTS = {
    "new": "New",
    "here": "Here already",
    "pending": "Asked, and not confirmed yet: only they can say yes",
    "left": "Have left, and stay off the list",
    "suppressed": "Take no mail from us",
    "erased": "Asked to be forgotten, and stay off the list",
    "double": "Stand in the file more than once",
    "invalid": "No address",
}


@dataclass
class Report:
    """How many rows got which verdict, and the first of them: pairs of a line number and what stands there."""

    counts: Counter = field(default_factory=Counter)
    examples: dict = field(default_factory=lambda: {verdict: [] for verdict in VERDICTS})

    def note(self, verdict, line, address):
        self.counts[verdict] += 1
        if len(self.examples[verdict]) < EXAMPLES:
            self.examples[verdict].append((line, address[:EXAMPLE_LIMIT]))

    @property
    def rows(self):
        """(verdict, its words, number, examples), those that there are."""
        return [
            (verdict, words, self.counts[verdict], self.examples[verdict])
            for verdict, words in VERDICTS.items()
            if self.counts[verdict]
        ]


def text_of(file) -> io.TextIOWrapper:
    """The lines of a binary file. Names may be in any encoding, as they are not read; UTF-16 is known by its mark."""
    start = file.read(2)
    file.seek(0)
    encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def addresses_in(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(line number, address as typed) of each row, by the column whose heading says so or, without headings, the first
    one that holds addresses. Raises NoAddresses, at the latest at the end.
    """
    lines = clean(lines)
    sample = list(islice(lines, SAMPLE))
    rows = csv.reader(chain(sample, lines), delimiter=delimiter_of(sample))
    column, line = None, 0
    try:
        for row in rows:
            line = rows.line_num
            if not any(cell.strip() for cell in row):
                continue
            if column is None:
                column, is_heading = column_of(row)
                if is_heading:
                    continue
            yield line, " ".join(row) if column is None else bare(row[column] if column < len(row) else "")
    except csv.Error as error:
        words = f"From line {line + 1} on it can’t be read. Is a quotation mark never closed?"
        raise NoAddresses(words, code="unreadable") from error
    if column is None:
        raise NoAddresses("No column of addresses was found: give one the heading “email”.", code="no_addresses")


def clean(lines):
    """Without the mark that some programs begin a file with, and without NUL bytes, which csv refuses."""
    for number, line in enumerate(lines):
        yield (line.removeprefix("\ufeff") if number == 0 else line).replace("\x00", "")


def delimiter_of(sample):
    """The one between which most rows have a heading of ours or an address; a comma where it makes no difference."""
    starts = [line[:LINE_LIMIT] for line in sample]

    def fitting(delimiter):
        return sum(column_of(row)[0] is not None for row in csv.reader(starts, delimiter=delimiter))

    return max(DELIMITERS, key=fitting)


def column_of(row):
    """Which column holds the addresses, None where none does; and whether `row` is the row of headings."""
    names = [re.sub("[^a-z]", "", cell.lower()) for cell in row if "@" not in cell]
    for heading in HEADINGS if len(names) == len(row) else []:
        if heading in names:
            return names.index(heading), True
    for number, cell in enumerate(row):
        if re.fullmatch(r"[^\s@,;]+@[^\s@,;]+", bare(cell)):
            return number, False
    return None, False


def bare(cell):
    """The address alone, of “Ann <ann@example.org>” too, as mail programs write it."""
    cell = as_it_was(cell.strip())
    found = re.search(r"<([^<>]*)>$", cell)
    return (found.group(1) if found else cell).removeprefix("mailto:").strip()


def safe(cell: str) -> str:
    """What a spreadsheet would reckon is text, by a mark before it; so is what has such a mark already."""
    return f"'{cell}" if is_formula(cell) else cell


def as_it_was(cell: str) -> str:
    """Before `safe`."""
    return cell[1:] if cell.startswith("'") and is_formula(cell) else cell


def is_formula(cell):
    return cell.lstrip("'").startswith(FORMULA)


def packed(rows: Iterable[tuple[int, str]]) -> bytes:
    """Rows as `addresses_in` gives them, small; one at a time is in memory."""
    whole = io.BytesIO()
    with gzip.open(whole, "wt", encoding="ascii") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    return whole.getvalue()


def unpacked(whole: bytes) -> Iterator[tuple[int, str]]:
    with gzip.open(io.BytesIO(whole), "rt", encoding="ascii") as file:
        for row in file:
            yield tuple(json.loads(row))


def import_list(lines: Iterable[str], **options) -> Report:
    """Raises NoAddresses. See `import_rows`."""
    return import_rows(addresses_in(lines), **options)


def import_rows(rows: Iterable[tuple[int, str]], *, consent: str, is_dry=True) -> Report:
    """A Report of what each row is; unless `is_dry` the new ones are subscribed, with `consent` as their proof.

    Four queries a batch.
    """
    report, seen, rows = Report(), set(), iter(rows)
    while batch := list(islice(rows, BATCH)):
        new = judge(batch, report, seen)
        if not is_dry:
            bring_in(new, consent)
    return report


def judge(batch, report, seen):
    """The addresses of the batch that are new; every row is noted."""
    keys = {address.lower() for _, address in batch}
    known = dict_of_states(keys)
    refused = refused_among(keys)
    new = []
    for line, address in batch:
        verdict = verdict_on(address, known, refused, seen)
        report.note(verdict, line, address)
        if verdict == "new":
            new.append(address)
        seen.add(hash(address.lower()))
    return new


def verdict_on(address, known, refused, seen):
    key = address.lower()
    try:
        EMAIL.clean(address, None)  # also that it is not longer than what is kept
    except ValidationError:
        return "invalid"
    if HIDDEN.search(address):
        return "invalid"
    if hash(key) in seen:
        return "double"
    if key in refused:
        return "erased"
    return {"subscribed": "here"}.get(known[key], known[key]) if key in known else "new"


def dict_of_states(keys):
    rows = Subscriber.objects.alias(lowered=Lower("email")).filter(lowered__in=keys)
    return {each.email.lower(): each.state for each in rows}


def refused_among(keys):
    by_hash = {mark: key for key in keys for mark in refusal_keys(key)}
    return {by_hash[found] for found in Refusal.objects.filter(key__in=by_hash).values_list("key", flat=True)}


def bring_in(addresses, consent):
    now = timezone.now()
    rows = [
        Subscriber(email=normal(address), asked_at=now, confirmed_at=now, confirmed_by=f"{BY_IMPORT} {consent}"[:200])
        for address in addresses
    ]
    with transaction.atomic():
        Subscriber.objects.bulk_create(rows, ignore_conflicts=True)
        # Who has asked to be forgotten since the batch was judged is not brought in.
        for email in refused_among({address.lower() for address in addresses}):
            Subscriber.objects.with_address(email).delete()


def is_brought_in(subscriber) -> bool:
    """By a list, and has not asked for anything since."""
    is_on_list = subscriber.confirmed_by.startswith(BY_IMPORT)
    return is_on_list and subscriber.asked_at <= subscriber.confirmed_at
