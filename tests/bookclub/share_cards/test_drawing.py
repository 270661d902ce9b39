import io
from dataclasses import replace

import pytest
from django.core.files.storage import default_storage
from PIL import Image, ImageFont

from bookclub.share_cards.content import CardContent, extract_plain_text
from bookclub.share_cards.drawing import MAX_BYTES, SIZE, draw_card
from bookclub.share_cards.fonts import FOLDER, ITALIC, MEDIUM, NO_CHARACTER, make_drawable
from tests import factories as make

CONTENT = CardContent(
    eyebrow="A line we kept",
    headline="Who owns the street?",
    club_name="Lantern Book Club",
    accent="#7d1835",
    surface="#6d132f",
    flag="#4a8fd6",
    fallback="A line from the book",
)
HOSTILE = [
    "",
    " ",
    "W" * 5000,
    "a [b … " * 900,
    "\x00\u202e\u2066",
    "📚" * 300,
    "é" * 400,
    "\ufeff",
    "…" * 500,
    "a\x1fb\u2028c\nd\te\x85f",
    "\ue000 \U000e0041",
]


def open_card(jpeg):
    return Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("is_quotation", [True, False])
def test_card_of_any_text_is_a_small_jpeg(text, is_quotation):
    content = replace(
        CONTENT, headline=text, eyebrow=text, details=(text, text), club_name=text, is_quotation=is_quotation
    )

    jpeg = draw_card(content)

    assert (open_card(jpeg).format, open_card(jpeg).size) == ("JPEG", SIZE)
    assert len(jpeg) <= MAX_BYTES


@pytest.mark.parametrize(
    "text", ["Karel Čapek", "Łódź, Đurđa", "Ελλάδα", "Война и мир", "“[so] …” – ‘ever’", "Nguyễn", "1–2 €"]
)
def test_fonts_have_the_letters_of_latin_greek_and_cyrillic(text):
    assert make_drawable(text) == text


@pytest.mark.parametrize("text", ["ספר טוב", "مدينة ذكية", "吾輩は猫である", "Smart ערים", "हिन्दी", "A 本"])
def test_text_with_a_letter_that_the_fonts_lack_is_left_out_whole(text):
    assert make_drawable(text) == ""
    assert draw_card(replace(CONTENT, headline=text)) == draw_card(replace(CONTENT, headline=CONTENT.fallback))


def test_symbols_and_marks_that_the_fonts_lack_are_left_out_alone():
    assert make_drawable("Books 📚 and ❤️ cake\u200b") == "Books and cake"
    assert make_drawable("Cafe\u0301") == "Café"
    assert make_drawable(" a\x1fb\u2028c\n\u00a0d ") == "a b c d"


def test_both_fonts_have_the_same_letters():
    medium, italic = (
        ImageFont.truetype(FOLDER / name, 20, layout_engine=ImageFont.Layout.BASIC) for name in (MEDIUM, ITALIC)
    )

    def find_missing(font):
        lacking = bytes(font.getmask(NO_CHARACTER))
        return {code for code in range(33, 0x2200) if bytes(font.getmask(chr(code))) == lacking}

    assert find_missing(medium) == find_missing(italic)


def test_digest_changes_with_what_is_drawn():
    changed = [
        replace(CONTENT, headline="Who owns it?"),
        replace(CONTENT, surface="#111111"),
        replace(CONTENT, details=("x",)),
        replace(CONTENT, is_quotation=True),
    ]

    assert len({CONTENT.digest, *(content.digest for content in changed)}) == 5
    assert replace(CONTENT).digest == CONTENT.digest


def test_card_shows_the_cover(db):
    book = make.make_book(cover=make.make_picture_file(size=(240, 360), colour="#00ff00"))

    card = open_card(draw_card(replace(CONTENT, picture=book.cover)))

    red, green, blue = card.getpixel((970, 315))
    assert green > 240
    assert max(red, blue) < 20


def test_card_is_drawn_without_a_cover_whose_file_is_gone(db, log):
    book = make.make_book(cover=make.make_picture_file(size=(240, 360), colour="#00ff00"))
    for name in default_storage.listdir("covers")[1]:
        default_storage.delete(f"covers/{name}")

    jpeg = draw_card(replace(CONTENT, picture=book.cover))

    assert jpeg == draw_card(CONTENT)
    assert "drawn without its picture" in log.text


def test_words_of_markdown_are_plain():
    assert (
        extract_plain_text("<p>A <em>smart</em> city &amp; its\n people</p>\n<p>Two</p>")
        == "A smart city & its people Two"
    )
