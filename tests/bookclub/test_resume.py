import datetime as dt

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.origin import came_from_here
from books.models import Quote
from meetups.models import WriteUp
from tests.bookclub.test_versions import address_of, filled, opened, value_of
from tests.factories import make_member, make_organiser, make_picture_file, make_quote, make_session_note, make_writeup
from tests.pages import soup_of, text_of

HERE = {"headers": {"origin": "http://localhost", "sec-fetch-site": "same-origin"}}
FOREIGN = [
    {"headers": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}},
    {"headers": {"origin": "http://localhost", "sec-fetch-site": "cross-site"}},
    {"headers": {"origin": "https://evil.example"}},
    {"headers": {"origin": "http://localhost.evil.example"}},
    {"headers": {"origin": "null"}},
    {"headers": {"sec-fetch-site": "same-site"}},
    {"headers": {"referer": "http://localhost/admin/"}},
    {},
]


@pytest.fixture
def desk(olga):
    client = Client(SERVER_NAME="localhost")
    client.force_login(olga)
    return client


@pytest.fixture
def strict(olga):
    """A browser whose forms need their token."""
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.force_login(olga)
    return client


def kept_in(client):
    return client.session.get("desk_kept", {})


def end_session(client):
    Session.objects.all().delete()
    return client


def test_a_form_sent_after_the_session_ended_comes_back_filled_after_signing_in_and_is_not_saved(desk, olga):
    quote = make_quote(text="Stored")
    data = opened(desk, quote)
    end_session(desk)

    sent = desk.post(address_of(quote), data | {"text": "Typed “for an hour”\r\n…"}, follow=True, **HERE)
    desk.force_login(olga)
    page = soup_of(desk.get(address_of(quote)))

    assert "What you typed is kept: sign in" in sent.content.decode()
    assert value_of(page.select_one("[name=text]")).replace("\r\n", "\n") == "Typed “for an hour”\n…"
    assert "it has not been saved" in text_of(page.select_one(".errornote"))
    assert Quote.objects.get().text == "Stored"


def test_the_form_that_came_back_is_saved_by_its_own_button_and_forgotten(desk, olga):
    quote = make_quote(text="Stored")
    data = opened(desk, quote)
    end_session(desk).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    desk.force_login(olga)
    page = soup_of(desk.get(address_of(quote)))

    desk.post(address_of(quote), filled(page), **HERE)

    assert Quote.objects.get().text == "Typed"
    assert kept_in(desk) == {}
    assert not soup_of(desk.get(address_of(quote))).select(".errornote")


def test_signing_in_leads_to_the_form(desk, olga):
    olga.set_password("a long password")
    olga.save()
    desk.force_login(olga)
    data = opened(desk, quote := make_quote()) | {"text": "Typed"}
    end_session(desk).post(address_of(quote), data, follow=True, **HERE)
    form = {"login": olga.email, "password": "a long password", "next": address_of(quote)}

    response = desk.post(reverse("account_login_password"), form, follow=True)

    assert response.request["PATH_INFO"] == address_of(quote)
    assert value_of(soup_of(response).select_one("[name=text]")) == "Typed"


def test_a_new_write_up_with_its_notes_comes_back_too(desk, olga):
    address = reverse("admin:meetups_writeup_add")
    data = filled(soup_of(desk.get(address)))
    data |= {"title": "Tonight", "body": "We met.", "session_notes-TOTAL_FORMS": 2}
    data |= {"session_notes-0-text": "First", "session_notes-1-text": "Second"}
    end_session(desk).post(address, data, **HERE)
    desk.force_login(olga)

    page = soup_of(desk.get(address))

    names = ["title", "body", "session_notes-0-text", "session_notes-1-text"]
    assert [value_of(page.select_one(f'[name="{name}"]')) for name in names] == [
        "Tonight",
        "We met.",
        "First",
        "Second",
    ]
    assert not WriteUp.objects.exists()


def test_what_others_changed_while_one_was_away_is_told(desk, olga):
    note = make_session_note()
    data = opened(desk, note.writeup)
    end_session(desk).post(address_of(note.writeup), data | {"body": "Mine"}, **HERE)
    writeup = WriteUp.objects.get()
    writeup.body = "Hers"
    writeup.save()
    desk.force_login(olga)

    page = soup_of(desk.get(address_of(writeup)))

    assert text_of(page.select_one(".clash dd")) == "Hers"
    assert value_of(page.select_one("[name=body]")) == "Mine"


def test_a_form_with_an_old_token_comes_back_filled(strict):
    quote = make_quote(text="Stored")
    data = opened(strict, quote) | {"text": "Typed", "csrfmiddlewaretoken": "x" * 64}

    response = strict.post(address_of(quote), data, follow=True, **HERE)

    assert value_of(soup_of(response).select_one("[name=text]")) == "Typed"
    assert Quote.objects.get().text == "Stored"


