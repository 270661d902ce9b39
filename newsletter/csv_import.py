"""Import a list of addresses: report a verdict on each row, then store the new ones. Sends no mail.

People who left or never confirmed elsewhere are stored as such and get no mail. Reads any length in batches. Safe to
repeat: a subscriber who asked here is not changed, and nobody who left is subscribed.
"""

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from bookclub.core.csv_cells import unescape_formula
from bookclub.core.email_addresses import get_address_key, normalize_address
from bookclub.core.models import Club
from bookclub.core.text import cut_to_field, has_invisible, single_line
from newsletter.lists import own_export
from newsletter.lists.columns import Columns, find_addresses
from newsletter.lists.files import find_columns, read_csv, select_rows
from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import BY_IMPORT, has_hidden_characters, hash_refused_address

BATCH_SIZE = 1_000
MAX_EXAMPLES = 20  # rows shown for each verdict
MAX_EXAMPLE_LENGTH = 100  # characters
EMAIL_FIELD = Subscriber._meta.get_field("email")

VERDICTS = {
    "new": "New",
    "kept_left": "Left, says the list: kept off the list",
    "kept_unconfirmed": "Never confirmed, says the list: kept off the list",
    "kept_suppressed": "Takes no mail, says the list: kept off the list",
    "ended": "Came with an earlier list, and this one says that they left: taken off",
    "stays": "Left elsewhere, says the list, but signed up here themselves: stay",
    "unclear": "Not known yet: answer the questions above",
    "here": "Already subscribed",
    "pending": "Asked, but not confirmed: only they can confirm",
    "left": "Left: stays off the list",
    "suppressed": "Address suppressed",
    "erased": "Asked to be forgotten: stays off the list",
    "double": "Repeated in the file",
    "invalid": "Not an address",
    "several": "Several addresses in one cell: only the first gets mail",  # beside another verdict
}
KEPT_VERDICTS = {"left": "kept_left", "unconfirmed": "kept_unconfirmed", "suppressed": "kept_suppressed"}
STORED_VERDICTS = {"new", "ended", *KEPT_VERDICTS.values()}


@dataclass
class Report:
    """The number of rows for each verdict, and examples of them as lists of line number, text and reason."""

    counts: Counter = field(default_factory=Counter)
    examples: dict = field(default_factory=lambda: {verdict: [] for verdict in VERDICTS})

    def note(self, verdict, line, address, reason=""):
        self.counts[verdict] += 1
        if len(self.examples[verdict]) < MAX_EXAMPLES:
            self.examples[verdict].append((line, address[:MAX_EXAMPLE_LENGTH], reason))

    @property
    def rows(self):
        """Return (verdict, label, number, examples) for each verdict that occurs."""
        return [
            (verdict, words, self.counts[verdict], self.examples[verdict])
            for verdict, words in VERDICTS.items()
            if self.counts[verdict]
        ]


@dataclass(frozen=True)
class ListRow:
    """A row of a list with its meaning."""

    line: int
    addresses: list[str]  # at least one; the first gets mail, and a refusal counts for all
    meaning: str = ""  # left, unconfirmed, suppressed, unclear, or "" for somebody who gets mail
    reason: str = ""  # the cell that says so
    name: str = ""
    own: dict | None = None  # all cells by heading, of this site's own export

    @property
    def address(self):
        return self.addresses[0]

    @property
    def key(self):
        return get_address_key(self.address)


def pack_rows(rows: Iterable[tuple[int, dict]]) -> bytes:
    """Compress the rows of `lists.files.select_rows()`, one at a time."""
    packed = io.BytesIO()
    with gzip.open(packed, "wt", encoding="ascii") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    return packed.getvalue()


def unpack_rows(packed: bytes) -> Iterator[tuple[int, dict]]:
    with gzip.open(io.BytesIO(packed), "rt", encoding="ascii") as file:
        for row in file:
            yield tuple(json.loads(row))


