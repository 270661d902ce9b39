"""Read the rows of an Excel workbook (.xlsx), within the limits of `bookclub.core.zipped_xml`."""

import datetime as dt
import io
import warnings
import zipfile
from xml.parsers.expat import ExpatError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from bookclub.core.zipped_xml import MAX_TEXT_BYTES, PackageChecker, Unreadable, Wording, read_parts

WORDING = Wording(
    broken="This is no Excel file that can be read. Open it, save it as CSV and choose that file.",
    too_large="This Excel file holds more than a list of addresses can. Save the sheet with the addresses as CSV.",
    too_long="This Excel file holds more than a list of addresses can. Save the sheet with the addresses as CSV.",
    macros="This Excel file holds macros. Save it as CSV and choose that file.",
)
SEVERAL_SHEETS = (
    "There are addresses on {count} sheets: {names}. Save the one that you mean as CSV, and choose that file."
)
MAX_COST = 3_000_000  # elements and half their attributes: some 500,000 cells
MAX_TEXT = 20 * MAX_TEXT_BYTES
MAX_COLUMNS, MAX_ROWS = 100, 200_000
WORKBOOK = "xl/workbook.xml"
# The exceptions of openpyxl for some 4,000 workbooks with a missing or wrong part, tag, attribute or value; it documents
# none.
DAMAGED = (
    AttributeError,
    LookupError,
    OSError,
    OverflowError,
    SyntaxError,  # the XML errors of both parsers that it may use
    TypeError,
    ValueError,
    ExpatError,
    InvalidFileException,
)


def read_xlsx(data: bytes) -> list[tuple[int, list[str]]]:
    """Return (row number, cells) of the only sheet with addresses. Raise Unreadable."""
    checker = PackageChecker(WORDING, {}, MAX_COST, MAX_COST, max_text=MAX_TEXT)
    parts = read_parts(data, WORKBOOK, lambda name: name.endswith((".xml", ".rels")), checker)
    try:
        sheets = read_sheets(pack_parts(parts))
    except Unreadable:  # a ValueError, too
        raise
    except DAMAGED as error:
        raise Unreadable(WORDING.broken) from error
    return choose_sheet(sheets)


def pack_parts(parts: dict[str, bytes]) -> io.BytesIO:
    """Return a workbook of the checked parts alone: a sheet may be in a part of any name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file


def read_sheets(file) -> dict[str, list[tuple[int, list[str]]]]:
    """Return {name: rows}. Raise one of DAMAGED."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on styles and extensions that are not kept
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        return {sheet.title: list(read_sheet(sheet)) for sheet in book.worksheets}


def read_sheet(sheet):
    sheet.reset_dimensions()  # the file's own figure may be wrong, or huge
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
        if number > MAX_ROWS:
            raise Unreadable(WORDING.too_large)
        cells = [format_cell(value) for value in row]
        if any(cells):
            yield number, cells


def choose_sheet(sheets):
    filled = [name for name, rows in sheets.items() if any("@" in cell for _, row in rows for cell in row)]
    if len(filled) > 1:
        raise Unreadable(SEVERAL_SHEETS.format(count=len(filled), names=", ".join(f"“{name}”" for name in filled)))
    return sheets[filled[0]] if filled else next(iter(sheets.values()), [])


def format_cell(value) -> str:
    """Return the text of a cell, as CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value).strip()
