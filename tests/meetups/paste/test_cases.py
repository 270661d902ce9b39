"""Documents as clubs write them, against what a person wrote down beside them or what its kind must become."""

import pytest

from meetups.paste.parser import split_document, split_items
from meetups.paste.pieces import Kind
from meetups.paste.sources import Unreadable
from meetups.paste.text_reader import text_document
from meetups.paste.upload import Pasted, read_file
from tests.meetups.paste.corrections import CASES, count_corrections, written_expectations


def read_case(name):
    path = CASES / name
    return read_file(name, path.read_bytes())


def split_case(name):
    return split_document(read_case(name))


def texts(splitting, kind):
    return [piece.text for piece in splitting.of(kind)]


def piece_of(splitting, words):
    """Return the piece whose words in the document contain `words`."""
    return next(piece for piece in splitting.pieces if words in piece.source)


def quotes_of(splitting):
    return [(quote.text, quote.who, quote.where) for quote in splitting.of(Kind.QUOTE)]


@pytest.mark.parametrize("path", written_expectations(CASES), ids=lambda path: path.stem)
def test_writeup_needs_at_most_two_corrections_none_of_them_sure(path):
    corrections = count_corrections(path)

    assert [one.words for one in corrections if one.is_sure] == []
    assert len(corrections) <= 2, corrections


def test_all_writeups_together_need_at_most_twelve_corrections():
    assert sum(len(count_corrections(path)) for path in written_expectations(CASES)) <= 12


def test_repeated_lines_are_kept():
    splitting = split_case("t-refrain.txt")

    notes = [(note.who, note.text) for note in splitting.of(Kind.SESSION_NOTE)]
    assert notes[:4] == [("Nell", "Yes."), ("Rudge", "No."), ("Nell", "Yes."), ("Rudge", "No.")]
    assert notes[4:] == [("Ada", "Agreed"), ("Bo", "Hear, hear"), ("Cy", "Agreed")]
    assert texts(splitting, Kind.PROSE).count("O tide, come in.") == 2


def test_questions_go_on_after_an_aside():
    splitting = split_case("t-samples-order.txt")

    aside = piece_of(splitting, "Have a drink here.")
    assert texts(splitting, Kind.QUESTION) == ["First?", "Second?", "Third?", "Fourth?"]
    assert (aside.kind, aside.is_sure) == (Kind.PROSE, False)


def test_rating_and_next_date_are_content():
    splitting = split_case("t-samples-order.txt")

    assert piece_of(splitting, "Average: 7.6").words == "Average: 7.6 out of 10"
    assert piece_of(splitting, "Next meeting").words == "Next meeting: Tuesday 6 May, the Crown"
    assert splitting.of(Kind.LEFT_OUT) == []


def test_headcount_in_words_and_venue_with_a_full_stop_inside():
    splitting = split_case("t-samples-order.txt")

    assert (splitting.fact("headcount"), splitting.fact("venue"), splitting.fact("area")) == (
        23,
        "St. Mary’s Hall",
        "Leeds",
    )


def test_table_is_one_table_with_a_line_per_row():
    table = piece_of(split_case("t-table.html"), "Stars")

    assert table.text == "| Reader | Stars |\n| --- | --- |\n| Ros | 4 |\n| Tim |  |"


def test_places_of_quotes_are_parted_in_paste_quotes():
    splitting = split_items(read_case("t-quotes-bare-box.txt"), Kind.QUOTE)

    assert quotes_of(splitting) == [
        ("Paper is just patient water", "", "p. 4"),
        ("Rivers do not end. They change their names", "", "p. 310"),
        ("The night shift is a country with its own weather.", "", "52"),
        ("The tide keeps no accounts", "", "p.12"),
        ("Every ledger is a love letter to the future", "Nell", ""),
        ("The tide keeps no secrets", "", "12"),
        ("A quote that runs\n\nover two paragraphs.", "", "pp. 5-6"),
        ("Wer schweigt, sortiert.", "", "S. 88"),
        ("Glass remembers the fire.", "Agnete", "chapter 9"),
        ('"I know," he said. "I always know."', "", "p. 30"),
    ]


@pytest.mark.parametrize("name", ["t-libreoffice-quotations.docx", "t-dutch-outline-headings.docx"])
def test_quotation_by_style_needs_no_marks_to_be_sure(name):
    splitting = split_case(name)

    assert splitting.of(Kind.QUOTE)
    assert all(quote.is_sure for quote in splitting.of(Kind.QUOTE))


def test_credit_line_of_a_laid_out_quotation_is_its_place():
    splitting = split_case("t-libreoffice-quotations.docx")

    assert quotes_of(splitting)[0] == ("Ein Archiv ist ein Haus ohne Fenster.", "", "S. 23")


def test_soft_returns_of_word_part_paragraphs():
    splitting = split_case("t-soft-returns.docx")

    assert texts(splitting, Kind.QUESTION) == ["Is the sea a character?", "Who pays?"]
    assert [where for _, _, where in quotes_of(splitting)] == ["p. 12", "p. 207"]


