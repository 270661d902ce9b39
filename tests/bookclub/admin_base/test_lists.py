"""The lists of the admin: their search, filters, numbers of rows, pages, and what stands where there are none."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from books.models import Contributor
from tests import factories as make
from tests.pages import read_page, text_of, texts

WRITEUPS, MEMBERS = "admin:meetups_writeup_changelist", "admin:members_member_changelist"
BOOKS, CONTRIBUTORS = "admin:books_book_changelist", "admin:books_contributor_changelist"


def open_list(client, name, **query):
    return read_page(client.get(reverse(name), query))


def test_list_shows_state_first_and_names_each_cell(organiser_client):
    make.make_writeup(title="Tea", published_at=None)

    page = open_list(organiser_client, WRITEUPS)
    row = page.select_one("#result_list tbody tr")

    labels = [cell["data-label"] for cell in row.select("td, th")]
    assert labels[:3] == ["", "State", "Title"]
    assert text_of(row.select_one(".field-state")) == "Draft"
    assert text_of(row.select_one("th")) == "Tea"


def test_list_search_says_what_it_reads_and_the_number_of_rows(organiser_client):
    for title in ("Tea", "Coffee", "Milk"):
        make.make_book(title=title)

    page = open_list(organiser_client, BOOKS, q="tea")

    assert page.select_one("#searchbar")["placeholder"] == "Title, subtitle, ISBN or contributor"
    assert text_of(page.select_one(".list-count")) == "1 of 3 books for “tea”. Show all"
    assert text_of(open_list(organiser_client, BOOKS).select_one(".list-count")) == "3 books"


def test_author_is_not_told_of_fields_that_they_may_not_search(author_client):
    assert "author" not in open_list(author_client, WRITEUPS).select_one("#searchbar")["placeholder"]


def test_list_filters_stand_above_the_rows(organiser_client):
    make.make_writeup()

    page = open_list(organiser_client, WRITEUPS, state="published")

    form = page.select_one("#changelist-form")
    assert page.select_one("#changelist-filter") in form.find_all_previous("nav")
    assert texts(page, "#changelist-filter a[aria-current]")[0] == "Published"
    assert text_of(page.select_one(".list-count")) == "1 write-up. Show all"


def test_list_unfolds_a_filter_that_is_used(organiser_client):
    book = make.make_writeup(book=make.make_book()).book

    closed = open_list(organiser_client, WRITEUPS)
    opened = open_list(organiser_client, WRITEUPS, book__id__exact=book.pk)

    assert not closed.select_one("details.more-filters").has_attr("open")
    assert opened.select_one("details.more-filters").has_attr("open")


def test_list_has_its_pages_in_words(organiser_client):
    Contributor.objects.bulk_create(Contributor(name=f"Somebody {number}") for number in range(101))

    first, middle, last = (open_list(organiser_client, CONTRIBUTORS, p=number) for number in (1, 2, 3))

    assert texts(first, ".paginator nav > *") == ["1 to 50 of 101 contributors", "Next →", "Show all on one page"]
    assert texts(middle, ".paginator nav > *")[:3] == ["← Previous", "51 to 100 of 101 contributors", "Next →"]
    assert texts(last, ".paginator nav > *")[:2] == ["← Previous", "101 to 101 of 101 contributors"]


def test_empty_list_says_what_to_do_next(organiser_client):
    empty = text_of(open_list(organiser_client, WRITEUPS).select_one(".empty-list"))
    make.make_writeup()
    nothing_found = text_of(open_list(organiser_client, WRITEUPS, q="nothing is called this").select_one(".empty-list"))

    assert empty == "No write-ups yet. Paste the one you have, or write it here."
    assert nothing_found == "Nothing here matches. Try fewer words or another filter."


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)  # noqa: SLF001
def test_every_list_of_ours_has_words_for_no_rows(model):
    is_ours = model._meta.app_label in {"bookclub", "books", "meetups", "members", "newsletter"}
    has_list = model._meta.model_name not in {"club", "member"}  # there is always one of them

    assert not (is_ours and has_list) or admin.site.get_model_admin(model).empty_list_text


def test_member_list_shows_roles_and_the_answers_to_who_waits(organiser_client):
    make.make_member("nina@example.org", name="Nina", approved_at=None, last_login=timezone.now())

    page = open_list(organiser_client, MEMBERS)

    rows = {text_of(row.select_one("th")): row for row in page.select("#result_list tbody tr")}
    assert text_of(rows["Olga Okafor"].select_one(".field-role")) == "Organiser"
    assert texts(rows["Nina"], ".field-role a") == ["Say yes", "Say no"]
