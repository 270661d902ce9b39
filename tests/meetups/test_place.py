"""Where a meetup is, as far as somebody may know it: one rule for page, mail and calendar."""

import pytest

from meetups.models import RSVP, Meetup, Place
from tests.factories import make_meetup, make_rsvp, make_venue

pytestmark = pytest.mark.django_db

WHOLE = Place("The Ring, Southwark", "1 Blackfriars Road", "the loft", "https://ring.example/", "<p>Ring twice.</p>")
AREA = Place("Southwark", is_guarded=True)


def make_evening(**fields):
    ring = {"name": "The Ring", "address": "1 Blackfriars Road", "website": "https://ring.example/"}
    venue = make_venue(**ring | {"getting_in": "Ring twice.", "is_private": True} | fields)
    return make_meetup(venue=venue, room="the loft")


def places(meetup, user):
    """By both ways of asking: alone, and among rows."""
    return meetup.place_for(user), Meetup.objects.placed_for(user).get(pk=meetup.pk).place


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"is_private": False}, WHOLE), ({}, AREA), ({"area": ""}, Place("A private address", is_guarded=True))],
)
def test_a_stranger_may_know_of_a_private_venue_its_area_alone(visitor, bob, fields, place):
    meetup = make_evening(**fields)

    assert [places(meetup, user) for user in (visitor, bob)] == [(place, place)] * 2


@pytest.mark.parametrize("answer", RSVP.Answer.values)
def test_who_is_going_knows_where_and_nobody_else_who_answered(bob, alice, answer):
    meetup = make_evening()
    make_rsvp(meetup, bob)
    RSVP.objects.filter(member=bob).update(answer=answer)

    assert places(meetup, bob) == ((WHOLE, WHOLE) if answer == "going" else (AREA, AREA))
    assert places(meetup, alice) == (AREA, AREA)


def test_a_seat_at_one_evening_opens_no_other(bob):
    going, other = make_evening(), make_evening(name="The Other")
    make_rsvp(going, bob)

    assert [meetup.place.is_guarded for meetup in Meetup.objects.placed_for(bob).order_by("pk")] == [False, True]
    assert other.place_for(bob) == AREA


def test_an_organiser_knows_where(olga):
    assert places(make_evening(), olga) == (WHOLE, WHOLE)


def test_rows_that_were_not_asked_for_somebody_tell_no_more_than_the_area():
    assert make_evening().place == AREA


def test_a_meetup_without_a_venue_is_nowhere_yet(olga):
    assert places(make_meetup(), olga) == (None, None)


def test_many_places_cost_one_query(bob, django_assert_num_queries):
    for number in range(3):
        make_rsvp(make_evening(name=f"Venue {number}"), bob)
    bob.has_perm("bookclub.view_drafts")

    with django_assert_num_queries(1):
        shown = [str(meetup.place) for meetup in Meetup.objects.placed_for(bob)]

    assert sorted(shown) == [f"Venue {number}, Southwark, 1 Blackfriars Road" for number in range(3)]
