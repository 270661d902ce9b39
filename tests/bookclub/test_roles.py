"""Organisers reach everything of the club, authors what is their own: by every door that the desk has."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from bookclub.roles import AUTHOR, ORGANISER
from books.models import Book, Contribution, Contributor, Quote
from meetups.models import SessionNote, WriteUp
from tests import factories as make
from tests.pages import soup_of, text_of, texts
from tests.roles import MAY, permissions_of

pytestmark = pytest.mark.one_database

OURS = ["bookclub", "books", "meetups", "members", "newsletter"]
SECRET = "Thingumabob"


@pytest.fixture
def ann(db):
    """An author of the club's, with a draft about a draft book."""
    return make.make_writer(name="Ann Ames", email="ann@example.org")


@pytest.fixture
def desk(client, ann):
    client.force_login(ann)
    return client


@pytest.fixture
def own(ann):
    """Ann's draft, its book and its evening."""
    book = make.make_book(title="Own book", published_at=None)
    evening = make.make_meetup(book=book, published_at=None)
    return make.make_writeup(title="Own write-up", author=ann.author, meetup=evening, published_at=None)


@pytest.fixture
def other(db):
    """Somebody else's, with what hangs on it, all of one name."""
    author = make.make_author(name=f"{SECRET} Smith", slug="smith")
    book = make.make_book(title=f"{SECRET} book", published_at=None)
    writeup = make.make_writeup(
        title=f"{SECRET} write-up",
        author=author,
        meetup=make.make_meetup(book=book, published_at=None),
        published_at=None,
    )
    make.make_session_note(writeup=writeup, text=f"{SECRET} point")
    make.make_photo(writeup=writeup)
    make.make_contribution(book=book)
    for part in (make.make_note, make.make_term, make.make_question, make.make_quote, make.make_reading):
        part(book=book, published_at=None)
    return writeup


def rows_of(writeup):
    """One row of each kind that is somebody's, and of each that is an organiser's business."""
    book = writeup.book
    items = [getattr(book, name).first() for name in ("notes", "terms", "questions", "quotes", "readings")]
    return [
        writeup,
        book,
        writeup.meetup,
        writeup.photos.first(),
        *items,
        make.make_club(),
        make.make_mail(),
        make.make_venue(),
        writeup.author,
        make.make_member(),
        make.make_issue(number=None, subject=f"{SECRET} letter"),
        make.make_subscriber(),
        make.make_issue().deliveries.create(subscriber=make.make_subscriber()),
    ]


def page_of(row, name, *args):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=args)


def form_of(page):
    """What a browser would send of the page's form if nobody touched it."""
    form = page.select_one("form[id$=_form]")
    data = {}
    for field in form.select("input[name]:not([type=submit]):not([type=file]), textarea[name], select[name]"):
        if field.name == "select":
            values = [option["value"] for option in field.select("option[selected]")]
        elif field.get("type") in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        else:
            values = [field.get_text().removeprefix("\n") if field.name == "textarea" else field.get("value", "")]
        data.setdefault(field["name"], []).extend(values)
    return {name: values for name, values in data.items() if "__prefix__" not in name}


# --- the roles, as the migrations make them -------------------------------------------------------------------------


def test_of_every_model_it_is_decided_who_may_do_what():
    models = {model._meta.label_lower for model in apps.get_models() if model._meta.app_label in OURS}
    permitted = {label for label in models if apps.get_model(label)._meta.default_permissions}

    assert permitted == set(MAY)


@pytest.mark.parametrize("role", [ORGANISER, AUTHOR])
def test_a_role_may_do_what_was_decided_and_nothing_else(db, role):
    permissions = Group.objects.get(name=role).permissions.select_related("content_type")

    assert {f"{each.content_type.app_label}.{each.codename}" for each in permissions} == permissions_of(role)


@pytest.mark.parametrize("role", [ORGANISER, AUTHOR])
def test_no_role_has_to_do_with_permissions_and_sign_ins(db, role):
    permissions = Group.objects.get(name=role).permissions.values_list("content_type__app_label", flat=True)

    assert set(permissions) <= set(OURS)


def test_no_permission_is_there_twice_or_under_another_name_than_djangos(db):
    standard = Permission.objects.filter(content_type__app_label="books", codename="add_quote")

    assert [(each.name, each.content_type) for each in standard] == [
        ("Can add quote", ContentType.objects.get_for_model(Quote))
    ]


