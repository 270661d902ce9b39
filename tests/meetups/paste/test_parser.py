import datetime as dt
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meetups.paste.parser import MAX_TEXT_BYTES, Kind, Person, Shape, Unreadable, decode_text, split_writeup
from tests.meetups.writeups import FIXTURES, REFERENCE, needs_reference, structured

COUNTED = {
    "prose": Kind.PROSE,
    "terms": Kind.TERM,
    "questions": Kind.QUESTION,
    "quotes": Kind.QUOTE,
    "readings": Kind.READING,
    "session notes": Kind.SESSION_NOTE,
    "left out": Kind.LEFT_OUT,
}
EXPECTED = {
    "the-glass-orchard": {
        "prose": 2, "notes": 1, "terms": 0, "questions": 3, "quotes": 3, "readings": 0, "session notes": 3, "left out": 0,
    },
    "night-ferry": {
        "prose": 4, "notes": 0, "terms": 0, "questions": 0, "quotes": 0, "readings": 0, "session notes": 3, "left out": 2,
    },
    "small-machines": {
        "prose": 2, "notes": 1, "terms": 2, "questions": 3, "quotes": 4, "readings": 3, "session notes": 0, "left out": 0,
    },
    "salt-letters": {
        "prose": 1, "notes": 1, "terms": 0, "questions": 4, "quotes": 3, "readings": 0, "session notes": 4, "left out": 1,
    },
    "against-maps": {
        "prose": 3, "notes": 2, "terms": 2, "questions": 2, "quotes": 0, "readings": 1, "session notes": 0, "left out": 4,
    },
    "bare": {
        "prose": 9, "notes": 0, "terms": 0, "questions": 0, "quotes": 0, "readings": 0, "session notes": 0, "left out": 3,
    },
}  # fmt: skip


def split_file(path):
    return split_writeup(decode_text(path.read_bytes()))


def split_fixture(name):
    return split_file(FIXTURES / f"{name}.txt")


def counts(splitting):
    numbers = {name: len(splitting.of(kind)) for name, kind in COUNTED.items()}
    return numbers | {"notes": len(splitting.notes)}


def texts(pieces):
    return [piece.text for piece in pieces]


def characters(*parts):
    return Counter(character for part in parts for character in part if not character.isspace())


@pytest.mark.parametrize("name", EXPECTED)
def test_fixture_piece_counts(name):
    splitting = split_fixture(name)

    assert counts(splitting) == EXPECTED[name]


def test_labelled_facts_are_parsed():
    splitting = split_fixture("the-glass-orchard")

    assert {fact.name: fact.value for fact in splitting.facts} == {
        "met_on": dt.date(2019, 3, 5),
        "venue": "The Anchor",
        "address": "12 Quay Street",
        "area": "Harwick",
        "room": "the upstairs bar",
        "headcount": 11,
    }
    assert splitting.posted_on == dt.date(2019, 3, 6)
    assert splitting.text_of(Kind.STANDFIRST) == "Eleven readers, one greenhouse and a great deal of rain."
    assert splitting.doubts == []


def test_quote_marks_and_locators_are_separated_from_text():
    quotes = split_fixture("the-glass-orchard").of(Kind.QUOTE) + split_fixture("small-machines").of(Kind.QUOTE)

    assert [(quote.text, quote.attribution, quote.locator) for quote in quotes] == [
        ("Glass keeps nothing out but the wind.", "", "p. 14"),
        ("I have counted the panes and I am one short", "", "Chapter 20"),
        ("He said it would hold. It held.", "", "p. 201"),
        ("A door that opens by itself has decided about you.", "Bjørn Aas", "p. 31"),
        ("The lamp … knows when you are tired [and] says nothing.", "", ""),
        ("We taught them to wait\nand they taught us\nto be waited for.", "Wen Li", "Chapter 4"),
        ("Manners are memory", "", "Introduction"),
    ]


