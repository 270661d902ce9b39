"""Proofread a write-up before it is published: texts in, findings out. Nothing is changed or blocked.

proofread([Text(place, "We met “tonight", PROSE)])  ->  [Finding(place, "balance", "“ is opened and not closed. …")]
"""

from meetups.proofreading.checks import TITLES, find_fixes, proofread
from meetups.proofreading.findings import FACT, LINE, NAME, PROSE, QUOTE, Finding, Fix, Place, Text
from meetups.proofreading.people import find_names_in_texts

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
    "find_fixes",
    "find_names_in_texts",
    "proofread",
]