@pytest.mark.django_db(transaction=True)
def test_roles_are_taken_back_and_made_again():
    everything = MigrationExecutor(connection).loader.graph.leaf_nodes()

    MigrationExecutor(connection).migrate([("bookclub", "0004_publishing_is_a_permission")])
    without = set(Group.objects.values_list("name", flat=True))
    MigrationExecutor(connection).migrate(everything)

    assert without.isdisjoint({ORGANISER, AUTHOR})
    again = Group.objects.get(name=AUTHOR).permissions.select_related("content_type")
    assert {f"{each.content_type.app_label}.{each.codename}" for each in again} == permissions_of(AUTHOR)


def test_every_page_of_the_desk_is_tried_here(db, other):
    tried = {type(row) for row in rows_of(other)}
    shared = {Contributor}  # nobody's own: an author may look at them all

    assert {model for model in admin.site._registry if model._meta.app_label in OURS} == tried | shared  # noqa: SLF001


# --- organisers -----------------------------------------------------------------------------------------------------


def test_an_organiser_opens_everything_without_being_a_superuser(client, olga, other):
    client.force_login(olga)

    for row in rows_of(other):
        assert client.get(page_of(row, "changelist"), follow=True).status_code == 200
        assert client.get(page_of(row, "change", row.pk)).status_code == 200
        assert client.get(page_of(row, "history", row.pk)).status_code == 200
    assert not olga.is_superuser


def test_an_organisers_front_page_names_every_model_that_has_a_page(client, olga):
    client.force_login(olga)

    links = [link["href"] for link in soup_of(client.get(reverse("admin:index"))).select("#content-main th a")]

    models = {model for model in admin.site._registry if model._meta.app_label in OURS}  # noqa: SLF001
    assert set(links) == {page_of(model, "changelist") for model in models}


# --- authors: their own ---------------------------------------------------------------------------------------------


def test_an_author_sees_their_own_in_the_lists_and_nothing_of_others(desk, own, other):
    make.make_quote(book=own.book, text="Own quote")

    lists = {name: texts(soup_of(desk.get(reverse(f"admin:{name}_changelist"))), "#result_list tbody th") for name in (
        "meetups_writeup", "meetups_meetup", "books_book", "books_quote")}  # fmt: skip

    assert lists["meetups_writeup"] == ["Own write-up"]
    assert [SECRET in text for text in lists["meetups_meetup"]] == [False]
    assert lists["books_book"] == ["Own book"]
    assert lists["books_quote"] == ["Own quote"]


def test_an_author_changes_their_own_write_up_with_a_session_note(desk, own):
    address = page_of(own, "change", own.pk)
    form = form_of(soup_of(desk.get(address)))
    form |= {"body": "Better words", "session_notes-TOTAL_FORMS": 1, "session_notes-0-text": "A point"}

    response = desk.post(address, form)

    own.refresh_from_db()
    assert response.status_code == 302
    assert (own.body, [note.text for note in own.session_notes.all()]) == ("Better words", ["A point"])


def test_an_author_writes_a_write_up_under_no_name_but_their_own(desk, ann, other):
    form = form_of(soup_of(desk.get(reverse("admin:meetups_writeup_add"))))

    refused = desk.post(reverse("admin:meetups_writeup_add"), form | {"title": "New", "author": other.author.pk})
    desk.post(reverse("admin:meetups_writeup_add"), form | {"title": "New"})

    assert texts(soup_of(refused), ".field-author .errorlist li")
    assert [each.author for each in WriteUp.objects.filter(title="New")] == [ann.author]


def test_an_author_adds_a_book_and_may_choose_and_change_it_until_somebody_else_writes_about_it(desk, ann, other):
    form = form_of(soup_of(desk.get(reverse("admin:books_book_add"))))
    desk.post(reverse("admin:books_book_add"), form | {"title": "Added"})
    book = Book.objects.get(title="Added")

    opened = desk.get(page_of(book, "change", book.pk)).status_code
    make.make_writeup(author=other.author, book=book, published_at=None)
    closed = desk.get(page_of(book, "change", book.pk)).status_code

    assert (opened, closed) == (200, 403)
    assert book.published_at is None


def test_an_author_adds_a_quote_to_their_own_book_as_a_draft_whatever_they_post(desk, own):
    form = {"book": own.book.pk, "text": "Words", "published_at_0": "01/01/2018", "published_at_1": "09:00"}

    desk.post(reverse("admin:books_quote_add"), form | {"audience": "public"})

    quote = Quote.objects.get()
    assert (quote.book, quote.published_at) == (own.book, None)


