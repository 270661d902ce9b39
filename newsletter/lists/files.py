"""Read the rows of an uploaded list, whatever program wrote it: CSV in any usual encoding, or an Excel workbook."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from django.core.exceptions import ValidationError

from bookclub.core.zipped_xml import Unreadable
from meetups.paste.sources.decoding import find_utf_16, guess_encodings
from newsletter.lists.columns import Columns, get_cell, has_address
from newsletter.lists.words import ADDRESS_HEADINGS, classify_heading, fold_to_letters
from newsletter.lists.xlsx_files import read_xlsx

SAMPLE_ROW_COUNT, MAX_SAMPLE_LINE_LENGTH = 20, 1_000  # to find the delimiter and the columns
DELIMITERS = ",;\t|"  # spreadsheets choose one by locale
SNIFF_BYTES = 1_000_000  # to find the encoding
SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)  # Excel's own
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
HTML = re.compile(rb"\s*<(?:!doctype|html|head|meta|body|table|\?xml|div|style|!--)", re.IGNORECASE)
OLD_EXCEL = (
    "This is an old Excel file (.xls), or one with a password. Open it, save it as .xlsx without a password or as CSV, and "
    "choose that file."
)
WEB_PAGE = (
    "This is a web page that calls itself a spreadsheet. Open it in Excel or another program, save it as .xlsx or as CSV, "
    "and choose that file."
)
PDF = "This is a PDF. Ask the program that made it for a CSV file, and choose that."
NO_COLUMN = "No column of addresses was found: give one the heading “email”."


class NoAddresses(ValidationError):
    """The file has no readable column of addresses."""


Rows = Iterator[tuple[int, list[str]]]


def is_workbook(file) -> bool:
    start = file.read(4)
    file.seek(0)
    return start == ZIP


def read_file(file) -> Rows:
    """Yield (line number, cells) of a binary file. Raise NoAddresses for one that is no list."""
    start = file.read(2_000)
    file.seek(0)
    text = start.removeprefix(codecs.BOM_UTF8)
    if start.startswith(ZIP):
        try:
            yield from read_xlsx(file.read())
        except Unreadable as error:
            raise NoAddresses(str(error), code="unreadable") from error
        return
    for is_it, sentence in [
        (start.startswith(OLE), OLD_EXCEL), (HTML.match(text), WEB_PAGE), (start.startswith(b"%PDF"), PDF)
    ]:  # fmt: skip
        if is_it:
            raise NoAddresses(sentence, code="unreadable")
    lines = open_text(file)
    try:
        yield from read_csv(lines)
    finally:
        if not lines.closed:  # closed if the caller closed the file before the last row
            lines.detach()  # the file is the caller's to close


def open_text(file) -> io.TextIOWrapper:
    """Open a binary file as text, in UTF-8, UTF-16 or the encoding that its first megabyte looks like."""
    start = file.read(SNIFF_BYTES)
    file.seek(0)
    return io.TextIOWrapper(file, encoding=find_encoding(start), errors="replace", newline="")


def find_encoding(start: bytes) -> str:
    if wide := find_utf_16(start[: len(start) // 2 * 2]):
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return next(iter(guess_encodings(start)), "cp1252")
    return "utf-8"


def read_csv(lines: Iterable[str]) -> Rows:
    lines = clean_lines(lines)
    sample = list(islice(lines, SAMPLE_ROW_COUNT))
    separator = SEPARATOR_LINE.fullmatch(sample[0]) if sample else None
    delimiter = separator[1] if separator else find_delimiter(sample)
    rows = csv.reader(chain(sample, lines), delimiter=delimiter, skipinitialspace=True)
    line = 0
    try:
        for row in rows:
            line = rows.line_num
            if any(cell.strip() for cell in row) and not (separator and line == 1):
                yield line, row
    except csv.Error as error:
        words = f"From line {line + 1} on it can’t be read. Is a quotation mark never closed?"
        raise NoAddresses(words, code="unreadable") from error


def clean_lines(lines):
    """Remove the byte order mark, and NUL bytes, which the csv module refuses."""
    for number, line in enumerate(lines):
        yield (line.removeprefix("\ufeff") if number == 0 else line).replace("\x00", "")


def find_delimiter(sample):
    """Return the delimiter with which most rows have an address or a known heading; by default a comma."""
    starts = [line[:MAX_SAMPLE_LINE_LENGTH] for line in sample]

    def count_matches(delimiter):
        rows = list(csv.reader(starts, delimiter=delimiter, skipinitialspace=True))
        matches = sum(any(map(has_address, row)) or is_heading(row) for row in rows)
        return matches, sum(len(row) for row in rows) > len(rows)

    return max(DELIMITERS, key=count_matches)


def is_heading(row):
    """Return whether the row names a column of addresses."""
    return not any("@" in cell for cell in row) and any(
        re.sub(r"\d", "", fold_to_letters(cell)) in ADDRESS_HEADINGS for cell in row
    )


def find_columns(rows: Rows) -> tuple[Columns, Rows]:
    """Return the columns, and the rows below the heading. Raise NoAddresses."""
    sample = list(islice(rows, SAMPLE_ROW_COUNT))
    cells = [row for _, row in sample]
    first_address = next((place for place, row in enumerate(cells) if any(map(has_address, row))), len(cells))
    place = next((place for place in range(first_address) if is_heading(cells[place])), None)
    if place is None and 0 < first_address < len(cells):
        above = cells[first_address - 1]
        place = first_address - 1 if not any("@" in cell for cell in above) else None
    if place is None:
        columns, body = Columns.without_heading(cells), sample
    else:
        columns, body = Columns.of_heading(cells[place], cells[place + 1 :]), sample[place + 1 :]
        body = [*sample[:place], *body] if any(map(is_data, cells[:place])) else body
    if not columns.addresses:
        raise NoAddresses(NO_COLUMN, code="no_addresses")
    return columns, chain(body, rows)


def is_data(row):
    """Return whether a row above the heading may be a mistyped address, which is reported, and not a title."""
    return any("@" in cell for cell in row) and not any(classify_heading(cell) for cell in row)


def select_rows(columns: Columns, rows: Rows) -> Iterator[tuple[int, dict]]:
    """Yield (line number, needed cells) of each row; the columns are finished after the last one."""
    for line, cells in rows:
        yield line, columns.select_cells([get_cell(cells, column) for column in range(len(cells))])
    columns.finish()
