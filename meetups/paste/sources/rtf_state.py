"""The state of an RTF reader, and the tables of control words."""

import re
from dataclasses import dataclass, field

from meetups.paste.sources.html_writer import Look

SIGNS = {
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
    "tab": "\t", "line": "\n", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
    "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
SYMBOLS = {"~": "\u00a0", "_": "\u2011", "-": "", "\\": "\\", "{": "{", "}": "}"}
# Groups whose words are no part of the text; those marked \* are skipped too, unless they are in READ_STARRED.
SKIPPED = {
    "colortbl", "info", "stylesheet", "listtable", "listoverridetable", "rsidtbl", "generator", "themedata", "pict",
    "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "object", "filetbl", "xe",
    "tc", "revtbl", "annotation", "atnid", "atnauthor", "nonshppict", "fonttbl", "pntxta", "pntxtb", "nonesttables",
    "ftnsep", "sp", "shprslt", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "fldinst", "bkmkstart", "bkmkend",
}  # fmt: skip
READ_STARRED = {"shpinst", "do", "nesttableprops"}
MARGINS = {"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"}
CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
PLAIN = Look()
NO_TEXT = {"pict", "skipped", "object"}
STARRED = {"fldinst", "annotation", "footnote"}
LINK = re.compile(r'HYPERLINK\s+(?:\\\w\s+)*"([^"]+)"|HYPERLINK\s+(https?://\S+)')
NUMBER = re.compile(r"\(?(?:([0-9]{1,3})|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)]+")


@dataclass(frozen=True)
class State:
    """The look, destination and encoding that hold until the end of a group."""

    look: Look = PLAIN
    destination: str = ""  # "" for the text itself
    codec: str = "cp1252"
    unicode_skip: int = 1  # number of characters that stand for one in Unicode, for old readers
    is_hidden: bool = False
    layout: str = ""
    level: int = 0  # of a list, beginning with 0
    is_table: bool = False


@dataclass
class Collected:
    """Words of a group that is read for itself: a list's mark, a field's instruction, a style's name."""

    words: list[str] = field(default_factory=list)
    style: int = 0
    level: str = ""

    @property
    def text(self) -> str:
        return "".join(self.words)
