"""Cells of CSV files that a spreadsheet opens: none is evaluated as a formula."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for another encoding


def escape_formula(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would evaluate, or that has such an apostrophe already."""
    return f"'{cell}" if is_formula(cell) else cell


def unescape_formula(cell: str) -> str:
    """Undo `escape_formula()`."""
    return cell[1:] if cell.startswith("'") and is_formula(cell) else cell


def is_formula(cell):
    return cell.lstrip("'").startswith(FORMULA_STARTS)