def split_batches(values: Iterable) -> Iterator[list]:
    """Yield lists of at most BATCH_SIZE values, which one query can take."""
    values = iter(values)
    while part := list(islice(values, BATCH_SIZE)):
        yield part


def import_lines(lines: Iterable[str], **options) -> Report:
    """Import the addresses of CSV lines: see `PackedList.import_rows()`. Raise NoAddresses."""
    return PackedList.read(read_csv(lines)).import_rows(**options)


@dataclass(frozen=True)
class PackedList:
    """The needed cells of a list, and what its columns mean."""

    columns: Columns
    packed: bytes

    @classmethod
    def read(cls, rows, limit=lambda rows: rows):
        """Raise NoAddresses. `limit` may raise an error for too many rows."""
        columns, rows = find_columns(rows)
        return cls(columns, pack_rows(limit(select_rows(columns, rows))))

    def import_rows(self, *, consent: str, is_dry=True, answers=()) -> Report:
        """Report on each row; unless `is_dry`, store the new ones with `consent` as their proof.

        Some four queries per batch.
        """
        judge = Judge(self, dict(answers), Report())
        for batch in split_batches(self.unpack()):
            stored = judge.judge_batch(batch)
            if not is_dry:
                store_rows(stored, consent)
        return judge.report

    def unpack(self):
        return unpack_rows(self.packed)


class Judge:
    """Finds the verdict on each row. If two rows have one address, a refusal in either counts for both."""

    def __init__(self, packed_list: PackedList, answers: dict, report: Report):
        self.columns, self.answers, self.report = packed_list.columns, answers, report
        self.keeps_names = Club.objects.current().newsletter_asks_name
        self.seen = set()
        has_refusals = self.columns.is_own_export or self.columns.roles
        self.refusals = self.find_refusals(packed_list.unpack()) if has_refusals else {}

    def find_refusals(self, rows) -> dict[int, tuple[str, str]]:
        """Return the meaning of each address, by its hash, that at least one row refuses; leaving counts most."""
        found = {}
        for line, cells in rows:
            row = self.read_row(line, cells)
            if row.meaning:
                for address in row.addresses:
                    key = hash(get_address_key(address))
                    if found.get(key) not in {"left", "suppressed"}:
                        found[key] = row.meaning
        return found

    def read_row(self, line, cells) -> ListRow:
        column = self.columns.get_address_column(self.answers)
        addresses = find_addresses(cells.get(str(column), "")) if column is not None else [""]
        if column is None:
            return ListRow(line, [" ".join(cells.values())], "unclear")
        if self.columns.is_own_export:
            own = {heading: cells.get(str(number), "") for number, heading in enumerate(self.columns.headings)}
            state = own_export.get_state({heading.strip(): text for heading, text in own.items()})
            meaning = {"subscribed": "", "pending": "unconfirmed"}.get(state, state)
            return ListRow(line, addresses, meaning, own=own)
        meaning, reason = self.columns.find_row_meaning(cells, self.answers)
        return ListRow(line, addresses, meaning, reason, self.read_name(cells))

    def read_name(self, cells):
        """Return the name if the club asks its readers for theirs."""
        text = unescape_formula(cells.get(str(self.columns.names[0]), "")) if self.columns.names else ""
        name = single_line(text, Subscriber._meta.get_field("name").max_length)
        return name if self.keeps_names and not has_invisible(name) else ""

    def read_rows(self, batch) -> Iterator[ListRow]:
        """Yield each row; one for each address of a cell that says that none of them gets mail."""
        for row in (self.read_row(line, cells) for line, cells in batch):
            if row.meaning in KEPT_VERDICTS:
                yield from (replace(row, addresses=[address]) for address in row.addresses)
            else:
                yield row

    def skip_rows(self, rows):
        """Mark rows as seen that an earlier process has judged."""
        self.seen |= {hash(row.key) for row in self.read_rows(rows)}

    def judge_batch(self, batch) -> list[tuple[str, ListRow]]:
        """Note every row in the report; return (verdict, row) of those to store."""
        rows = list(self.read_rows(batch))
        keys = {row.key for row in rows}
        known, refused = get_known(keys), find_refused(keys)
        stored = []
        for row in rows:
            verdict = self.judge_row(row, known, refused)
            reason = row.reason if verdict in {*KEPT_VERDICTS.values(), "ended", "stays", "unclear"} else ""
            self.report.note(verdict, row.line, row.address, reason)
            if len(row.addresses) > 1:
                self.report.note("several", row.line, ", ".join(row.addresses))
            if verdict in STORED_VERDICTS:
                stored.append((verdict, row))
            self.seen.add(hash(row.key))
        return stored

    def judge_row(self, row, known, refused):
        meaning = self.refusals.get(hash(row.key), row.meaning)
        if not is_address(row.address):
            return "unclear" if meaning == "unclear" else "invalid"
        if hash(row.key) in self.seen:
            return "double"
        if row.key in refused:
            return "erased"
        if row.key in known:
            return judge_known(known[row.key], meaning)
        return "unclear" if meaning == "unclear" else KEPT_VERDICTS.get(meaning, "new")


