import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meetups.paste.blocks import only_letters
from meetups.paste.importer.books import parted_title, people_in
from meetups.paste.importer.items import notes_in
from meetups.paste.importer.report import Import
from meetups.paste.parser import split_document
from meetups.paste.pieces import Kind, Person
from meetups.paste.sources import MAX_TEXT_BYTES, Unreadable
from meetups.paste.sources.decoding import decode_file
from meetups.paste.text_reader import text_document
from tests.meetups.paste.words import lost_words
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
        "prose": 4, "notes": 2, "terms": 2, "questions": 2, "quotes": 0, "readings": 1, "session notes": 0, "left out": 3,
    },
    "bare": {
        "prose": 7, "notes": 0, "terms": 0, "questions": 0, "quotes": 0, "readings": 0, "session notes": 0, "left out": 2,
    },
}  # fmt: skip


def split_text(text):
    return split_document(text_document(text))


def split_file(path):
    return split_text(decode_file(path.read_bytes()).text)


def split_fixture(name):
    return split_file(FIXTURES / f"{name}.txt")


def counts(splitting):
    numbers = {name: len(splitting.of(kind)) for name, kind in COUNTED.items()}
    return numbers | {"notes": len(notes_in(splitting))}


def texts(pieces):
    return [piece.text for piece in pieces]


def people_of(splitting):
    return people_in(Import(splitting))


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

    assert [(quote.text, quote.who, quote.where) for quote in quotes] == [
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
    assert people_of(split_fixture("small-machines")) == [
        Person("Lucía Ferrán", "edt"),
        Person("Bjørn Aas", "edt"),
        Person("Wen Li", "edt"),
        Person("Maud de la Tour", "trl"),
    ]
    assert people_of(split_fixture("salt-letters")) == [
        Person("Agneta Lindqvist", "aut"),
        Person("Tom Birch", "ill"),
        Person("Noor Haddad", "trl"),
    ]
    assert people_of(split_fixture("against-maps")) == [Person("Philippa van der Meer, Jr.", "aut")]


def test_term_has_paragraphs_source_and_emphasis_note():
    ambient, soft = split_fixture("small-machines").of(Kind.TERM)

    assert ambient.heading == "What does “ambient consent” mean?"
    assert [paragraph[:14] for paragraph in ambient.text.split("\n\n")] == ["Ambient consen", "It is not aske"]
    assert ambient.why == "Emphasis added"
    assert (soft.heading, soft.who) == ("What is meant by soft refusal?", "W. Li")


def test_led_question_is_linked_to_term_above():
    questions = split_fixture("small-machines").of(Kind.QUESTION)

    assert [(question.heading, question.hangs_on_term) for question in questions] == [
        ("Discuss", True),
        ("Debate", True),
        ("", False),
    ]


def test_question_containing_mean_is_not_a_term():
    assert texts(split_fixture("salt-letters").of(Kind.QUESTION))[2] == "What does “dry side” mean?"


def test_session_note_name_is_split_off_but_inner_dash_stays():
    notes = split_fixture("salt-letters").of(Kind.SESSION_NOTE) + split_fixture("night-ferry").of(Kind.SESSION_NOTE)

    assert [note.who for note in notes] == ["", "Femi", "", "Grief", "Joost and Ama", "", ""]
    assert notes[2].text == "Numbers in the margin are tides – not dates, as the cover says"
    assert notes[3].doubt == "“Grief” is taken for the name of who said it."


def test_hard_wrapped_lines_are_joined_to_paragraphs():
    first = split_fixture("night-ferry").first(Kind.PROSE)

    assert (first.first_line, first.last_line) == (5, 8)
    assert first.text.endswith("until it had been read.")


def test_year_at_line_start_is_not_a_list_number():
    prose = split_fixture("night-ferry").of(Kind.PROSE)

    assert prose[2].text.startswith("2018\\. That was")


def test_readings_have_title_writer_url_and_reason():
    readings = split_fixture("small-machines").of(Kind.READING)

    assert [(reading.text, reading.who, reading.where, reading.why) for reading in readings] == [
        ("The Patience of Switches", "Odile Marsh", "", "the same argument, with more jokes"),
        ("", "", "https://example.org/thermostats", "a talk by one of the editors"),
        ("Rooms That Listen", "", "", ""),
    ]


def test_unknown_heading_in_book_section_starts_note_with_doubt():
    splitting = split_fixture("against-maps")

    assert [note.heading for note in splitting.of(Kind.NOTE)] == ["Getting lost", "On paper"]
    assert [doubt.line for doubt in splitting.doubts] == [20, 22, 27]


def test_heading_with_nothing_under_it_is_kept_with_doubt():
    splitting = split_fixture("against-maps")

    bare = next(piece for piece in splitting.pieces if piece.source == "Themes from the book")
    assert (bare.kind, bare.text) == (Kind.PROSE, "## Themes from the book")
    assert bare.doubt == "Nothing stands under this heading; it is kept as prose."


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
    assert split_text(f"A title\nPosted by: Anna Lee\n{line}\n\nProse.").posted_on == day


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
    splitting = split_text(f"A title\n\nSome prose that ends.\n\n{heading}\n\n“Words are words”")

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
    splitting = split_text(f"A title\n11 October 2018\n\n{prose}")

    assert splitting.fact("met_on") == day
    assert len(splitting.doubts) == (day is not None)


def test_ambiguous_headcount_has_doubt():
    splitting = split_text("A title\n\nTwo of us had finished it.")

    assert splitting.fact("headcount") == 2
    assert [doubt.sentence for doubt in splitting.doubts] == ["“Two of us” may not be how many came."]


def test_paragraph_with_quotations_at_both_ends_is_prose():
    splitting = split_fixture("against-maps")

    assert splitting.text_of(Kind.PULL_QUOTE) == "A map is an apology for not having walked."
    assert "“It is also,” she adds, “a very good place to keep a sandwich.”" in texts(splitting.of(Kind.PROSE))


def test_quote_without_closing_mark_ends_before_next_quote():
    splitting = split_text("A title\n\nQuotes\n\n“One without an end\n\n“Two with one.”")

    assert texts(splitting.of(Kind.QUOTE)) == ["One without an end", "Two with one."]
    assert [doubt.line for doubt in splitting.doubts] == [5]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("1. First", "1. First"),
        ("7. This number belongs to the words", r"7\. This number belongs to the words"),
        ("– said nobody, ever.", "– said nobody, ever."),
        ("- a point.", "- a point."),
        ("• a point.", "- a point."),
    ],
)
def test_list_mark_is_recognised_by_context(typed, written):
    (piece,) = split_text(f"A title\n\n{typed}").of(Kind.PROSE)

    assert piece.text == written


