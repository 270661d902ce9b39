"""Organisers reach every row of the club, authors only their own, on every page of the admin."""

import re
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils import timezone

from bookclub.admin_base.history import VERSIONS_PER_PAGE
from bookclub.admin_base.object_permissions import can_access, filter_deleted
from bookclub.roles import AUTHOR, ORGANISER, grant_permissions
from books.models import Book, Contribution, Contributor, Quote
from meetups.models import SessionNote, WriteUp
from tests import factories as make
from tests.pages import soup_of, text_of, texts
from tests.roles import MAY, permissions_of
from tests.sampling import first_ones

OURS = ["bookclub", "books", "meetups", "members", "newsletter"]
SECRET = "Thingumabob"


@pytest.fixture
def own(ann):
    """Ann's draft with its book and its meetup."""
    book = make.make_book(title="Own book", published_at=None)
    meetup = make.make_meetup(book=book, published_at=None)
    return make.make_writeup(title="Own write-up", author=ann.author, meetup=meetup, published_at=None)


@pytest.fixture
def other(db):
    """Another author's write-up with related rows, all with the same name."""
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
    """Create a row of every model: those that authors own, and those for organisers only."""
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
    """Return what a browser sends if the page's form is sent unchanged."""
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


# --- roles created by migrations ------------------------------------------------------------------------------------


def test_every_model_has_decided_permissions():
    models = {model._meta.label_lower for model in apps.get_models() if model._meta.app_label in OURS}
    permitted = {label for label in models if apps.get_model(label)._meta.default_permissions}

    assert permitted == set(MAY)


@pytest.mark.parametrize("role", [ORGANISER, AUTHOR])
def test_role_has_the_decided_permissions_only(db, role):
    permissions = Group.objects.get(name=role).permissions.select_related("content_type")

    assert {f"{each.content_type.app_label}.{each.codename}" for each in permissions} == permissions_of(role)


@pytest.mark.parametrize("role", [ORGANISER, AUTHOR])
def test_no_role_may_change_permissions_or_logins(db, role):
    permissions = Group.objects.get(name=role).permissions.values_list("content_type__app_label", flat=True)

    assert set(permissions) <= set(OURS)


def test_permissions_are_unique_and_named_as_djangos(db):
    standard = Permission.objects.filter(content_type__app_label="books", codename="add_quote")

    assert [(each.name, each.content_type) for each in standard] == [
        ("Can add quote", ContentType.objects.get_for_model(Quote))
    ]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_roles_migration_is_reversible():
    everything = MigrationExecutor(connection).loader.graph.leaf_nodes()

    try:
        # Not our command: after it, tests.roles would make the roles again.
        MigrationExecutor(connection).migrate([("bookclub", "0001_initial")])
        without = set(Group.objects.values_list("name", flat=True))
        MigrationExecutor(connection).migrate(everything)
        again = Group.objects.get(name=AUTHOR).permissions.select_related("content_type")
        permissions = {f"{each.content_type.app_label}.{each.codename}" for each in again}
    finally:
        call_command("migrate", verbosity=0)  # makes the triggers of the search, too

    assert without.isdisjoint({ORGANISER, AUTHOR})
    assert permissions == permissions_of(AUTHOR)


def test_every_admin_page_is_covered(db, other):
    tried = {type(row) for row in rows_of(other)}
    shared = {Contributor}  # nobody's own: an author may look at them all

    assert {model for model in admin.site._registry if model._meta.app_label in OURS} == tried | shared  # noqa: SLF001


# --- organisers -----------------------------------------------------------------------------------------------------


def test_organiser_opens_every_page_without_superuser(client, olga, other):
    client.force_login(olga)

    for row in rows_of(other):
        assert client.get(page_of(row, "changelist"), follow=True).status_code == 200
        assert client.get(page_of(row, "change", row.pk)).status_code == 200
        assert client.get(page_of(row, "history", row.pk)).status_code == 200
    assert not olga.is_superuser


def test_organisers_dashboard_lists_every_model(client, olga):
    client.force_login(olga)

    links = [link["href"] for link in soup_of(client.get(reverse("admin:index"))).select("#menu li a")]

    models = {model for model in admin.site._registry if model._meta.app_label in OURS}  # noqa: SLF001
    assert set(links) == {page_of(model, "changelist") for model in models}


# --- authors: own rows ----------------------------------------------------------------------------------------------


def test_author_lists_show_own_rows_only(author_client, own, other):
    make.make_quote(book=own.book, text="Own quote")

    lists = {name: texts(soup_of(author_client.get(reverse(f"admin:{name}_changelist"))), "#result_list tbody th") for name in (
        "meetups_writeup", "meetups_meetup", "books_book", "books_quote")}  # fmt: skip

    assert lists["meetups_writeup"] == ["Own write-up"]
    assert [SECRET in text for text in lists["meetups_meetup"]] == [False]
    assert lists["books_book"] == ["Own book"]
    assert lists["books_quote"] == ["Own quote"]