def test_an_author_neither_publishes_nor_takes_back(desk, own):
    public = make.make_writeup(author=own.author, title="Public")
    quote = make.make_quote(book=own.book, published_at=None)
    marked = {"_selected_action": [own.pk, public.pk], "confirmed": "yes", "at_0": "01/01/2090", "at_1": "09:00"}

    for action in ("publish", "schedule", "take_back"):
        desk.post(page_of(own, "changelist"), marked | {"action": action})
    for action in ("publish_now", "publish_with_writeup"):
        desk.post(page_of(quote, "changelist"), {"action": action, "_selected_action": quote.pk})
    page = soup_of(desk.get(page_of(own, "change", own.pk)))

    assert (WriteUp.objects.get(pk=own.pk).state, WriteUp.objects.get(pk=public.pk).state) == ("draft", "published")
    assert Quote.objects.get().published_at is None
    assert not page.select("[name=audience], [name=published_at_0]")
    assert "Publish …" not in page.text


def test_an_author_deletes_a_draft_of_their_own_and_nothing_that_is_public(desk, own):
    public = make.make_writeup(author=own.author)

    gone = desk.post(page_of(own, "delete", own.pk), {"post": "yes"})
    stays = desk.post(page_of(public, "delete", public.pk), {"post": "yes"})
    desk.post(
        page_of(public, "changelist"), {"action": "delete_selected", "_selected_action": public.pk, "post": "yes"}
    )

    assert (gone.status_code, stays.status_code) == (302, 403)
    assert list(WriteUp.objects.all()) == [public]


# --- authors: what is not theirs, door by door ----------------------------------------------------------------------


@pytest.mark.parametrize("page", ["change", "delete", "history"])
@pytest.mark.parametrize("query", ["", "?_popup=1", "?_to_field=id&_popup=1"])
def test_no_page_of_anothers_row_opens_to_an_author(desk, own, other, page, query):
    answers = {row._meta.label: desk.get(page_of(row, page, row.pk) + query).status_code for row in rows_of(other)}

    assert set(answers.values()) == {403}, answers


@pytest.mark.parametrize("page", ["change", "delete"])
def test_no_page_of_anothers_row_takes_a_post_of_an_author(desk, own, other, page):
    rows = rows_of(other)

    answers = {row._meta.label: desk.post(page_of(row, page, row.pk), {"post": "yes"}).status_code for row in rows}

    assert set(answers.values()) == {403}, answers
    assert all(type(row).objects.filter(pk=row.pk).exists() for row in rows)


def test_an_author_who_guesses_is_not_told_which_rows_are_there(desk, own, other):
    assert desk.get(page_of(other, "change", other.pk)).status_code == 403
    assert desk.get(page_of(other, "change", 999_999)).status_code == 403


def test_a_public_write_up_of_anothers_is_as_closed_as_a_draft(desk, own, other):
    other.publish()

    assert desk.get(page_of(other, "change", other.pk)).status_code == 403
    assert desk.post(page_of(other, "change", other.pk), {"title": "Mine now"}).status_code == 403
    assert desk.get(page_of(other.book, "change", other.book.pk)).status_code == 403


def test_the_versions_of_anothers_words_are_closed(desk, own, other):
    version = WriteUp.history.filter(id=other.pk).first()
    address = page_of(other, "version", other.pk, "writeup", version.pk)

    assert desk.get(address).status_code == 403
    assert desk.post(page_of(other, "restore", other.pk, "writeup", version.pk)).status_code == 403


def test_anothers_deleted_words_are_shown_in_no_list(desk, own, other):
    quote = make.make_quote(book=other.book, text=f"{SECRET} quote")
    quote.delete()

    response = desk.get(page_of(quote, "deleted"))

    assert SECRET not in response.content.decode()


def test_an_action_does_nothing_to_anothers_rows(desk, own, other):
    desk.post(page_of(other, "changelist"), {"action": "delete_selected", "_selected_action": other.pk, "post": "yes"})

    assert WriteUp.objects.filter(pk=other.pk).exists()


def test_a_number_in_a_list_changes_none_of_anothers_rows(desk, own, other):
    quote = other.book.quotes.get()
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": quote.pk, "form-0-position": 77, "_save": "1"}

    desk.post(page_of(quote, "changelist"), form)

    quote.refresh_from_db()
    assert quote.position != 77


