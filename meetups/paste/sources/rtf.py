"""Convert Rich Text Format (.rtf) to HTML. The format's own reader: docs/decisions/0018-document-readers.md."""

from dataclasses import replace

from meetups.paste.sources.decoding import text_codec
from meetups.paste.sources.docx_styles import layout_by_level, layout_by_name
from meetups.paste.sources.rtf_blocks import RtfBlocks
from meetups.paste.sources.rtf_state import (
    CHARSETS,
    LINK,
    MARGINS,
    NO_TEXT,
    READ_STARRED,
    SIGNS,
    SKIPPED,
    STARRED,
    SYMBOLS,
    Collected,
    State,
)
from meetups.paste.sources.rtf_tokens import TOO_LARGE, split_rtf
from meetups.paste.sources.rtf_words import HANDLERS
from meetups.paste.sources.source import MAX_FILE_BYTES, MAX_TEXT_BYTES, PAGE_MARGIN, Source, Unreadable

MAX_DEPTH = 200
MAX_PICTURES = 1_000
TOO_MANY_BYTES = "The RTF document is larger than 20 MB. Take the pictures out, or paste its text."
TOO_LONG = "The RTF document holds more than 1 MB of text. Copy it in two halves and paste them."
TRACKED = "The RTF document has tracked changes: they were read as accepted."
LISTS = {"listtext", "pntext"}
DESTINATIONS = SKIPPED | LISTS | {"footnote", "field", "stylesheet", "fonttbl"}


