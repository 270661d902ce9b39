"""Dates and times as organisers type them."""

import contextlib
import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bookclub.admin_base.date_parsing import format_typed_date, format_typed_time, parse_date, parse_time
from bookclub.core.formatting import format_clock_time, format_long_date

SUNDAY = dt.date(2026, 11, 29)
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
TIMES = st.times().map(lambda time: time.replace(microsecond=0))
MINUTES = TIMES.map(lambda time: time.replace(second=0))


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("3 December 2026", "2026-12-03"),
        ("3 Dec 2026", "2026-12-03"),
        ("3rd of December, 2026", "2026-12-03"),
        ("December 3, 2026", "2026-12-03"),
        ("Thursday 3 December 2026", "2026-12-03"),
        ("Thu. 3 Dec", "2026-12-03"),
        ("3 December", "2026-12-03"),
        ("Sept 30, 2026", "2026-09-30"),
        ("3/12/2026", "2026-12-03"),
        ("03.12.2026", "2026-12-03"),
        ("3-12-2026", "2026-12-03"),
        ("3/12", "2026-12-03"),
        ("12/31/2026", "2026-12-31"),
        ("2026-12-03", "2026-12-03"),
        ("THURSDAY", "2026-12-03"),
        ("sat", "2026-12-05"),
        ("today", "2026-11-29"),
        ("tomorrow", "2026-11-30"),
        ("yesterday", "2026-11-28"),
        ("2 January", "2027-01-02"),
        ("10 October", "2026-10-10"),
        (" 3  December ", "2026-12-03"),
    ],
)
def test_date_is_read(typed, date):
    assert parse_date(typed, SUNDAY).isoformat() == date


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("3 June", "Add the year: “3 June 2026” or “3 June 2027”."),
        ("Sunday", "Today is Sunday: write “today”, or the date of another Sunday."),
        ("next Thursday", "Write the date like “3 December 2026” or “3 December”."),
        ("Friday 3 December 2026", "3 December 2026 is a Thursday. Correct the day or the date."),
        ("Friday 3 December", "3 December 2026 is a Thursday. Correct the day or the date."),
        ("3 December 26", "Give the year with all four figures, such as 2026."),
        ("3/12/26", "Give the year with all four figures, such as 2026."),
        ("3 December 20266", "Give the year with all four figures, such as 2026."),
        ("3 December 1066", "Give the year with all four figures, such as 2026."),
        ("31 November 2026", "There is no 31 November. Write the date like “3 December 2026” or “3 December”."),
        ("31 November", "There is no 31 November. Write the date like “3 December 2026” or “3 December”."),
        ("2026-13-45", "Write the date like “3 December 2026” or “3 December”."),
        ("December", "Write the date like “3 December 2026” or “3 December”."),
        ("3", "Write the date like “3 December 2026” or “3 December”."),
        ("20261203", "Give the year with all four figures, such as 2026."),
        ("3 or 4 December", "Write the date like “3 December 2026” or “3 December”."),
        ("soon", "Write the date like “3 December 2026” or “3 December”."),
        ("…", "Write the date like “3 December 2026” or “3 December”."),
    ],
)
def test_date_that_can_mean_several_things_is_refused(typed, sentence):
    with pytest.raises(ValidationError) as refusal:
        parse_date(typed, SUNDAY)

    assert refusal.value.messages == [sentence]


def test_date_in_american_english_has_the_month_first(settings):
    from django.utils import translation  # noqa: PLC0415

    with translation.override("en-us"):
        assert parse_date("3/12/2026", SUNDAY) == dt.date(2026, 3, 12)


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("7pm", "19:00"),
        ("7 PM", "19:00"),
        ("7.30 pm", "19:30"),
        ("7:30pm", "19:30"),
        ("7 p.m.", "19:00"),
        ("19.30", "19:30"),
        ("19:30", "19:30"),
        ("19h30", "19:30"),
        ("1930", "19:30"),
        ("19", "19:00"),
        ("07:30", "07:30"),
        ("10.30", "10:30"),
        ("12:15", "12:15"),
        ("12.15 am", "00:15"),
        ("12.15 pm", "12:15"),
        ("0:15", "00:15"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("19:30:05", "19:30:05"),
        ("19:30:05.123456", "19:30:05"),
    ],
)
def test_time_is_read(typed, time):
    assert parse_time(typed) == dt.time.fromisoformat(time)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("7", "Morning or evening? Write “7 am” or “7 pm”."),
        ("7.30", "Morning or evening? Write “7.30 am” or “7.30 pm”."),
        ("7:30", "Morning or evening? Write “7.30 am” or “7.30 pm”."),
        ("11", "Morning or evening? Write “11 am” or “11 pm”."),
        ("12", "Write “noon” or “midnight”."),
        ("12 pm", "Write “noon” or “midnight”."),
        ("24:00", "Write the time like “19:30” or “7.30 pm”."),
        ("19.60", "Write the time like “19:30” or “7.30 pm”."),
        ("19.30 pm", "Write the time like “19:30” or “7.30 pm”."),
        ("0 am", "Write the time like “19:30” or “7.30 pm”."),
        ("7 to 9 pm", "Write the time like “19:30” or “7.30 pm”."),
        ("late", "Write the time like “19:30” or “7.30 pm”."),
    ],
)
def test_time_that_can_mean_several_things_is_refused(typed, sentence):
    with pytest.raises(ValidationError) as refusal:
        parse_time(typed)

    assert refusal.value.messages == [sentence]


def test_now_is_this_minute_in_the_clubs_zone():
    with time_machine.travel(dt.datetime(2026, 7, 1, 17, 5, 30, tzinfo=dt.UTC)), timezone.override("Europe/London"):
        assert parse_time("now") == dt.time(18, 5)


@given(DATES)
def test_date_is_read_as_it_is_shown(date):
    typed = [format_typed_date(date), format_long_date(date), date.isoformat(), f"{date:%d/%m/%Y}", f"{date:%B %d, %Y}"]

    assert [parse_date(each, SUNDAY) for each in typed] == [date] * len(typed)


@given(st.dates(SUNDAY - dt.timedelta(120), SUNDAY + dt.timedelta(120)))
def test_near_date_needs_no_year(date):
    assert parse_date(f"{date:%A} {date.day} {date:%B}", SUNDAY) == parse_date(f"{date.day} {date:%b}", SUNDAY) == date


@given(TIMES)
def test_time_is_read_as_it_is_shown(time):
    assert parse_time(format_typed_time(time)) == parse_time(time.isoformat()) == time


@given(MINUTES)
def test_time_is_read_as_readers_see_it(time):
    assert parse_time(format_clock_time(time)) == time


@given(st.text() | st.from_regex(r"[0-9.:/ apm-]{1,12}", fullmatch=True))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ValidationError):
        assert isinstance(parse_date(text, SUNDAY), dt.date)
    with contextlib.suppress(ValidationError):
        assert isinstance(parse_time(text), dt.time)