def judge_known(subscriber, meaning):
    if subscriber.state != "subscribed":
        return subscriber.state
    if meaning not in KEPT_VERDICTS:
        return "here"
    return "ended" if subscriber.is_imported else "stays"


def is_address(address):
    try:
        EMAIL_FIELD.clean(normalize_address(address), None)  # checks the length, too
    except ValidationError:
        return False
    return not has_hidden_characters(address)


def get_known(keys) -> dict[str, Subscriber]:
    rows = Subscriber.objects.alias(lower_email=Lower("email"))
    found = (each for part in split_batches(keys) for each in rows.filter(lower_email__in=part))
    return {get_address_key(each.email): each for each in found}


def find_refused(keys):
    by_hash = {mark: key for key in keys for mark in hash_refused_address(key)}
    parts = split_batches(by_hash)
    return {by_hash[row.key] for part in parts for row in Refusal.objects.filter(key__in=part)}


def store_rows(rows: list[tuple[str, ListRow]], consent: str):
    """Store the rows in the order of the list."""
    now = timezone.now()
    new = [build_subscriber(verdict, row, consent, now) for verdict, row in rows if verdict != "ended"]
    reasons = {row.key: build_reason(row) for verdict, row in rows if verdict == "ended"}
    ended = get_known(reasons)
    for key, subscriber in ended.items():
        subscriber.left_at, subscriber.left_by = now, reasons[key]
    with transaction.atomic():
        Subscriber.objects.bulk_create(new, ignore_conflicts=True)
        still_here = Subscriber.objects.filter(left_at=None)
        still_here.bulk_update(ended.values(), ["left_at", "left_by"], batch_size=BATCH_SIZE)
        # An address may have been erased since the batch was judged.
        for email in find_refused({row.key for _, row in rows}):
            Subscriber.objects.with_address(email).delete()


def build_subscriber(verdict, row, consent, now) -> Subscriber:
    """Build a subscriber who gets mail, or one who gets none and is stored so that no later list adds them."""
    email, proof = normalize_address(row.address), f"{BY_IMPORT} {consent}"
    proof = cut_to_field(Subscriber, "confirmed_by", proof)
    if row.own is not None:
        subscriber = own_export.build_subscriber(row.own, email, now, proof)
        if verdict == "kept_left" and not subscriber.left_at:  # another row of the file says so
            subscriber.left_at, subscriber.left_by = now, own_export.UNKNOWN_LEAVER
        return subscriber
    subscriber = Subscriber(email=email, name=row.name, asked_at=now)
    if verdict != "kept_unconfirmed":
        subscriber.confirmed_at, subscriber.confirmed_by = now, proof
    if verdict != "new":
        subscriber.left_at, subscriber.left_by = now, build_reason(row)
    return subscriber


def build_reason(row):
    return cut_to_field(Subscriber, "left_by", f"{BY_IMPORT} {row.reason or 'the list says so'}")
