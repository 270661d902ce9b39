"""Footnotes: “[^1]” in the text, and “[^1]: the note” on a line of its own.

The notes stand at the end of the text, in the order typed. The ids contain a digest of the text, because a page has many
texts. There are no links back: they would stand in mails, feeds and copied text, too.
"""

import hashlib
import xml.etree.ElementTree as etree

from markdown.extensions import Extension
from markdown.extensions.footnotes import FootnoteBlockProcessor
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

MARK = r"\[\^([^\[\]\n]*)\]"


class FootnoteExtension(Extension):
    def extendMarkdown(self, md):
        self.md, self.parser = md, md.parser
        self.reset()
        md.registerExtension(self)
        md.parser.blockprocessors.register(FootnoteBlockProcessor(self), "footnote", 17)
        md.inlinePatterns.register(FootnoteMarkProcessor(self), "footnote", 175)
        md.treeprocessors.register(AppendFootnotes(self), "footnote", 50)

    def reset(self):
        self.notes = []  # (label, text)
        self._digest = None

    def setFootnote(self, label, text):
        """Add a note; called by FootnoteBlockProcessor. A second note with the same label stays, without a mark."""
        self.notes.append((label, text))

    def number_of(self, label):
        """Return the number of the first note with this label, or None."""
        return next((number for number, (other, _) in enumerate(self.notes, 1) if other == label), None)

    def id_of(self, number):
        self._digest = self._digest or hashlib.sha256("\n".join(self.md.lines).encode()).hexdigest()[:8]
        return f"note-{self._digest}-{number}"


class FootnoteMarkProcessor(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, footnotes):
        super().__init__(MARK, footnotes.md)
        self.footnotes = footnotes

    def handleMatch(self, m, data):
        number = self.footnotes.number_of(m[1])
        if number is None:
            return None, None, None
        mark = etree.Element("sup")
        link = etree.SubElement(mark, "a", {"href": f"#{self.footnotes.id_of(number)}"})
        link.text = f"[{number}]"
        return mark, m.start(), m.end()


class AppendFootnotes(Treeprocessor):
    def __init__(self, footnotes):
        super().__init__(footnotes.md)
        self.footnotes = footnotes

    def run(self, root):
        if not self.footnotes.notes:
            return
        notes = etree.SubElement(root, "ol", {"class": "footnotes"})
        for number, (_, text) in enumerate(self.footnotes.notes, 1):  # a note may add further notes
            # The parser treats an <li> as part of a typed list: parse in a <div>, then move.
            parsed = etree.Element("div")
            self.footnotes.parser.parseChunk(parsed, text)
            etree.SubElement(notes, "li", {"id": self.footnotes.id_of(number)}).extend(parsed)