def test_author_changes_own_writeup_with_session_note(author_client, own):
    address = page_of(own, "change", own.pk)
    form = form_of(soup_of(author_client.get(address)))
    form |= {"body": "Better words", "session_notes-TOTAL_FORMS": 1, "session_notes-0-text": "A point"}

    response = author_client.post(address, form)

    own.refresh_from_db()
    assert response.status_code == 302
    assert (own.body, [note.text for note in own.session_notes.all()]) == ("Better words", ["A point"])


def test_author_cannot_write_under_another_name(author_client, ann, other):
    form = form_of(soup_of(author_client.get(reverse("admin:meetups_writeup_add"))))

    refused = author_client.post(
        reverse("admin:meetups_writeup_add"), form | {"title": "New", "author": other.author.pk}
    )
    author_client.post(reverse("admin:meetups_writeup_add"), form | {"title": "New"})

    assert texts(soup_of(refused), ".field-author .errorlist li")
    assert [each.author for each in WriteUp.objects.filter(title="New")] == [ann.author]


def test_author_may_change_an_added_book_until_others_write_about_it(author_client, ann, other):
    form = form_of(soup_of(author_client.get(reverse("admin:books_book_add"))))
    author_client.post(reverse("admin:books_book_add"), form | {"title": "Added"})
    book = Book.objects.get(title="Added")

    opened = author_client.get(page_of(book, "change", book.pk)).status_code
    make.make_writeup(author=other.author, book=book, published_at=None)
    closed = author_client.get(page_of(book, "change", book.pk)).status_code

    assert (opened, closed) == (200, 403)
    assert book.published_at is None


def test_author_adds_quote_to_own_book_as_draft_only(author_client, own):
    form = {"book": own.book.pk, "text": "Words", "published_at_0": "01/01/2018", "published_at_1": "09:00"}

    author_client.post(reverse("admin:books_quote_add"), form | {"audience": "public"})

    quote = Quote.objects.get()
    assert (quote.book, quote.published_at) == (own.book, None)


def test_author_cannot_publish_or_unpublish(author_client, own):
    public = make.make_writeup(author=own.author, title="Public")
    quote = make.make_quote(book=own.book, published_at=None)
    marked = {"_selected_action": [own.pk, public.pk], "confirmed": "yes", "at_0": "01/01/2090", "at_1": "09:00"}

    for action in ("publish", "schedule", "take_back"):
        author_client.post(page_of(own, "changelist"), marked | {"action": action})
    for action in ("publish_now", "publish_with_writeup"):
        author_client.post(page_of(quote, "changelist"), {"action": action, "_selected_action": quote.pk})
    page = soup_of(author_client.get(page_of(own, "change", own.pk)))

    assert (WriteUp.objects.get(pk=own.pk).state, WriteUp.objects.get(pk=public.pk).state) == ("draft", "published")
    assert Quote.objects.get().published_at is None
    assert not page.select("[name=audience], [name=published_at_0]")
    assert "Publish …" not in page.text


def test_author_deletes_own_drafts_only(author_client, own):
    public = make.make_writeup(author=own.author)

    gone = author_client.post(page_of(own, "delete", own.pk), {"post": "yes"})
    stays = author_client.post(page_of(public, "delete", public.pk), {"post": "yes"})
    author_client.post(
        page_of(public, "changelist"), {"action": "delete_selected", "_selected_action": public.pk, "post": "yes"}
    )

    assert (gone.status_code, stays.status_code) == (302, 403)
    assert list(WriteUp.objects.all()) == [public]


# --- authors: rows of others, by each way to reach them -------------------------------------------------------------


@pytest.mark.parametrize("page", ["change", "delete", "history"])
@pytest.mark.parametrize("query", first_ones(["", "?_popup=1", "?_to_field=id&_popup=1"], 1))
def test_author_cannot_open_pages_of_others_rows(author_client, own, other, page, query):
    answers = {
        row._meta.label: author_client.get(page_of(row, page, row.pk) + query).status_code for row in rows_of(other)
    }

    assert set(answers.values()) == {403}, answers


@pytest.mark.parametrize("page", ["change", "delete"])
def test_author_cannot_post_to_pages_of_others_rows(author_client, own, other, page):
    rows = rows_of(other)

    answers = {
        row._meta.label: author_client.post(page_of(row, page, row.pk), {"post": "yes"}).status_code for row in rows
    }

    assert set(answers.values()) == {403}, answers
    assert all(type(row).objects.filter(pk=row.pk).exists() for row in rows)