def test_what_was_kept_can_be_thrown_away(desk, olga):
    quote = make_quote(text="Stored")
    data = opened(desk, quote)
    end_session(desk).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    desk.force_login(olga)

    assert soup_of(desk.get(address_of(quote))).select_one("form.throw-away")
    response = desk.post(address_of(quote), {"_throw_away": "yes"}, follow=True)

    assert value_of(soup_of(response).select_one("[name=text]")) == "Stored"
    assert kept_in(desk) == {}


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_another_site_puts_nothing_here(strict, olga, headers, is_signed_in):
    quote = make_quote()
    data = opened(strict, quote)
    if not is_signed_in:
        end_session(strict)
    before = set(Session.objects.values_list("session_data", flat=True))

    response = strict.post(address_of(quote), data | {"text": "Planted", "csrfmiddlewaretoken": "x" * 64}, **headers)

    assert response.status_code == 403
    assert set(Session.objects.values_list("session_data", flat=True)) == before


@pytest.mark.parametrize("sign", ["", "1", "1:abc:def", None])
def test_a_form_that_the_site_gave_to_nobody_is_not_kept(desk, sign):
    quote = make_quote()
    data = opened(desk, quote) | {"_given_to": sign or ""}

    end_session(desk).post(address_of(quote), data, **HERE)

    assert not Session.objects.exists()


def test_what_one_typed_is_shown_to_nobody_else_who_signs_in_at_the_same_browser(desk):
    quote = make_quote(text="Stored")
    data = opened(desk, quote)
    end_session(desk).post(address_of(quote), data | {"text": "Hers"}, **HERE)
    desk.force_login(make_organiser())

    page = soup_of(desk.get(address_of(quote)))

    assert value_of(page.select_one("[name=text]")) == "Stored"


def test_a_form_of_somebody_else_is_not_kept_in_ones_own_session(strict):
    quote = make_quote()
    data = opened(strict, quote) | {"csrfmiddlewaretoken": "x" * 64}
    strict.force_login(make_organiser())

    response = strict.post(address_of(quote), data, **HERE)

    assert response.status_code == 403
    assert kept_in(strict) == {}


def test_too_much_is_not_kept(desk):
    quote = make_quote()
    data = opened(desk, quote)

    end_session(desk).post(address_of(quote), data | {"text": "x" * 1_100_000}, **HERE)

    assert not Session.objects.exists()


def test_it_is_kept_for_a_day(desk, olga):
    quote = make_quote(text="Stored")
    data = opened(desk, quote)
    end_session(desk).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    desk.force_login(olga)
    desk.get(reverse("admin:index"))

    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        page = soup_of(desk.get(address_of(quote)))

    assert value_of(page.select_one("[name=text]")) == "Stored"


def test_no_token_no_password_and_no_file_is_kept(desk, olga):
    writeup = make_writeup()
    data = opened(desk, writeup) | {"photos-TOTAL_FORMS": 1, "photos-0-image": make_picture_file()}
    end_session(desk).post(address_of(writeup), data, **HERE)

    typed = next(iter(kept_in(desk).values()))["typed"]

    assert "csrfmiddlewaretoken" not in typed
    assert "photos-0-image" not in typed


def test_forms_with_a_password_are_never_kept(client, db):
    client.force_login(make_member(is_staff=True, is_superuser=True))

    page = soup_of(client.get(reverse("admin:members_member_add")))

    assert page.select_one("[name=password]")
    assert not page.select("[name=_given_to]")


def test_who_may_no_longer_change_it_is_not_shown_the_form(desk, olga):
    quote = make_quote()
    data = opened(desk, quote)
    end_session(desk).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    olga.user_permissions.clear()
    olga.groups.clear()
    desk.force_login(olga)

    assert desk.get(address_of(quote)).status_code == 403


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_request_without_a_word_of_ours_did_not_come_from_here(headers):
    assert not came_from_here(RequestFactory(SERVER_NAME="localhost").post("/", **headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost"},
        {"origin": "http://localhost:8000"},  # SITE_URL, as a proxy may not pass the host on
        {"origin": "http://localhost", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_request_from_our_own_page_did(headers):
    assert came_from_here(RequestFactory(SERVER_NAME="localhost").post("/", headers=headers))


def days_left(client):
    return (client.session.get_expiry_date() - timezone.now()).total_seconds() / 86400


def test_an_organisers_session_slides_from_the_last_day_at_the_desk(desk):
    for day in range(0, 100, 20):
        with time_machine.travel(timezone.now() + dt.timedelta(days=day)):
            response = desk.get(reverse("admin:index"))

            assert response.status_code == 200
            assert 29.9 < days_left(desk) <= 30


def test_a_session_is_written_once_a_day(desk):
    desk.get(reverse("admin:index"))

    with CaptureQueriesContext(connection) as queries:
        response = desk.get(reverse("admin:index"))

    assert "sessionid" not in response.cookies
    assert not [query for query in queries.captured_queries if query["sql"].startswith(("UPDATE", "INSERT"))]


def test_who_asked_not_to_be_remembered_is_not(desk):
    session = desk.session
    session.set_expiry(0)
    session.save()

    response = desk.get(reverse("admin:index"))

    assert desk.session.get_expire_at_browser_close()
    assert not response.cookies["sessionid"]["max-age"]


def test_members_and_visitors_keep_the_sessions_they_had(client, bob):
    visitor = client.get("/")
    client.force_login(bob)
    member = [client.get(address) for address in ("/", reverse("admin:index"))]

    assert not visitor.cookies
    assert not any(response.cookies.get("sessionid") for response in member)
