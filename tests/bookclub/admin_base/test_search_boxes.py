"""A search box in a form of the admin offers only what the form accepts."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from bookclub.admin_base.base import NO_ROWS
from books.models import Question
from meetups.models import RSVP, WriteUp
from members.models import Author
from tests import factories as make
from tests.pages import read_form, read_page, soup_of

AUTOCOMPLETE = reverse("admin:autocomplete")
NO_KEYS = ["abc", "9" * 30, "\x00"]


@pytest.fixture
def everything(db):
    """Two of each: one that is free to be chosen, and one that another row has already, or that is closed."""
    book, other_book = make.make_book(title="Erewhon"), make.make_book(title="Walden")
    make.make_contribution(book=book)
    make.make_contribution(book=other_book)
    make.make_question(term=make.make_term(book=book))
    make.make_term(book=other_book)
    make.make_note(book=book)
    make.make_quote(book=book)
    make.make_reading(book=book)
    make.make_meetup(book=other_book, venue=make.make_venue())
    writeup = make.make_writeup(meetup=make.make_meetup(book=book), published_at=None)
    make.make_writeup(meetup=make.make_meetup(), published_at=None, author=make.make_author(member=make.make_member()))
    make.make_session_note(writeup=writeup)
    make.make_photo(writeup=writeup)
    make.make_member(is_active=False)
    make.make_issue(number=None, writeup=writeup)


def list_search_boxes():
    """Return [(model of the form, formset prefix or "", model, field), …] of every search box in a form."""
    found = []
    for model, model_admin in admin.site._registry.items():  # noqa: SLF001
        found += [(model, "", model, name) for name in model_admin.autocomplete_fields]
        for inline in model_admin.inlines:
            prefix = inline.model._meta.get_field(inline_owner(inline.model, model)).related_query_name()
            found += [(model, f"{prefix}-0-", inline.model, name) for name in inline.autocomplete_fields]
    return found


def inline_owner(model, page_model):
    return next(field.name for field in model._meta.fields if field.related_model is page_model)


def list_offered(client, model, name, **params):
    opts = model._meta
    params = {"app_label": opts.app_label, "model_name": opts.model_name, "field_name": name, "term": ""} | params
    return [each["id"] for each in client.get(AUTOCOMPLETE, params).json()["results"]]


def test_every_offered_row_is_accepted(organiser_client, everything):
    refused, tried = [], 0
    for page_model, prefix, model, name in list_search_boxes():
        row = page_model.objects.first()
        address = reverse(f"admin:{page_model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
        form = read_form(read_page(organiser_client.get(address)))
        owner = {"book": form["book"]} if name == "term" else {}
        for key in list_offered(organiser_client, model, name, row=row.pk, **owner):
            tried += 1
            page = soup_of(organiser_client.post(address, form | {f"{prefix}{name}": key, "title": ""}))
            refused += [(model.__name__, name, each.text) for each in page.select(f".field-{name} .errorlist li")]

    assert refused == []
    assert tried > 20


def test_member_offered_for_a_seat_has_an_open_account(organiser_client, alice):
    make.make_member(is_active=False)
    meetup = make.make_meetup()

    offered = list_offered(organiser_client, RSVP, "member", row="")

    assert str(alice.pk) in offered
    for key in offered:
        organiser_client.post(reverse("admin:meetups_meetup_add_member", args=[meetup.pk]), {"member": key})
    assert {str(rsvp.member_id) for rsvp in meetup.rsvps.all()} == set(offered)


def test_meetup_that_is_written_up_is_offered_to_its_own_writeup_alone(organiser_client, db):
    free, writeup = make.make_meetup(), make.make_writeup(meetup=make.make_meetup())

    in_new_form = list_offered(organiser_client, WriteUp, "meetup", row="")
    in_own_form = list_offered(organiser_client, WriteUp, "meetup", row=writeup.pk)

    assert in_new_form == [str(free.pk)]
    assert set(in_own_form) == {str(free.pk), str(writeup.meetup_id)}


def test_member_with_an_author_page_is_offered_for_no_other(organiser_client, olga):
    make.make_author(member=make.make_member())

    assert list_offered(organiser_client, Author, "member", row="") == [str(olga.pk)]


@pytest.mark.parametrize("owner", ["", "x", "9" * 30])
def test_term_is_offered_within_the_chosen_book(organiser_client, owner):
    term = make.make_term()
    make.make_term()

    assert list_offered(organiser_client, Question, "term", row="", book=term.book_id) == [str(term.pk)]
    assert list_offered(organiser_client, Question, "term", row="", book=owner) == []


def test_filter_of_a_list_offers_every_row(organiser_client, db):
    meetup = make.make_writeup(meetup=make.make_meetup()).meetup

    assert list_offered(organiser_client, WriteUp, "meetup") == [str(meetup.pk)]


def test_new_writeup_of_a_meetup_has_its_author_book_and_title(organiser_client, db):
    author, meetup = make.make_author(), make.make_meetup(book=make.make_book(title="Erewhon"))

    page = read_page(organiser_client.get(reverse("admin:meetups_writeup_add"), {"meetup": meetup.pk}))

    chosen = {
        name: page.select_one(f"[name={name}] option[selected]")["value"] for name in ("author", "meetup", "book")
    }
    assert chosen == {"author": str(author.pk), "meetup": str(meetup.pk), "book": str(meetup.book_id)}
    assert page.select_one("[name=title]")["value"] == "Erewhon"


def test_new_writeup_has_its_writer_as_author_and_else_none_of_several(author_client, ann):
    make.make_author()
    address = reverse("admin:meetups_writeup_add")
    own = read_page(author_client.get(address)).select("[name=author] option[selected]")
    author_client.force_login(make.make_organiser())

    none = read_page(author_client.get(address)).select("[name=author] option[selected]:not([value=''])")

    assert [each["value"] for each in own] == [str(ann.author.pk)]
    assert none == []


def test_new_writeup_takes_the_book_of_the_meetup_that_is_chosen(organiser_client, db):
    meetup = make.make_meetup(book=make.make_book())
    address = reverse("admin:meetups_writeup_add")
    form = read_form(read_page(organiser_client.get(address)))
    typed = {"title": "An evening", "author": make.make_author().pk, "meetup": meetup.pk}

    organiser_client.post(address, form | typed)

    assert WriteUp.objects.get().book == meetup.book


def test_posted_value_that_is_no_key_is_refused_in_the_form(organiser_client, everything):
    pages, answers = {}, {}
    for page_model, prefix, _, name in list_search_boxes():
        pages.setdefault(page_model, []).append((prefix, name))
    for page_model, boxes in pages.items():
        row = page_model.objects.first()
        address = reverse(f"admin:{page_model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
        form = read_form(read_page(organiser_client.get(address)))
        names = {f"{prefix}{name}": name for prefix, name in boxes if f"{prefix}{name}" in form}
        for wrong in NO_KEYS if names else []:
            page = read_page(organiser_client.post(address, form | dict.fromkeys(names, wrong)))
            answers |= {
                (page_model, name, wrong): bool(page.select(f".field-{field} .errorlist li"))
                for name, field in names.items()
            }

    assert [box for box, is_refused in answers.items() if not is_refused] == []
    assert len(answers) > 10 * len(NO_KEYS)


@pytest.mark.both_databases
@pytest.mark.parametrize("wrong", NO_KEYS)
def test_search_box_outside_a_row_refuses_a_value_that_is_no_key(organiser_client, olga, wrong):
    question, meetup = make.make_question(), make.make_meetup(date=timezone.localdate())
    questions = reverse("admin:books_question_changelist")
    move = {"action": "move_to_book", "_selected_action": question.pk}
    attendance = reverse("admin:meetups_meetup_attendance", args=[meetup.pk])

    choice = read_page(organiser_client.post(questions, move | {"book": wrong}))
    ticked = organiser_client.post(questions, move | {"_selected_action": wrong, "book": question.book_id}, follow=True)
    added = organiser_client.post(
        reverse("admin:meetups_meetup_add_attendee", args=[meetup.pk]), {"member": wrong}, follow=True
    )
    tick = organiser_client.post(attendance, {"attended": [wrong], "shown": [wrong], "headcount": ""})

    assert choice.select(".field-book .errorlist li, #id_book_error li") != []
    assert NO_ROWS in ticked.text
    assert "Choose a member first." in added.text
    assert (tick.status_code, meetup.rsvps.count()) == (200, 0)
