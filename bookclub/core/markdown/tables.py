"""Tables of pipes, as on GitHub. The alignment that colons ask for has no effect."""

import xml.etree.ElementTree as etree

from markdown.extensions.tables import TableProcessor

SEPARATOR_CHARACTERS = set("|:- ")


class CompleteTableProcessor(TableProcessor):
    """Loses no cell, and tells tables by their first two lines: splitting every block's lines would take too long."""

    def __init__(self, parser):
        super().__init__(parser, {"use_align_attribute": False})

    def test(self, parent, block):
        head, _, rest = block.partition("\n")
        return "|" in head and is_separator(rest.partition("\n")[0]) and super().test(parent, block)

    def _build_row(self, row, parent, align):
        """Add a row with as many cells as the head has; what a longer row has besides stays in its last cell."""
        cells = self._split_row(row)
        last = len(align) - 1
        cells = [*cells[:last], "|".join(cells[last:])]
        line = etree.SubElement(parent, "tr")
        for text in [*cells, *[""] * (len(align) - len(cells))]:
            etree.SubElement(line, "th" if parent.tag == "thead" else "td").text = text.strip(" ")


def is_separator(line: str) -> bool:
    """Return whether `line` may separate the head of a table from its rows: “| --- | --- |”."""
    return "-" in line and "|" in line and set(line) <= SEPARATOR_CHARACTERS


def count_cells(lines: list[str]) -> int:
    """Return at least the number of cells that the tables in `lines` have: every row has as many as the head."""
    count = columns = 0
    for line in lines:
        line = line.strip(" >")
        if is_separator(line):
            columns = max(columns, line.count("|") + 1)
        columns = columns if line else 0
        count += columns
    return count
