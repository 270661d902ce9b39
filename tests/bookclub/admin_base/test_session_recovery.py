import datetime as dt

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.core.same_origin import is_same_origin
from books.models import Quote
from meetups.models import WriteUp
from tests.bookclub.admin_base.test_edit_conflicts import address_of, filled, opened, value_of
from tests.factories import make_member, make_organiser, make_picture_file, make_quote, make_session_note, make_writeup
from tests.pages import soup_of, text_of
from tests.sampling import first_ones

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
def organiser_client(olga):
    client = Client(SERVER_NAME="localhost")
    client.force_login(olga)
    return client


@pytest.fixture
def strict(olga):
    """A client that checks CSRF tokens."""
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.force_login(olga)
    return client


def kept_in(client):
    return client.session.get("unsaved_admin_forms", {})


def end_session(client):
    Session.objects.all().delete()
    return client


def test_form_sent_without_session_is_shown_after_login_and_not_saved(organiser_client, olga):
    quote = make_quote(text="Stored")
    data = opened(organiser_client, quote)
    end_session(organiser_client)

    sent = organiser_client.post(address_of(quote), data | {"text": "Typed “for an hour”\r\n…"}, follow=True, **HERE)
    organiser_client.force_login(olga)
    page = soup_of(organiser_client.get(address_of(quote)))

    assert "What you typed is kept: sign in" in sent.content.decode()
    assert value_of(page.select_one("[name=text]")).replace("\r\n", "\n") == "Typed “for an hour”\n…"
    assert "it has not been saved" in text_of(page.select_one(".errornote"))
    assert Quote.objects.get().text == "Stored"


def test_recovered_form_is_saved_and_deleted(organiser_client, olga):
    quote = make_quote(text="Stored")
    data = opened(organiser_client, quote)
    end_session(organiser_client).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    organiser_client.force_login(olga)
    page = soup_of(organiser_client.get(address_of(quote)))

    organiser_client.post(address_of(quote), filled(page), **HERE)

    assert Quote.objects.get().text == "Typed"
    assert kept_in(organiser_client) == {}
    assert not soup_of(organiser_client.get(address_of(quote))).select(".errornote")


def test_login_leads_to_the_recovered_form(organiser_client, olga):
    olga.set_password("a long password")
    olga.save()
    organiser_client.force_login(olga)
    data = opened(organiser_client, quote := make_quote()) | {"text": "Typed"}
    end_session(organiser_client).post(address_of(quote), data, follow=True, **HERE)
    form = {"login": olga.email, "password": "a long password", "next": address_of(quote)}

    response = organiser_client.post(reverse("account_login_password"), form, follow=True)

    assert response.request["PATH_INFO"] == address_of(quote)
    assert value_of(soup_of(response).select_one("[name=text]")) == "Typed"


def test_new_writeup_with_notes_is_recovered(organiser_client, olga):
    address = reverse("admin:meetups_writeup_add")
    data = filled(soup_of(organiser_client.get(address)))
    data |= {"title": "Tonight", "body": "We met.", "session_notes-TOTAL_FORMS": 2}
    data |= {"session_notes-0-text": "First", "session_notes-1-text": "Second"}
    end_session(organiser_client).post(address, data, **HERE)
    organiser_client.force_login(olga)

    page = soup_of(organiser_client.get(address))

    names = ["title", "body", "session_notes-0-text", "session_notes-1-text"]
    assert [value_of(page.select_one(f'[name="{name}"]')) for name in names] == [
        "Tonight",
        "We met.",
        "First",
        "Second",
    ]
    assert not WriteUp.objects.exists()


def test_recovered_form_shows_changes_of_others(organiser_client, olga):
    note = make_session_note()
    data = opened(organiser_client, note.writeup)
    end_session(organiser_client).post(address_of(note.writeup), data | {"body": "Mine"}, **HERE)
    writeup = WriteUp.objects.get()
    writeup.body = "Hers"
    writeup.save()
    organiser_client.force_login(olga)

    page = soup_of(organiser_client.get(address_of(writeup)))

    assert text_of(page.select_one(".conflict dd")) == "Hers"
    assert value_of(page.select_one("[name=body]")) == "Mine"


def test_form_with_an_old_csrf_token_is_shown_again(strict):
    quote = make_quote(text="Stored")
    data = opened(strict, quote) | {"text": "Typed", "csrfmiddlewaretoken": "x" * 64}

    response = strict.post(address_of(quote), data, follow=True, **HERE)

    assert value_of(soup_of(response).select_one("[name=text]")) == "Typed"
    assert Quote.objects.get().text == "Stored"


def test_recovered_form_can_be_discarded(organiser_client, olga):
    quote = make_quote(text="Stored")
    data = opened(organiser_client, quote)
    end_session(organiser_client).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    organiser_client.force_login(olga)

    assert soup_of(organiser_client.get(address_of(quote))).select_one("form.discard")
    response = organiser_client.post(address_of(quote), {"_discard_saved_form": "yes"}, follow=True)

    assert value_of(soup_of(response).select_one("[name=text]")) == "Stored"
    assert kept_in(organiser_client) == {}


