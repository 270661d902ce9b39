"""The direction of text: a paragraph or list with Hebrew, Arabic or another script from right to left gets dir="auto"."""

import re

from markdown.treeprocessors import Treeprocessor

# The blocks of Unicode that hold the scripts from right to left.
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")


class SetDirection(Treeprocessor):
    """Marks outer blocks only: what is inside follows them. Other blocks need no mark on a page from left to right."""

    def run(self, root):
        for block in root:
            if any(RIGHT_TO_LEFT.search(text) for text in block.itertext()):
                block.set("dir", "auto")
