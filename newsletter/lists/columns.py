"""Find the columns of a list that hold addresses, names and refusals, and the questions to ask about them.

    columns = Columns.of_heading(heading, sample)  # or Columns.without_heading(sample)
    selected = [columns.select_cells(cells) for cells in rows]
    columns.finish()

Answers are a dict: {"address": column number, "refusals": ["3:value of column 3", …]}.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from bookclub.core.csv_cells import unescape_formula
from newsletter.lists.own_export import is_own_heading
from newsletter.lists.words import (
    ADDRESS_HEADINGS,
    ADDRESS_PARTS,
    FULL_NAMES,
    GIVEN_NAMES,
    NO_ADDRESS_PARTS,
    classify_cell,
    classify_heading,
    find_refusal,
    fold_to_letters,
)

MAX_VALUES = 30  # a column with more different values is free text
MAX_FEW_VALUES = 6  # of an unknown column, to be asked about
MAX_VALUE_LENGTH = 60
A_DATE, NOTHING = "a date", "nothing"
HIDDEN_BY_ACCIDENT = re.compile("[\u200b\u00ad\u2060\ufeff]")  # left by copying from web pages and documents
MEANINGS = {
    "left": "left",
    "unconfirmed": "never confirmed",
    "": "gets mail",
    "unclear": "not known",
}


def find_addresses(cell: str) -> list[str]:
    """Return the addresses in a cell such as “Ann <ann@example.org>”, “mailto:ann@example.org” or “a@b.c; d@e.f”."""
    cell = HIDDEN_BY_ACCIDENT.sub("", unescape_formula(cell.strip()))
    parts = re.split(r"[;,\s]+", cell) if cell.count("@") > 1 else [cell]
    found = [extract_address(part) for part in parts]
    several = [each for each in found if re.fullmatch(r"[^\s@,;]+@[^\s@,;]+", each)]
    return list(dict.fromkeys(several)) if cell.count("@") > 1 and several else [extract_address(cell)]


def extract_address(cell):
    found = re.search(r"<([^<>]*)>$", cell)
    return (found.group(1) if found else cell).removeprefix("mailto:").strip()


def has_address(cell: str) -> bool:
    return any(re.fullmatch(r"[^\s@,;]+@[^\s@,;]+", each) for each in find_addresses(cell))


@dataclass
class Columns:
    headings: list[str]
    addresses: list[int]
    names: list[int]
    roles: dict[int, str]  # as of `classify_heading()`, "" for an unknown heading
    is_own_export: bool = False
    has_headings: bool = True
    row_count: int = 0
    values: dict[int, Counter] = field(default_factory=dict)
    address_counts: Counter = field(default_factory=Counter)

    @classmethod
    def of_heading(cls, heading: list[str], sample: list[list[str]]):
        """Return the columns of a list with this heading; without addresses if none is found."""
        names = [re.sub(r"\d", "", fold_to_letters(cell)) for cell in heading]
        if is_own_heading(heading):
            everything = dict.fromkeys(range(len(heading)), "own")
            return cls(heading, [[cell.strip() for cell in heading].index("email")], [], everything, is_own_export=True)
        roles = {column: classify_heading(text) for column, text in enumerate(heading) if text.strip()}
        addresses = find_address_columns(names, roles) or find_filled_columns(sample)
        given = [column for column, name in enumerate(names) if name in GIVEN_NAMES]
        full = [column for column, name in enumerate(names) if name in FULL_NAMES]
        known = {*addresses, *given, *full}
        roles = {column: role for column, role in roles.items() if column not in known and role != "other"}
        return cls(heading, addresses, (given or full)[:1], roles)

    @classmethod
    def without_heading(cls, sample: list[list[str]]):
        width = max(map(len, sample), default=0)
        addresses = find_filled_columns(sample)
        roles = {column: "" for column in range(width) if column not in addresses}
        headings = [f"Column {column + 1}" for column in range(width)]
        return cls(headings, addresses, [], roles, has_headings=False)

    def select_cells(self, cells: list[str]) -> dict[str, str]:
        """Return the cells that are needed, by column; count what the columns hold."""
        self.row_count += 1
        for column in self.addresses:
            text = get_cell(cells, column)
            if has_address(text):
                self.address_counts[column] += 1
            elif not self.is_own_export and not self.address_counts[column]:
                self.count_value(column, "", text)
        if not self.is_own_export:
            for column, role in list(self.roles.items()):
                self.count_value(column, role, get_cell(cells, column))
        notes = {column for column, role in self.roles.items() if role == "note"}
        wanted = [*self.addresses, *self.names, *self.roles]
        texts = {column: get_cell(cells, column) for column in wanted}
        return {str(each): text for each, text in texts.items() if text and (each not in notes or is_refusal(text))}

    def count_value(self, column, role, text):
        counter = self.values.setdefault(column, Counter())
        if role == "note" and not is_refusal(text):
            return
        counter[name_value(text)] += 1
        if len(counter) > MAX_VALUES:
            if role:
                del counter[name_value(text)]  # read later, but not shown
            else:  # free text
                self.roles[column] = "note"
                self.values[column] = Counter({each: counter[each] for each in counter if is_refusal(each)})

    def finish(self):
        """Decide on the columns, now that all rows are counted."""
        found = [column for column in self.addresses if self.address_counts[column]]
        for column in self.addresses:
            if self.is_own_export:
                continue
            if column in found or not found:
                self.values.pop(column, None)
                self.roles.pop(column, None)
            elif column not in self.roles:  # “No mail, please: yes”
                role = classify_heading(self.headings[column])
                self.roles[column] = "" if role == "other" else role
        self.addresses = found or self.addresses[:1]
        for column, role in list(self.roles.items()):
            counter = self.values.get(column, Counter())
            if role != "own" and set(counter) <= {NOTHING}:
                self.drop_column(column)
            elif not role:
                self.judge_unknown(column, counter)

    def judge_unknown(self, column, counter):
        if any(map(is_refusal, counter)):
            self.roles[column] = "status"
        elif self.has_few(counter) and set(counter) != {A_DATE}:
            self.roles[column] = "asked"
        else:
            self.drop_column(column)

    def has_few(self, counter):
        is_short = all(len(value) <= MAX_VALUE_LENGTH for value in counter)
        is_repeated = len(counter) < self.row_count or (self.has_headings and self.row_count <= 2)
        return is_short and is_repeated and len(counter) <= MAX_FEW_VALUES

    def drop_column(self, column):
        del self.roles[column]
        self.values.pop(column, None)

    # --- the meaning of a row

    def get_address_column(self, answers: dict) -> int | None:
        """Return None while it has to be asked."""
        if len(self.addresses) == 1:
            return self.addresses[0]
        return answers.get("address") if answers.get("address") in self.addresses else None

    def find_meaning(self, column: int, text: str, answers: dict) -> str:
        """Return left, unconfirmed, unclear, or "" for no refusal."""
        value = name_value(text)
        if f"{column}:{value}" in answers.get("refusals", []):
            return "left"
        role = self.roles[column]
        if role == "asked":
            meaning = "unclear"
        elif role == "note":
            meaning = "unclear" if is_refusal(text) else ""
        elif value == A_DATE:
            meaning = find_refusal(role, "date")
        else:
            meaning = find_refusal(role, classify_cell(text))
        is_shown = value in self.values.get(column, {})
        return "" if meaning == "unclear" and ("refusals" in answers or not is_shown) else meaning

    def find_row_meaning(self, cells: dict, answers: dict) -> tuple[str, str]:
        """Return the meaning of a row, the worst of its columns, and that cell as “heading”: “value”."""
        found = {}
        for column in self.roles:
            text = cells.get(str(column), "")
            meaning = self.find_meaning(column, text, answers)
            value = text.strip()[:MAX_VALUE_LENGTH] or NOTHING
            found.setdefault(meaning, f"“{self.headings[column].strip()}”: “{value}”")
        meaning = next((each for each in ("left", "unconfirmed", "unclear") if each in found), "")
        return meaning, found.get(meaning, "")

    # --- questions and description for people

    @property
    def address_question(self) -> list[tuple[int, str, int]]:
        """Return (column, heading, number of addresses) of each column with addresses, or nothing if there is one."""
        rows = [(column, self.headings[column].strip(), self.address_counts[column]) for column in self.addresses]
        return rows if len(rows) > 1 else []

    @property
    def refusal_questions(self) -> list[tuple[str, list[tuple[str, str, int]]]]:
        """Return (heading, [(answer, value, number of rows)]) of each column with values whose meaning is not known."""
        questions = []
        for column in self.roles if not self.is_own_export else []:
            values = [
                (f"{column}:{value}", value, number)
                for value, number in self.values.get(column, Counter()).most_common()
                if self.find_meaning(column, restore_value(value), {}) == "unclear"
            ]
            if values:
                questions.append((self.headings[column].strip(), values))
        return questions

    def has_open_questions(self, answers: dict) -> bool:
        is_address_open = self.get_address_column(answers) is None
        return is_address_open or (bool(self.refusal_questions) and "refusals" not in answers)

    def describe(self, answers: dict) -> list[tuple[str, str, list[tuple[str, int, str]]]]:
        """Return (heading, role in words, [(value, number of rows, meaning)]) of each column that was read."""
        column = self.get_address_column(answers)
        shown = [(self.headings[column].strip(), "addresses", [])] if column is not None else []
        shown += [(self.headings[each].strip(), "names", []) for each in self.names]
        if self.is_own_export:
            return [(heading.strip(), "as this site wrote it", []) for heading in self.headings]
        for each in self.roles:
            values = [
                (value, number, MEANINGS[self.find_meaning(each, restore_value(value), answers)])
                for value, number in self.values.get(each, Counter()).most_common()
            ]
            what = "asked about" if self.roles[each] == "asked" else "who left or never confirmed"
            shown.append((self.headings[each].strip(), what, values))
        return shown

    # --- stored with the list

    def to_json(self) -> dict:
        return {
            "headings": self.headings,
            "addresses": self.addresses,
            "names": self.names,
            "roles": self.roles,
            "is_own_export": self.is_own_export,
            "has_headings": self.has_headings,
            "row_count": self.row_count,
            "values": self.values,
            "address_counts": self.address_counts,
        }

    @classmethod
    def from_json(cls, data: dict):
        def by_number(values):
            return {int(column): each for column, each in values.items()}

        values = {column: Counter(each) for column, each in by_number(data["values"]).items()}
        counts = Counter(by_number(data["address_counts"]))
        return cls(**data | {"roles": by_number(data["roles"]), "values": values, "address_counts": counts})


def find_address_columns(names, roles):
    """Return the columns whose heading says that they hold addresses; the vaguest ones only if there is no other."""
    for vague in (False, True):
        known = ADDRESS_HEADINGS if vague else ADDRESS_HEADINGS[:-3]
        found = [
            column
            for column, name in enumerate(names)
            if name in known
            or (
                ADDRESS_PARTS.search(name)
                and not NO_ADDRESS_PARTS.search(name)
                and roles.get(column, "") in {"", "other"}
            )
        ]
        if found:
            return found
    return []


def find_filled_columns(sample):
    width = max(map(len, sample), default=0)
    return [column for column in range(width) if any(has_address(get_cell(row, column)) for row in sample)]


def is_refusal(text: str) -> bool:
    """Return whether a cell of any column says by itself that somebody left or never confirmed."""
    return classify_cell(text) in {"refused", "unconfirmed"}


def get_cell(cells, column):
    return cells[column] if column < len(cells) else ""


def name_value(text: str) -> str:
    """Return the value as it is counted and shown: dates as one, no text as “nothing”."""
    kind = classify_cell(text)
    return NOTHING if kind == "blank" else A_DATE if kind == "date" else text.strip()[: MAX_VALUE_LENGTH + 1]


def restore_value(value: str) -> str:
    """Return a cell that `name_value()` gives this name."""
    return "" if value == NOTHING else "2001-01-01" if value == A_DATE else value
