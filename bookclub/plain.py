"""Rendered HTML as the text of a mail: the same words, set apart by empty lines and by the marks of typed letters."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.conf import settings

PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "figure", "figcaption", "caption", "dt", "dd"}
FRAMES = {"ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th"}
SPACE = re.compile(r"[ \t\n\r\f]+")  # what HTML takes for one space; one that does not break is a letter
LINE_END = re.compile(r" *\n *")
RULE = "* * *"


def as_text(html: str) -> str:
    """The words of `html`, which is what `bookclub.markdown` or a template of ours has made: every tag is closed.

    Paragraphs are parted by an empty line; entries of lists begin with "* " or a number, lines of quotations with "> ";
    cells of a table stand between " | ". A link is followed by its address in parentheses, unless it shows the address.
    """
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


@dataclass
class Frame:
    """What stands in one element: finished blocks of lines, and the words of the one that is being read."""

    tag: str = ""
    blocks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    is_airy: bool = False  # a list with paragraphs in it
    number: int = 1  # of the next entry

    def end_block(self):
        text = "".join(self.words)
        if self.tag != "pre":
            text = LINE_END.sub("\n", SPACE.sub(spaces_to_one, text)).strip(" \n")
        if text:
            self.blocks.append(text)
        self.words = []

    def joined(self):
        if self.tag in {"td", "th", "tr"}:
            return (" | " if self.tag == "tr" else " ").join(self.blocks)
        is_tight = self.tag == "table" or (self.tag in {"ul", "ol", "li"} and not self.is_airy)
        return ("\n" if is_tight else "\n\n").join(self.blocks)


class Reader(HTMLParser):
    """Keeps the open elements in a list and not on the stack, so that no depth is too deep."""

    def __init__(self):
        super().__init__()
        self.frames = [Frame()]
        self.link = None  # its address, and where in the frame's words it begins

    @property
    def frame(self):
        return self.frames[-1]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in PARAGRAPHS | FRAMES | {"hr"}:
            self.end_block()
        if tag in FRAMES:
            self.frames.append(Frame(tag, number=first_number(attrs.get("start"))))
        elif tag == "p":
            self.frame.is_airy = True
        elif tag == "hr":
            self.frame.blocks.append(RULE)
        elif tag == "br":
            self.frame.words.append("\v")
        elif tag == "a":
            self.link = whole_address(attrs.get("href")), len(self.frame.words)

    def handle_endtag(self, tag):
        if tag == "a":
            self.end_link()
        elif tag in PARAGRAPHS:
            self.end_block()
        elif tag == self.frame.tag:
            self.end_frame()

    def handle_data(self, data):
        self.frame.words.append(data)
