"""Previews: from the admin form to the draft's page and back, and by a secret link without an account."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from bookclub.core.visibility import Audience, PreviewReader
from books.models import ITEMS, Book, Quote
from meetups.models import Meetup, PreviewLink, WriteUp
from tests import factories as make
from tests.pages import press, soup_of, text_of, texts

DAY = dt.timedelta(days=1)
HIDDEN = "Thingumabob"


@pytest.fixture
def draft(db):
    book = make.make_book(title="The Glass Orchard", published_at=None)
    make.make_quote(book=book, text="Words of the draft", published_at=None)
    make.make_question(book=book, text="A question of the draft?", published_at=None)
    meetup = make.make_meetup(book=book, date=dt.date(2018, 10, 10), venue=make.make_venue(), published_at=None)
    writeup = make.make_writeup(title="Tonight", meetup=meetup, body="We met.", published_at=None)
    make.make_session_note(writeup=writeup, text="A point", name="Nick Nolan")
    make.make_session_note(writeup=writeup, text="Another point", name="Ada Ames", name_is_public=True)
    return writeup


@pytest.fixture
def link(draft):
    return PreviewLink.objects.renew(draft, 14)


def admin_url(name, writeup):
    return reverse(f"admin:meetups_writeup_{name}", args=[writeup.pk])


# --- form and draft page --------------------------------------------------------------------------------------------


def test_save_and_look_redirects_to_draft_page(organiser_client, draft):
    response = press(organiser_client, admin_url("change", draft), "Save as draft and look", body="New words")

    page = soup_of(organiser_client.get(response.url))
    assert response.url == draft.get_absolute_url()
    assert "New words" in text_of(page.select_one("#evening"))
    assert text_of(page.select_one(".preview-banner b")) == "Draft"
    assert page.select_one(".preview-banner a")["href"] == admin_url("change", draft)
    draft.refresh_from_db()
    assert draft.published_at is None


def test_add_and_look_redirects_to_draft_page(organiser_client):
    typed = {"title": "Fresh", "author": make.make_author().pk, "body": "Words"}

    response = press(organiser_client, reverse("admin:meetups_writeup_add"), "Save as draft and look", **typed)

    assert text_of(soup_of(organiser_client.get(response.url)).select_one("h1")) == "Fresh"
    assert WriteUp.objects.get().state == "draft"


def test_scheduled_page_shows_when_it_goes_live(organiser_client, draft):
    draft.publish(timezone.now() + dt.timedelta(hours=3, minutes=12, seconds=30))

    ribbon = text_of(soup_of(organiser_client.get(draft.get_absolute_url())).select_one(".preview-banner"))

    assert ribbon.startswith("Scheduled Goes live ")
    assert "London, in 3 h 12 min. Only organisers and its author see this page." in ribbon


def test_published_page_links_to_form_for_editors_alone(client, olga, bob, draft):
    draft.publish()
    writer, stranger = make.make_writer(), make.make_writer()
    WriteUp.objects.update(author=writer.author)
    ribbons = []

    for person in (olga, writer, stranger, bob, None):
        client.force_login(person) if person else client.logout()
        ribbons.append(len(soup_of(client.get(draft.get_absolute_url())).select(".preview-banner")))

    assert ribbons == [1, 1, 0, 0, 0]


# --- the secret link ------------------------------------------------------------------------------------------------


def test_preview_shows_draft_with_its_book_and_items(client, link):
    response = client.get(link.get_absolute_url())

    page = soup_of(response)
    assert response.status_code == 200
    assert text_of(page.h1) == "Tonight"
    assert "The Glass Orchard" in page.text
    assert texts(page, "#main blockquote") == ["“Words of the draft”"]
    assert "A question of the draft?" in text_of(page.select_one("section.kind-question"))
    assert "10 October 2018" in text_of(page.select_one(".sidebar"))
    assert texts(page, ".preview-banner b") == ["Draft"]


def test_preview_is_not_cached_or_referred(client, link):
    addresses = [link.get_absolute_url(), "/write-ups/preview/wrong/"]

    for address in addresses:
        response = client.get(address)
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert not response.cookies
        page = soup_of(response)
        assert page.select_one("meta[name=robots]")["content"] == "noindex, nofollow"
        assert not page.select("link[rel=canonical]")


def test_preview_shows_names_as_to_visitor(client, olga, link):
    stranger = soup_of(client.get(link.get_absolute_url()))
    client.force_login(olga)
    organiser = soup_of(client.get(link.get_absolute_url()))

    assert texts(stranger, ".session-notes cite") == ["– Ada Ames"]
    assert texts(organiser, ".session-notes cite") == ["– Ada Ames"]
    assert not organiser.select(".preview-banner a")


def test_preview_names_follow_club_rule(client, link):
    make.make_club(names_visible_to="public")

    assert texts(soup_of(client.get(link.get_absolute_url())), ".session-notes cite") == ["– Nick", "– Ada Ames"]


def make_hidden_rows(draft):
    """Create one row of every kind that the reader of a preview must not see."""
    other = make.make_book(title=f"{HIDDEN} book", published_at=None)
    make.make_quote(book=other, text=f"{HIDDEN} of another book", published_at=None)
    make.make_writeup(title=f"{HIDDEN} write-up", published_at=None, book=draft.book, author=draft.author)
    make.make_writeup(title=f"{HIDDEN} for members", audience=Audience.MEMBERS, author=draft.author)
    make.make_meetup(book=other, published_at=None, date=timezone.localdate() + DAY, standfirst=HIDDEN)
    make.make_quote(book=draft.book, text=f"{HIDDEN} for members", published_at=None, audience=Audience.MEMBERS)
    make.make_quote(book=draft.book, text=f"{HIDDEN} for later", published_at=timezone.now() + 9 * DAY)
    make.make_reading(book=draft.book, known_book=other, title="A book by its title", published_at=None)


def test_preview_shows_no_other_draft(client, draft, link):
    make_hidden_rows(draft)

    page = client.get(link.get_absolute_url()).content.decode()

    assert "Words of the draft" in page
    assert HIDDEN not in page


def test_preview_reader_sees_items_of_one_writeup(draft):
    make_hidden_rows(draft)
    reader = PreviewReader(draft)
    book = draft.book

    seen = [
        row
        for model in (WriteUp, Meetup, Book, *ITEMS)
        for row in model.objects.visible_to(reader).exclude(published_at__lte=timezone.now())
    ]

    quote = book.quotes.get(text="Words of the draft")
    assert seen == [draft, draft.meetup, book, book.questions.get(), quote, book.readings.get()]


def test_preview_hides_book_for_members(client, draft, link):
    type(draft.book).objects.update(audience=Audience.MEMBERS)

    page = client.get(link.get_absolute_url()).content.decode()

    assert "We met." in page
    assert "Words of the draft" not in page
    assert "The Glass Orchard" not in page


def test_preview_shows_writeup_for_members(client, draft, link):
    WriteUp.objects.update(audience=Audience.MEMBERS)

    assert client.get(link.get_absolute_url()).status_code == 200


def test_preview_shows_scheduled_writeup_with_its_items(client, draft, link):
    draft.publish(timezone.now() + 3 * DAY)

    page = client.get(link.get_absolute_url())

    assert page.status_code == 200
    assert "Words of the draft" in page.content.decode()


def test_preview_of_published_writeup_redirects(client, draft, link):
    draft.publish()

    response = client.get(link.get_absolute_url())

    assert (response.status_code, response.url) == (302, draft.get_absolute_url())
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"


def test_preview_works_again_after_unpublishing(client, draft, link):
    draft.publish()
    draft.unpublish()

    assert client.get(link.get_absolute_url()).status_code == 200
    assert client.get(draft.get_absolute_url()).status_code == 404


def test_preview_token_opens_no_other_page(client, draft, link):
    client.get(link.get_absolute_url())

    for address in (draft.get_absolute_url(), draft.book.get_absolute_url(), draft.meetup.get_absolute_url()):
        assert client.get(address).status_code == 404
    assert "Tonight" not in client.get("/").content.decode()


def test_preview_expires_at_its_moment(client, draft):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as clock:
        link = PreviewLink.objects.renew(draft, 14)
        clock.move_to("2026-03-18T11:59:59Z")
        before = client.get(link.get_absolute_url()).status_code
        clock.move_to("2026-03-18T12:00:00Z")
        after = client.get(link.get_absolute_url()).status_code

    assert (before, after) == (200, 404)


@pytest.mark.parametrize("token", ["wrong", "A" * 22, "A" * 5000, "%00", "%F0%9F%98%80", "%ED%A0%80", "..%2F.."])
def test_expired_preview_shows_help(client, link, token):
    response = client.get(f"/write-ups/preview/{token}/")

    assert response.status_code == 404
    if token != "..%2F..":
        page = soup_of(response)
        assert text_of(page.h1) == "This preview link does not work"
        assert "Ask whoever sent it to you for a new one." in text_of(page.main)


def test_revoked_expired_and_unknown_previews_look_the_same(client, draft, link):
    address = link.get_absolute_url()
    PreviewLink.objects.update(expires_at=timezone.now())
    expired = client.get(address)
    link.delete()
    revoked = client.get(address)
    never = client.get("/write-ups/preview/never-given/")

    assert expired.content == revoked.content == never.content


def test_preview_token_is_random_and_renewed(draft):
    tokens = {PreviewLink.objects.renew(draft, 14).token for _ in range(20)}

    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {22}
    assert PreviewLink.objects.count() == 1


def test_preview_refuses_post(client, link):
    assert client.post(link.get_absolute_url()).status_code == 405


def test_preview_query_count_equals_page(client, draft, link, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        client.get(link.get_absolute_url())


# --- the link in the admin -------------------------------------------------------------------------------------------


def test_organiser_creates_renews_and_revokes_preview_link(organiser_client, client, draft):
    page = admin_url("preview_link", draft)

    made = soup_of(organiser_client.post(page, {"days": 3}, follow=True))
    first = made.select_one("#id_link")["value"]
    renewed = soup_of(organiser_client.post(page, {"days": 14}, follow=True)).select_one("#id_link")["value"]
    answers = [client.get(address.removeprefix("http://localhost:8000")).status_code for address in (first, renewed)]
    organiser_client.post(admin_url("revoke_preview_link", draft), follow=True)
    revoked = client.get(renewed.removeprefix("http://localhost:8000")).status_code

    assert "in 2 days 23 h" in made.text or "in 3 days" in made.text
    assert answers == [404, 200]
    assert revoked == 404
    assert not soup_of(organiser_client.get(page)).select("#id_link")


@pytest.mark.parametrize("days", ["0", "91", "", "soon"])
def test_preview_link_days_are_limited(organiser_client, draft, days):
    page = soup_of(organiser_client.post(admin_url("preview_link", draft), {"days": days}))

    assert page.title.text.startswith("Error: ")
    assert len(texts(page, ".errorlist li")) == 1
    assert not PreviewLink.objects.exists()


def test_get_of_preview_link_page_creates_none(organiser_client, draft):
    organiser_client.get(admin_url("preview_link", draft))

    assert organiser_client.get(admin_url("revoke_preview_link", draft)).status_code == 405
    assert not PreviewLink.objects.exists()


def test_author_creates_preview_links_to_own_drafts_alone(client, draft):
    writer = make.make_writer()
    own = make.make_writeup(author=writer.author, published_at=None)
    client.force_login(writer)

    answers = [client.post(admin_url("preview_link", each), {"days": 14}).status_code for each in (own, draft)]
    looked = client.get(admin_url("preview_link", draft)).status_code
    revoked = client.post(admin_url("revoke_preview_link", draft)).status_code

    assert answers == [302, 403]
    assert (looked, revoked) == (403, 403)
    assert [link.writeup for link in PreviewLink.objects.all()] == [own]


def test_preview_link_uses_site_url(organiser_client, draft, link):
    response = organiser_client.get(admin_url("preview_link", draft), headers={"X-Forwarded-Host": "evil.example"})

    assert soup_of(response).select_one("#id_link")["value"] == f"http://localhost:8000{link.get_absolute_url()}"


def test_preview_shows_no_draft_item_of_another_book(draft):
    quote = make.make_quote(book=make.make_book(), published_at=None)

    assert quote not in Quote.objects.visible_to(PreviewReader(draft))


def test_preview_link_has_full_url_and_names_its_write_up(link):
    assert link.full_url == f"http://localhost:8000/write-ups/preview/{link.token}/"
    assert str(link) == "Preview of “Tonight”"
