"""A pasted document: its lines, and the style (emphasis, link) of each letter.

Styles are found by letter positions without white space, so joining or splitting lines doesn't shift them.
"""

import re
from dataclasses import dataclass, field

from bookclub.core.markdown import escape_line, escape_markdown
from meetups.paste.parser.decoding import with_plain_line_ends
from meetups.paste.parser.lines import MARK

NOTHING_SEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
HEADING, QUOTATION = "heading", "quotation"
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


PLAIN = Style()


@dataclass(frozen=True)
class Line:
    """`runs` are (text, style) pairs; `mark` is the bullet or number of a list item."""

    runs: tuple[tuple[str, Style], ...] = ()
    mark: str = ""
    layout: str = ""  # HEADING, QUOTATION or ""
    level: int = 0  # of a heading

    @property
    def words(self) -> str:
        return "".join(text for text, _ in self.runs)

    @property
    def text(self) -> str:
        return f"{self.mark} {self.words}" if self.mark else self.words

    @property
    def styles(self) -> list[Style]:
        """The style of each letter of `text`."""
        own = [style for text, style in self.runs for letter in text if not letter.isspace()]
        return [PLAIN] * len(only_letters(self.mark)) + own


@dataclass
class Document:
    lines: list[Line] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)  # sentences on what was dropped

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def is_plain(self) -> bool:
        return not any(line.layout or any(style != PLAIN for _, style in line.runs) for line in self.lines)


def only_letters(text: str) -> str:
    return "".join(text.split())


def plain_document(text: str) -> Document:
    text, reports = make_readable(text)
    return Document([Line(((line, PLAIN),)) for line in text.split("\n")], reports)


def make_readable(text: str) -> tuple[str, list[str]]:
    """Return the text without characters that no page can show, and a sentence on each kind that was removed."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    seen, number = NOTHING_SEEN.subn("", with_plain_line_ends(whole))
    reports = []
    if number:
        reports.append(f"Invisible control characters taken out: {number}.")
    if broken := len(re.findall("[\ud800-\udfff]", re.sub("[\ud800-\udbff][\udc00-\udfff]", "", text))):
        reports.append(f"Broken characters, now “\ufffd”: {broken}. Look for them and type what was there.")
    return seen, reports


def merge_marks(text: str, rich: Document) -> Document:
    """Return the plain `text`, with the styles of equal lines in `rich`, the HTML version of the same paste."""
    document = plain_document(text)
    known: dict[str, list[Line]] = {}
    for line in reversed(rich.lines):
        for key in {only_letters(line.text), only_letters(line.words)}:
            known.setdefault(key, []).append(line)
    document.lines = [find_counterpart(line, known) for line in document.lines]
    return document


def find_counterpart(line: Line, known: dict[str, list[Line]]) -> Line:
    mark = MARK.match(line.words.strip())
    without = line.words.strip()[mark.end() :] if mark else ""
    for key in filter(None, (only_letters(line.words), only_letters(without))):
        found = known.get(key)
        if found and (key != only_letters(without) or found[-1].mark):
            return found.pop() if len(found) > 1 else found[-1]
    return line


class Marks:
    """Returns the styles of a document passage by passage, in order."""

    def __init__(self, document: Document):
        self.is_plain = document.is_plain
        self.styles: list[Style] = []
        self.layouts: list[Line] = []
        self.position = 0
        for line in [] if self.is_plain else document.lines:
            styles = line.styles
            self.styles += styles
            self.layouts += [line] * len(styles)

    def take(self, source: str) -> "Passage":
        """Return the next passage, whose words are `source`."""
        start = self.position
        self.position += len(only_letters(source))
        return Passage(source, self.styles[start : self.position], self.layouts[start : self.position])


class Passage:
    def __init__(self, source: str, styles: list[Style], layouts: list[Line]):
        self.letters, self.styles, self.layouts = only_letters(source), styles, layouts
        self.taken: list[tuple[int, int]] = []

    def styles_of(self, part: str) -> list[Style]:
        """Return the styles of `part` of this passage; each occurrence is used once."""
        wanted = only_letters(part)
        if not self.styles:
            return [PLAIN] * len(wanted)
        start = self.letters.find(wanted)
        while any(start < end and begin < start + len(wanted) for begin, end in self.taken) and start >= 0:
            start = self.letters.find(wanted, start + 1)
        if start < 0:
            return [PLAIN] * len(wanted)
        self.taken.append((start, start + len(wanted)))
        return self.styles[start : start + len(wanted)]

    def prose(self, part: str) -> str:
        """Return `part` as Markdown for `markdown.render_prose`, which renders it to the same words."""
        return add_marks(part, self.styles_of(part), escape_markdown)

    def line(self, part: str) -> str:
        """Return `part` as Markdown for `markdown.render_line`, which knows emphasis alone."""
        styles = [Style(style.em, style.strong) for style in self.styles_of(part)]
        return add_marks(part, styles, lambda text: escape_line(text))

    @property
    def opening(self) -> str:
        """The Markdown prefix of the paragraph if it is a heading or a quotation, else ""."""
        kinds = {(line.layout, line.level) for line in self.layouts}
        if len(kinds) != 1:
            return ""
        layout, level = kinds.pop()
        return {HEADING: "# " if level < 3 else "## ", QUOTATION: "> "}.get(layout, "")

    @property
    def addresses(self) -> list[str]:
        return list(dict.fromkeys(style.address for style in self.styles if style.address))


def add_marks(text: str, styles: list[Style], escaped) -> str:
    """Return `text` with Markdown marks around styled words; a mark always touches a letter."""
    if all(style == PLAIN for style in styles):
        return escaped(text)
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
            pending = token if "\n" not in token else "\n"
            words, gap = (words + "\0" + pending, gap) if words else (words, gap + pending)
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


def escape_inside(word: str, escaped) -> str:
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
