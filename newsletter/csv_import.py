"""Import a list of addresses: report a verdict on each row, then subscribe the new ones. Sends no mail.

Reads any length in batches. Safe to repeat: existing subscribers are not changed, and nobody who left is subscribed.
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

from bookclub.core.csv_cells import unescape_formula
from bookclub.core.email_addresses import get_address_key, normalize_address
from bookclub.core.text import cut_to_field
from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import BY_IMPORT, has_hidden_characters, hash_refused_address

BATCH_SIZE = 1_000
# Headings of the address column, letters only (“E-mail 1 - Value” by Google), the best first: “address” may be postal.
HEADINGS = ["email", "emailaddress", "emailvalue", "mail", "mailaddress", "emailadresse", "mailadresse", "address"]
DELIMITERS = ",;\t"  # spreadsheets choose one by locale
SAMPLE_LINE_COUNT, MAX_SAMPLE_LINE_LENGTH = 20, 1_000  # to detect the delimiter
MAX_EXAMPLES = 20  # rows shown for each verdict
MAX_EXAMPLE_LENGTH = 100  # characters
EMAIL_FIELD = Subscriber._meta.get_field("email")


class NoAddresses(ValidationError):
    """The file has no readable column of addresses."""


VERDICTS = {
    "new": "New",
    "here": "Already subscribed",
    "pending": "Asked, but not confirmed: only they can confirm",
    "left": "Left: stays off the list",
    "suppressed": "Address suppressed",
    "erased": "Asked to be forgotten: stays off the list",
    "double": "Repeated in the file",
    "invalid": "Not an address",
}


@dataclass
class Report:
    """The number of rows for each verdict, and examples of them as pairs of line number and text."""

    counts: Counter = field(default_factory=Counter)
    examples: dict = field(default_factory=lambda: {verdict: [] for verdict in VERDICTS})

    def note(self, verdict, line, address):
        self.counts[verdict] += 1
        if len(self.examples[verdict]) < MAX_EXAMPLES:
            self.examples[verdict].append((line, address[:MAX_EXAMPLE_LENGTH]))

    @property
    def rows(self):
        """Return (verdict, label, number, examples) for each verdict that occurs."""
        return [
            (verdict, words, self.counts[verdict], self.examples[verdict])
            for verdict, words in VERDICTS.items()
            if self.counts[verdict]
        ]


def open_text(file) -> io.TextIOWrapper:
    """Open a binary file as text: UTF-16 if it has its byte order mark, else UTF-8 with invalid bytes replaced.

    Other encodings need no detection, as only the addresses are read.
    """
    start = file.read(2)
    file.seek(0)
    encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def read_addresses(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield (line number, address as typed) of each row, from the column with a known heading or, without headings, the
    first one with addresses. Raise NoAddresses, at the latest after the last row.
    """
    lines = clean_lines(lines)
    sample = list(islice(lines, SAMPLE_LINE_COUNT))
    rows = csv.reader(chain(sample, lines), delimiter=find_delimiter(sample))
    column, line = None, 0
    try:
        for row in rows:
            line = rows.line_num
            if not any(cell.strip() for cell in row):
                continue
            if column is None:
                column, is_heading = find_column(row)
                if is_heading:
                    continue
            yield line, " ".join(row) if column is None else extract_address(row[column] if column < len(row) else "")
    except csv.Error as error:
        words = f"From line {line + 1} on it can’t be read. Is a quotation mark never closed?"
        raise NoAddresses(words, code="unreadable") from error
    if column is None:
        raise NoAddresses("No column of addresses was found: give one the heading “email”.", code="no_addresses")


def clean_lines(lines):
    """Remove the byte order mark, and NUL bytes, which the csv module refuses."""
    for number, line in enumerate(lines):
        yield (line.removeprefix("\ufeff") if number == 0 else line).replace("\x00", "")


def find_delimiter(sample):
    """Return the delimiter with which most rows have an address or a known heading; by default a comma."""
    starts = [line[:MAX_SAMPLE_LINE_LENGTH] for line in sample]

    def count_matches(delimiter):
        return sum(find_column(row)[0] is not None for row in csv.reader(starts, delimiter=delimiter))

    return max(DELIMITERS, key=count_matches)


