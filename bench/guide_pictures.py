"""Take the pictures of README and of the organisers' guide: `make pictures`. Needs Chromium.

Serves the sample club, works in it as its organiser, and writes docs/pictures/*.webp, each of 60 KB at most.
"""

import io
import os
import tempfile
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.serving import BASE_DIR, environment_in, prepare, serving

FOLDER = BASE_DIR / "docs/pictures"
DOCUMENTS = BASE_DIR / "tests/fixtures/writeups"
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 722}
WIDTH = 1000  # pixels
MAX_BYTES = 60 * 1024


def main():
    with tempfile.TemporaryDirectory() as folder:
        # A mail server that nobody writes to: without one, each page would say that no mail leaves.
        environment = environment_in(folder, SAMPLE="1", EMAIL_URL="smtp://127.0.0.1:9")
        prepare(environment)
        with serving(environment) as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=FLAGS)
            page = browser.new_page(base_url=f"http://localhost:{port}", viewport=WIDE, reduced_motion="reduce")
            sign_in(page, environment)
            take_pictures_of_writeups(page)
            take_pictures_of_meetups_and_letters(page)
            page.goto("/admin/")
            save("dashboard", page.screenshot(full_page=True, clip={"x": 0, "y": 0} | WIDE))
            take_picture_of_readers_pages(browser, page)
            browser.close()


def find_chromium(playwright):
    return next(filter(os.path.exists, ["/usr/bin/chromium", playwright.chromium.executable_path]))


def sign_in(page, environment):
    """Sign in as the sample's organiser."""
    os.environ |= environment
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - after the setup
    from django.test import Client  # noqa: PLC0415

    from members.models import Member  # noqa: PLC0415

    client = Client()
    client.force_login(Member.objects.organisers().first())
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": environment["SITE_URL"]}])


def take_pictures_of_writeups(page):
    paste(page, "the-glass-orchard.txt")
    save("paste-review", page.screenshot(clip={"x": 0, "y": 0, "width": 1280, "height": 1400}, full_page=True))
    page.get_by_role("button", name="Save as a draft").first.click()
    page.get_by_role("button", name="Publish …").wait_for()
    save("write-up-form", page.screenshot())
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("heading", name="Publish").first.wait_for()
    save("publish", page.screenshot())
    paste(page, "night-ferry.txt")


def paste(page, document):
    page.goto("/admin/")
    page.get_by_role("link", name="Paste a write-up").click()
    page.locator("textarea[name=text]").fill((DOCUMENTS / document).read_text())
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Keep for later").wait_for()


def take_pictures_of_meetups_and_letters(page):
    page.goto("/admin/")
    page.get_by_role("link", name="Guest list").click()
    save("guest-list", page.screenshot())
    page.goto("/admin/meetups/writeup/?state=published")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("button", name="Draft a letter").click()
    page.get_by_role("button", name="Look and send").first.click()
    page.frame_locator("iframe").locator("body p").first.wait_for()
    save("letter", page.screenshot())


def take_picture_of_readers_pages(browser, page):
    """Put a write-up on a wide screen beside its book on a phone in the dark."""
    visitor = browser.new_page(base_url=page.url.partition("/admin")[0], viewport=WIDE | {"height": 960})
    visitor.goto("/write-ups/a-smart-cities-special/")
    visitor.reload()  # the fonts are not waited for at a first visit
    wide = Image.open(io.BytesIO(visitor.screenshot()))
    visitor.set_viewport_size(PHONE)
    visitor.emulate_media(color_scheme="dark")
    visitor.goto("/books/smart-urbanism/")
    phone = Image.open(io.BytesIO(visitor.screenshot()))
    both = Image.new("RGB", (wide.width + 24 + phone.width * 960 // phone.height, 960), "white")
    both.paste(wide)
    both.paste(phone.resize((phone.width * 960 // phone.height, 960)), (wide.width + 24, 0))
    write_webp("write-up", both.resize((1180, 1180 * both.height // both.width), Image.Resampling.LANCZOS))


def save(name, png):
    image = Image.open(io.BytesIO(png)).convert("RGB")
    write_webp(name, image.resize((WIDTH, WIDTH * image.height // image.width), Image.Resampling.LANCZOS))


def write_webp(name, image):
    """Write the picture in the best quality that fits into MAX_BYTES."""
    for quality in range(85, 20, -5):
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MAX_BYTES:
            break
    Path(FOLDER, f"{name}.webp").write_bytes(out.getvalue())
    print(f"{name}.webp: {image.width} × {image.height}, {out.tell() / 1024:.0f} KB, quality {quality}")


if __name__ == "__main__":
    main()