def test_single_quotation_marks_are_not_mistaken_for_apostrophes():
    quotes = split_fixture("salt-letters").of(Kind.QUOTE)

    assert texts(quotes) == [
        "I write to you from the dry side of the water.",
        "You’ll find the key where the tide can’t.",
        "The sea doesn’t answer, but it does keep the letters",
    ]


def test_contributors_have_roles():
    assert split_fixture("small-machines").people == [
        Person("Lucía Ferrán", "edt"),
        Person("Bjørn Aas", "edt"),
        Person("Wen Li", "edt"),
        Person("Maud de la Tour", "trl"),
    ]
    assert split_fixture("salt-letters").people == [
        Person("Agneta Lindqvist", "aut"),
        Person("Tom Birch", "ill"),
        Person("Noor Haddad", "trl"),
    ]
    assert split_fixture("against-maps").people == [Person("Philippa van der Meer, Jr.", "aut")]


def test_term_has_paragraphs_source_and_emphasis_note():
    ambient, soft = split_fixture("small-machines").of(Kind.TERM)

    assert ambient.heading == "What does “ambient consent” mean?"
    assert [block.text[:14] for block in ambient.blocks] == ["Ambient consen", "It is not aske"]
    assert ambient.emphasis == "Emphasis added"
    assert (soft.heading, soft.attribution) == ("What is meant by soft refusal?", "W. Li")


def test_led_question_is_linked_to_term_above():
    questions = split_fixture("small-machines").of(Kind.QUESTION)

    assert [(question.lead_word, question.hangs_on_term) for question in questions] == [
        ("Discuss", True),
        ("Debate", True),
        ("", False),
    ]


def test_question_containing_mean_is_not_a_term():
    assert texts(split_fixture("salt-letters").of(Kind.QUESTION))[2] == "What does “dry side” mean?"


def test_session_note_name_is_split_off_but_inner_dash_stays():
    notes = split_fixture("salt-letters").of(Kind.SESSION_NOTE) + split_fixture("night-ferry").of(Kind.SESSION_NOTE)

    assert [note.attribution for note in notes] == ["", "Femi", "", "", "Joost and Ama", "", ""]
    assert notes[2].text == "Numbers in the margin are tides – not dates, as the cover says"
    assert "may be who said it" in notes[3].doubt


def test_hard_wrapped_lines_are_joined_to_paragraphs():
    first = split_fixture("night-ferry").first(Kind.PROSE)

    assert (first.first_line, first.last_line) == (5, 8)
    assert first.blocks[0].text.endswith("until it had been read.")


def test_year_at_line_start_is_not_a_list_number():
    blocks = [piece.blocks[0] for piece in split_fixture("night-ferry").of(Kind.PROSE)]

    assert (blocks[2].shape, blocks[2].text[:14]) == (Shape.PARAGRAPH, "2018. That was")


def test_readings_have_title_writer_url_and_reason():
    readings = split_fixture("small-machines").of(Kind.READING)

    assert [(reading.text, reading.attribution, reading.url, reading.why) for reading in readings] == [
        ("The Patience of Switches", "Odile Marsh", "", "the same argument, with more jokes"),
        ("", "", "https://example.org/thermostats", "a talk by one of the editors"),
        ("Rooms That Listen", "", "", ""),
    ]


def test_unknown_heading_in_book_section_starts_note_with_doubt():
    splitting = split_fixture("against-maps")

    assert [note.heading for note in splitting.notes] == ["Getting lost", "On paper"]
    assert splitting.first(Kind.LEFT_OUT).reason == "a heading with nothing under it"
    assert [doubt.line for doubt in splitting.doubts] == [22, 27]


