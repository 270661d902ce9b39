import datetime as dt
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookclub.share_cards import cards
from bookclub.share_cards.cards import KEPT_FOR, LEASE, delete_old_cards, draw_missing_cards, get_or_draw_card
from bookclub.share_cards.models import ShareCard
from bookclub.share_cards.registry import get_card_kinds, get_card_link
from tests import factories as make

pytestmark = pytest.mark.django_db
MAKERS = {
    "write-ups": make.make_writeup,
    "meetups": make.make_meetup,
    "books": make.make_book,
    "quotes": make.make_quote,
    "questions": make.make_question,
}


def find_path(row, club=None):
    return get_card_link(row, club or make.make_club()).url.removeprefix("http://localhost:8000")


def test_each_kind_has_a_maker():
    assert get_card_kinds().keys() == MAKERS.keys() | {"club"}


@pytest.mark.parametrize("kind", MAKERS)
def test_card_is_a_jpeg_for_everybody(client, kind):
    response = client.get(find_path(MAKERS[kind]()))

    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response.content.startswith(b"\xff\xd8")
    assert response["Cache-Control"] == "public, no-cache"
    assert not response.cookies


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    "hidden",
    [
        {"published_at": None},
        {"published_at": timezone.now() + dt.timedelta(days=30)},
        {"audience": "members"},
    ],
    ids=["draft", "scheduled", "members"],
)
def test_card_is_gone_with_its_page_even_for_an_organiser(client, olga, kind, hidden):
    row = MAKERS[kind]()
    path = find_path(row)
    assert client.get(path).status_code == 200

    type(row).objects.filter(pk=row.pk).update(**hidden)
    visitors = client.get(path).status_code
    client.force_login(olga)

    assert (visitors, client.get(path).status_code) == (404, 404)


@pytest.mark.parametrize("maker", [make.make_quote, make.make_question])
def test_card_of_an_item_is_gone_with_its_book(client, maker):
    item = maker()
    path = find_path(item)

    type(item.book).objects.update(published_at=None)

    assert client.get(path).status_code == 404


def test_card_of_a_writeup_does_not_name_a_hidden_book(client):
    club, book = make.make_club(), make.make_book(title="Not for you", audience="members")
    writeup = make.make_writeup(book=book)

    content = get_card_kinds()["write-ups"].build(writeup, club)

    assert "Not for you" not in str(content)


def test_card_of_a_meetup_shows_the_area_of_a_private_address(client):
    club, venue = make.make_club(), make.make_venue(name="Ann’s flat", area="Peckham", address="7 X", is_private=True)
    meetup = make.make_meetup(venue=venue, room="Kitchen")

    content = get_card_kinds()["meetups"].build(meetup, club)

    assert "Peckham" in content.details
    assert not any(secret in str(content) for secret in ("Ann’s flat", "7 X", "Kitchen"))


@pytest.mark.parametrize(("written_by", "named"), [("Flo Gray", "Flo Gray"), ("", "The Lamp, p. 12")])
def test_card_of_a_quote_never_names_editors_as_its_writers(written_by, named):
    book = make.make_book(title="The Lamp")
    make.make_contribution(book=book, contributor=make.make_contributor(name="Bea Adams"), role="edt")
    quote = make.make_quote(book=book, written_by=written_by, locator="p. 12")

    content = get_card_kinds()["quotes"].build(quote, make.make_club())

    assert content.details[0] == named
    assert "Bea Adams" not in " ".join(content.details)


def test_address_of_an_earlier_card_leads_to_the_present_one(client):
    book = make.make_book(title="Before")
    before = find_path(book)
    book.title = "After"
    book.save()

    response = client.get(before)

    assert (response.status_code, response["Location"]) == (302, find_path(book))


@pytest.mark.parametrize("path", ["/cards/books/1-x.jpg", "/cards/nothing/1-x.jpg", f"/cards/books/{'9' * 30}-x.jpg"])
def test_unknown_card_is_a_404(client, path):
    assert client.get(path).status_code == 404


