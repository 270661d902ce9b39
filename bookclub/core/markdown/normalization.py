CONTROL_TRANSLATION = dict.fromkeys([*range(0x09), *range(0x0E, 0x1F), 0x7F]) | {0x1F: " "}


def normalize_markdown(text: str) -> str:
    """Return `text` with "\\n" for every kind of line end, lone surrogates replaced, and no control characters.

    The parser uses control characters as placeholders, and they would hide Markdown from `check_markdown`.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "\n".join(text.splitlines()).translate(CONTROL_TRANSLATION)
