"""Turn a parsed write-up into rows, in one transaction."""

from meetups.paste.importer.builder import import_writeup
from meetups.paste.importer.report import Import, LeftOut, Refused
from meetups.paste.importer.sample_replacement import mark_as_sample

__all__ = ["Import", "LeftOut", "Refused", "import_writeup", "mark_as_sample"]
