"""Rendered HTML as the text of a mail: the same words, set apart by empty lines and the marks of typed letters."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from django.conf import settings

PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "figure", "figcaption", "caption"}
FRAMES = {"ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th"}
CELLS = {"td", "th"}
SPACES = re.compile(r"[ \t\n\r\f]+")  # what HTML takes for one space; one that doesn't break is a letter
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
RULE = "* * *"


def as_text(html: str) -> str:
    """The words of `html`, made by `bookclub.markdown` or a template of ours: it closes what it opens.

    Paragraphs are parted by an empty line, a <br> is a line end. Entries of a list begin with "* " or their number,
    lines of a quotation with "> "; between the cells of a table stands " | ". Behind a link stands its address, whole
    and in parentheses, unless its words are the address.
    """
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


@dataclass
class Frame:
    """What stands in one element: its finished blocks, and the words of the one that is being read."""

    tag: str = ""
    number: int = 1  # of the next entry
    blocks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    has_paragraphs: bool = False

    def end_block(self):
        text = "".join(self.words)
        if self.tag != "pre":
            text = re.sub(r" *\n *", "\n", re.sub(" +", " ", text)).strip(" \n")
        if text.strip(" \n"):
            self.blocks.append(text.strip("\n"))
        self.words.clear()

    def joined(self):
        """As one block. Lists stand close unless an entry has paragraphs, as on the page."""
        if self.tag == "tr":
            return " | ".join(self.blocks)
        if self.tag in CELLS:
            return " ".join(self.blocks).replace("\n", " ")
        is_close = self.tag in {"ul", "ol", "li"} and not self.has_paragraphs
        return ("\n" if is_close or self.tag == "table" else "\n\n").join(self.blocks)


class Reader(HTMLParser):
    """Calls nothing within itself for what stands within something: no HTML is too deep for it."""

    def __init__(self):
        super().__init__()
        self.frames = [Frame()]
        self.link = None  # its address as typed, and how many pieces of words stand before its own

    @property
    def frame(self):
        return self.frames[-1]

    def text(self):
        while len(self.frames) > 1:
            self.end_frame()
        self.frame.end_block()
        return "\n".join(line.rstrip(" ") for line in self.frame.joined().split("\n"))

    def handle_starttag(self, tag, attrs):
        if tag in PARAGRAPHS | FRAMES | {"hr"}:
            self.frame.end_block()
        if tag in FRAMES:
            self.frames.append(Frame(tag, first_number(dict(attrs).get("start"))))
        elif tag == "p":
            self.frame.has_paragraphs = True
        elif tag == "hr":
            self.frame.blocks.append(RULE)
        elif tag == "br":
            self.frame.words.append("\n")
        elif tag == "a" and (typed := dict(attrs).get("href")):
            self.link = typed, len(self.frame.words)

    def handle_data(self, data):
        self.frame.words.append(data if self.frame.tag == "pre" else SPACES.sub(" ", data))

    def handle_endtag(self, tag):
        if tag in PARAGRAPHS:
            self.frame.end_block()
        elif tag == self.frame.tag:
            self.end_frame()
        elif tag == "a" and self.link:
            self.end_link(*self.link)

    def end_link(self, typed, start):
        self.link = None
        words, address = "".join(self.frame.words[start:]).strip(), whole(typed).removeprefix("mailto:")
        if words == typed and words in address:
            self.frame.words[start:] = [address]
        elif words and words != address and not typed.startswith("#"):
            self.frame.words.append(f" ({address})")

    def end_frame(self):
        self.frame.end_block()
        done = self.frames.pop()
        text = done.joined()
        if done.tag == "li":
            text = self.as_entry(text)
            self.frame.has_paragraphs |= done.has_paragraphs
        elif done.tag == "blockquote":
            text = indented(text, "> ") if text else ""
        elif done.tag == "pre":
            text = indented(text, "    ")
        if text or done.tag in CELLS:
            self.frame.blocks.append(text)

    def as_entry(self, text):
        mark = f"{self.frame.number}. " if self.frame.tag == "ol" else "* "
        self.frame.number += 1
        return mark + indented(text, " " * len(mark)).removeprefix(" " * len(mark))


def indented(text, lead):
    return "\n".join(f"{lead}{line}" for line in text.split("\n"))


def first_number(start):
    """Of an ordered list: 1 where none is given, or one that no browser would count from."""
    return int(start) if start and start.isdecimal() and len(start) < 10 else 1


def whole(address: str) -> str:
    """An address as one has to write it outside of our pages; as it is where nobody can make out where it leads."""
    try:
        return address if SCHEME.match(address) else urljoin(f"{settings.SITE_URL}/", address)
    except ValueError:
        return address
