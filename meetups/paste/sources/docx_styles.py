"""The layout of each paragraph style of a Word document: title, subtitle, quotation, heading or list.

Word's own styles keep their English names inside the file. Other programs write names in the person's language, and
styles of one's own are based on Word's.
"""

import re

from meetups.paste.sources.xml_events import parse_xml

MAX_ANCESTORS = 10
TITLES = {"title", "titel", "titre", "título", "titolo"}
SUBTITLES = {"subtitle", "untertitel", "sous-titre", "subtítulo", "sottotitolo", "ondertitel"}
QUOTATIONS = {
    "quote", "intense quote", "quotations", "quotation", "block quote", "blockquote", "block quotation", "block text",
    "zitat", "intensives zitat", "citaat", "duidelijk citaat", "citation", "citation intense", "cita", "cita destacada",
    "citazione", "citazione intensa", "citação", "citação intensa",
}  # fmt: skip
BULLETS = r"list bullet|aufzählungszeichen|liste à puces|lista con viñetas|punto elenco|lijst opsom\.teken|lista com marcadores"
NUMBERS = r"list number|listennummer|liste à numéros|lista con números|numero elenco|lijstnummering|lista numerada"
LIST = re.compile(rf"(?:(?P<ul>{BULLETS})|(?P<ol>{NUMBERS})) ?(?P<level>[1-5])?")
HEADING = re.compile(r"(?:heading|überschrift|kop|titre|título|titolo|encabezado) ?([1-6])")


class StyleReader:
    """Collects name, parent and outline level of the paragraph styles."""

    def __init__(self):
        self.styles: dict[str, dict[str, str]] = {}
        self.current: dict[str, str] = {}

    def start(self, name, attributes):
        if name == "style":
            self.current = {}
            if attributes.get("type", "paragraph") == "paragraph" and "styleId" in attributes:
                self.styles[attributes["styleId"]] = self.current
        elif name in {"name", "basedOn", "outlineLvl"} and "val" in attributes:
            self.current.setdefault(name, attributes["val"])


def read_layouts(xml: bytes) -> dict[str, str]:
    """Return "title", "subtitle", "quote", "h1" to "h6", "ul1" to "ul5" or "ol1" to "ol5" by style id. `xml` is a checked part."""
    reader = StyleReader()
    parse_xml(xml, reader.start)
    layouts = {key: find_layout(key, reader.styles) for key in reader.styles}
    return {key: layout for key, layout in layouts.items() if layout}


def find_layout(key: str, styles: dict[str, dict[str, str]]) -> str:
    for _ in range(MAX_ANCESTORS):
        style = styles.get(key)
        if style is None:
            return ""
        if layout := layout_by_name(style.get("name", "")) or layout_by_level(style.get("outlineLvl", "")):
            return layout
        key = style.get("basedOn", "")
    return ""


def layout_by_name(name: str) -> str:
    name = name.strip().casefold()
    for layout, names in (("title", TITLES), ("subtitle", SUBTITLES), ("quote", QUOTATIONS)):
        if name in names:
            return layout
    heading = HEADING.fullmatch(name)
    if listed := LIST.fullmatch(name):
        return ("ul" if listed["ul"] else "ol") + (listed["level"] or "1")
    return f"h{heading[1]}" if heading else ""


def layout_by_level(level: str) -> str:
    """Return the heading of an outline level, which begins with 0; 9 is body text."""
    return f"h{int(level) + 1}" if level in {"0", "1", "2", "3", "4", "5"} else ""
