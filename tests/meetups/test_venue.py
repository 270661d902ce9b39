"""The Place of a meetup, by the reader's permission to see a private address."""

import pytest

from meetups.models import RSVP, Meetup, Place
from tests.factories import make_meetup, make_rsvp, make_venue

pytestmark = pytest.mark.django_db

WHOLE = Place("The Ring, Southwark", "1 Blackfriars Road", "the loft", "https://ring.example/", "<p>Ring twice.</p>")
AREA = Place("Southwark", is_address_hidden=True)


def make_meetup_at_home(**fields):
    ring = {"name": "The Ring", "address": "1 Blackfriars Road", "website": "https://ring.example/"}
    venue = make_venue(**ring | {"getting_in": "Ring twice.", "is_private": True} | fields)
    return make_meetup(venue=venue, room="the loft")


def places(meetup, user):
    """Return the Place from `place_for` and from `with_place_for`."""
    return meetup.place_for(user), Meetup.objects.with_place_for(user).get(pk=meetup.pk).place


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"is_private": False}, WHOLE), ({}, AREA), ({"area": ""}, Place("A private address", is_address_hidden=True))],
)
def test_place_of_private_venue_shows_visitor_only_area(visitor, bob, fields, place):
    meetup = make_meetup_at_home(**fields)

    assert [places(meetup, user) for user in (visitor, bob)] == [(place, place)] * 2


@pytest.mark.parametrize("answer", RSVP.Answer.values)
def test_place_of_private_venue_is_shown_only_to_those_going(bob, alice, answer):
    meetup = make_meetup_at_home()
    make_rsvp(meetup, bob)
    RSVP.objects.filter(member=bob).update(answer=answer)

    assert places(meetup, bob) == ((WHOLE, WHOLE) if answer == "going" else (AREA, AREA))
    assert places(meetup, alice) == (AREA, AREA)


def test_place_needs_seat_at_same_meetup(bob):
    going, other = make_meetup_at_home(), make_meetup_at_home(name="The Other")
    make_rsvp(going, bob)

    assert [meetup.place.is_address_hidden for meetup in Meetup.objects.with_place_for(bob).order_by("pk")] == [
        False,
        True,
    ]
    assert other.place_for(bob) == AREA


def test_place_of_private_venue_is_shown_to_organiser(olga):
    assert places(make_meetup_at_home(), olga) == (WHOLE, WHOLE)


def test_place_without_user_hides_private_address():
    assert make_meetup_at_home().place == AREA


def test_place_without_venue_is_none(olga):
    assert places(make_meetup(), olga) == (None, None)


def test_places_take_one_query(bob, django_assert_num_queries):
    for number in range(3):
        make_rsvp(make_meetup_at_home(name=f"Venue {number}"), bob)
    bob.has_perm("bookclub.view_drafts")

    with django_assert_num_queries(1):
        shown = [str(meetup.place) for meetup in Meetup.objects.with_place_for(bob)]

    assert sorted(shown) == [f"Venue {number}, Southwark, 1 Blackfriars Road" for number in range(3)]