def test_hidden_and_missing_rows_answer_alike_to_an_author(author_client, own, other):
    assert author_client.get(page_of(other, "change", other.pk)).status_code == 403
    assert author_client.get(page_of(other, "change", 999_999)).status_code == 403


def test_author_cannot_open_anothers_public_writeup(author_client, own, other):
    other.publish()

    assert author_client.get(page_of(other, "change", other.pk)).status_code == 403
    assert author_client.post(page_of(other, "change", other.pk), {"title": "Mine now"}).status_code == 403
    assert author_client.get(page_of(other.book, "change", other.book.pk)).status_code == 403


def test_author_cannot_read_the_history_of_others_rows(author_client, own, other):
    version = WriteUp.history.filter(id=other.pk).first()
    address = page_of(other, "version", other.pk, "writeup", version.pk)

    assert author_client.get(address).status_code == 403
    assert author_client.post(page_of(other, "restore", other.pk, "writeup", version.pk)).status_code == 403


def test_author_deleted_list_leaves_out_others_rows(author_client, own, other):
    quote = make.make_quote(book=other.book, text=f"{SECRET} quote")
    quote.delete()

    response = author_client.get(page_of(quote, "deleted"))

    assert SECRET not in response.content.decode()


def test_author_deleted_list_shows_own_rows_before_others_newer_ones(author_client, own, other):
    """The list is filtered before it is cut into pages: with a page of others' rows on top, the first page has them."""
    mine, theirs = make.make_quote(book=own.book, text="Words of mine"), make.make_quote(book=other.book)
    mine.delete()
    theirs.delete()
    deletion = Quote.history.deleted().order_by("-history_id").first()
    values = {field.attname: getattr(deletion, field.attname) for field in deletion._meta.fields}
    Quote.history.bulk_create(
        Quote.history.model(**values | {"history_id": None, "id": deletion.id + number, "history_date": timezone.now()})
        for number in range(1, VERSIONS_PER_PAGE + 1)
    )

    page = soup_of(author_client.get(page_of(mine, "deleted")))

    assert Quote.history.deleted().count() == VERSIONS_PER_PAGE + 2
    assert "Words of mine" in page.select_one("#content").text


def test_action_of_an_author_leaves_others_rows(author_client, own, other):
    author_client.post(
        page_of(other, "changelist"), {"action": "delete_selected", "_selected_action": other.pk, "post": "yes"}
    )

    assert WriteUp.objects.filter(pk=other.pk).exists()


def test_list_editing_of_an_author_leaves_others_rows(author_client, own, other):
    quote = other.book.quotes.get()
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": quote.pk, "form-0-position": 77, "_save": "1"}

    author_client.post(page_of(quote, "changelist"), form)

    quote.refresh_from_db()
    assert quote.position != 77


