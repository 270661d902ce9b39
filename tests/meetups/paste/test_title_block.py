import datetime as dt

from meetups.paste.parser import split_document
from meetups.paste.pieces import Kind
from meetups.paste.text_reader import text_document


def split_text(text):
    return split_document(text_document(text))


def test_words_behind_a_date_are_listed():
    splitting = split_text("A title\nDate: 4 March 2025, 21:17\n\nWe talked.")

    rest = splitting.first(Kind.LEFT_OUT)
    assert splitting.posted_on == dt.date(2025, 3, 4)
    assert (rest.source, rest.reason) == (", 21:17", "it stands behind the date")
    assert rest.doubt == "“21:17” stands behind the date, and only the date is kept."


def test_weekday_in_front_of_a_date_is_kept():
    splitting = split_text("A title\nDate : jeudi 6 mars 2025\n\nWe talked.")

    assert (splitting.text_of(Kind.POSTED_ON), splitting.posted_on) == ("jeudi 6 mars 2025", dt.date(2025, 3, 6))


def test_list_of_those_present_gives_the_headcount():
    splitting = split_text("A title\nPresent: Joan\n- Margaret\n- Wendy\n\nWe talked.")

    assert splitting.fact("headcount") == 3
    assert splitting.first(Kind.LEFT_OUT).text == "Present: Joan\n- Margaret\n- Wendy"
