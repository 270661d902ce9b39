"""What a proof-reader would ask before a write-up goes out. Texts in, findings out; nothing is changed, nothing stopped.

proofread([Text(place, "We met “tonight", PROSE)])  ->  [Finding(place, "balance", "“ is opened and not closed. …")]
"""

from meetups.proofreading.reading import TITLES, offers, proofread
from meetups.proofreading.texts import FACT, LINE, NAME, PROSE, QUOTE, Finding, Fix, Place, Text

__all__ = [
    "FACT",
    "LINE",
    "NAME",
    "PROSE",
    "QUOTE",
    "TITLES",
    "Finding",
    "Fix",
    "Place",
    "Text",
    "offers",
    "proofread",
]
