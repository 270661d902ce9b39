"""Measure hostile Word files, text, HTML and incoming mails: CPU time and memory until each is refused.

    python -m bench.hostile_files [--tenth]

Exits with 1 where one needs more than a second of processor or 100 MB. `--tenth` takes every tenth one.
"""

import argparse
import os
import resource
import sys
import time

LIMIT_SECONDS, LIMIT_MB = 1, 100


def list_cases():
    """Return (name, function, argument) of each case; the modules need Django's settings."""
    from meetups.paste.html_reader import html_document  # noqa: PLC0415
    from meetups.paste.sources import read_file, read_text  # noqa: PLC0415
    from meetups.paste.upload import Pasted  # noqa: PLC0415
    from newsletter.inbound_parser import parse_mail  # noqa: PLC0415
    from tests.meetups.hostile_documents import (  # noqa: PLC0415
        HOSTILE_BLOGS,
        HOSTILE_DOCX,
        HOSTILE_EXPORTS,
        HOSTILE_HTML,
        HOSTILE_MARKDOWN,
        HOSTILE_ODT,
        HOSTILE_RTF,
        HOSTILE_TEXTS,
    )
    from tests.meetups.hostile_mails import HOSTILE_MAIL_TEXTS  # noqa: PLC0415
    from tests.meetups.hostile_mails import HOSTILE_MAILS as HOSTILE_MAIL_FILES  # noqa: PLC0415
    from tests.newsletter.hostile_mails import HOSTILE_MAILS  # noqa: PLC0415

    kinds = [
        ("Word file", lambda data: read_file("a.docx", data), make_all(HOSTILE_DOCX)),
        ("OpenDocument text", lambda data: read_file("a.odt", data), make_all(HOSTILE_ODT)),
        ("RTF", lambda data: read_file("a.rtf", data), HOSTILE_RTF),
        ("text", lambda text: Pasted(text).document(), HOSTILE_TEXTS),
        ("HTML", html_document, HOSTILE_HTML),
        ("chat", read_text, HOSTILE_EXPORTS),
        ("blog", lambda html: read_text("", html), HOSTILE_BLOGS),
        ("Markdown", read_text, HOSTILE_MARKDOWN),
        ("mail as a file", lambda data: read_file("a.eml", data), HOSTILE_MAIL_FILES),
        ("mail as text", read_text, HOSTILE_MAIL_TEXTS),
        ("incoming mail", parse_mail, HOSTILE_MAILS),
    ]
    return [(f"{kind}: {name}", read, data) for kind, read, cases in kinds for name, data in cases.items()]


def make_all(cases):
    """Make the files whose cases are functions."""
    return {name: make_data() for name, make_data in cases.items()}


def measure_case(name, read, data) -> bool:
    """Read the case in a process of its own; print its figures. Return whether they are within the limits."""
    child = os.fork()
    if child == 0:
        os._exit(not is_refused_in_time(name, read, data))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def is_refused_in_time(name, read, data):
    from meetups.paste.sources import Unreadable  # noqa: PLC0415 - after the settings

    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        outcome = "ignored" if not read(data) else "read"
    except Unreadable:
        outcome = "refused"
    seconds = time.process_time() - began
    megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    is_within = seconds <= LIMIT_SECONDS and megabytes <= LIMIT_MB
    note = "" if is_within else "  TOO MUCH"
    print(f"  {name}, {len(data):,} bytes: {outcome}, {seconds * 1000:.0f} ms, {megabytes:.0f} MB{note}", flush=True)
    return is_within


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenth", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
    import django

    django.setup()
    results = [measure_case(*case) for case in list_cases()[:: 10 if given.tenth else 1]]
    sys.exit(not all(results))
