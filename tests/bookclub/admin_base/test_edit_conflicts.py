import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from bookclub.core.models import Club
from bookclub.core.optimistic_lock import VersionedQuerySet
from books.models import Contribution, Quote
from meetups.models import Meetup, SessionNote
from tests import factories
from tests.factories import (
    make_author,
    make_book,
    make_community_link,
    make_contribution,
    make_meetup,
    make_organiser,
    make_picture_file,
    make_quote,
    make_session_note,
    make_writeup,
    yesterday,
)
from tests.pages import soup_of, text_of, texts
from tests.sampling import first_ones

VERSIONED = ["writeup", "meetup", "quote", "book", "contributor", "note", "term", "question", "reading", "venue"]
VERSIONED += ["author", "club"]


@pytest.fixture
def other(db):
    """The client of a second organiser."""
    client = Client()
    client.force_login(make_organiser(name="Petra Pim"))
    return client


def address_of(thing):
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def opened(client, thing):
    """Return what a browser sends if the form of `thing` is opened and sent unchanged."""
    return filled(soup_of(client.get(address_of(thing))))


def filled(page):
    form, data = page.select_one("form[id$=_form]"), {}
    for field in form.select("input[name], textarea[name], select[name]"):
        if "__prefix__" in field["name"] or field.get("type") in {"submit", "file"}:
            continue
        if field.get("type") in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        data[field["name"]] = value_of(field)
    return {name: value for name, value in data.items() if value is not None}


def value_of(field):
    if field.name == "select":
        chosen = [option.get("value", option.text) for option in field.select("option[selected]")]
        return chosen if field.has_attr("multiple") else next(iter(chosen), "")
    if field.name == "textarea":
        return field.text.removeprefix("\n")  # browsers ignore this newline, the parser doesn't
    return field.get("value", "on" if field.get("type") == "checkbox" else "")


def send(client, thing, data, **typed):
    return client.post(address_of(thing), data | typed)


@pytest.mark.parametrize("name", first_ones(VERSIONED, 3))
def test_current_form_is_saved(organiser_client, name):
    thing = getattr(factories, f"make_{name}")()
    before = type(thing).objects.values().get()

    response = send(organiser_client, thing, opened(organiser_client, thing))

    after = type(thing).objects.values().get()
    assert response.status_code == 302
    assert after.pop("version") > before.pop("version")
    assert after == before


@pytest.mark.parametrize("name", first_ones(VERSIONED, 3))
def test_stale_form_is_not_saved(organiser_client, other, name):
    thing = getattr(factories, f"make_{name}")()
    field = next(each for each in ("text", "heading", "title", "name", "room") if hasattr(thing, each))
    data = opened(organiser_client, thing)
    send(other, thing, opened(other, thing), **{field: "Hers"})

    response = send(organiser_client, thing, data, **{field: "Mine"})

    thing.refresh_from_db()
    page = soup_of(response)
    assert getattr(thing, field) == "Hers"
    assert "changed" in text_of(page.select_one(".errornote"))
    assert text_of(page.select_one(".conflict dd")) == "Hers"
    assert value_of(page.select_one(f'[name="{field}"]')) == "Mine"


def test_conflict_shows_both_texts_difference_user_and_time(organiser_client, other):
    writeup = make_writeup(body="We met in the pub.")
    data = opened(organiser_client, writeup)
    send(other, writeup, opened(other, writeup), body="We met in the <i>park</i>.")

    page = soup_of(send(organiser_client, writeup, data, body="We met in the square."))

    clash = page.select_one(".conflict")
    assert text_of(clash.h3) == "Write-up"
    assert clash.h3.a["href"] == "#id_body"
    assert "You both changed this." in clash.text
    assert text_of(clash.select("dd")[0]) == "We met in the <i>park</i>."
    assert "in the <del>&lt;i&gt;park&lt;/i&gt;</del><ins>square</ins>." in str(clash)
    assert "Petra Pim changed this while you were typing, " in page.text


def test_saving_again_overwrites_and_history_has_the_other_text(organiser_client, other):
    quote = make_quote(text="First")
    data = opened(organiser_client, quote)
    send(other, quote, opened(other, quote), text="Hers")

    page = soup_of(send(organiser_client, quote, data, text="Mine"))
    response = send(organiser_client, quote, filled(page))

    assert response.status_code == 302
    assert [version.text for version in Quote.history.all()] == ["Mine", "Hers", "First"]