class RtfReader:
    def __init__(self):
        self.blocks = RtfBlocks()
        self.states = [State()]
        self.collected: list[Collected] = [Collected()]
        self.default_codec = "cp1252"
        self.codecs: dict[int, str] = {}  # by font
        self.font = 0
        self.styles: dict[int, str] = {}  # layout by number of the style
        self.address = ""  # of the link
        self.pending = bytearray()  # bytes of text that are not decoded yet
        self.to_skip = 0  # characters after a character in Unicode
        self.is_starred = False
        self.margins: list[str] = []
        self.length = self.pictures = self.comments = self.hidden = self.changes = 0

    @property
    def state(self) -> State:
        return self.states[-1]

    def set_state(self, **changes) -> None:
        self.states[-1] = replace(self.state, **changes)

    def read(self, data: bytes) -> None:
        for token in split_rtf(data):
            if token.kind == "bytes":
                self.add_bytes(token.text)
                continue
            self.flush()
            if token.kind == "open":
                self.open_group()
            elif token.kind == "close":
                self.close_group()
                if not self.states:
                    break
            elif token.kind == "symbol":
                self.handle_symbol(token.word)
            else:
                self.handle_word(token.word, token.number)
        self.flush()
        self.states = self.states or [State()]
        self.end_paragraph()
        self.blocks.end_table()

    # Groups

    def open_group(self) -> None:
        if len(self.states) > MAX_DEPTH:
            raise Unreadable(TOO_LARGE)
        self.states.append(self.state)
        self.collected.append(Collected())
        self.to_skip = 0

    def close_group(self) -> None:
        inner, collected = self.states.pop(), self.collected.pop()
        self.to_skip = 0
        if not self.states:
            return
        outer = self.state.destination
        if inner.destination == outer and outer and self.collected:
            self.collected[-1].words += collected.words
            return
        if inner.destination == "fldinst":
            found = LINK.search(collected.text)
            self.address = (found[1] or found[2]) if found else ""
        elif inner.destination == "field":
            self.address = ""
        elif inner.destination == "listtext" and collected.text.strip():
            self.blocks.mark = collected.text.strip()
        elif inner.destination == "footnote":
            self.add_note(collected.text)
        elif inner.destination in MARGINS and collected.text.strip():
            self.margins.append(" ".join(collected.text.split()))

    def enter(self, destination: str) -> None:
        self.pictures += destination == "pict" and self.state.destination != "nonshppict"
        self.set_state(destination=destination)
        self.comments += destination == "annotation"

    def add_note(self, words: str) -> None:
        """Put a footnote's words in brackets where its mark stands."""
        words = " ".join(words.split())
        if words and not self.state.destination:
            self.blocks.paragraph.add(f" ({words})", self.state.look)

    # Control words

    def handle_symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.is_starred = True
        elif symbol in SYMBOLS:
            self.add_text(SYMBOLS[symbol])
        elif symbol in "\r\n":
            self.handle_word("par", None)

    def handle_word(self, word: str, number: int | None) -> None:
        is_starred, self.is_starred = self.is_starred, False
        destination = self.state.destination
        if word in LISTS:
            self.enter("listtext")
        elif is_starred and word not in READ_STARRED:
            self.enter(word if word in STARRED else "skipped")
        elif word in DESTINATIONS:
            if word != "field" or not destination:  # a field within a footnote belongs to its words
                self.enter(word)
        elif destination == "fonttbl":
            self.read_font(word, number)
        elif destination == "stylesheet":
            self.read_style(word, number)
        elif word in SIGNS:
            self.add_text(SIGNS[word])
        elif word in HANDLERS:
            HANDLERS[word](self, number)

    def read_font(self, word: str, number: int | None) -> None:
        if word == "f":
            self.font = number or 0
        elif word == "fcharset" and number in CHARSETS and number:
            self.codecs[self.font] = CHARSETS[number]
        elif word == "cpg" and number:
            self.codecs[self.font] = text_codec(f"cp{number}") or self.default_codec

    def read_style(self, word: str, number: int | None) -> None:
        if word == "s":
            self.collected[-1].style = number or 0
        elif word == "outlinelevel":
            self.collected[-1].level = str(number)

    def end_style(self, collected: Collected) -> None:
        name = collected.text.partition(";")[0]
        self.styles[collected.style] = layout_by_name(name) or layout_by_level(collected.level)

    # Text

    def add_bytes(self, text: bytes) -> None:
        if self.state.destination in NO_TEXT:
            return
        if self.state.destination == "stylesheet" and b";" in text:
            self.pending += text
            self.flush()
            self.end_style(self.collected[-1])
            return
        if self.to_skip:
            skipped = min(self.to_skip, len(text))
            self.to_skip -= skipped
            text = text[skipped:]
        self.pending += text

    def flush(self) -> None:
        """Decode the bytes so far: a character may be written as several \\'hh."""
        if self.pending:
            text, self.pending = bytes(self.pending).decode(self.state.codec, "replace"), bytearray()
            self.add_text(text)

    def add_text(self, text: str) -> None:
        self.is_starred = False
        if self.state.destination in NO_TEXT:
            return
        self.length += len(text)
        if self.length > MAX_TEXT_BYTES:
            raise Unreadable(TOO_LONG)
        if self.state.destination not in {"", "field"}:
            self.collected[-1].words.append(text)
        elif self.state.is_hidden:
            self.hidden += len(text.split())
        else:
            look = replace(self.state.look, address=self.address) if self.address else self.state.look
            self.blocks.paragraph.add(text, look)

    def add_unicode(self, number: int | None) -> None:
        code = (number or 0) % 65_536
        self.add_text(chr(code))
        self.to_skip = self.state.unicode_skip

    def set_look(self, **changes) -> None:
        self.set_state(look=replace(self.state.look, **changes))

    def end_paragraph(self) -> None:
        if self.state.destination in {"", "field"}:
            self.blocks.end_paragraph(self.state)
        else:
            self.collected[-1].words.append(" ")

    def end_cell(self) -> None:
        if self.state.destination in {"", "field"}:
            self.blocks.end_cell(self.state)

    def reports(self) -> list[str]:
        numbers = {
            "Comments in the margin were left out": self.comments,
            "Hidden words in the document were left out": self.hidden,
        }
        found = [f"{sentence}: {number}." for sentence, number in numbers.items() if number]
        return [*found, *[TRACKED] * bool(self.changes)]

    def finish(self) -> str:
        return join_surrogates(self.blocks.writer.finish()) + "<img>" * min(self.pictures, MAX_PICTURES)


def join_surrogates(text: str) -> str:
    """Join the halves in which RTF writes characters beyond 16 bits."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_rtf(data: bytes) -> Source:
    """Raise Unreadable."""
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(TOO_MANY_BYTES)
    reader = RtfReader()
    reader.read(data)
    html = reader.finish()
    left_out = tuple((words, PAGE_MARGIN) for words in dict.fromkeys(reader.margins))
    return Source(html=html, kind="rtf", reports=tuple(reader.reports()), left_out=left_out)
