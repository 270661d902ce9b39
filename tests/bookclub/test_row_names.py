"""The name of one row does not show another row, a person or an address that the reader may not see."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from books.models import Reading
from meetups.models import Meetup, SessionNote
from members.models import Member
from tests import factories as make
from tests.pages import soup_of, text_of

DRAFT, ROOM, VENUE, PERSON, ADDRESS = "Thingumabob", "Wotsit room", "Doodah flat", "Gubbins", "hidden@example.org"
MARKS = {DRAFT, ROOM, VENUE, PERSON, ADDRESS, "1 Doodah Row"}


@pytest.fixture
def organiser(db):
    """An organiser without a name, whose address stands in its place."""
    return make.make_organiser(ADDRESS, name="")


@pytest.fixture
def own(ann, organiser):
    """Ann's write-up; whatever it names belongs to others: the meetup's book, its venue, the member of a note."""
    draft = make.make_book(title=DRAFT, slug="draft", published_at=None)
    venue = make.make_venue(name=VENUE, area="Leith", address="1 Doodah Row", is_private=True)
    meetup = make.make_meetup(book=draft, venue=venue, room=ROOM, slug="own-evening")
    book = make.make_book(title="Own book")
    writeup = make.make_writeup(title="Own write-up", author=ann.author, meetup=meetup, book=book)
    writeup.related.add(make.make_writeup(title=f"{DRAFT} write-up", published_at=None))
    make.make_reading(book=book, known_book=draft, why="As it says")
    note = make.make_session_note(writeup=writeup, member=make.make_member(name=f"Gus {PERSON}"))
    note.text = "Another point"
    note._history_user = organiser  # noqa: SLF001 - how simple-history is told who writes
    note.save()
    for row in (meetup, make.make_photo(writeup=writeup)):
        LogEntry.objects.create(
            user=organiser,
            content_type=ContentType.objects.get_for_model(row),
            object_id=row.pk,
            object_repr=str(row),
            action_flag=CHANGE,
            change_message="Changed.",
        )
    return writeup


def list_pages(writeup):
    """Return the pages of the admin that the author of `writeup` opens, with query strings that name hidden rows."""
    meetup, reading, note = writeup.meetup, writeup.book.readings.get(), writeup.session_notes.get()
    version = note.history.first()
    keys = f"?meetup={meetup.pk}&book={meetup.book_id}&venue={meetup.venue_id}&known_book={meetup.book_id}"
    rows = [writeup, meetup, reading, writeup.photos.get(), writeup.book]
    pages = ["/admin/", "/admin/meetups/writeup/paste/", f"/admin/meetups/writeup/{writeup.pk}/paste/"]
    for model in (type(row) for row in rows):
        pages += [
            f"{url_of(model, 'changelist')}",
            f"{url_of(model, 'changelist')}?q=own",
            f"{url_of(model, 'changelist')}?o=1",
        ]
        pages += [f"{url_of(model, 'add')}{keys}"] if model is not Meetup else []
    for row in rows:
        pages += [url_of(type(row), page, row.pk) for page in ("change", "history", "delete")]
    pages += [
        f"/admin/meetups/meetup/?venue__id__exact={meetup.venue_id}",
        f"/admin/meetups/meetup/?book__id__exact={meetup.book_id}",
    ]
    pages += [f"/admin/meetups/writeup/?book__id__exact={meetup.book_id}"]
    pages += [f"/admin/meetups/writeup/{writeup.pk}/history/sessionnote/{version.history_id}/"]
    pages += ["/admin/books/reading/deleted/", "/admin/meetups/writeup/deleted/"]
    chosen = [("meetups", "writeup", "meetup"), ("meetups", "writeup", "book"), ("books", "reading", "known_book")]
    chosen += [("meetups", "writeup", "related"), ("meetups", "meetup", "venue"), ("meetups", "sessionnote", "member")]
    pages += [
        f"{reverse('admin:autocomplete')}?app_label={app}&model_name={model}&field_name={field}&term={term}"
        for app, model, field in chosen
        for term in ("", DRAFT, VENUE)
    ]
    return [*pages, "/members/me/", "/meetups/own-evening/", writeup.get_absolute_url()]


def url_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def read(client, pages):
    """Return {page: text} of the pages that open; query strings are left out of the text, as the reader typed them."""
    answers = {page: client.get(page) for page in pages}
    return {page: answer.content.decode() for page, answer in answers.items() if answer.status_code == 200}


def find_marks(pages, ignored=()):
    typed = {page: text.replace(f'value="{DRAFT}"', "") for page, text in pages.items()}
    return {(mark, page) for page, text in typed.items() for mark in MARKS - set(ignored) if mark in text}


def test_no_page_of_an_author_names_a_hidden_row(author_client, own):
    pages = read(author_client, list_pages(own))

    assert len(pages) > 35
    assert find_marks(pages) == set()


@pytest.mark.all_tests
def test_organiser_reads_all_names(own, organiser):
    client = Client()
    client.force_login(organiser)

    found = find_marks(read(client, list_pages(own)))

    assert {mark for mark, _ in found} == MARKS
    meetups = url_of(Meetup, "changelist")
    assert {(DRAFT, meetups), (VENUE, meetups), (DRAFT, url_of(Reading, "changelist"))} <= found


def test_author_who_goes_sees_the_private_room(author_client, own, ann):
    page = url_of(Meetup, "change", own.meetup_id)
    before = author_client.get(page).content.decode()

    make.make_rsvp(own.meetup, ann)
    after = author_client.get(page).content.decode()

    assert "Leith" in before
    assert [mark in before for mark in (VENUE, ROOM)] == [False, False]
    assert [mark in after for mark in (VENUE, ROOM)] == [True, True]


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/admin/meetups/meetup/", f"q={DRAFT}"),
        ("/admin/meetups/meetup/", f"q={VENUE}"),
        ("/admin/books/reading/", f"q={DRAFT}"),
        ("/admin/autocomplete/", f"app_label=meetups&model_name=writeup&field_name=meetup&term={DRAFT[:4]}"),
        ("/admin/autocomplete/", f"app_label=meetups&model_name=writeup&field_name=meetup&term={VENUE[:4]}"),
    ],
)
def test_author_cannot_search_by_a_hidden_name(author_client, own, organiser, address, query):
    organiser_client = Client()
    organiser_client.force_login(organiser)

    def count_found(client):
        answer = client.get(f"{address}?{query}")
        if address.endswith("autocomplete/"):
            return len(answer.json()["results"])
        return len(soup_of(answer).select("#result_list tbody tr"))

    assert (count_found(organiser_client), count_found(author_client)) == (1, 0)


def test_author_searches_own_items_by_the_book(author_client, own):
    make.make_quote(book=own.book, text="Words of the book")

    page = author_client.get("/admin/books/quote/?q=Own book")

    assert "Words of the book" in text_of(soup_of(page).select_one("#result_list"))


def test_filters_by_private_rows_are_left_out_for_an_author(author_client, own):
    page = soup_of(author_client.get("/admin/meetups/meetup/"))

    assert page.select_one("#changelist-filter")
    assert not page.select("[name=venue__id__exact]")
    assert author_client.get(f"/admin/meetups/meetup/?venue__id__exact={own.meetup.venue_id}").status_code == 400


def test_edit_conflict_names_no_hidden_row(author_client, own, ann):
    """An organiser adds a draft to the related write-ups while the author edits."""
    page = soup_of(author_client.get(url_of(type(own), "change", own.pk)))
    data = {
        each["name"]: each.get("value", "")
        for each in page.select("#content-main input[name]:not([type=submit], [type=checkbox])")
    }
    data |= {each["name"]: each.text.removeprefix("\n") for each in page.select("#content-main textarea[name]")}
    data |= {"author": ann.author.pk, "audience": "public", "title": "My own title"}
    type(own).objects.get(pk=own.pk).related.add(make.make_writeup(title=f"{DRAFT} 2", published_at=None))
    other = type(own).objects.get(pk=own.pk)
    other.title = "Their title"
    other.save()

    answer = author_client.post(url_of(type(own), "change", own.pk), data)

    assert "Their title" in answer.content.decode()
    assert DRAFT not in answer.content.decode()


def test_form_of_an_organiser_names_the_chosen_meetup_with_its_book(own, organiser):
    type(own).objects.update(published_at=None)
    client = Client()
    client.force_login(organiser)

    page = soup_of(client.get(url_of(type(own), "change", own.pk)))

    assert DRAFT in page.select_one("[name=meetup] option[selected]").text


def test_names_show_no_other_row_by_themselves(own):
    """Wherever a row comes from, such as for the admin log or a message, its name is safe."""
    meetup, reading = Meetup.objects.get(pk=own.meetup_id), Reading.objects.get()

    assert DRAFT not in f"{meetup} {reading} {own} {SessionNote.objects.get()}"
    assert f"{Meetup.objects.select_visible(Member.objects.get(email=ADDRESS), 'book').get()}".endswith(f", {DRAFT}")


def test_every_name_of_every_model_was_looked_at():
    """Add a model here after a look at its name: it may show another row only where the gate has been asked."""
    own_fields_alone = {"Club", "Author", "Member", "Book", "Contributor", "Note", "Term", "Question", "Quote", "Venue",
                        "Photo", "WriteUp", "Issue", "Subscriber", "OutgoingMail", "Delivery", "Group"}  # fmt: skip
    asks_the_gate = {"Meetup", "Reading"}
    of_superusers = {"EmailAddress", "Authenticator"}
    registered = {model.__name__ for model in admin.site._registry}  # noqa: SLF001

    assert registered == own_fields_alone | asks_the_gate | of_superusers
