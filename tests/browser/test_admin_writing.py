"""Writing in the admin: toolbar, preview beside the text, photos, the bar that saves."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from meetups.models import Photo, WriteUp
from tests.browser.accessibility import find_violations_in_both_schemes
from tests.factories import make_book, make_photo, make_picture_file, make_session_note, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 700}


@pytest.fixture
def draft(db):
    writeup = make_writeup(body="One two.\n\nThree four.", book=make_book(published_at=None), published_at=None)
    for number in range(3):
        make_session_note(writeup=writeup, text=f"Point {number}")
    return writeup


def open_form(page, writeup, size=WIDE):
    page.set_viewport_size(size)
    page.goto(reverse("admin:meetups_writeup_change", args=[writeup.pk]))


def select(page, text):
    """Select this text in the field of the write-up, as with the mouse."""
    page.locator("#id_body").evaluate(
        """(field, text) => {
            field.focus();
            field.setSelectionRange(field.value.indexOf(text), field.value.indexOf(text) + text.length);
        }""",
        text,
    )


def choose_files(page, *files):
    chosen = [{"name": file.name, "mimeType": file.content_type, "buffer": file.read()} for file in files]
    page.get_by_label("Choose photos").set_input_files(chosen)


def test_toolbar_and_keys_type_marks_that_undo_takes_back(organiser_page, console_errors, draft):
    page, field = organiser_page, organiser_page.locator("#id_body")
    open_form(page, draft)
    toolbar = page.get_by_role("toolbar", name="Format: Write-up")
    seen = []

    def press(action, text):
        select(page, text)
        action()
        seen.append(field.input_value())
        page.keyboard.press("Control+z")

    press(lambda: page.keyboard.press("Control+b"), "two")
    press(lambda: page.keyboard.press("Control+i"), "two")
    press(lambda: page.keyboard.press("Control+k"), "two")
    for name in ("Quote", "List", "Heading"):
        press(toolbar.get_by_role("button", name=name).click, "Three four.")
    undone = field.input_value()
    toolbar.get_by_role("button", name="Bold").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    focused = page.evaluate("document.activeElement.textContent")

    assert seen == [
        "One **two**.\n\nThree four.",
        "One *two*.\n\nThree four.",
        "One [two](https://).\n\nThree four.",
        "One two.\n\n> Three four.",
        "One two.\n\n- Three four.",
        "One two.\n\n# Three four.",
    ]
    assert undone == draft.body
    assert focused == "Photo"
    assert toolbar.locator("[tabindex='0']").count() == 1
    assert console_errors == []


def test_marks_are_taken_off_again_and_keep_their_paragraphs(organiser_page, draft):
    page, field = organiser_page, organiser_page.locator("#id_body")
    draft.body = "Before\nOne **two**.\n\nA *b*\n\nc"
    draft.save()
    open_form(page, draft)
    toolbar = page.get_by_role("toolbar", name="Format: Write-up")
    seen = []
    for name, text in (
        ("Bold", "two"),
        ("Italic", "b"),
        ("List", "One two."),
        ("List", "One two."),
        ("Bold", "b\n\nc"),
    ):
        select(page, text)
        toolbar.get_by_role("button", name=name).click()
        seen.append(field.input_value())

    assert seen == [
        "Before\nOne two.\n\nA *b*\n\nc",
        "Before\nOne two.\n\nA b\n\nc",
        "Before\n\n- One two.\n\nA b\n\nc",
        "Before\n\nOne two.\n\nA b\n\nc",
        "Before\n\nOne two.\n\nA **b**\n\n**c**",
    ]


def test_preview_beside_the_text_follows_it_with_photos_and_count(organiser_page, console_errors, draft):
    page = organiser_page
    make_photo(writeup=draft, alt="first", position=1)
    make_photo(writeup=draft, alt="second", position=2)
    open_form(page, draft)
    preview = page.locator(".field-body .preview-words")
    expect(preview.locator("img")).to_have_count(2)
    select(page, "One")
    page.get_by_role("button", name="Photo", exact=True).click()
    page.get_by_role("button", name="Photo 2: second").click()
    expect(preview.locator("p:not(.small) + figure img")).to_have_attribute("alt", "second")
    typed = page.locator("#id_body").input_value()
    page.get_by_role("button", name="Photo", exact=True).click()
    page.get_by_role("button", name="Photo 2: second").click()
    selected = page.evaluate("getSelection().toString()")

    assert typed == "One two.\n\n[photo 2]\n\nThree four."
    assert selected == "[photo 2]"
    assert page.locator(".field-body .word-count").inner_text() == "4 words, 1 minute to read"
    assert page.locator(".field-body").get_by_role("button", name="Preview").count() == 0
    assert find_violations_in_both_schemes(page, include="#content-main", exclude=[".select2"]) == []
    assert console_errors == []


def test_several_photos_are_sent_and_a_refused_one_says_why(organiser_page, console_errors, draft, client):
    page = organiser_page
    open_form(page, draft)
    bad = make_picture_file(name="broken.jpg")
    bad.file.seek(60)
    bad.file.truncate()
    bad.file.seek(0)
    choose_files(page, make_picture_file(name="one.jpg"), bad, make_picture_file(name="three.jpg"))
    expect(page.locator(".photo-status")).to_contain_text("2 photos added")
    rows = page.locator(".photo-row")
    refused = rows.nth(1).inner_text()
    rows.nth(0).get_by_label("In words").fill("The table")
    rows.nth(2).get_by_label("In words").fill("The books")
    page.locator("#id_title").fill("Tonight")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".messagelist .success").wait_for()

    assert "broken.jpg" in refused
    assert "Try again" in refused
    assert list(Photo.objects.values_list("alt", "position")) == [("The table", 1), ("The books", 3)]
    assert WriteUp.objects.get().title == "Tonight"
    assert [error for error in console_errors if "400" not in error] == []


def test_bar_that_saves_is_in_sight_and_covers_no_focus(organiser_page, draft):
    page = organiser_page
    open_form(page, draft, PHONE)
    page.locator("#id_title").focus()
    covered, out_of_sight, stops = [], [], 0
    while focused := page.evaluate(
        """() => {
            const focused = document.activeElement;
            const bar = document.querySelector(".submit-row").getBoundingClientRect();
            if (!focused.closest("#writeup_form") || focused.closest(".submit-row")) return null;
            const { bottom, height } = focused.getBoundingClientRect();
            const isCovered = bottom > bar.top && height < 400;
            return { name: focused.id || focused.textContent, isCovered, isInSight: bar.bottom <= innerHeight + 1 };
        }"""
    ):
        covered += [focused["name"]] if focused["isCovered"] else []
        out_of_sight += [] if focused["isInSight"] else [focused["name"]]
        stops += 1
        page.keyboard.press("Tab")

    assert stops > 20
    assert covered == out_of_sight == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_copy_is_offered_only_where_it_differs_from_the_form(organiser_page, draft):
    page, offer = organiser_page, organiser_page.locator("[data-unsaved-text]")
    open_form(page, draft)
    page.locator("#session_notes-group .add-row a").click()
    page.locator("#id_session_notes-3-text").fill("Point 3")
    page.locator("#id_title").fill("Tonight  ")
    page.goto(reverse("admin:index"))
    copies = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('unsaved text '))")

    # As if it had been saved in another window: the copy is still there.
    draft.title = "Tonight"
    draft.save()
    note = make_session_note(writeup=draft, text="Point 3", position=4)
    open_form(page, draft)
    expect(offer).to_be_hidden()

    note.delete()
    page.goto(reverse("admin:index"))
    page.evaluate("(copies) => copies.forEach(([key, copy]) => localStorage.setItem(key, copy))", copies)
    open_form(page, draft)
    expect(offer).to_contain_text("You have unsaved text from")
    assert len(copies) == 1
