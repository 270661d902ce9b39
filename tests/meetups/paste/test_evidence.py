"""What stands below an unknown heading, and around a title, decides what it is."""

import pytest

from meetups.paste.importer.books import people_in, title_of
from meetups.paste.importer.report import Import
from meetups.paste.parser import split_document
from meetups.paste.pieces import Kind
from meetups.paste.text_reader import text_document
from meetups.paste.upload import read_file
from tests.meetups.paste.corrections import PRACTICE, count_corrections, written_expectations
from tests.meetups.paste.words import lost_words

HEAD = "Tin Street Readers\nPosted by Anna Lee\n11 October 2018\n\nWe had tea. Nobody spilled it.\n\n"
MOST_IN_PRACTICE = 125  # corrections of all practice documents together


def split_text(text):
    document = text_document(text)
    splitting = split_document(document)
    assert lost_words(splitting, document) == []
    return splitting


def split_markdown(text):
    return split_document(read_file("notes.md", text.encode()))


def kinds_below(heading, *lines):
    splitting = split_text(HEAD + "\n".join((heading, *lines)))
    place = next(number for number, piece in enumerate(splitting.pieces) if heading in (piece.text, piece.heading))
    return [str(piece.kind) for piece in splitting.pieces[place:]]


@pytest.mark.parametrize(
    ("heading", "lines", "kind"),
    [
        ("On the way home", ("Who rang the bell?", "Is the sea a character?"), "question"),
        ("Bits for the fridge", ("“Salt keeps.” (p. 3)", "“The tide is gossip.” p. 12"), "quote"),
        ("On our nightstands", ("The Tin Fox by Maria Quill", "Seven Bells, Anna Reyes"), "reading"),
        ("Loud opinions", ("“I want that aunt.” (Nadia)", "“I am that aunt.” (Hugo)"), "session note"),
        ("Jargon for newcomers", ("spindown: the hour in which weight is saved", "cold berth: nobody's bed"), "term"),
    ],
)
def test_unknown_heading_opens_the_section_of_the_lines_below(heading, lines, kind):
    assert kinds_below(heading, *lines) == ["label", kind, kind]


def test_unknown_heading_above_sentences_opens_no_section():
    assert set(kinds_below("On the way home", "It rained. Nobody minded.", "We sang.")) <= {"prose", "note"}


def test_quotes_below_a_heading_that_says_nothing_are_asked_about():
    splitting = split_text(
        HEAD + "Here is what he told us:\n\n“I wrote the fire first.”\n\n“My daughter read the draft.”"
    )

    assert not any(piece.is_sure for piece in splitting.pieces if "fire" in piece.source)


def book_of(text):
    done = Import(split_text(text))
    return title_of(done), [(person.name, person.role) for person in people_in(done)]


@pytest.mark.parametrize(
    ("prose", "author"),
    [
        ("We read “Salt Roads” by Lena Varga.", "Lena Varga"),
        ("This is Lena Varga's “Salt Roads”, and we liked it.", "Lena Varga"),
        ("We read “Salt Roads”, the second novel by Lena Varga.", "Lena Varga"),
        ("The book was “Salt Roads” (Lena Varga, 2023).", "Lena Varga"),
    ],
)
def test_book_is_found_by_the_name_beside_its_title(prose, author):
    text = f"{HEAD}{prose}\n\nThe next book will be “Glass Weather” by Tomas Reyle."

    assert book_of(text) == ("Salt Roads", [(author, "aut")])


def test_next_book_alone_is_taken_for_the_book_with_doubt_or_not_at_all():
    splitting = split_text(HEAD + "The next book will be “Glass Weather” by Tomas Reyle, on 3 May.")

    assert all(fact.doubt for fact in splitting.facts if fact.name == "book")


def test_line_with_an_unknown_label_is_read_by_its_value():
    splitting = split_text(
        "Tin Street Readers\nTonight: Salt Roads by Lena Varga\nGehalten: 4. März 2025\nDabei: Karin, Uwe, Silke, Dieter\n\nProse."
    )

    assert splitting.text_of(Kind.BOOK) == "Salt Roads"
    assert (str(splitting.fact("met_on")), splitting.fact("headcount")) == ("2025-03-04", 4)
    assert [piece.text for piece in splitting.of(Kind.LEFT_OUT)] == ["Tonight:", "Dabei: Karin, Uwe, Silke, Dieter"]