def test_inline_of_an_author_refuses_others_rows(author_client, own, other):
    note, contribution = SessionNote.objects.get(), Contribution.objects.get()
    for page, prefix, part in (
        (page_of(own, "change", own.pk), "session_notes", note),
        (page_of(own.book, "change", own.book.pk), "contributions", contribution),
    ):
        form = form_of(soup_of(author_client.get(page)))
        form |= {f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-INITIAL_FORMS": 1, f"{prefix}-0-id": part.pk}
        author_client.post(
            page, form | {f"{prefix}-0-text": "Mine now", f"{prefix}-0-role": "trl", f"{prefix}-0-DELETE": "on"}
        )

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
def test_autocomplete_offers_an_author_no_hidden_rows(author_client, own, other, app, model, field):
    make.make_member(name=f"{SECRET} Jones")
    asked = {"app_label": app, "model_name": model, "field_name": field, "term": ""}

    response = author_client.get(reverse("admin:autocomplete"), asked)

    assert response.status_code == 403 or SECRET not in response.content.decode()
    assert (response.status_code == 403) == (field in {"author", "member"})


@pytest.mark.parametrize(("field", "value"), [("book", "book"), ("meetup", "meetup"), ("related", "self")])
def test_form_of_an_author_refuses_hidden_rows(author_client, own, other, field, value):
    before = own.book, own.meetup
    address = page_of(own, "change", own.pk)
    row = other if value == "self" else getattr(other, value)

    response = author_client.post(address, form_of(soup_of(author_client.get(address))) | {field: [row.pk]})

    own.refresh_from_db()
    assert texts(soup_of(response), f".field-{field} .errorlist li")
    assert SECRET not in response.content.decode()
    assert (own.book, own.meetup, own.related.count()) == (*before, 0)


def test_author_cannot_add_items_to_others_books(author_client, own, other):
    other.publish()

    response = author_client.post(reverse("admin:books_quote_add"), {"book": other.book.pk, "text": "Words"})

    assert texts(soup_of(response), ".field-book .errorlist li")
    assert not Quote.objects.filter(text="Words").exists()


def test_author_may_write_about_anothers_public_book(author_client, own, other):
    other.publish()
    asked = {"app_label": "meetups", "model_name": "writeup", "field_name": "book", "term": SECRET}

    found = author_client.get(reverse("admin:autocomplete"), asked).json()["results"]

    assert [each["text"] for each in found] == [f"{SECRET} book"]


def test_admin_query_parameters_reveal_no_hidden_rows(author_client, own, other):
    pages = [
        reverse("admin:meetups_writeup_add") + f"?book={other.book.pk}&meetup={other.meetup.pk}&related={other.pk}",
        reverse("admin:books_quote_add") + f"?book={other.book.pk}",
        reverse("admin:meetups_writeup_changelist") + f"?book__id__exact={other.book.pk}",
        reverse("admin:books_quote_changelist") + f"?book__id__exact={other.book.pk}",
    ]

    assert [SECRET in author_client.get(page).content.decode() for page in pages] == [False] * len(pages)


def test_view_on_site_reveals_no_hidden_urls(author_client, own, other):
    def open_on_site(row):
        kind = ContentType.objects.get_for_model(row).pk
        return author_client.get(reverse("admin:view_on_site", args=[kind, row.pk]))

    assert open_on_site(own).url == own.get_absolute_url()
    assert [open_on_site(row).status_code for row in (other, other.book, other.author)] == [403, 403, 403]


def test_author_role_without_author_page_sees_no_rows(client, other):
    stranger = make.make_writer()
    stranger.author.delete()
    client.force_login(stranger)

    assert texts(soup_of(client.get(page_of(other, "changelist"))), "#result_list tbody th") == []
    assert client.get(page_of(other, "change", other.pk)).status_code == 403


def test_authors_dashboard_lists_permitted_models_only(author_client, own, other):
    page = soup_of(author_client.get(reverse("admin:index")))

    assert {text_of(each) for each in page.select("#menu li a")} == {
        "Write-ups", "Meetups", "Books", "Notes", "Terms", "Questions", "Quotes", "Readings", "Contributors", "Photos"
    }  # fmt: skip
    assert not re.search(SECRET, page.text)


def test_organiser_deletes_what_is_public(client, olga, db):
    public = make.make_writeup()
    client.force_login(olga)

    gone = client.post(page_of(public, "delete", public.pk), {"post": "yes"})

    assert gone.status_code == 302
    assert not WriteUp.objects.exists()


def test_permit_is_taken_back_from_its_role_alone(db):
    before = set(Group.objects.get(name=ORGANISER).permissions.all())

    grant_permissions(AUTHOR, {"books.quote": ("view",)}).reverse_code(apps, SimpleNamespace(connection=connection))

    assert set(Group.objects.get(name=ORGANISER).permissions.all()) == before
    assert not Group.objects.get(name=AUTHOR).permissions.filter(codename="view_quote").exists()


def test_can_access_limits_authors_to_own_rows(ann, olga, own, other, django_assert_num_queries):
    assert [can_access(user, row) for user in (ann, olga) for row in (None, own, other)] == [
        *(True, True, False),
        *(True, True, True),
    ]
    assert can_access(ann, make.make_contributor())
    with django_assert_num_queries(0):  # organisers reach each row: none is asked for
        can_access(olga, other)


def test_deleted_list_of_author_has_own_and_self_deleted_rows(ann, olga, own, other):
    quotes = {
        name: make.make_quote(book=book, text=name)
        for name, book in (("own", own.book), ("deleted by her", other.book), ("another's", other.book))
    }
    for quote in quotes.values():
        quote.delete()
    Quote.history.deleted().filter(text="deleted by her").update(history_user=ann)

    found = {user: {version.text for version in filter_deleted(Quote.history.deleted(), user)} for user in (ann, olga)}

    assert found == {ann: {"own", "deleted by her"}, olga: set(quotes)}


def test_autocomplete_offers_each_row_once(organiser_client):
    book = make.make_book(title="The Lamp")
    for _ in range(2):
        make.make_contribution(book=book, contributor=make.make_contributor(name=f"{SECRET} Smith"))
    asked = {"app_label": "meetups", "model_name": "writeup", "field_name": "book"}

    for term in (SECRET, "Lamp"):
        found = organiser_client.get(reverse("admin:autocomplete"), asked | {"term": term}).json()["results"]
        assert [each["id"] for each in found] == [str(book.pk)]