def test_author_box_lines_are_recognised():
    splitting = split_fixture("against-maps")

    assert splitting.text_of(Kind.AUTHOR_NAME) == "Solveig Brandt"
    assert splitting.text_of(Kind.AUTHOR_PHONE) == "+44 20 7946 0018"
    assert split_fixture("small-machines").text_of(Kind.AUTHOR_EMAIL) == "rosalind@example.org"


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("11th October 2018", dt.date(2018, 10, 11)),
        ("11 October 2018", dt.date(2018, 10, 11)),
        ("October 11, 2018", dt.date(2018, 10, 11)),
        ("Thursday, 11th of October 2018", dt.date(2018, 10, 11)),
        ("Thu Oct 11th 2018", dt.date(2018, 10, 11)),
        ("Posted on 11 Oct. 2018", dt.date(2018, 10, 11)),
        ("2018-10-11", dt.date(2018, 10, 11)),
        ("31 February 2018", None),
    ],
)
def test_posted_date_is_parsed_in_many_formats(line, day):
    assert split_writeup(f"A title\nPosted by: Anna Lee\n{line}\n\nProse.").posted_on == day


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Key points:", Kind.NOTE),
        ("WHAT WE LEARNED", Kind.NOTE),
        ("## Quotes from the book", Kind.QUOTE),
        ("Favorite lines", Kind.QUOTE),
        ("Questions for discussion", Kind.QUESTION),
        ("recommended reading", Kind.READING),
        ("Session notes", Kind.SESSION_NOTE),
        ("Notes from the evening", Kind.SESSION_NOTE),
    ],
)
def test_section_headings_have_synonyms(heading, kind):
    splitting = split_writeup(f"A title\n\nSome prose that ends.\n\n{heading}\n\n“Words are words”")

    assert splitting.pieces[-1].kind == kind


@pytest.mark.parametrize(
    ("prose", "day"),
    [
        ("We met last night.", dt.date(2018, 10, 10)),
        ("We met tonight.", dt.date(2018, 10, 11)),
        ("We met on Tuesday.", dt.date(2018, 10, 9)),
        ("We met last Thursday.", dt.date(2018, 10, 4)),
        ("We met on 2 October 2018.", dt.date(2018, 10, 2)),
        ("We met on 2 October 2019.", None),
    ],
)
def test_meetup_date_is_inferred_from_posted_date_with_doubt(prose, day):
    splitting = split_writeup(f"A title\n11 October 2018\n\n{prose}")

    assert splitting.fact("met_on") == day
    assert len(splitting.doubts) == (day is not None)


def test_ambiguous_headcount_has_doubt():
    splitting = split_writeup("A title\n\nTwo of us had finished it.")

    assert splitting.fact("headcount") == 2
    assert [doubt.sentence for doubt in splitting.doubts] == ["“Two of us” may not be how many came."]


def test_paragraph_with_quotations_at_both_ends_is_prose():
    splitting = split_fixture("against-maps")

    assert splitting.text_of(Kind.PULL_QUOTE) == "A map is an apology for not having walked."
    assert splitting.of(Kind.PROSE)[-1].blocks[0].text.startswith("“It is also,” she adds")


def test_quote_without_closing_mark_ends_before_next_quote():
    splitting = split_writeup("A title\n\nQuotes\n\n“One without an end\n\n“Two with one.”")

    assert texts(splitting.of(Kind.QUOTE)) == ["One without an end", "Two with one."]
    assert [doubt.line for doubt in splitting.doubts] == [5]


@pytest.mark.parametrize(
    ("typed", "shape"),
    [
        ("1. First", Shape.NUMBERED),
        ("7. This number belongs to the words", Shape.PARAGRAPH),
        ("– said nobody, ever.", Shape.PARAGRAPH),
        ("- a point.", Shape.BULLET),
    ],
)
def test_list_mark_is_recognised_by_context(typed, shape):
    (piece,) = split_writeup(f"A title\n\n{typed}").of(Kind.PROSE)

    assert piece.blocks[0].shape == shape


def test_led_question_without_adjacent_term_is_not_linked():
    (question,) = split_writeup("A title\n\nNotes\n\nA point of ours.\n\nDiscuss: was it so?").of(Kind.QUESTION)

    assert (question.lead_word, question.hangs_on_term) == ("Discuss", False)


def test_two_single_quotations_on_one_line_are_not_merged():
    (quote,) = split_writeup("A title\n\nQuotes\n\n‘Yes,’ she wrote, ‘but later.’").of(Kind.QUOTE)

    assert quote.text == "‘Yes,’ she wrote, ‘but later.’"
    assert "not wholly in quotation marks" in quote.doubt


