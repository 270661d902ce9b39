"""Text with emphasis and links, cut and written as Markdown without losing a letter."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from bookclub.core.markdown import escape_line, escape_markdown

SAFE_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"'()\[\]\\]+", re.IGNORECASE)
LINK, STRONG, EM = "link", "**", "*"


@dataclass(frozen=True)
class Style:
    em: bool = False
    strong: bool = False
    address: str = ""

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """The marks of the style, from the outermost to the innermost."""
        marks = [(LINK, self.address)] * bool(self.address)
        marks += [(STRONG, "")] * self.strong
        return (*marks, *[(EM, "")] * self.em)


UNSTYLED = Style()


@dataclass(frozen=True)
class RichText:
    """`runs` are (text, style) pairs; a paragraph has no line break in it."""

    runs: tuple[tuple[str, Style], ...] = ()

    @classmethod
    def of(cls, text: str) -> "RichText":
        return cls(((text, UNSTYLED),)) if text else cls()

    @cached_property
    def text(self) -> str:
        return "".join(text for text, _ in self.runs)

    @property
    def is_plain(self) -> bool:
        return all(style == UNSTYLED for _, style in self.runs)

    def is_all(self, name: str) -> bool:
        """Return whether every letter is emphasised: `name` is em or strong."""
        seen = [getattr(style, name) for text, style in self.runs if text.strip()]
        return bool(seen) and all(seen)

    def cut(self, start: int, end: int | None = None) -> "RichText":
        """Return the characters from `start` to `end`, as a slice does."""
        start, end, _ = slice(start, end).indices(len(self.text))
        runs, position = [], 0
        for text, style in self.runs:
            part = text[max(0, start - position) : max(0, end - position)]
            if part:
                runs.append((part, style))
            position += len(text)
        return RichText(tuple(runs))

    def strip(self, characters: str | None = None) -> "RichText":
        stripped = self.text.lstrip(characters)
        start = len(self.text) - len(stripped)
        return self.cut(start, start + len(stripped.rstrip(characters)))

    def find(self, part: str) -> "RichText":
        """Return the first occurrence of `part`, or `part` without styles."""
        start = self.text.find(part)
        return RichText.of(part) if start < 0 else self.cut(start, start + len(part))

    def without(self, **styles: bool | str) -> "RichText":
        """Return it with these styles set for every letter, such as `strong=False`."""
        given = [(text, Style(**(vars(style) | styles))) for text, style in self.runs]
        return RichText(tuple(given))

    @property
    def addresses(self) -> list[str]:
        return list(dict.fromkeys(style.address for _, style in self.runs if style.address))

    def prose(self) -> str:
        """Return Markdown that `render_prose` renders to the same words."""
        return self._written(escape_markdown)

    def line(self) -> str:
        """Return Markdown that `render_line`, which knows emphasis alone, renders to the same words."""
        return self.without(address="")._written(escape_line)  # noqa: SLF001 - of the same class

    def _written(self, escaped: Callable[[str], str]) -> str:
        if self.is_plain:
            return escaped(self.text)
        styles = [style for text, style in self.runs for letter in text if not letter.isspace()]
        return add_marks(self.text, styles, escaped)


def join_rich(parts: Iterable[RichText], separator: str) -> RichText:
    runs: list[tuple[str, Style]] = []
    for number, part in enumerate(parts):
        if number:
            runs.append((separator, UNSTYLED))
        runs += part.runs
    return RichText(tuple(runs))


def add_marks(text: str, styles: list[Style], escaped: Callable[[str], str]) -> str:
    """Return `text` with Markdown marks around styled words; a mark always touches a letter.

    `styles` has one for each letter that is no white space.
    """
    written, is_open = [], ()
    for gap, word, style in split_by_style(text, styles):
        marks = style.marks
        kept = common_prefix(is_open, marks)
        closing = "".join(closing_mark(mark) for mark in reversed(is_open[len(kept) :]))
        opening = "".join(opening_mark(mark) for mark in marks[len(kept) :])
        at_start = not written or gap.endswith("\n")
        written.append(closing + gap + opening + (escaped(word) if at_start else escape_inside(word, escaped)))
        is_open = marks
    return "".join(written) + "".join(closing_mark(mark) for mark in reversed(is_open))


def split_by_style(text: str, styles: list[Style]):
    """Yield (white space before, words, style) for each run of words in one style."""
    gap, words, current, position = "", "", None, 0
    for token in re.findall(r"\s+|\S", text):
        if token.isspace():
            words, gap = (words + "\0" + token, gap) if words else (words, gap + token)
            continue
        style = styles[position]
        position += 1
        if words and style == current:
            words = words.replace("\0", "") + token
            continue
        if words:
            done, _, after = words.partition("\0")
            yield gap, done, current
            gap = after
        words, current = token, style
    if words:
        yield gap, words.partition("\0")[0], current


def escape_inside(word: str, escaped: Callable[[str], str]) -> str:
    """Escape `word` as in the middle of a line, where "2018." and "#" have no meaning."""
    return escaped("x" + word)[1:]


def common_prefix(one: tuple, two: tuple) -> tuple:
    count = 0
    while count < min(len(one), len(two)) and one[count] == two[count]:
        count += 1
    return one[:count]


def opening_mark(mark: tuple[str, str]) -> str:
    return "[" if mark[0] == LINK else mark[0]


def closing_mark(mark: tuple[str, str]) -> str:
    return f"]({mark[1]})" if mark[0] == LINK else mark[0]
