"""Bare links: an address that begins with http:// or https:// is a link to the letter."""

import re
import xml.etree.ElementTree as etree

from markdown.inlinepatterns import InlineProcessor
from markdown.util import INLINE_PLACEHOLDER_RE, AtomicString

# An escaped character is a placeholder by the time that links are read.
PLACEHOLDER = INLINE_PLACEHOLDER_RE.pattern
BARE_LINK = rf"(?i:https?)://(?:[^\s<>“”„«»…—。、，；（）「」『』《》\x02\x03]|{PLACEHOLDER})+"
CHARACTER = re.compile(rf"{PLACEHOLDER}|.", re.DOTALL)
ESCAPED = re.compile(r"\x02([0-9]+)\x03")
# Belongs to the sentence, not to the address at its end. A closing bracket does if the address has no opening one.
CLOSING_PUNCTUATION = set(".,:;!?*_~'\"’‘–|")
BRACKETS = {")": "(", "]": "["}


class BareLinkProcessor(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, md):
        super().__init__(BARE_LINK, md)

    def handleMatch(self, m, data):
        characters, ends = self._read_address(m[0])
        length = trim_address(characters)
        if length <= characters.index(":") + 3:
            return None, None, None
        link = etree.Element("a", {"href": "".join(characters[:length])})
        link.text = AtomicString(link.get("href"))
        return link, m.start(), m.start() + ends[length - 1]

    def _read_address(self, matched):
        """Return the characters of the address, and where each ends in `matched`. A code span ends the address."""
        stash = self.md.treeprocessors["inline"].stashed_nodes
        characters, ends = [], []
        for found in CHARACTER.finditer(matched):
            value = stash.get(found[1], "") if found[1] else found[0]
            escaped = ESCAPED.fullmatch(value) if isinstance(value, str) else None
            if found[1] and not escaped:
                break
            characters.append(chr(int(escaped[1])) if escaped else value)
            ends.append(found.end())
        return characters, ends


def trim_address(characters: list[str]) -> int:
    """Return the length of the address without the punctuation after it."""
    surplus = {closing: characters.count(closing) - characters.count(opening) for closing, opening in BRACKETS.items()}
    length = len(characters)
    while length:
        last = characters[length - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in CLOSING_PUNCTUATION:
            break
        length -= 1
    return length
