"""The styles of an OpenDocument text: bold, italic, layout, and which levels of a list are numbered."""

from dataclasses import dataclass, field

from meetups.paste.sources.docx_styles import layout_by_name

MAX_ANCESTORS = 10


@dataclass
class TextStyle:
    name: str = ""  # for people
    parent: str = ""
    is_bold: bool | None = None  # None: as the parent
    is_italic: bool | None = None
    level: str = ""  # default outline level
    list_style: str = ""


@dataclass
class StyleReader:
    """Collects the styles of styles.xml, then those of content.xml, which win."""

    styles: dict[tuple[str, str], TextStyle] = field(default_factory=dict)  # by family and name
    lists: dict[str, dict[str, tuple[bool, int]]] = field(default_factory=dict)  # level: (is numbered, first number)
    current: TextStyle | None = None
    current_list: dict[str, tuple[bool, int]] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style":
            self.current = TextStyle(
                attributes.get("display-name") or attributes.get("name", "").replace("_20_", " "),
                attributes.get("parent-style-name", ""),
                level=attributes.get("default-outline-level", ""),
                list_style=attributes.get("list-style-name", ""),
            )
            self.styles[attributes.get("family", ""), attributes.get("name", "")] = self.current
        elif name == "text-properties" and self.current:
            weight, slant = attributes.get("font-weight"), attributes.get("font-style")
            self.current.is_bold = None if weight is None else weight in {"bold", "600", "700", "800", "900"}
            self.current.is_italic = None if slant is None else slant in {"italic", "oblique"}
        elif name == "list-style":
            self.current_list = self.lists[attributes.get("name", "")] = {}
        elif name.startswith("list-level-style-") and self.current_list is not None:
            is_numbered = name.endswith("number") and attributes.get("num-format", "1") != ""
            start = attributes.get("start-value", "1")
            number = int(start) if start.isdecimal() and len(start) < 4 else 1
            self.current_list[attributes.get("level", "1")] = (is_numbered, number)

    def end(self, name: str) -> None:
        if name == "style":
            self.current = None
        elif name == "list-style":
            self.current_list = None

    def ancestors(self, family: str, name: str):
        """Yield the style and those that it is based on."""
        for _ in range(MAX_ANCESTORS):
            style = self.styles.get((family, name))
            if style is None:
                return
            yield style
            name = style.parent

    def read_look(self, family: str, name: str) -> tuple[bool | None, bool | None]:
        """Return whether the style is bold and italic; None for what it doesn't say."""
        chain = list(self.ancestors(family, name))
        bold = next((style.is_bold for style in chain if style.is_bold is not None), None)
        italic = next((style.is_italic for style in chain if style.is_italic is not None), None)
        return bold, italic

    def read_layout(self, name: str) -> str:
        """Return "title", "subtitle", "quote", "h1" to "h6" or "" of a paragraph style."""
        return next(filter(None, (layout_by_name(style.name) for style in self.ancestors("paragraph", name))), "")

    def list_level(self, list_name: str, level: int) -> tuple[bool, int]:
        """Return whether the level of a list is numbered, and its first number."""
        return self.lists.get(list_name, {}).get(str(level), (False, 1))
