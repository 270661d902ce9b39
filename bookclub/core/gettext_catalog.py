"""Read catalogues of messages (.po) and write them for gettext (.mo), without the tools of GNU gettext."""

import ast
import struct

MO_MAGIC, HEADER_BYTES = 0x950412DE, 28
KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr[0]", "msgstr[1]", "msgstr")


def read_po(text) -> dict[str, str]:
    """Return the messages as the .mo file holds them: plural forms joined by a NUL, the context by an EOT."""
    messages = {}
    for block in text.split("\n\n"):
        fields, keyword = {}, ""
        for line in block.splitlines():
            if not line or line.startswith("#"):
                continue
            if not line.startswith('"'):
                keyword = next(each for each in KEYWORDS if line.startswith(f"{each} "))
                line = line.removeprefix(keyword)
            fields[keyword] = fields.get(keyword, "") + ast.literal_eval(line.strip())
        if not fields:
            continue
        key = (f"{fields['msgctxt']}\x04" if "msgctxt" in fields else "") + fields["msgid"]
        if "msgid_plural" in fields:
            messages[f"{key}\0{fields['msgid_plural']}"] = f"{fields['msgstr[0]']}\0{fields['msgstr[1]']}"
        else:
            messages[key] = fields["msgstr"]
    return messages


def build_mo(messages) -> bytes:
    """Return the bytes of a .mo file: a header, two tables of (length, offset), then the texts, sorted by message."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items() if value)
    texts = [key for key, _ in pairs] + [value for _, value in pairs]
    table_bytes = 8 * len(pairs)
    offset = HEADER_BYTES + 2 * table_bytes
    entries = []
    for text in texts:
        entries += [len(text), offset]
        offset += len(text) + 1
    header = [MO_MAGIC, 0, len(pairs), HEADER_BYTES, HEADER_BYTES + table_bytes, 0, HEADER_BYTES + 2 * table_bytes]
    numbers = [*header, *entries]
    return struct.pack(f"<{len(numbers)}I", *numbers) + b"".join(text + b"\0" for text in texts)


def compile_po(path) -> bytes:
    return build_mo(read_po(path.read_text()))