@pytest.mark.parametrize("name", ["t-cyrillic-utf8.txt", "t-hebrew-utf8.txt"])
def test_names_in_other_scripts_are_names(name):
    splitting = split_case(name)

    notes = splitting.of(Kind.SESSION_NOTE)
    assert splitting.of(Kind.POSTED_BY)
    assert splitting.of(Kind.CONTRIBUTORS)
    assert all(note.who and note.is_sure for note in notes)


@pytest.mark.parametrize("name", ["t-enc-cp1252.txt", "t-enc-utf16le-bom.txt", "t-enc-macroman.txt"])
def test_legacy_encodings_are_read(name):
    splitting = split_case(name)

    assert splitting.text_of(Kind.TITLE) == "Une soirée à la bibliothèque"
    assert quotes_of(splitting) == [("Le sel n’oublie pas…", "", "p. 12")]


def test_guessed_encoding_is_said_and_doubted():
    document = read_case("t-enc-cp1251-russian.txt")

    assert document.blocks[0].text == "Вечер книги"
    assert document.doubts == ["This file was read as Cyrillic (Windows): is every letter right?"]


def test_marks_without_a_shape_are_taken_out_of_names():
    document = read_case("t-invisible.txt")
    splitting = split_document(document)

    assert splitting.text_of(Kind.POSTED_BY) == "Ada"
    assert any("Marks without a shape" in report for report in document.reports)


def test_direction_marks_stay_in_a_line_from_right_to_left():
    document = text_document("שלום \u202eabc\u202c!\u200f\nPosted by \u202aAda\u202c")

    assert [block.text for block in document.blocks] == ["שלום \u202eabc\u202c!", "Posted by Ada"]


@pytest.mark.parametrize("name", ["t-rich.rtf", "t-rtf-named.txt"])
def test_rtf_is_read_whatever_its_name(name):
    splitting = split_case(name)

    assert (splitting.text_of(Kind.TITLE), texts(splitting, Kind.QUOTE)) == (
        "An evening",
        ["The tide keeps no accounts."],
    )


@pytest.mark.parametrize(
    ("name", "words"), [("t-old-word.doc", "save it as .docx"), ("t-pages.pages", "This is a Pages file")]
)
def test_file_that_cannot_be_read_is_known_by_its_bytes(name, words):
    with pytest.raises(Unreadable, match=words):
        read_case(name)


def test_blog_export_keeps_the_post_alone():
    splitting = split_case("t-wordpress-export.html")

    shown = "\n".join(piece.text for piece in splitting.pieces)
    assert (splitting.text_of(Kind.TITLE), splitting.text_of(Kind.POSTED_BY)) == (
        "Tuesday Club Reads: The Paper Tide",
        "Lou Marchetti",
    )
    assert texts(splitting, Kind.QUESTION) == ["Is the father real?", "Who burned the letters?", "Is it fair?"]
    assert not any(word in shown for word in ("[caption", "Click to share", "Nadia says", "gallery"))


# Clipboards: what `text/html` and `text/plain` hold after copying.


def clipboard(name):
    """Paste both halves of a clipboard, as a browser sends them."""
    html, plain = (CASES / f"{name}{end}" for end in (".html", ".plain.txt"))
    return Pasted(plain.read_text("utf-8"), html.read_text("utf-8")).document()


@pytest.mark.parametrize("name", ["c-gdocs-clipboard", "c-apple-notes", "c-notion"])
def test_clipboard_gives_the_pieces_of_its_html(name):
    one, two = split_document(clipboard(name)), split_case(f"{name}.html")

    assert [(piece.kind, piece.text) for piece in one.pieces] == [(piece.kind, piece.text) for piece in two.pieces]


def test_clipboard_of_google_docs_keeps_nested_points_and_sub_questions():
    splitting = split_document(clipboard("c-gdocs-clipboard"))

    assert texts(splitting, Kind.QUESTION) == ["Who rests in your house?\n1. And who decides?", "What is lunch?"]
    assert texts(splitting, Kind.NOTE)[1] == "- The chapter on ferries\n    - especially the crossing\n- Jokes"
    assert quotes_of(splitting) == [
        ("The night shift is a country with its own weather.", "", "52"),
        ("There is always lunch.", "", "p. 190"),
    ]


def test_clipboard_of_google_docs_gives_the_headcount_and_hides_the_names():
    splitting = split_document(clipboard("c-gdocs-clipboard"))

    present = piece_of(splitting, "Anna, Ben")
    assert splitting.fact("headcount") == 4
    assert present.kind == Kind.LEFT_OUT
    assert present.doubt


def test_bullets_of_apple_notes_are_list_marks():
    splitting = split_case("c-apple-notes.plain.txt")

    assert quotes_of(splitting)[0] == ("Paper is just patient water.", "", "p. 4")
    assert texts(splitting, Kind.QUESTION) == ["Is the father real?"]
    assert not piece_of(splitting, "bring cake").is_sure


def test_markdown_in_the_box_is_recognised_and_said():
    document = Pasted((CASES / "c-notion.plain.txt").read_text("utf-8")).document()
    splitting = split_document(document)

    assert document.reports == ["Read as Markdown."]
    assert splitting.text_of(Kind.TITLE) == "The Quiet Archive"
    assert ("An archive is a house without windows.", "", "p. 23") in quotes_of(splitting)
