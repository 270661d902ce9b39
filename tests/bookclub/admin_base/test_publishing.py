"""One way of publishing for write-ups, meetups, books and items: the state, the page that asks, and what it says."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from books.models import Book
from meetups.models import Meetup
from tests import factories as make
from tests.pages import read_page, soup_of, text_of, texts

pytestmark = pytest.mark.django_db
MAKERS = [make.make_writeup, make.make_meetup, make.make_book, make.make_quote]
TOMORROW = {"at_0": "12/12/2091", "at_1": "09:00"}


def address_of(row, page):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def summary_of(client, row, page="publish"):
    return texts(read_page(client.get(address_of(row, page))), ".summary > p, .summary li")[2:]


# --- the pages


@pytest.mark.parametrize("maker", MAKERS)
def test_row_is_published_scheduled_and_taken_back(organiser_client, maker):
    row, states, said = maker(published_at=None), [], []

    for page, fields in [("publish", {}), ("take_back", {}), ("schedule", TOMORROW), ("take_back", {})]:
        looked = read_page(organiser_client.get(address_of(row, page)))
        row.refresh_from_db()
        states.append(row.state)
        response = organiser_client.post(address_of(row, page), fields, follow=True)
        said.append(text_of(soup_of(response).select_one(".messagelist li")).partition(": ")[2][:9])
        assert looked.select_one("form.confirm")
        assert response.redirect_chain[-1][0] == address_of(row, "change")

    row.refresh_from_db()
    assert states == ["draft", "published", "draft", "scheduled"]
    assert row.state == "draft"
    assert said == ["Published", "Draft.", "Goes live", "Draft."]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("page", ["publish", "schedule", "take_back"])
def test_only_who_may_publish_opens_the_pages(client, maker, page):
    row = maker()
    opts = row._meta
    writer = make.make_member(
        is_staff=True, permissions=["bookclub.view_drafts", f"{opts.app_label}.change_{opts.model_name}"]
    )
    client.force_login(writer)

    answers = [client.get(address_of(row, page)).status_code, client.post(address_of(row, page), TOMORROW).status_code]

    row.refresh_from_db()
    assert answers == [403, 403]
    assert row.is_published


@pytest.mark.parametrize("maker", [make.make_meetup, make.make_book])
def test_several_are_published_from_their_list(organiser_client, maker):
    rows = [maker(published_at=None) for _ in range(2)]
    chosen = {"action": "publish", "_selected_action": [row.pk for row in rows]}
    model = type(rows[0])

    page = soup_of(organiser_client.post(list_of(model), chosen))
    asked = set(model.objects.values_list("published_at", flat=True))
    done = organiser_client.post(list_of(model), chosen | {"confirmed": "yes"}, follow=True)

    assert len(page.select(".summary")) == 2
    assert asked == {None}
    assert model.objects.published().count() == 2
    assert f"2 {model._meta.verbose_name_plural} published." in texts(soup_of(done), ".messagelist li")


# --- what becomes public


def test_meetup_shows_date_place_book_and_seats(organiser_client):
    meetup = make.make_meetup(
        published_at=None,
        date=dt.date(2091, 12, 12),
        venue=make.make_venue(name="The Boot", address="10 Redcross Way"),
        room="The back room",
        book=make.make_book(title="Emma"),
        capacity=9,
    )

    assert summary_of(organiser_client, meetup) == [
        "the meetup, for everybody",
        "It is on Wednesday 12 December 2091, 7 pm to 9 pm, London time.",
        "Everybody reads its place: The Boot, Southwark, 10 Redcross Way, The back room.",
        "Its book is “Emma”.",
        "9 seats can be saved as soon as it is public.",
        "No mail goes out.",
    ]


def test_meetup_shows_what_readers_will_not_see(organiser_client):
    home = make.make_venue(name="Olga’s flat", address="1 Secret Road", is_private=True)
    emma = make.make_book(title="Emma", published_at=None)
    meetup = make.make_meetup(published_at=None, venue=home, book=emma, audience="members")

    said = summary_of(organiser_client, meetup)

    assert "Members read “Southwark” as its place. The address is for those who are going." in said
    assert "Its book “Emma” is not published, so readers don’t see it on the page." in said
    assert "Secret Road" not in " ".join(said)


def test_unfinished_meetup_says_what_is_missing(organiser_client):
    meetup = make.make_meetup(published_at=None, date=None)

    said = summary_of(organiser_client, meetup)

    assert said[1:] == [
        "It has no date yet: its page says “To be announced”.",
        "It has no venue yet.",
        "It has no book yet.",
        "No mail goes out.",
    ]


def test_taking_back_a_meetup_says_how_many_are_coming(organiser_client):
    meetup = make.make_meetup()
    make.make_rsvp(meetup)

    said = summary_of(organiser_client, meetup, "take_back")

    assert said[-1].startswith("1 person is coming or waiting. They get no mail")


def test_book_shows_makers_and_which_items_stay_drafts(organiser_client):
    book = make.make_book(published_at=None)
    make.make_contribution(book=book, contributor=make.make_contributor(name="Jane Austen"))
    make.make_quote(book=book)
    for _ in range(2):
        make.make_question(book=book, published_at=None)

    said = summary_of(organiser_client, book)
    organiser_client.post(address_of(book, "publish"))

    assert said == [
        "the book, for everybody",
        "Its page names: By Jane Austen.",
        "Readers see with it what is published already: 1 quote.",
        "These stay drafts: 2 questions. They go out with its next write-up, or from their own lists.",
    ]
    assert Book.objects.get().is_published
    assert book.questions.drafts().count() == 2


def test_writeup_shows_photos_and_the_place_of_its_meetup(organiser_client):
    venue = make.make_venue(name="The Boot", address="10 Redcross Way")
    meetup = make.make_meetup(published_at=None, venue=venue)
    writeup = make.make_writeup(published_at=None, meetup=meetup)
    for _ in range(2):
        make.make_photo(writeup=writeup)

    said = summary_of(organiser_client, writeup)

    assert "2 photos" in said
    assert "Everybody reads its place: The Boot, Southwark, 10 Redcross Way." in said


# --- the state above the form


@pytest.mark.parametrize("maker", MAKERS)
def test_form_begins_with_the_state_and_asks_for_no_moment(organiser_client, maker):
    draft, members = maker(published_at=None), maker(audience="members")
    later = maker(published_at=timezone.now() + dt.timedelta(days=2, minutes=1))
    pages = [read_page(organiser_client.get(address_of(row, "change"))) for row in (draft, later, members)]

    said = [text_of(page.select_one(".publication strong")) for page in pages]
    buttons = [texts(page, ".publication button") for page in pages]

    assert said[0] == "Draft: nobody sees it yet."
    assert said[1].startswith("Goes live ")
    assert said[2].startswith("Members only since ")
    assert buttons == [["Publish …", "Schedule …"], ["Publish …", "Schedule …", "Take back …"], ["Take back …"]]
    assert not [page for page in pages if page.select("[name^=published_at]")]


def test_author_reads_that_an_organiser_publishes(author_client, ann):
    draft = make.make_writeup(author=ann.author, published_at=None)

    pages = [address_of(draft, "change"), reverse("admin:meetups_writeup_add")]
    said = [text_of(read_page(author_client.get(page)).select_one(".publication")) for page in pages]

    assert said == [
        "Draft: nobody sees it yet. An organiser publishes it. Ready for you",
        "It becomes a draft. An organiser publishes it.",
    ]


def test_published_item_of_a_draft_book_says_that_nobody_sees_it(organiser_client):
    quote = make.make_quote(book=make.make_book(title="Hidden", published_at=None))

    said = text_of(read_page(organiser_client.get(address_of(quote, "change"))).select_one(".publication"))

    assert "“Hidden” is not published itself: its page is hidden, and all on it." in said


def test_new_meetup_says_that_it_is_a_draft(organiser_client):
    page = read_page(organiser_client.get(reverse("admin:meetups_meetup_add")))

    assert text_of(page.select_one(".publication")) == "It becomes a draft: nobody sees it before you publish it."
    assert "Save and publish …" in texts(page, ".submit-row button")
    assert not Meetup.objects.exists()