def test_led_question_without_adjacent_term_is_not_linked():
    (question,) = split_text("A title\n\nNotes\n\nA point of ours.\n\nDiscuss: was it so?").of(Kind.QUESTION)

    assert (question.heading, question.hangs_on_term) == ("Discuss", False)


def test_two_single_quotations_on_one_line_are_not_merged():
    (quote,) = split_text("A title\n\nQuotes\n\n‘Yes,’ she wrote, ‘but later.’").of(Kind.QUOTE)

    assert quote.text == "‘Yes,’ she wrote, ‘but later.’"
    assert "not wholly in quotation marks" in quote.doubt


def test_byline_after_date_names_writeup_author_not_book():
    splitting = split_text("A title\n11 October 2018\nBy Anna Lee\n\nProse.")

    assert splitting.text_of(Kind.POSTED_BY) == "Anna Lee"
    assert splitting.of(Kind.BOOK) == []


def test_question_without_quoted_definition_is_not_a_term():
    splitting = split_text("A title\n\nIt ended.\n\nWhat did it all mean?\n\nNobody could say.")

    assert len(splitting.of(Kind.PROSE)) == 3


@pytest.mark.parametrize("word", ["WhatsApp is where we talk.", "YouTube Premium costs more.", "Colin McFarlane came."])
def test_capital_inside_word_is_not_split_as_caption(word):
    splitting = split_text(f"A title\n\n{word}")

    assert [piece.source for piece in splitting.of(Kind.PROSE)] == [word]


@pytest.mark.parametrize("name", EXPECTED)
def test_fixtures_keep_every_word_once(name):
    text = decode_file((FIXTURES / f"{name}.txt").read_bytes()).text

    assert only_letters(split_text(text).source) == only_letters(text)


@given(
    st.one_of(structured, st.text(max_size=300), st.tuples(structured, st.text(max_size=60), structured).map("\n".join))
)
@example("A\n\nquotes\n\n“”")
@example("T\n\nDiscuss: – Discuss")
def test_every_word_of_any_text_is_in_exactly_one_piece(text):
    document = text_document(text)
    splitting = split_document(document)

    assert only_letters(splitting.source) == only_letters(document.text)
    assert lost_words(splitting, document) == []
    for piece in splitting.pieces:
        assert bool(piece.reason) == (piece.kind == Kind.LEFT_OUT)
        assert not (piece.is_sure and piece.doubt)


ENCODED = "Title\n\n“Curly” – and naïve… prose.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029"])
def test_decode_accepts_encodings_and_line_ends(encoding, end):
    if encoding == "windows-1252" and end > "\x7f":
        end = "\n"

    assert decode_file(ENCODED.replace("\n", end).encode(encoding)).text == ENCODED


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", EXPECTED)
def test_fixtures_split_equally_in_other_encodings(name, encoding):
    text = (FIXTURES / f"{name}.txt").read_text("utf-8")

    splitting = split_text(decode_file(text.replace("\n", "\r\n").encode(encoding)).text)

    assert splitting == split_text(text)


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
def test_decode_refuses_invalid_files_with_reason(data, words):
    with pytest.raises(Unreadable, match=words):
        decode_file(data)


