"""Import an uploaded list in steps: look at each row, then subscribe the new ones.

A short list takes both steps in the request, a longer one in the worker, batch by batch. The place in the list is
stored in the transaction of each batch, so a killed worker loses and doubles nothing.
"""

import datetime as dt
import io
import time
import zlib
from collections import Counter
from itertools import islice

from django.db import transaction
from django.utils import timezone

from newsletter.csv_import import BATCH_SIZE, VERDICTS, Judge, PackedList, Report, store_rows
from newsletter.lists.columns import Columns
from newsletter.lists.files import NoAddresses, is_workbook, read_file
from newsletter.models import SubscriberImport, SubscriberImportContent

State = SubscriberImport.State
FILE_LIMIT_BYTES = 10 * 1024 * 1024
SHORT_LIST_BYTES = 100_000  # at most 16,000 rows of one character, which take less than a second
SHORT_LIST_ROWS = 5_000  # imported in less than a second
ROW_LIMIT = 500_000
KEPT = dt.timedelta(hours=1)  # from the upload, and from the end of the import
KEPT_FOR_WORKER = dt.timedelta(days=1)  # from the order to import it
CLAIM = dt.timedelta(minutes=2)
SLICE_SECONDS = 5  # then the worker's other tasks have their turn
TOO_LARGE = "That is more than 10 MB. Send it in two halves."
TOO_MANY_ROWS = f"That is more than {ROW_LIMIT:,} rows. Send it in two halves."


def start_import(owner, consent: str, file) -> SubscriberImport:
    """Store an uploaded list, in place of an earlier one that waits for its owner. Look at it if it is short.

    Raises NoAddresses for a short list that can't be read; of a longer one the row says so later.
    """
    SubscriberImport.objects.filter(owner=owner).exclude(state=State.IMPORTING).delete()
    row = SubscriberImport(owner=owner, consent=consent, expires_at=timezone.now() + KEPT)
    if file.size > SHORT_LIST_BYTES or is_workbook(file.file):  # a small workbook may hold much
        save_with_content(row, zlib.compress(file.read(), 1), is_read=False)
        return row
    packed_list = read_limited(file.file)
    row.row_count, row.columns = packed_list.columns.row_count, packed_list.columns.to_json()
    save_with_content(row, packed_list.packed, is_read=True)
    finish_step(row)
    return row


def save_with_content(row, data, *, is_read):
    with transaction.atomic():
        row.save()
        SubscriberImportContent.objects.create(list=row, data=data, is_read=is_read)


def answer_questions(row: SubscriberImport, answers: dict) -> bool:
    """Look at the list again with these answers about its columns. Return False if its import has begun."""
    is_begun = row.state == State.READY and row.change(
        state=State.LOOKING, answers=answers, rows_done=0, counts={}, examples={}, expires_at=timezone.now() + KEPT
    )
    if is_begun and row.row_count <= SHORT_LIST_ROWS:
        finish_step(row)
    return is_begun


def confirm_import(row: SubscriberImport) -> bool:
    """Begin to import a list that was looked at; finish at once if it is short.

    Return False if it had begun, or if a question about its columns is not answered.
    """
    is_ready = row.state == State.READY and not get_columns(row).has_open_questions(row.answers)
    is_begun = is_ready and row.change(
        state=State.IMPORTING, rows_done=0, counts={}, examples={}, expires_at=timezone.now() + KEPT_FOR_WORKER
    )
    if is_begun and row.row_count <= SHORT_LIST_ROWS:
        finish_step(row)
    return is_begun


def run_imports():
    """Advance the lists that wait, oldest first, for some seconds. A periodic task of the worker."""
    SubscriberImport.objects.expired().delete()
    deadline = time.monotonic() + SLICE_SECONDS
    for row in SubscriberImport.objects.waiting_for_worker():
        claim = {"claimed_until": timezone.now() + CLAIM}
        if SubscriberImport.objects.waiting_for_worker().filter(pk=row.pk).update(**claim):
            row.refresh_from_db()
            read_upload(row)
            finish_step(row, SLICE_SECONDS)
            SubscriberImport.objects.filter(pk=row.pk).update(claimed_until=None)
        if time.monotonic() > deadline:
            return


def read_upload(row):
    """Replace the uploaded file by its addresses."""
    content = get_content(row)
    if content is None or content.is_read:
        return
    try:
        packed_list = read_limited(io.BytesIO(zlib.decompress(content.data)))
    except NoAddresses as error:
        with transaction.atomic():
            content.delete()
            row.change(state=State.FAILED, problem=error.message)
        return
    content.data, content.is_read = packed_list.packed, True
    with transaction.atomic():
        content.save(update_fields=["data", "is_read"])
        row.change(row_count=packed_list.columns.row_count, columns=packed_list.columns.to_json())


def get_content(row) -> SubscriberImportContent | None:
    """Return None for a list that another process has finished."""
    return SubscriberImportContent.objects.filter(list=row).first()


def get_columns(row) -> Columns:
    return Columns.from_json(row.columns)


def read_limited(file) -> PackedList:
    """Read the list. Raise NoAddresses."""

    def count_rows(rows):
        for number, row in enumerate(rows, 1):
            if number > ROW_LIMIT:
                raise NoAddresses(TOO_MANY_ROWS, code="too_large")
            yield row

    packed_list = PackedList.read(read_file(file), count_rows)
    if len(packed_list.packed) > FILE_LIMIT_BYTES:
        raise NoAddresses(TOO_LARGE, code="too_large")
    return packed_list


def finish_step(row, seconds=float("inf")):
    """Look at or import the rows that are left, for some seconds.

    They are counted once the refusals are found: in a long list that alone may take as long.
    """
    content = get_content(row)
    if not row.is_working or content is None:
        return
    packed_list = PackedList(get_columns(row), bytes(content.data))
    judge = Judge(packed_list, row.answers, get_report(row))
    rows = packed_list.unpack()
    judge.skip_rows(islice(rows, row.rows_done))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        batch = list(islice(rows, BATCH_SIZE))
        if not batch:
            end_step(row)
            return
        if not take_batch(row, batch, judge):
            return


def take_batch(row, batch, judge) -> bool:
    """Return False if another process has taken the batch."""
    stored, report = judge.judge_batch(batch), judge.report
    with transaction.atomic():
        if row.state == State.IMPORTING:
            store_rows(stored, row.consent)
        is_ours = row.change(rows_done=row.rows_done + len(batch), counts=dict(report.counts), examples=report.examples)
        transaction.set_rollback(not is_ours)
    return is_ours


def end_step(row):
    if row.state == State.LOOKING:
        row.change(state=State.READY)
    else:
        with transaction.atomic():
            SubscriberImportContent.objects.filter(list=row).delete()
            row.change(state=State.DONE, expires_at=timezone.now() + KEPT)


def get_report(row) -> Report:
    return Report(Counter(row.counts), {verdict: list(row.examples.get(verdict, [])) for verdict in VERDICTS})
