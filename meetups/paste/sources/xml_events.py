"""Parse a checked XML part with handlers that get local names: "p", not "text:p"."""

from xml.parsers import expat


def parse_xml(xml: bytes, start=None, end=None, text=None) -> None:
    """Call `start(name, attributes)`, `end(name)` and `text(words)`. `xml` has passed a PackageChecker."""
    if not xml:
        return
    parser = expat.ParserCreate()
    parser.buffer_text = True
    if start:
        parser.StartElementHandler = lambda name, attributes: start(
            local_name(name), {local_name(key): value for key, value in attributes.items()}
        )
    if end:
        parser.EndElementHandler = lambda name: end(local_name(name))
    if text:
        parser.CharacterDataHandler = text
    parser.Parse(xml, True)


def local_name(name: str) -> str:
    return name.rpartition(":")[2]