def find_column(row):
    """Return the index of the column with addresses, or None, and whether `row` is a heading."""
    names = [re.sub("[^a-z]", "", cell.lower()) for cell in row if "@" not in cell]
    for heading in HEADINGS if len(names) == len(row) else []:
        if heading in names:
            return names.index(heading), True
    for number, cell in enumerate(row):
        if re.fullmatch(r"[^\s@,;]+@[^\s@,;]+", extract_address(cell)):
            return number, False
    return None, False


def extract_address(cell):
    """Return the address in the cell, also from “Ann <ann@example.org>” or “mailto:ann@example.org”."""
    cell = unescape_formula(cell.strip())
    found = re.search(r"<([^<>]*)>$", cell)
    return (found.group(1) if found else cell).removeprefix("mailto:").strip()


def pack_rows(rows: Iterable[tuple[int, str]]) -> bytes:
    """Compress the rows of `read_addresses()`, one at a time."""
    packed = io.BytesIO()
    with gzip.open(packed, "wt", encoding="ascii") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    return packed.getvalue()


def unpack_rows(packed: bytes) -> Iterator[tuple[int, str]]:
    with gzip.open(io.BytesIO(packed), "rt", encoding="ascii") as file:
        for row in file:
            yield tuple(json.loads(row))


def import_lines(lines: Iterable[str], **options) -> Report:
    """Import the addresses of CSV lines: see `import_rows()`. Raise NoAddresses."""
    return import_rows(read_addresses(lines), **options)


def import_rows(rows: Iterable[tuple[int, str]], *, consent: str, is_dry=True) -> Report:
    """Report on each row; unless `is_dry`, subscribe the new ones with `consent` as their proof.

    Up to four queries per batch.
    """
    report, seen, rows = Report(), set(), iter(rows)
    while batch := list(islice(rows, BATCH_SIZE)):
        new = judge_batch(batch, report, seen)
        if not is_dry:
            subscribe_addresses(new, consent)
    return report


def judge_batch(batch, report, seen):
    """Return the new addresses of the batch; note every row in `report`."""
    keys = {get_address_key(address) for _, address in batch}
    known = get_states(keys)
    refused = find_refused(keys)
    new = []
    for line, address in batch:
        verdict = judge_address(address, known, refused, seen)
        report.note(verdict, line, address)
        if verdict == "new":
            new.append(address)
        seen.add(hash(get_address_key(address)))
    return new


def judge_address(address, known, refused, seen):
    key = get_address_key(address)
    try:
        EMAIL_FIELD.clean(normalize_address(address), None)  # checks the length, too
    except ValidationError:
        return "invalid"
    if has_hidden_characters(address):
        return "invalid"
    if hash(key) in seen:
        return "double"
    if key in refused:
        return "erased"
    return {"subscribed": "here"}.get(known[key], known[key]) if key in known else "new"


def get_states(keys):
    rows = Subscriber.objects.alias(lower_email=Lower("email")).filter(lower_email__in=keys)
    return {get_address_key(each.email): each.state for each in rows}


def find_refused(keys):
    by_hash = {mark: key for key in keys for mark in hash_refused_address(key)}
    return {by_hash[found] for found in Refusal.objects.filter(key__in=by_hash).values_list("key", flat=True)}


def subscribe_addresses(addresses, consent):
    now = timezone.now()
    proof = cut_to_field(Subscriber, "confirmed_by", f"{BY_IMPORT} {consent}")
    rows = [
        Subscriber(email=normalize_address(address), asked_at=now, confirmed_at=now, confirmed_by=proof)
        for address in addresses
    ]
    with transaction.atomic():
        Subscriber.objects.bulk_create(rows, ignore_conflicts=True)
        # An address may have been erased since the batch was judged.
        for email in find_refused({get_address_key(address) for address in addresses}):
            Subscriber.objects.with_address(email).delete()
