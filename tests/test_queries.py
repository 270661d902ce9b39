"""What a page costs in queries: no more for 300 rows than for 3, and no more than 15 for a whole write-up."""

import datetime as dt
import os

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.models import Club
from meetups.models import RSVP, Meetup, Photo, Seats
from members.models import Member
from tests import factories as make

QUERIES_AT_MOST = 15
MANY_ROWS = int(os.environ.get("MANY_ROWS", "300"))  # bench/README.md asks for 10,000
OURS = {"bookclub", "books", "meetups", "members", "newsletter"}
LISTS = [
    "/",
    "/write-ups/",
    "/write-ups/?year=2001",
    "/write-ups/?author=the-author",
    "/write-ups/?page=2",
    "/meetups/",
    "/books/",
    "/quotes/",
    "/quotes/?book=the-book",
    "/books/the-book/",
    "/people/the-author/",
]


def desk_lists():
    """All rows, or the first page of them, of each model of ours that has more than one."""
    ours = [model._meta for model in admin.site._registry if model._meta.app_label in OURS and model is not Club]  # noqa: SLF001
    return [reverse(f"admin:{each.app_label}_{each.model_name}_changelist") + "?all=" for each in ours]


def make_rows(numbers, photo):
    """For each number one row of all that a list or a card shows: every other evening is still to come."""
    book, author = photo.writeup.book, photo.writeup.author
    for number in numbers:
        read = make.make_book(title=f"Book {number}")
        make.make_contribution(book=read)
        make.make_member()
        day = timezone.localdate() if number % 2 else dt.date(2001, 1, 1)
        evening = make.make_meetup(
            date=day + dt.timedelta(days=number), book=read, venue=make.make_venue(), headcount=number
        )
        make.make_session_note(writeup=make.make_writeup(meetup=evening, author=author))
        make.make_writeup(book=book)
        make.make_quote(book=read)
        make_items(book)
        make.make_issue(writeup=photo.writeup).deliveries.create(subscriber=make.make_subscriber())
        make.make_mail()
    # Of one picture: to look into 300 would take a while.
    Photo.objects.bulk_create(Photo(writeup=photo.writeup, image=photo.image.name, alt="Readers") for _ in numbers)


def make_items(book):
    make.make_note(book=book)
    make.make_question(book=book, term=make.make_term(book=book))
    make.make_quote(book=book)
    make.make_reading(book=book)


def costs(client, addresses):
    """Queries and length of each list."""
    found = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        assert response.status_code == 200
        found[address] = len(queries), len(response.content)
    return found


@pytest.mark.one_database
def test_a_list_costs_the_same_with_3_rows_and_with_300(client, olga):
    photo = make.make_photo(
        writeup=make.make_writeup(book=make.make_book(slug="the-book"), author=make.make_author(slug="the-author"))
    )
    desk = Client()
    desk.force_login(olga)
    costs(desk, desk_lists())  # what is asked once: who she is, and what she may do

    make_rows(range(3), photo)
    few = costs(client, LISTS) | costs(desk, desk_lists())
    make_rows(range(3, MANY_ROWS), photo)
    many = costs(client, LISTS) | costs(desk, desk_lists())

    assert {address: cost for address, (cost, _) in many.items()} == {a: cost for a, (cost, _) in few.items()}
    assert {address for address in many if many[address][1] <= few[address][1]} <= {"/"}, "no more shown: no test"


def make_many_rsvps(meetup, turns):
    """Past the front door, which would take a minute: every third waits, and some bring a guest."""
    members = Member.objects.bulk_create(Member(email=f"m{turn}@example.org", name=f"M{turn} N") for turn in turns)
    RSVP.objects.bulk_create(
        RSVP(meetup=meetup, member=member, turn=turn, answer="going" if turn % 3 else "waiting", guests=turn % 2)
        for turn, member in zip(turns, members, strict=True)
    )
    going = meetup.rsvps.going().seat_count()
    Meetup.objects.update(capacity=going)
    Seats.objects.update_or_create(meetup=meetup, defaults={"taken": going, "limit": going, "turns": turns[-1]})


def costs_of_a_full_meetup(client, readers):
    """Queries of each page for each reader, once they have come in: their session and their permissions are the same."""
    found = {}
    for reader in readers:
        client.logout()
        if reader:
            client.force_login(reader)
        for address in ("/", "/meetups/", "/meetups/soon/"):
            with CaptureQueriesContext(connection) as queries:
                response = client.get(address)
            assert response.status_code == 200
            found[address, reader and reader.name] = len(queries)
    return found


def test_a_meetup_costs_the_same_with_10_rsvps_and_with_1000(client, db, olga):
    make.make_club(guest_list="names", guests_allowed=1)
    meetup = make.make_meetup(slug="soon", venue=make.make_venue(is_private=True))
    going, waiting = make.make_member(name="Going"), make.make_member(name="Waiting")
    make.make_rsvp(meetup, going)
    make.make_rsvp(meetup, waiting)
    RSVP.objects.filter(member=waiting).update(answer="waiting")
    readers = [None, going, waiting, make.make_member(name="Neither"), olga]

    make_many_rsvps(meetup, range(10, 18))
    few = costs_of_a_full_meetup(client, readers)
    make_many_rsvps(meetup, range(18, 1008))
    many = costs_of_a_full_meetup(client, readers)

    assert {page: cost for page, cost in many.items() if cost > few[page]} == {}
    assert max(few.values()) <= QUERIES_AT_MOST
    assert client.get("/meetups/soon/").content.decode().count(", M") > 600


def test_a_whole_write_up_costs_few_queries(client, db, django_assert_max_num_queries):
    writeup = make_whole_writeup()

    with django_assert_max_num_queries(QUERIES_AT_MOST):
        page = client.get(writeup.get_absolute_url()).content.decode()

    assert page.count("Words from the book") == 17
    assert "The next evening’s book" in page


def make_whole_writeup():
    """As long as the club's first, and with pictures, related write-ups and a next evening beside it."""
    make.make_community_link()
    book = make.make_book()
    for _ in range(3):
        make.make_contribution(book=book, role="edt")
        make.make_note(book=book)
    for _ in range(17):
        make.make_quote(book=book)
    for _ in range(10):
        make.make_question(book=book, term=make.make_term(book=book))
    make.make_reading(book=book, known_book=make.make_book())
    evening = make.make_meetup(date=dt.date(2018, 10, 10), book=book, venue=make.make_venue())
    writeup = make.make_writeup(meetup=evening, published_at=timezone.now())
    make.make_photo(writeup=writeup)
    for _ in range(5):
        make.make_session_note(writeup=writeup, name="Nick")
        writeup.related.add(make.make_writeup(book=make.make_book()))
    make.make_meetup(book=make.make_book(title="The next evening’s book"), venue=make.make_venue())
    return writeup


def test_an_organiser_costs_little_more(client, olga, django_assert_max_num_queries):
    writeup = make_whole_writeup()
    client.force_login(olga)

    with django_assert_max_num_queries(QUERIES_AT_MOST + 4):
        page = client.get(writeup.get_absolute_url()).content.decode()

    assert page.count("Words from the book") == 17
