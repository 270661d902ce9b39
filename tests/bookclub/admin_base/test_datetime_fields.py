"""The time of publication in admin forms and lists."""

import datetime as dt

import pytest
import time_machine
from bs4 import BeautifulSoup
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from bookclub.admin_base.datetime_fields import ClubDateTimeField, describe_visibility, publication_state
from bookclub.core.formatting import format_future_moment, format_time_until
from books.models import Quote
from tests.factories import make_meetup
from tests.pages import read_form, read_page

NOW = dt.datetime(2018, 10, 11, 4, 48, tzinfo=dt.UTC)  # 05:48 in London
UTC = dt.UTC


@pytest.fixture(autouse=True)
def at_that_time():
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/London"):
        yield


def test_future_time_has_zone_and_duration():
    assert (
        format_future_moment(NOW + dt.timedelta(hours=3, minutes=12)) == "Thu 11 Oct 2018, 09:00 London, in 3 h 12 min"
    )


def test_date_and_time_inputs_have_labels():
    class MomentForm(forms.Form):
        at = ClubDateTimeField(label="It goes live")

    names = [each["aria-label"] for each in BeautifulSoup(str(MomentForm()["at"]), "html.parser").find_all("input")]

    assert names == ["It goes live: date", "It goes live: time"]


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (dt.timedelta(seconds=59), "less than a minute"),
        (dt.timedelta(minutes=1), "1 min"),
        (dt.timedelta(minutes=40, seconds=59), "40 min"),
        (dt.timedelta(hours=2), "2 h"),
        (dt.timedelta(days=1, minutes=5), "1 day"),
        (dt.timedelta(days=12, hours=3, minutes=50), "12 days 3 h"),
    ],
)
def test_duration_has_its_two_largest_units(ahead, words):
    assert format_time_until(NOW + ahead) == words


@pytest.mark.parametrize(
    ("published_at", "words"),
    [
        (None, "Draft"),
        (NOW, "Published 11 October 2018, 05:48 BST"),
        (NOW + dt.timedelta(hours=1), "Goes live Thu 11 Oct 2018, 06:48 London, in 1 h"),
    ],
)
def test_publication_state_is_a_sentence(published_at, words):
    assert publication_state(Quote(published_at=published_at)) == words


@pytest.mark.parametrize(
    ("published_at", "audience", "words"),
    [
        (None, "members", "Draft: nobody sees it yet"),
        (NOW, "public", "Public since 11 October 2018, 05:48 London"),
        (NOW, "members", "Members only since 11 October 2018, 05:48 London"),
        (NOW + dt.timedelta(hours=1), "public", "Goes live Thu 11 Oct 2018, 06:48 London, in 1 h"),
        (
            NOW + dt.timedelta(hours=1),
            "members",
            "Goes live Thu 11 Oct 2018, 06:48 London, in 1 h, for members only",
        ),
    ],
)
def test_visibility_is_a_sentence(published_at, audience, words):
    assert describe_visibility(Quote(published_at=published_at, audience=audience)) == words


def test_zone_name_of_two_words_has_a_space():
    with timezone.override("America/New_York"):
        assert format_future_moment(NOW).startswith("Thu 11 Oct 2018, 00:48 New York")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (["28/03/2027", "01:00"], "there is no 01:00"),
        (["28/03/2027", "01:59"], "there is no 01:59"),
        (["25/10/2026", "01:00"], "01:00 comes twice"),
        (["25/10/2026", "01:59"], "01:59 comes twice"),
    ],
)
def test_skipped_or_ambiguous_time_is_refused(typed, reason):
    with pytest.raises(ValidationError, match=reason):
        ClubDateTimeField().clean(typed)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        (["28/03/2027", "00:59"], dt.datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (["28/03/2027", "02:00"], dt.datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (["25/10/2026", "00:59"], dt.datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (["25/10/2026", "02:00"], dt.datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_time_next_to_a_clock_change_is_accepted(typed, moment):
    assert ClubDateTimeField().clean(typed) == moment


def test_unchanged_time_keeps_its_microseconds():
    field = ClubDateTimeField()
    field.stored = dt.datetime(2026, 10, 25, 1, 30, 5, 123456, tzinfo=UTC)  # the second 01:30

    assert field.clean(["25/10/2026", "01:30:05"]) == field.stored


def test_row_with_a_time_in_an_ambiguous_hour_can_be_saved(organiser_client):
    meetup = make_meetup(rsvps_open_at=dt.datetime(2017, 10, 29, 1, 30, tzinfo=UTC))
    address = f"/admin/meetups/meetup/{meetup.pk}/change/"

    organiser_client.post(address, read_form(read_page(organiser_client.get(address))) | {"cost": "Free"})

    before = meetup.rsvps_open_at
    meetup.refresh_from_db()
    assert (meetup.cost, meetup.rsvps_open_at) == ("Free", before)