@pytest.mark.parametrize("headers", first_ones(FOREIGN, 3))
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_form_from_another_site_is_not_stored(strict, olga, headers, is_signed_in):
    quote = make_quote()
    data = opened(strict, quote)
    if not is_signed_in:
        end_session(strict)
    before = set(Session.objects.values_list("session_data", flat=True))

    response = strict.post(address_of(quote), data | {"text": "Planted", "csrfmiddlewaretoken": "x" * 64}, **headers)

    assert response.status_code == 403
    assert set(Session.objects.values_list("session_data", flat=True)) == before


@pytest.mark.parametrize("sign", ["", "1", "1:abc:def", None])
def test_form_without_a_signed_key_is_not_stored(organiser_client, sign):
    quote = make_quote()
    data = opened(organiser_client, quote) | {"_form_owner": sign or ""}

    end_session(organiser_client).post(address_of(quote), data, **HERE)

    assert not Session.objects.exists()


def test_recovered_form_is_hidden_from_another_user_of_the_browser(organiser_client):
    quote = make_quote(text="Stored")
    data = opened(organiser_client, quote)
    end_session(organiser_client).post(address_of(quote), data | {"text": "Hers"}, **HERE)
    organiser_client.force_login(make_organiser())

    page = soup_of(organiser_client.get(address_of(quote)))

    assert value_of(page.select_one("[name=text]")) == "Stored"


def test_form_of_another_user_is_not_stored(strict):
    quote = make_quote()
    data = opened(strict, quote) | {"csrfmiddlewaretoken": "x" * 64}
    strict.force_login(make_organiser())

    response = strict.post(address_of(quote), data, **HERE)

    assert response.status_code == 403
    assert kept_in(strict) == {}


def test_too_large_form_is_not_stored(organiser_client):
    quote = make_quote()
    data = opened(organiser_client, quote)

    end_session(organiser_client).post(address_of(quote), data | {"text": "x" * 1_100_000}, **HERE)

    assert not Session.objects.exists()


def test_stored_form_expires_after_a_day(organiser_client, olga):
    quote = make_quote(text="Stored")
    data = opened(organiser_client, quote)
    end_session(organiser_client).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    organiser_client.force_login(olga)
    organiser_client.get(reverse("admin:index"))

    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        page = soup_of(organiser_client.get(address_of(quote)))

    assert value_of(page.select_one("[name=text]")) == "Stored"


def test_stored_form_has_no_token_password_or_file(organiser_client, olga):
    writeup = make_writeup()
    data = opened(organiser_client, writeup) | {"photos-TOTAL_FORMS": 1, "photos-0-image": make_picture_file()}
    end_session(organiser_client).post(address_of(writeup), data, **HERE)

    typed = next(iter(kept_in(organiser_client).values()))["data"]

    assert "csrfmiddlewaretoken" not in typed
    assert "photos-0-image" not in typed


def test_form_with_a_password_is_not_stored(client, db):
    client.force_login(make_member(is_staff=True, is_superuser=True))

    page = soup_of(client.get(reverse("admin:members_member_add")))

    assert page.select_one("[name=password]")
    assert not page.select("[name=_form_owner]")


def test_recovered_form_needs_the_change_permission(organiser_client, olga):
    quote = make_quote()
    data = opened(organiser_client, quote)
    end_session(organiser_client).post(address_of(quote), data | {"text": "Typed"}, **HERE)
    olga.user_permissions.clear()
    olga.groups.clear()
    organiser_client.force_login(olga)

    assert organiser_client.get(address_of(quote)).status_code == 403


@pytest.mark.parametrize("headers", FOREIGN)
def test_request_without_origin_headers_is_not_same_origin(headers):
    assert not is_same_origin(RequestFactory(SERVER_NAME="localhost").post("/", **headers))


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
def test_request_from_our_page_is_same_origin(headers):
    assert is_same_origin(RequestFactory(SERVER_NAME="localhost").post("/", headers=headers))


def days_left(client):
    return (client.session.get_expiry_date() - timezone.now()).total_seconds() / 86400


def test_admin_session_is_extended_by_each_visit(organiser_client):
    for day in range(0, 100, 20):
        with time_machine.travel(timezone.now() + dt.timedelta(days=day)):
            response = organiser_client.get(reverse("admin:index"))

            assert response.status_code == 200
            assert 29.9 < days_left(organiser_client) <= 30


def test_session_is_extended_once_a_day(organiser_client):
    organiser_client.get(reverse("admin:index"))

    with CaptureQueriesContext(connection) as queries:
        response = organiser_client.get(reverse("admin:index"))

    assert "sessionid" not in response.cookies
    assert not [query for query in queries.captured_queries if query["sql"].startswith(("UPDATE", "INSERT"))]


def test_session_without_remember_is_not_extended(organiser_client):
    session = organiser_client.session
    session.set_expiry(0)
    session.save()

    response = organiser_client.get(reverse("admin:index"))

    assert organiser_client.session.get_expire_at_browser_close()
    assert not response.cookies["sessionid"]["max-age"]


def test_other_sessions_are_not_extended(client, bob):
    visitor = client.get("/")
    client.force_login(bob)
    member = [client.get(address) for address in ("/", reverse("admin:index"))]

    assert not visitor.cookies
    assert not any(response.cookies.get("sessionid") for response in member)