def test_third_change_is_a_conflict_too(organiser_client, other):
    quote = make_quote()
    data = opened(organiser_client, quote)
    send(other, quote, opened(other, quote), text="Hers")
    page = soup_of(send(organiser_client, quote, data, text="Mine"))
    send(other, quote, opened(other, quote), text="Hers again")

    page = soup_of(send(organiser_client, quote, filled(page)))

    assert text_of(page.select_one(".conflict dd")) == "Hers again"
    assert Quote.objects.get().text == "Hers again"


def test_conflict_form_takes_over_fields_that_only_others_changed(organiser_client, other):
    writeup = make_writeup(title="Title", body="Body", audience="public")
    data = opened(organiser_client, writeup)
    theirs = {"title": "Her title", "audience": "members", "author": make_author(name="Zoe").pk}
    send(other, writeup, opened(other, writeup), **theirs)

    page = soup_of(send(organiser_client, writeup, data, body="My body"))
    send(organiser_client, writeup, filled(page))

    writeup.refresh_from_db()
    assert (writeup.title, writeup.body, writeup.audience) == ("Her title", "My body", "members")
    assert writeup.author.name == "Zoe"
    assert "You had not changed this" in page.text


def test_conflict_form_takes_over_a_time_chosen_by_others(organiser_client, other):
    meetup = make_meetup()
    data = opened(organiser_client, meetup)
    Meetup.objects.update(rsvps_open_at=yesterday().replace(microsecond=0))
    moment = Meetup.objects.get().rsvps_open_at

    page = soup_of(send(organiser_client, meetup, data, cost="Mine"))
    send(organiser_client, meetup, filled(page))

    assert Meetup.objects.values_list("cost", "rsvps_open_at").get() == ("Mine", moment)


def test_conflict_form_takes_over_a_time_moved_by_others(organiser_client):
    """The field shows no microseconds, so the posted time differs from the stored one."""
    meetup = make_meetup(rsvps_open_at=yesterday().replace(microsecond=123456))
    data = opened(organiser_client, meetup)
    Meetup.objects.update(rsvps_open_at=yesterday().replace(microsecond=0) - dt.timedelta(days=30))
    moment = Meetup.objects.get().rsvps_open_at

    page = soup_of(send(organiser_client, meetup, data, cost="Mine"))
    send(organiser_client, meetup, filled(page))

    assert "You had not changed this" in page.text
    assert Meetup.objects.values_list("cost", "rsvps_open_at").get() == ("Mine", moment)


def test_publishing_is_no_conflict_for_the_writeup_form(organiser_client):
    writeup = make_writeup(published_at=None)
    data = opened(organiser_client, writeup)
    writeup.publish()

    response = send(organiser_client, writeup, data, body="Mine")

    writeup.refresh_from_db()
    assert response.status_code == 302
    assert (writeup.body, writeup.is_published) == ("Mine", True)


def test_form_error_keeps_the_stale_version(organiser_client, other):
    quote = make_quote()
    page = soup_of(send(organiser_client, quote, opened(organiser_client, quote), text=""))
    send(other, quote, opened(other, quote), text="Hers")

    page = soup_of(send(organiser_client, quote, filled(page), text="Mine"))

    assert text_of(page.select_one(".conflict dd")) == "Hers"
    assert Quote.objects.get().text == "Hers"


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30])
def test_invalid_version_counts_as_stale(organiser_client, number):
    quote = make_quote(text="Stored")

    response = send(
        organiser_client, quote, opened(organiser_client, quote) | {"_version": number, "_opened": "{"}, text="Mine"
    )

    assert response.status_code == 200
    assert Quote.objects.get().text == "Stored"


