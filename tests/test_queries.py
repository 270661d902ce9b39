"""The queries of a page: as many for 300 rows as for 3, and at most 15 for a whole write-up."""

import datetime as dt
import os

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.core.models import Club
from meetups.models import RSVP, Meetup, Photo, SeatCounter
from members.models import Member
from tests import factories as make
from tests.conftest import ALL_TESTS

MAX_QUERIES = 15
# bench/README.md asks for 10,000. Rows are most of the time that these tests take: 30 show a query for each row too.
MANY_ROWS = int(os.environ.get("MANY_ROWS") or (300 if ALL_TESTS else 30))
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


def admin_list_urls():
    """All rows, or the first page of them, of each model of ours that has more than one."""
    ours = [model._meta for model in admin.site._registry if model._meta.app_label in OURS and model is not Club]  # noqa: SLF001
    lists = [reverse(f"admin:{each.app_label}_{each.model_name}_changelist") + "?all=" for each in ours]
    return [*lists, reverse("admin:index"), reverse("admin:search") + "?q=book"]


def make_rows(numbers, photo):
    """Create for each number one row of everything that a list or a card shows; every other meetup is in the future."""
    book, author = photo.writeup.book, photo.writeup.author
    for number in numbers:
        read = make.make_book(title=f"Book {number}")
        make.make_contribution(book=read)
        make.make_member()
        day = timezone.localdate() if number % 2 else dt.date(2001, 1, 1)
        past_meetup = make.make_meetup(
            date=day + dt.timedelta(days=number), book=read, venue=make.make_venue(), headcount=number
        )
        make.make_session_note(writeup=make.make_writeup(meetup=past_meetup, author=author))
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


def test_list_takes_the_same_queries_for_few_and_many_rows(client, olga):
    photo = make.make_photo(
        writeup=make.make_writeup(book=make.make_book(slug="the-book"), author=make.make_author(slug="the-author"))
    )
    organiser_client = Client()
    organiser_client.force_login(olga)
    costs(organiser_client, admin_list_urls())  # what is asked once: who she is, and what she may do

    make_rows(range(3), photo)
    few = costs(client, LISTS) | costs(organiser_client, admin_list_urls())
    make_rows(range(3, MANY_ROWS), photo)
    many = costs(client, LISTS) | costs(organiser_client, admin_list_urls())

    assert {address: cost for address, (cost, _) in many.items()} == {a: cost for a, (cost, _) in few.items()}
    assert {address for address in many if many[address][1] <= few[address][1]} <= {"/", "/admin/"}, (
        "no more shown: no test"
    )


@pytest.mark.all_tests
def test_form_takes_the_same_queries_for_few_and_many_rows(organiser_client):
    """Each form of the admin, of a new row and of the first one."""
    photo = make.make_photo(writeup=make.make_writeup(book=make.make_book(), author=make.make_author()))
    make_rows(range(3), photo)
    forms = admin_form_urls()
    costs(organiser_client, forms)

    few = costs(organiser_client, forms)
    make_rows(range(3, MANY_ROWS), photo)
    many = costs(organiser_client, forms)

    assert {address: cost for address, (cost, _) in many.items()} == {a: cost for a, (cost, _) in few.items()}


def admin_form_urls():
    """The forms of a new row, where one may be added, and of the latest row of each model of ours."""
    may_add = {"book", "contributor", "note", "term", "question", "quote", "reading", "venue", "meetup", "writeup"}
    may_add |= {"photo", "author", "member", "issue"}
    found = []
    for model in admin.site._registry:  # noqa: SLF001
        opts = model._meta
        if opts.app_label not in OURS or model is Club:
            continue
        row = model.objects.order_by("pk").first()
        found.append(reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk]))
        if opts.model_name in may_add:
            found.append(reverse(f"admin:{opts.app_label}_{opts.model_name}_add"))
    return found


def make_many_rsvps(meetup, turns):
    """Past the front door, which would take a minute: every third waits, and some bring a guest."""
    members = Member.objects.bulk_create(Member(email=f"m{turn}@example.org", name=f"M{turn} N") for turn in turns)
    RSVP.objects.bulk_create(
        RSVP(
            meetup=meetup,
            member=member,
            queue_position=turn,
            answer="going" if turn % 3 else "waiting",
            guests=turn % 2,
        )
        for turn, member in zip(turns, members, strict=True)
    )
    going = meetup.rsvps.going().count_seats()
    Meetup.objects.update(capacity=going)
    SeatCounter.objects.update_or_create(
        meetup=meetup, defaults={"taken": going, "limit": going, "last_queue_position": turns[-1]}
    )


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


def test_meetup_takes_the_same_queries_for_few_and_many_rsvps(client, db, olga):
    make.make_club(guest_list_visible_to="names", guests_allowed=1)
    meetup = make.make_meetup(slug="soon", venue=make.make_venue(is_private=True))
    going, waiting = make.make_member(name="Going"), make.make_member(name="Waiting")
    make.make_rsvp(meetup, going)
    make.make_rsvp(meetup, waiting)
    RSVP.objects.filter(member=waiting).update(answer="waiting")
    readers = [None, going, waiting, make.make_member(name="Neither"), olga]

    make_many_rsvps(meetup, range(10, 18))
    few = costs_of_a_full_meetup(client, readers)
    make_many_rsvps(meetup, range(18, 18 + 10 * MANY_ROWS))
    many = costs_of_a_full_meetup(client, readers)

    assert {page: cost for page, cost in many.items() if cost > few[page]} == {}
    assert max(few.values()) <= MAX_QUERIES
    assert client.get("/meetups/soon/").content.decode().count(", <bdi>M") > 6 * MANY_ROWS


def test_writeup_query_count_is_small(client, db, django_assert_max_num_queries):
    writeup = make_whole_writeup()

    with django_assert_max_num_queries(MAX_QUERIES):
        page = client.get(writeup.get_absolute_url()).content.decode()

    assert page.count("Words from the book") == 17
    assert "The next evening’s book" in page


def make_whole_writeup():
    """As long as the club's first, with pictures, related write-ups and a next meetup."""
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
    past_meetup = make.make_meetup(date=dt.date(2018, 10, 10), book=book, venue=make.make_venue())
    writeup = make.make_writeup(meetup=past_meetup, published_at=timezone.now())
    make.make_photo(writeup=writeup)
    for _ in range(5):
        make.make_session_note(writeup=writeup, name="Nick")
        writeup.related.add(make.make_writeup(book=make.make_book()))
    make.make_meetup(book=make.make_book(title="The next evening’s book"), venue=make.make_venue())
    return writeup


def test_organiser_query_count_is_small(client, olga, django_assert_max_num_queries):
    writeup = make_whole_writeup()
    client.force_login(olga)

    with django_assert_max_num_queries(MAX_QUERIES + 4):
        page = client.get(writeup.get_absolute_url()).content.decode()

    assert page.count("Words from the book") == 17