def test_card_that_is_known_is_not_sent_again(client):
    path = find_path(make.make_book())
    etag = client.get(path)["ETag"]

    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_second_request_takes_the_stored_card(client, monkeypatch):
    path = find_path(make.make_book())
    first = client.get(path).content
    monkeypatch.setattr(cards, "draw_card", lambda content: pytest.fail("drawn twice"))

    assert client.get(path).content == first


def test_request_waits_while_somebody_draws_and_is_told_to_come_back(client, monkeypatch):
    monkeypatch.setattr(cards, "WAIT_SECONDS", 0.2)
    book = make.make_book()
    assert ShareCard.objects.claim("books", book.pk, "a digest", LEASE)

    response = client.get(find_path(book))

    assert (response.status_code, response["Retry-After"]) == (503, "2")


def test_claim_of_somebody_who_died_ends(client):
    book = make.make_book()
    ShareCard.objects.claim("books", book.pk, "a digest", LEASE)
    ShareCard.objects.update(claimed_at=timezone.now() - 2 * LEASE)

    assert client.get(find_path(book)).status_code == 200


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_of_many_requests_at_once_one_draws(monkeypatch):
    kind, club = get_card_kinds()["books"], make.make_club()
    row = kind.public_rows().get(pk=make.make_book().pk)
    content, drawn, results = kind.build(row, club), [], []
    draw, together = cards.draw_card, threading.Barrier(4)
    monkeypatch.setattr(cards, "draw_card", lambda content: drawn.append(1) or draw(content))

    def request():
        together.wait()
        results.append(get_or_draw_card(kind, row, content))
        connection.close()

    threads = [threading.Thread(target=request) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(drawn) == 1
    assert len(results) == 4
    assert len(set(results)) == 1


def test_task_draws_missing_and_changed_cards_once():
    make.make_club()
    book, quote = make.make_book(title="Before"), make.make_quote()
    make.make_book(published_at=None)
    draw_missing_cards()
    before = dict(ShareCard.objects.values_list("digest", "drawn_at"))

    book.title = "After"
    book.save()
    draw_missing_cards()
    after = dict(ShareCard.objects.values_list("digest", "drawn_at"))

    assert set(ShareCard.objects.values_list("kind", "object_id")) == {
        ("club", 1),
        ("books", book.pk),
        ("books", quote.book.pk),
        ("quotes", quote.pk),
    }
    assert len(after.keys() - before.keys()) == 1
    assert len({digest for digest in after if after[digest] == before.get(digest)}) == 3


def test_task_deletes_cards_of_rows_that_are_hidden_or_gone():
    make.make_club()
    kept, hidden, gone = make.make_book(), make.make_book(), make.make_book()
    draw_missing_cards()
    hidden.unpublish()
    gone.delete()

    delete_old_cards()

    assert list(ShareCard.objects.filter(kind="books").values_list("object_id", flat=True)) == [kept.pk]


def test_task_deletes_old_cards_of_rows_that_are_not_among_the_newest(monkeypatch):
    monkeypatch.setattr(cards, "DRAWN_AHEAD", 1)
    make.make_club()
    older = make.make_book(published_at=timezone.now() - dt.timedelta(days=9))
    newest = make.make_book()
    for book in (older, newest):
        ShareCard.objects.create(kind="books", object_id=book.pk, drawn_at=timezone.now() - 2 * KEPT_FOR)

    delete_old_cards()

    assert list(ShareCard.objects.values_list("object_id", flat=True)) == [newest.pk]


def test_task_takes_the_same_queries_for_few_and_many_drawn_rows():
    make.make_club()
    make.make_quote()
    draw_missing_cards()
    few = count_queries(draw_missing_cards)

    for _ in range(6):
        make.make_quote()
        make.make_writeup()
    draw_missing_cards()

    assert count_queries(draw_missing_cards) <= few + 1  # the photos of write-ups, once there are some
    assert ShareCard.objects.count() > 20


def count_queries(action):
    with CaptureQueriesContext(connection) as queries:
        action()
    return len(queries)


def test_card_that_is_drawn_meanwhile_is_not_claimed_again():
    assert ShareCard.objects.claim("books", 1, "new", LEASE)
    ShareCard.objects.store("books", 1, "new", b"jpeg")

    assert not ShareCard.objects.claim("books", 1, "new", LEASE)
    assert ShareCard.objects.claim("books", 1, "newer", LEASE)