def test_byline_after_date_names_writeup_author_not_book():
    splitting = split_writeup("A title\n11 October 2018\nBy Anna Lee\n\nProse.")

    assert splitting.text_of(Kind.POSTED_BY) == "Anna Lee"
    assert splitting.of(Kind.BOOK) == []


def test_question_without_quoted_definition_is_not_a_term():
    splitting = split_writeup("A title\n\nIt ended.\n\nWhat did it all mean?\n\nNobody could say.")

    assert len(splitting.of(Kind.PROSE)) == 3


@pytest.mark.parametrize("word", ["WhatsApp is where we talk.", "YouTube Premium costs more.", "Colin McFarlane came."])
def test_capital_inside_word_is_not_split_as_caption(word):
    splitting = split_writeup(f"A title\n\n{word}")

    assert [piece.source for piece in splitting.of(Kind.PROSE)] == [word]


@pytest.mark.parametrize("name", EXPECTED)
def test_fixtures_keep_every_word_once(name):
    text = decode_text((FIXTURES / f"{name}.txt").read_bytes())

    assert split_writeup(text).source.split() == text.split()


@given(
    st.one_of(structured, st.text(max_size=300), st.tuples(structured, st.text(max_size=60), structured).map("\n".join))
)
@example("A\n\nquotes\n\n“”")
@example("T\n\nDiscuss: – Discuss")
def test_every_word_of_any_text_is_in_exactly_one_piece(text):
    splitting = split_writeup(text)

    assert "".join(splitting.source.split()) == "".join(text.split())
    if not any(piece.glued for piece in splitting.pieces):
        assert splitting.source.split() == text.split()
    for piece in splitting.pieces:
        assert characters(piece.source) == characters(*piece.content, *piece.marks)
        assert 0 <= piece.confidence <= 1
        assert bool(piece.reason) == (piece.kind == Kind.LEFT_OUT)


