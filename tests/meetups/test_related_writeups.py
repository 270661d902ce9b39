import datetime as dt

import pytest

from meetups.models import WriteUp
from tests import factories as make
from tests.pages import soup_of, text_of

pytestmark = pytest.mark.django_db


def make_on(day, **fields):
    return make.make_writeup(published_at=dt.datetime(2020, 1, day, tzinfo=dt.UTC), **fields)


def find_neighbours(writeup, user):
    return WriteUp.objects.visible_to(user).neighbours_of(writeup)


def test_neighbours_are_the_ones_before_and_after_by_publication(visitor):
    third, first, second = make_on(3), make_on(1), make_on(2)

    assert [find_neighbours(each, visitor) for each in (first, second, third)] == [
        (None, second),
        (first, third),
        (second, None),
    ]


def test_neighbours_of_one_moment_follow_each_other(visitor):
    one, two, three = make_on(1), make_on(1), make_on(1)

    assert [find_neighbours(each, visitor) for each in (one, two, three)] == [(None, two), (one, three), (two, None)]


def test_neighbours_leave_out_what_the_reader_may_not_see(visitor, alice):
    first, hidden, last = make_on(1), make_on(2, audience="members"), make_on(3)
    draft = make.make_writeup(published_at=None)

    assert find_neighbours(first, visitor) == (None, last)
    assert find_neighbours(first, alice) == (None, hidden)
    assert find_neighbours(draft, alice) == (None, None)


def test_neighbours_take_one_query(visitor, django_assert_num_queries):
    writeups = [make_on(day) for day in range(1, 9)]

    with django_assert_num_queries(1):
        find_neighbours(writeups[4], visitor)


def test_related_writeups_say_why(visitor):
    author, book = make.make_author(), make.make_book()
    writeup = make_on(9, author=author, book=book)
    make_on(2, title="Other")
    make_on(3, title="Author", author=author)
    make_on(4, title="Book", book=book, author=author)
    writeup.related.add(make_on(1, title="Chosen", book=book))

    related = WriteUp.objects.visible_to(visitor).related_to(writeup)

    assert [(each.title, each.related_reason) for each in related] == [
        ("Chosen", "Goes well with this one"),
        ("Book", "On the same book"),
        ("Author", "By the same author"),
        ("Other", "One of our latest"),
    ]


def test_page_leads_on_and_says_why(client):
    author = make.make_author()
    before, writeup, after = make_on(1, author=author), make_on(2, author=author), make_on(3)

    soup = soup_of(client.get(writeup.get_absolute_url()))

    assert soup.find("a", rel="prev")["href"] == before.get_absolute_url()
    assert soup.find("a", rel="next")["href"] == after.get_absolute_url()
    assert "By the same author" in text_of(soup.find("section", attrs={"aria-labelledby": "more"}))
    assert "By the same author" not in client.get("/write-ups/").text
