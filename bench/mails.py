"""Show every kind of mail, and count what can't be read or pressed: `make mails` or `python -m bench.mails [FOLDER]`.

Each mail is shown in Chromium with images off, 320 and 640 px wide, in the light and in the dark scheme, and as text,
on one sheet a mail in FOLDER (var/mails by default): with the usual words in `usual`, with the longest ones that its
fields take in `long`. Prints the faults that tests/browser/mail_layout.py finds: cut, split, unreadable, hard to press.
"""

import io
import os
import sys
import tempfile
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from bench.databases import IN_HERE, empty_database
from tests.serving import environment_in

GAP, MAX_HEIGHT = 16, 2_600  # pixels
TEXT_STYLE = "white-space: pre-wrap; overflow-wrap: anywhere; font-size: 14px"
TEXT_PAGE = f"<!doctype html><body style='margin: 16px; background: #fff'><pre style='{TEXT_STYLE}'>"


def main(folder):
    with tempfile.TemporaryDirectory() as data:
        Path(data, "static").mkdir()
        os.environ |= environment_in(data, **{IN_HERE: data}) | {"DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
        with sync_playwright() as playwright:
            return show_all(playwright, folder)


def show_all(playwright, folder):
    """Write all sheets; return the number of faults."""
    from bench.guide_pictures import find_chromium  # noqa: PLC0415 - reads the settings
    from tests.browser.conftest import FLAGS  # noqa: PLC0415 - the same

    browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=FLAGS)
    page = browser.new_page()
    counts = [show_mails(page, name, folder / name) for name in ("usual", "long")]
    browser.close()
    return sum(counts)


def show_mails(page, name, folder):
    """Write a sheet for each mail with these words, and print the faults; return their number."""
    from django.test.utils import override_settings  # noqa: PLC0415 - the settings are complete by now

    folder.mkdir(parents=True, exist_ok=True)
    with empty_database(), override_settings(ALLOWED_HOSTS=["localhost"]):
        from tests import mail_samples  # noqa: PLC0415 - Django is set up by now
        from tests.browser.mail_layout import find_mail_faults  # noqa: PLC0415 - the same

        words = {"usual": mail_samples.USUAL, "long": mail_samples.LONG}[name]
        mails = mail_samples.write_every_mail(words)
        faults = {}
        for kind, message in mails:
            html = message.alternatives[0].content if message.alternatives else ""
            faults[kind] = find_mail_faults(page, html) if html else []
            take_sheet(page, message, html).save(folder / f"{kind.replace(' ', '-')}.png")
    count = sum(map(len, faults.values()))
    print(f"{len(mails)} mails with {name} words, 2 widths, 2 schemes: {count} faults (allowed: 0); sheets in {folder}")
    for kind, found in faults.items():
        for fault in found:
            print(f"    {kind}: {fault}")
    return count


def take_sheet(page, message, html):
    """Return one picture of the mail at both widths in both schemes, and of its text."""
    from tests.browser.mail_layout import SCHEMES, WIDTHS, open_mail  # noqa: PLC0415 - Django is set up by now

    pictures = []
    open_mail(page, html)
    for scheme in SCHEMES if html else ():
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 400})
            pictures.append(take_picture(page))
    page.emulate_media(color_scheme="light")
    text = f"Subject: {message.subject}\n\n{message.body}"
    open_mail(page, f"{TEXT_PAGE}{escape(text)}</pre>")
    page.set_viewport_size({"width": 640, "height": 400})
    return join_pictures([*pictures, take_picture(page)])


def take_picture(page):
    return Image.open(io.BytesIO(page.screenshot(full_page=True)))


def join_pictures(pictures):
    height = min(MAX_HEIGHT, max(picture.height for picture in pictures))
    width = sum(picture.width + GAP for picture in pictures) + GAP
    sheet, left = Image.new("RGB", (width, height + 2 * GAP), "#888"), GAP
    for picture in pictures:
        sheet.paste(picture.crop((0, 0, picture.width, min(picture.height, MAX_HEIGHT))), (left, GAP))
        left += picture.width + GAP
    return sheet


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/mails")) else 0)
