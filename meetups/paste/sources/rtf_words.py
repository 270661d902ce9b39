"""Handlers of the control words of RTF: functions of the reader and the word's number."""

from meetups.paste.sources.decoding import text_codec
from meetups.paste.sources.docx_styles import layout_by_level
from meetups.paste.sources.rtf_state import PLAIN


def set_codepage(reader, number: int | None) -> None:
    reader.default_codec = text_codec(f"cp{number}") or "cp1252"
    reader.set_state(codec=reader.default_codec)


def set_mac(reader, number: int | None) -> None:
    reader.default_codec = "mac_roman"
    reader.set_state(codec="mac_roman")


def set_font(reader, number: int | None) -> None:
    reader.set_state(codec=reader.codecs.get(number or 0, reader.default_codec))


def reset_paragraph(reader, number: int | None) -> None:
    reader.set_state(layout="", level=0, is_table=False)


def hide(reader, number: int | None) -> None:
    reader.set_state(is_hidden=number != 0)


def delete(reader, number: int | None) -> None:
    if number != 0:
        reader.changes += 1
        reader.set_state(destination="skipped")


HANDLERS = {
    "b": lambda reader, number: reader.set_look(is_bold=number != 0),
    "i": lambda reader, number: reader.set_look(is_italic=number != 0),
    "plain": lambda reader, number: reader.set_state(look=PLAIN, is_hidden=False, codec=reader.default_codec),
    "u": lambda reader, number: reader.add_unicode(number),
    "uc": lambda reader, number: reader.set_state(unicode_skip=min(max(number or 0, 0), 8)),
    "v": hide,
    "deleted": delete,
    "revised": lambda reader, number: setattr(reader, "changes", reader.changes + 1),
    "par": lambda reader, number: reader.end_paragraph(),
    "sect": lambda reader, number: reader.end_paragraph(),
    "page": lambda reader, number: reader.end_paragraph(),
    "pard": reset_paragraph,
    "s": lambda reader, number: reader.set_state(layout=reader.styles.get(number or 0, "")),
    "outlinelevel": lambda reader, number: reader.set_state(layout=reader.state.layout or layout_by_level(str(number))),
    "ilvl": lambda reader, number: reader.set_state(level=min(max(number or 0, 0), 8)),
    "intbl": lambda reader, number: reader.set_state(is_table=True),
    "cell": lambda reader, number: reader.end_cell(),
    "nestcell": lambda reader, number: reader.end_cell(),
    "row": lambda reader, number: reader.blocks.end_row(),
    "nestrow": lambda reader, number: reader.blocks.end_row(),
    "f": set_font,
    "ansicpg": set_codepage,
    "mac": set_mac,
}
