"""Read what people paste or upload: files of every kind, mails and clipboards become a Source. No database."""

from meetups.paste.sources.clippings import Clipping, is_clippings, read_clippings
from meetups.paste.sources.reading import read_file, read_text
from meetups.paste.sources.source import MAX_FILE_BYTES, MAX_TEXT_BYTES, Source, Unreadable

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_TEXT_BYTES",
    "Clipping",
    "Source",
    "Unreadable",
    "is_clippings",
    "read_clippings",
    "read_file",
    "read_text",
]