def test_decode_accepts_one_megabyte():
    assert len(decode_file(b"a" * MAX_TEXT_BYTES).text) == MAX_TEXT_BYTES


@needs_reference
def test_reference_piece_counts():
    splitting = split_file(REFERENCE)

    assert counts(splitting) == {
        "prose": 10, "notes": 1, "terms": 1, "questions": 10, "quotes": 17, "readings": 0, "session notes": 5, "left out": 10,
    }  # fmt: skip
    assert splitting.source.split() == REFERENCE.read_text("utf-8").split()


@needs_reference
def test_reference_note_has_bullets_and_paragraphs_in_order():
    (note,) = notes_in(split_file(REFERENCE))

    lines = [line for line in note.text.split("\n") if line]
    assert note.heading == "Some points from the book"
    assert "".join("b" if line.startswith("- ") else "p" for line in lines) == "bbbbpppbbb"


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

    assert (term.heading, term.text.count("\n\n")) == ("What does technocratic governance mean?", 1)
    assert term.why == "Italics mine"
    assert "which words were?" in term.doubt
    assert [question.hangs_on_term for question in questions] == [True] + [False] * 9
    assert [question.is_quotation for question in questions] == [False] * 5 + [True] + [False] * 4
    assert [question.heading for question in questions] == ["Discuss", "", "", "", "", "Discuss", "", "", "", ""]
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
    people = people_of(splitting)
    assert parted_title(Import(splitting)) == ("Smart Urbanism", "Utopian Vision or False Dawn?")
    assert [person.name for person in people] == ["Simon Marvin", "Andrés Luque-Ayala", "Colin McFarlane"]
    assert {person.role for person in people} == {"edt"}
    assert splitting.text_of(Kind.PULL_QUOTE) == "What happens in book club, stays in book club"
    assert splitting.text_of(Kind.STANDFIRST) == ""


@needs_reference
def test_reference_session_notes_name_nick_alone():
    notes = split_file(REFERENCE).of(Kind.SESSION_NOTE)

    assert [note.who for note in notes] == ["", "", "Nick", "", ""]
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
        (170, "the club's newsletter promise, which the club keeps once for all pages"),
        (172, "repeats the title"),
        (182, "the heading of the old site's related posts"),
        (184, "a related post of the old site"),
        (185, "a related post of the old site"),
        (186, "a related post of the old site"),
    ]


@needs_reference
def test_reference_invitation_is_kept_with_doubt():
    invitation = next(piece for piece in split_file(REFERENCE).pieces if piece.first_line == 35)

    assert invitation.kind == Kind.PROSE
    assert invitation.text.startswith("There are a few ways to get involved")
    assert "invitation to the club's groups" in invitation.doubt


@needs_reference
def test_reference_has_seven_doubts():
    assert [doubt.line for doubt in split_file(REFERENCE).doubts] == [7, 12, 15, 31, 35, 76, 176]


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

    assert prose.strip() in texts(split_text(text).of(Kind.PROSE))


def test_empty_list_item_makes_no_point():
    points = split_fixture("bare").of(Kind.PROSE)[3].text.split("\n")

    assert [point[:8] for point in points] == ["- Snow i", "- The bu", "- <b>Bol"]


def test_rating_with_its_label_belongs_to_the_note_on_ratings():
    splitting = split_text("A title\n\nWe met.\n\nOur verdict\n\nAverage: 7.6 out of 10")

    assert [(note.heading, note.text) for note in splitting.of(Kind.NOTE)] == [
        ("Our verdict", "Average: 7.6 out of 10")
    ]


def test_quote_with_markdown_signs_is_escaped_once():
    splitting = split_text("A title\n\nQuotes\n\n“A *star* and a\nsecond line.”")

    assert texts(splitting.of(Kind.QUOTE)) == ["A \\*star\\* and a\nsecond line."]


def test_words_behind_a_speakers_name_are_told():
    splitting = split_text("A title\n\nNotes on the session\n\n1. Freya (10): I cried at the gate.")

    (note,) = splitting.of(Kind.SESSION_NOTE)
    assert (note.who, note.text) == ("Freya", "I cried at the gate.")
    assert "“(10)” behind the name is not kept." in note.doubt


def test_number_without_a_stop_stays_in_a_heading():
    splitting = split_text("A title\n\nWe met.\n\nKey points\n\n- One.\n\n12 Angry Men\n\nIt was long.")

    assert [note.heading for note in splitting.of(Kind.NOTE)] == ["Key points", "12 Angry Men"]
