import pytest
from django.urls import reverse

from tests.factories import dt, make_book, make_meetup
from tests.pages import read_page, texts


@pytest.fixture
def meetups(db):
    for date in (dt.date(2018, 10, 10), dt.date(2019, 10, 10), dt.date(2018, 10, 24), dt.date(2018, 11, 7)):
        make_meetup(date=date, book=make_book(title=f"Book of {date}"))
    make_meetup(date=None, book=make_book(title="The Hunt for Red October"))


def search_list(client, words):
    page = read_page(client.get(reverse("admin:meetups_meetup_changelist"), {"q": words}))
    return len(page.select("#result_list tbody tr"))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("10 October", 2),
        ("10th of October", 2),
        ("2018-10-10", 1),
        ("10 October 2018", 1),
        ("10/10/2018", 1),
        ("October 2018", 2),
        ("Wednesday 10 October 2018", 1),
        ("October", 4),  # three meetups, and a book
        ("Red October", 1),
        ("31 October", 0),
        ("99 October", 0),
        ("October 0000", 0),
        ("October November", 0),
        ("1" * 90, 0),
        ("10 October ٢٠١٨", 0),
    ],
)
def test_list_finds_meetups_by_their_date(organiser_client, meetups, words, count):
    assert search_list(organiser_client, words) == count


def test_search_of_the_admin_finds_a_meetup_by_its_date(organiser_client, meetups):
    page = read_page(organiser_client.get(reverse("admin:search"), {"q": "7 November 2018"}))

    assert len(texts(page, "main h2, #content h2")) == 1
    assert "November" in page.select_one("#content").text


def test_author_finds_no_meetup_by_date_that_their_list_does_not_show(author_client, meetups):
    response = author_client.get(reverse("admin:meetups_meetup_changelist"), {"q": "10 October"})

    assert len(read_page(response).select("#result_list tbody tr")) == 0