ENCODED = "Title\n\n“Curly” – and naïve… prose.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029"])
def test_decode_text_accepts_encodings_and_line_ends(encoding, end):
    if encoding == "windows-1252" and end > "\x7f":
        end = "\n"

    assert decode_text(ENCODED.replace("\n", end).encode(encoding)) == ENCODED


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", EXPECTED)
def test_fixtures_split_equally_in_other_encodings(name, encoding):
    text = (FIXTURES / f"{name}.txt").read_text("utf-8")

    splitting = split_writeup(decode_text(text.replace("\n", "\r\n").encode(encoding)))

    assert splitting == split_writeup(text)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not plain text"),
        (b"a" * (MAX_TEXT_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_decode_text_refuses_invalid_files_with_reason(data, words):
    with pytest.raises(Unreadable, match=words):
        decode_text(data)


def test_decode_text_accepts_one_megabyte():
    assert len(decode_text(b"a" * MAX_TEXT_BYTES)) == MAX_TEXT_BYTES


@needs_reference
def test_reference_piece_counts():
    splitting = split_file(REFERENCE)

    assert counts(splitting) == {
        "prose": 9, "notes": 1, "terms": 1, "questions": 10, "quotes": 17, "readings": 0, "session notes": 5, "left out": 11,
    }  # fmt: skip
    assert splitting.source.split() == REFERENCE.read_text("utf-8").split()


@needs_reference
def test_reference_note_has_bullets_and_paragraphs_in_order():
    (note,) = split_file(REFERENCE).notes

    assert note.heading == "Some points from the book"
    assert "".join(block.shape[0] for block in note.blocks) == "bbbbpppbbb"


@needs_reference
def test_reference_quotes_are_exact():
    lines = [line.strip() for line in REFERENCE.read_text("utf-8").split("Quotes from the book")[1].splitlines()]

    quotes = texts(split_file(REFERENCE).of(Kind.QUOTE))

    assert quotes == [line.strip("“”") for line in lines if line.startswith("“")]
    assert sum("…" in quote for quote in quotes) == 6
    assert sum("[" in quote for quote in quotes) == 3
    assert sum("uban " in quote for quote in quotes) == 1


@needs_reference
def test_reference_question_is_linked_to_its_term():
    splitting = split_file(REFERENCE)
    (term,), questions = splitting.of(Kind.TERM), splitting.of(Kind.QUESTION)

    assert (term.heading, len(term.blocks)) == ("What does technocratic governance mean?", 2)
    assert term.emphasis == "Italics mine"
    assert [question.hangs_on_term for question in questions] == [True] + [False] * 9
    assert [question.is_quotation for question in questions] == [False] * 5 + [True] + [False] * 4
    assert [question.lead_word for question in questions] == ["Discuss", "", "", "", "", "Discuss", "", "", "", ""]
    assert questions[5].text.startswith("Looking at history")


@needs_reference
def test_reference_facts_are_found_in_prose():
    splitting = split_file(REFERENCE)

    assert {fact.name: fact.value for fact in splitting.facts} == {
        "headcount": 8,
        "venue": "The Boot and Flogger",
        "area": "Southwark",
        "room": "private room",
        "met_on": dt.date(2018, 10, 10),
        "job": "Senior Content Strategist at TDMB",
    }
    assert splitting.posted_on == dt.date(2018, 10, 11)
    assert splitting.text_of(Kind.POSTED_BY) == "Michele Baker"
    assert splitting.text_of(Kind.AUTHOR_PHONE) == "01306 632 854"
    assert splitting.book_title == ("Smart Urbanism", "Utopian Vision or False Dawn?")
    assert [person.name for person in splitting.people] == ["Simon Marvin", "Andrés Luque-Ayala", "Colin McFarlane"]
    assert {person.role for person in splitting.people} == {"edt"}
    assert splitting.text_of(Kind.PULL_QUOTE) == "What happens in book club, stays in book club"
    assert splitting.text_of(Kind.STANDFIRST) == ""


@needs_reference
def test_reference_session_notes_name_nick_alone():
    notes = split_file(REFERENCE).of(Kind.SESSION_NOTE)

    assert [note.attribution for note in notes] == ["", "", "Nick", "", ""]
    assert notes[2].text.endswith("rest of world")
    assert "Non-Digital Underclass – depends" in notes[4].text


@needs_reference
def test_reference_left_out_lines_have_reasons():
    left_out = [(piece.first_line, piece.reason.split(";")[0]) for piece in split_file(REFERENCE).of(Kind.LEFT_OUT)]

    assert left_out == [
        (5, "repeats the title"),
        (12, "a link to the notes below, which the page has of its own"),
        (15, "a picture's caption or alternative text"),
        (31, "a picture's alternative text"),
        (35, "an invitation to the club's groups, for which the page has the club's own community links"),
        (170, "the club's newsletter promise, which the club keeps once for all pages"),
        (172, "repeats the title"),
        (182, "the heading of the old site's related posts"),
        (184, "a related post of the old site"),
        (185, "a related post of the old site"),
        (186, "a related post of the old site"),
    ]


@needs_reference
def test_reference_has_six_doubts():
    assert [doubt.line for doubt in split_file(REFERENCE).doubts] == [7, 12, 15, 31, 35, 176]


@pytest.mark.parametrize(
    "prose",
    [
        "The best of the evening went to those who refused to sign up. Facebook was the parish noticeboard, Twitter the pub.",
        "Join us! is what the poster said, beside the newsletter of 1911 and a picture of Slack the dog.",
        "We asked how to get involved where there is no signal and a good deal of slack in the rope.",
        "Read our notes on the points he made about questions of faith",
        "It is hard to get involved. " + "The paragraph goes on about Facebook and Twitter at length. " * 8,
    ],
)
def test_prose_naming_a_social_network_stays_prose(prose):
    text = (
        f"An Evening\n\nPOSTED BY Ada Byron\n11th October 2018\n\nWe met and talked.\n\n{prose}\n\nThen we went home."
    )

    assert prose.strip() in [block.text for piece in split_writeup(text).of(Kind.PROSE) for block in piece.blocks]
