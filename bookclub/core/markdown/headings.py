"""Headings: a # is one only before a space, so “#bookclub” stays text."""

import re

from markdown.blockprocessors import HashHeaderProcessor
from markdown.treeprocessors import Treeprocessor


class SpacedHeadingProcessor(HashHeaderProcessor):
    """Needs a space after the first # and before closing ones: “# Learning C#” keeps its last sign."""

    RE = re.compile(
        r"(?:^|\n)(?P<level>#{1,6})(?= +[^ \n])"
        r"(?P<header>(?:\\.|[^\\#]|#+(?=[^#\n])|(?<=[^ #])#+(?=\n|$))*?)(?:(?<= )#+)?(?:\n|$)"
    )


class LowerHeadings(Treeprocessor):
    """Start typed headings at h3: the page has its h1, the section its h2."""

    def run(self, root):
        for element in root.iter():
            if re.fullmatch("h[1-6]", element.tag):
                element.tag = f"h{min(int(element.tag[1]) + 2, 6)}"