@pytest.mark.parametrize("line", ["Notes on the session: POSTED BY Anna Lee", "Tonight: POSTED BY Anna Lee"])
def test_label_that_names_no_book_stands_in_one_piece(line):
    splitting = split_text(f"A title\nabc\n{line}\nMore words.")

    assert "".join(piece.source for piece in splitting.pieces).count(line.partition(":")[0]) == 1


def test_callouts_of_a_note_program_become_headings_and_quotes():
    splitting = split_markdown(
        "# Small Hours\n\nWe met. We ate.\n\n> [!quote] p. 118\n> “Nobody is a name.”\n\n"
        "> [!question] Left hanging\n> - Was there a comet?\n> - Who turned the dome?\n\n**Bold** end. **More** end.\n"
    )

    assert [(quote.text, quote.where) for quote in splitting.of(Kind.QUOTE)] == [("Nobody is a name.", "p. 118")]
    assert [piece.words for piece in splitting.of(Kind.QUESTION)] == ["Was there a comet?", "Who turned the dome?"]


def test_paragraph_with_several_labels_is_parted():
    splitting = split_text(
        "In a hurry\n\nPresent: Karin, Uwe, Silke. Book: Sister Ocean by Lena Varga. Place: the kitchen.\n\n"
        "Favourite quotes: “Salt keeps.” (p. 30); “I was nobody's shore.” (p. 245).\n\n"
        "Questions arising: Is the storm real? Should we read on?"
    )

    assert splitting.text_of(Kind.BOOK) == "Sister Ocean"
    assert [quote.where for quote in splitting.of(Kind.QUOTE)] == ["p. 30", "p. 245"]
    assert [piece.text for piece in splitting.of(Kind.QUESTION)] == ["Is the storm real?", "Should we read on?"]


def test_document_that_is_one_nested_list_is_read_by_its_outer_points():
    splitting = split_text(
        "Notes\n\n- cake: lemon\n- favourite lines\n    - “A ghost with a salary.” p. 3\n    - “Applause is weather.” p. 140\n"
        "- questions left\n    - why no mirrors?\n    - who sends oranges?"
    )

    assert [quote.where for quote in splitting.of(Kind.QUOTE)] == ["p. 3", "p. 140"]
    assert [piece.text for piece in splitting.of(Kind.QUESTION)] == ["why no mirrors?", "who sends oranges?"]


def test_table_of_quotes_and_pages_gives_quotes():
    splitting = split_document(
        read_file("q.html", b"<h1>A title</h1><p>Words. More.</p><table><tr><td>Quote</td><td>Page</td></tr>"
                  b'<tr><td>"Mud remembers."</td><td>33</td></tr><tr><td>"We spoke in dots."</td><td>108</td></tr></table>')
    )  # fmt: skip

    assert [(quote.text, quote.where) for quote in splitting.of(Kind.QUOTE)] == [
        ("Mud remembers.", "33"),
        ("We spoke in dots.", "108"),
    ]


def test_quotation_in_stanzas_is_one_quote():
    verse = "“We left a sea we never saw\nfor shores we cannot name,\n\nand every child that’s born between\nis told the light’s the same.”"

    (quote,) = split_text(HEAD + verse).of(Kind.QUOTE)

    assert "\n\n" in quote.text


def test_who_read_a_quote_is_left_out_of_it():
    splitting = split_text(f"{HEAD}Quotes\n\n“Salt keeps.” p. 7 (Nadia)\nDoris: “The tide is gossip.” p. 41")

    assert [(quote.text, quote.who, quote.where) for quote in splitting.of(Kind.QUOTE)] == [
        ("Salt keeps.", "", "p. 7"),
        ("The tide is gossip.", "", "p. 41"),
    ]
    assert [piece.text for piece in splitting.of(Kind.LEFT_OUT)] == ["(Nadia)", "Doris:"]


def test_end_of_a_letter_names_the_author():
    splitting = split_text("A title\n\nWe met. We ate.\n\nWith love,\nAnna Lee")

    assert splitting.text_of(Kind.POSTED_BY) == "Anna Lee"
    assert [piece.text for piece in splitting.of(Kind.LEFT_OUT)] == ["With love,"]


def test_practice_documents_need_no_more_corrections_than_they_did():
    assert sum(len(count_corrections(path)) for path in written_expectations(PRACTICE)) <= MOST_IN_PRACTICE
