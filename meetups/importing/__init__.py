"""Makes rows of a plain-text write-up, all of them or none."""

from .report import Import, LeftOut, Refused
from .rows import import_writeup
from .samples import mark

__all__ = ["Import", "LeftOut", "Refused", "import_writeup", "mark"]