def test_no_inline_takes_anothers_part(desk, own, other):
    note, contribution = SessionNote.objects.get(), Contribution.objects.get()
    for page, prefix, part in (
        (page_of(own, "change", own.pk), "session_notes", note),
        (page_of(own.book, "change", own.book.pk), "contributions", contribution),
    ):
        form = form_of(soup_of(desk.get(page)))
        form |= {f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-INITIAL_FORMS": 1, f"{prefix}-0-id": part.pk}
        desk.post(page, form | {f"{prefix}-0-text": "Mine now", f"{prefix}-0-role": "trl", f"{prefix}-0-DELETE": "on"})

    note.refresh_from_db()
    contribution.refresh_from_db()
    assert (note.writeup, note.text) == (other, f"{SECRET} point")
    assert (contribution.book, contribution.role) == (other.book, "aut")


SEARCHES = [
    ("meetups", "writeup", "book"),
    ("meetups", "writeup", "meetup"),
    ("meetups", "writeup", "related"),
    ("meetups", "writeup", "author"),
    ("books", "quote", "book"),
    ("books", "question", "term"),
    ("books", "reading", "known_book"),
    ("members", "author", "member"),
]


@pytest.mark.parametrize(("app", "model", "field"), SEARCHES)
def test_a_search_box_offers_nothing_that_is_hidden_from_an_author(desk, own, other, app, model, field):
    make.make_member(name=f"{SECRET} Jones")
    asked = {"app_label": app, "model_name": model, "field_name": field, "term": ""}

    response = desk.get(reverse("admin:autocomplete"), asked)

    assert response.status_code == 403 or SECRET not in response.content.decode()
    assert (response.status_code == 403) == (field in {"author", "member"})


@pytest.mark.parametrize(("field", "value"), [("book", "book"), ("meetup", "meetup"), ("related", "self")])
def test_a_form_takes_nothing_that_is_hidden_from_an_author(desk, own, other, field, value):
    before = own.book, own.meetup
    address = page_of(own, "change", own.pk)
    row = other if value == "self" else getattr(other, value)

    response = desk.post(address, form_of(soup_of(desk.get(address))) | {field: [row.pk]})

    own.refresh_from_db()
    assert texts(soup_of(response), f".field-{field} .errorlist li")
    assert SECRET not in response.content.decode()
    assert (own.book, own.meetup, own.related.count()) == (*before, 0)


def test_an_item_goes_into_no_book_of_anothers(desk, own, other):
    other.publish()

    response = desk.post(reverse("admin:books_quote_add"), {"book": other.book.pk, "text": "Words"})

    assert texts(soup_of(response), ".field-book .errorlist li")
    assert not Quote.objects.filter(text="Words").exists()


def test_a_public_book_of_anothers_may_be_chosen_for_a_write_up_of_ones_own(desk, own, other):
    other.publish()
    asked = {"app_label": "meetups", "model_name": "writeup", "field_name": "book", "term": SECRET}

    found = desk.get(reverse("admin:autocomplete"), asked).json()["results"]

    assert [each["text"] for each in found] == [f"{SECRET} book"]


def test_no_address_makes_the_desk_name_what_is_hidden(desk, own, other):
    pages = [
        reverse("admin:meetups_writeup_add") + f"?book={other.book.pk}&meetup={other.meetup.pk}&related={other.pk}",
        reverse("admin:books_quote_add") + f"?book={other.book.pk}",
        reverse("admin:meetups_writeup_changelist") + f"?book__id__exact={other.book.pk}",
        reverse("admin:books_quote_changelist") + f"?book__id__exact={other.book.pk}",
    ]

    assert [SECRET in desk.get(page).content.decode() for page in pages] == [False] * len(pages)


def test_the_way_to_a_page_tells_no_address_of_what_is_hidden(desk, own, other):
    def ways(row):
        kind = ContentType.objects.get_for_model(row).pk
        return desk.get(reverse("admin:view_on_site", args=[kind, row.pk]))

    assert ways(own).url == own.get_absolute_url()
    assert [ways(row).status_code for row in (other, other.book, other.author)] == [403, 403, 403]


def test_an_author_without_a_page_of_their_own_reaches_nothing(client, other):
    stranger = make.make_writer()
    stranger.author.delete()
    client.force_login(stranger)

    assert texts(soup_of(client.get(page_of(other, "changelist"))), "#result_list tbody th") == []
    assert client.get(page_of(other, "change", other.pk)).status_code == 403


def test_the_front_page_of_an_author_shows_what_they_may_open(desk, own, other):
    page = soup_of(desk.get(reverse("admin:index")))

    assert {text_of(each) for each in page.select("#content-main th a")} == {
        "Write-ups", "Meetups", "Books", "Notes", "Terms", "Questions", "Quotes", "Readings", "Contributors", "Photos"
    }  # fmt: skip
    assert not re.search(SECRET, page.text)