def test_session_notes_are_covered_by_the_writeup_version(organiser_client, other):
    writeup = make_writeup()
    first, second = (make_session_note(writeup=writeup, text=text) for text in ("One", "Two"))
    data = opened(organiser_client, writeup)
    send(other, writeup, opened(other, writeup), **{"session_notes-0-text": "Her one"})

    page = soup_of(send(organiser_client, writeup, data, **{"session_notes-1-text": "My two"}))
    stored = list(SessionNote.objects.values_list("text", flat=True))
    send(organiser_client, writeup, filled(page))

    assert stored == ["Her one", "Two"]
    assert list(SessionNote.objects.values_list("pk", "text")) == [(first.pk, "Her one"), (second.pk, "My two")]
    assert text_of(page.select_one(".conflict h3")) == "Session note: Text"


def test_conflict_shows_both_texts_of_a_session_note(organiser_client, other):
    note = make_session_note(text="Point")
    data = opened(organiser_client, note.writeup)
    send(other, note.writeup, opened(other, note.writeup), **{"session_notes-0-text": "Her point"})

    page = soup_of(send(organiser_client, note.writeup, data, **{"session_notes-0-text": "My point"}))

    assert "<del>Her</del><ins>My</ins> point" in str(page.select_one(".conflict"))
    assert page.select_one(".conflict h3 a")["href"] == "#id_session_notes-0-text"
    assert page.select_one("#id_session_notes-0-text").text.strip() == "My point"


def test_conflict_form_keeps_a_note_added_by_others(organiser_client, other):
    writeup = make_writeup()
    data = opened(organiser_client, writeup)
    form = opened(other, writeup) | {"session_notes-TOTAL_FORMS": 1}
    send(other, writeup, form, **{"session_notes-0-text": "Her point"})

    mine = data | {"session_notes-TOTAL_FORMS": 1, "session_notes-0-text": "My point"}
    page = soup_of(send(organiser_client, writeup, mine))
    send(organiser_client, writeup, filled(page))

    assert "Session note added" in texts(page, ".conflict h3")
    assert set(SessionNote.objects.values_list("text", flat=True)) == {"Her point", "My point"}


def test_conflict_form_keeps_a_changed_note_that_others_deleted(organiser_client, other):
    writeup = make_writeup()
    for text in ("One", "Two", "Three"):
        make_session_note(writeup=writeup, text=text)
    data = opened(organiser_client, writeup)
    deletions = {"session_notes-0-DELETE": "on", "session_notes-1-DELETE": "on"}
    send(other, writeup, opened(other, writeup), **deletions)

    added = {"session_notes-TOTAL_FORMS": 4, "session_notes-3-text": "Four"}
    page = soup_of(send(organiser_client, writeup, data | added, **{"session_notes-1-text": "My two"}))
    left = list(SessionNote.objects.values_list("text", flat=True))
    response = send(organiser_client, writeup, filled(page))

    assert left == ["Three"]
    assert response.status_code == 302
    assert set(SessionNote.objects.values_list("text", flat=True)) == {"Three", "My two", "Four"}
    assert texts(page, ".conflict h3") == ["Session note deleted"]
    assert "as you had not changed it: 1 entry" in text_of(page.select_one(".edit-conflicts"))


def test_photos_contributors_and_links_are_covered_by_their_parent(organiser_client, other):
    link, contribution = make_community_link(), make_contribution()
    for thing, field in ((link.club, "links-0-label"), (contribution.book, "contributions-0-role")):
        data = opened(organiser_client, thing)
        value = "edt" if field.endswith("role") else "Hers"
        send(other, thing, opened(other, thing), **{field: value})

        response = send(organiser_client, thing, data, **{field: "trl" if field.endswith("role") else "Mine"})

        assert soup_of(response).select(".conflict")
    assert Club.objects.get().links.get().label == "Hers"
    assert Contribution.objects.get().role == "edt"


def test_conflict_stores_no_picture(organiser_client, other, media):
    book = make_book()
    data = opened(organiser_client, book)
    send(other, book, opened(other, book), title="Hers")

    response = send(organiser_client, book, data, cover=make_picture_file())

    assert "Choose pictures again" in soup_of(response).text
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.both_databases
def test_stale_list_changes_positions_only(organiser_client, other):
    quote = make_quote(text="Old", position=1)
    make_quote(book=quote.book, position=2)
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": quote.pk}
    send(other, quote, opened(other, quote), text="Hers")

    organiser_client.post(reverse("admin:books_quote_changelist"), form | {"form-0-position": 9})

    quote.refresh_from_db()
    assert (quote.text, quote.position) == ("Hers", 2)


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_list_saved_at_the_same_time_overwrites_no_text(organiser_client):
    quote = make_quote(text="Old", position=1)
    make_quote(book=quote.book, position=2)
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": quote.pk}

    with connection.execute_wrapper(BeforeItsFirstWrite(lambda: Quote.objects.filter(pk=quote.pk).update(text="Hers"))):
        organiser_client.post(reverse("admin:books_quote_changelist"), form | {"form-0-position": 9})

    quote.refresh_from_db()
    assert (quote.text, quote.position) == ("Hers", 2)


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [{"position": 9}, {"text": "Other"}])
def test_version_is_incremented_except_by_positions(db, change):
    quote = make_quote()
    versions = []
    for write in (lambda: Quote.objects.update(**change), lambda: save_with(quote, **change)):
        write()
        versions.append(Quote.objects.get().version)

    assert versions == ([0, 0] if "position" in change else [1, 2])


def save_with(quote, **change):
    for name, value in change.items():
        setattr(quote, name, value)
    quote.save(update_fields=change)


def test_moved_row_makes_no_form_stale(organiser_client):
    quote = make_quote(position=1)
    data = opened(organiser_client, quote)
    Quote.objects.update(position=9)

    response = send(organiser_client, quote, data, text="Mine")

    assert response.status_code == 302
    assert Quote.objects.get().text == "Mine"


def test_form_without_a_version_is_saved(organiser_client):
    quote = make_quote()
    data = opened(organiser_client, quote)

    response = send(
        organiser_client, quote, {name: value for name, value in data.items() if name != "_version"}, text="Its"
    )

    assert response.status_code == 302
    assert Quote.objects.get().text == "Its"


def test_form_of_a_deleted_row_says_so(organiser_client):
    quote = make_quote()
    data, address = opened(organiser_client, quote), address_of(quote)
    quote.delete()

    response = organiser_client.post(address, data, follow=True)

    assert "Somebody may have deleted it." in soup_of(response).text
    assert not Quote.objects.exists()


class BeforeItsFirstWrite:
    """Run `act` on another connection, after the request has read everything and before it writes."""

    def __init__(self, act):
        self.act = act

    def __call__(self, execute, sql, params, many, context):
        if self.act and sql.startswith(("BEGIN", 'UPDATE "books_quote"')):
            other = threading.Thread(target=self.act_and_leave, args=[self.act])
            self.act = None
            other.start()
            other.join()
        return execute(sql, params, many, context)

    def act_and_leave(self, act):
        act()
        connections.close_all()


class HeldAtItsFirstWrite:
    """Let each thread's connection wait once, until all threads have read the row and none has written."""

    def __init__(self, barrier):
        self.barrier, self.has_waited = barrier, False

    def __call__(self, execute, sql, params, many, context):
        if not self.has_waited and sql.startswith(("BEGIN", 'UPDATE "books_quote"')):
            self.has_waited = True
            self.barrier.wait(timeout=20)
        return execute(sql, params, many, context)


def race(thing, words):
    """Open the form in several clients, send all at the same time, and return the status codes."""
    barrier, answers = threading.Barrier(len(words)), {}

    def save(client, data, text):
        with connection.execute_wrapper(HeldAtItsFirstWrite(barrier)):
            answers[text] = send(client, thing, data, text=text).status_code
        connections.close_all()

    clients = [Client() for _ in words]
    for client in clients:
        client.force_login(make_organiser())
    forms = [(client, opened(client, thing), text) for client, text in zip(clients, words, strict=True)]
    threads = [threading.Thread(target=save, args=form) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_simultaneous_saves_wins():
    quote = make_quote()

    answers = race(quote, [f"Text {number}" for number in range(6)])

    winners = [text for text, status in answers.items() if status == 302]
    assert sorted(answers.values()) == [200] * 5 + [302]
    assert winners == [Quote.objects.get().text]
    assert Quote.history.count() == 2


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_without_the_version_check_all_saves_win(monkeypatch):
    """Control: without the check the race does overwrite."""
    monkeypatch.setattr(VersionedQuerySet, "claim_version", lambda *_: True)

    answers = race(make_quote(), ["One", "Two"])

    assert list(answers.values()) == [302, 302]
