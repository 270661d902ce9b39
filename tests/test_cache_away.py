"""While the cache is away: what guesses codes or mails strangers is closed, and the rest of the site is open."""

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest
from books.models import Book
from meetups.models import RSVP
from members.models import Member
from newsletter.models import Subscriber
from tests import factories as make
from tests.books.admin.test_books import make_form_data
from tests.killing import wait_until
from tests.members.login_helpers import enter_code, get_code, get_reset_link, is_logged_in, request_code
from tests.members.test_mfa import PASSWORD, add_totp, get_totp_code
from tests.pages import send, soup_of, text_of
from tests.redis_server import answering, run_redis
from tests.serving import free_port

AWAY = ["Redis refuses connections", "no table"]


@pytest.fixture(autouse=True)
def club(db):
    cache.clear()
    club = make.make_club(joining="open", guests_allowed=2)
    make.make_meetup(slug="soon", capacity=5, date=timezone.localdate() + dt.timedelta(days=3))
    return club


@pytest.fixture(params=AWAY)
def take_away(request, settings):
    """Return a function that takes the cache away, in one of several ways."""

    def use(url):
        backend = {"BACKEND": "bookclub.core.cache.redis.RedisCache", "LOCATION": [url]}
        settings.CACHES = settings.CACHES | {"default": backend}

    if request.param == "no table":
        yield lambda: rename_table("cache", "cache_elsewhere")
    elif request.param == "Redis refuses connections":
        yield lambda: use(f"redis://127.0.0.1:{free_port()}/0")
    else:
        with answering(request.param) as server:
            yield lambda: use(server.url)


def rename_table(old, new):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


@pytest.fixture
def nick():
    member = make.make_member("nick@example.org", password=PASSWORD, name="Nick Nolan")
    EmailAddress.objects.get_or_create(user=member, email=member.email, defaults={"verified": True, "primary": True})
    return member


def count_rows():
    models = (Member, EmailAddress, RSVP, Subscriber, OutgoingMail, MailRequest)
    return {model.__name__: model.objects.count() for model in models}


def request_sign_in_code(client):
    return lambda: client.post("/accounts/login/", {"email": "nick@example.org"})


def sign_up(client):
    return lambda: client.post("/accounts/signup/", {"email": "new@example.org", "name": "Nia New"})


def sign_in_by_password(client):
    form = {"login": "nick@example.org", "password": PASSWORD}
    return lambda: client.post(reverse("account_login_password"), form)


def confirm_code(client):
    request_code(client, "nick@example.org")
    code = get_code("nick@example.org")
    return lambda: enter_code(client, code)


def request_password_reset(client):
    return lambda: client.post(reverse("account_reset_password"), {"email": "nick@example.org"})


def set_password_by_link(client):
    client.post(reverse("account_reset_password"), {"email": "nick@example.org"})
    page = client.get(get_reset_link("nick@example.org"), follow=True)
    path = page.redirect_chain[-1][0]
    return lambda: client.post(path, {"password1": "another-word-77", "password2": "another-word-77"})


def answer_as_visitor(client):
    form = {"name": "Vic King", "email": "vic@example.org", "answer": "going"}
    return lambda: send(client, "/meetups/soon/rsvp/", **form)


def ask_for_newsletter(client):
    return lambda: send(client, "/newsletter/subscription/", email="lea@example.org")


def enter_totp(client):
    add_totp(Member.objects.get(email="nick@example.org"))
    sign_in_by_password(client)()
    return lambda: client.post(reverse("mfa_authenticate"), {"code": get_totp_code()})


def sign_in(client):
    client.force_login(Member.objects.get(email="nick@example.org"))


def reauthenticate(client):
    sign_in(client)
    return lambda: client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def add_address(client):
    sign_in(client)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return lambda: client.post(reverse("account_email"), {"action_add": "", "email": "second@example.org"})


@pytest.mark.parametrize(
    "prepare",
    [
        request_sign_in_code,
        sign_up,
        sign_in_by_password,
        confirm_code,
        request_password_reset,
        set_password_by_link,
        answer_as_visitor,
        ask_for_newsletter,
        enter_totp,
        reauthenticate,
        add_address,
    ],
)
def test_guessing_and_mail_to_strangers_are_closed(client, nick, take_away, prepare):
    post = prepare(client)
    before = count_rows()
    was_logged_in = is_logged_in(client)
    take_away()

    response = post()

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert text_of(soup_of(response).h1) == "That has to wait a minute"
    assert "Try again in a minute." in text_of(soup_of(response))
    assert count_rows() == before
    assert is_logged_in(client) == was_logged_in
    assert Member.objects.get(pk=nick.pk).check_password(PASSWORD)


@pytest.mark.parametrize(
    "take_away", [b"", b"-NOAUTH Authentication required.\r\n", b"-LOADING Redis is loading\r\n"], indirect=True
)
def test_sign_in_is_closed_where_redis_is_slow_or_answers_errors(client, nick, take_away):
    take_away()

    response = sign_in_by_password(client)()

    assert response.status_code == 503
    assert not is_logged_in(client)


def test_log_says_in_one_line_why_an_action_is_closed(client, nick, take_away, log):
    take_away()

    sign_in_by_password(client)()

    [line] = [line for line in log.lines if "Service Unavailable" in line]
    start = "ERROR django.request: Service Unavailable: POST /accounts/login/password/: The cache can't be used. ("
    assert line.startswith(start)
    assert re.search("no such table: cache|Connection refused", line)


@pytest.mark.parametrize(
    "prepare", [request_sign_in_code, sign_up, sign_in_by_password, confirm_code, answer_as_visitor, ask_for_newsletter]
)
def test_closed_actions_work_with_the_cache(client, nick, prepare):
    post = prepare(client)

    assert post().status_code == 302


@pytest.mark.parametrize("path", ["/", "/meetups/soon/", "/newsletter/", "/accounts/login/", "/accounts/signup/"])
def test_pages_are_open(client, take_away, path):
    take_away()

    assert client.get(path).status_code == 200


def test_members_rsvp_and_profile_and_export_are_open(client, nick, take_away):
    sign_in(client)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    take_away()

    answered = send(client, "/meetups/soon/rsvp/", answer="going")
    exported = client.post(reverse("members:export_data"))

    assert answered.status_code == 302
    assert [rsvp.member for rsvp in RSVP.objects.all()] == [nick]
    assert client.get(reverse("members:profile")).status_code == 200
    assert b"".join(exported.streaming_content).startswith(b"PK")


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_missing_table_closes_what_guesses_and_leaves_the_rest_open(client, nick):
    member = Client()
    sign_in(member)
    member.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    rename_table("cache", "cache_elsewhere")
    try:
        closed = [prepare(client)() for prepare in (sign_in_by_password, request_sign_in_code, ask_for_newsletter)]
        answered = send(member, "/meetups/soon/rsvp/", answer="going")
        exported = member.post(reverse("members:export_data"))
        health = client.get("/healthz")
    finally:
        rename_table("cache_elsewhere", "cache")

    assert [response.status_code for response in closed] == [503, 503, 503]
    assert answered.status_code == 302
    assert b"".join(exported.streaming_content).startswith(b"PK")
    assert health.content.startswith(b"degraded")
    assert sign_in_by_password(client)().status_code == 302


def test_passkey_sign_in_is_open(client, take_away):
    take_away()
    form = {"credential": "{}"}

    response = client.post(reverse("mfa_login_webauthn"), form)

    assert (response.status_code, response.url) == (302, reverse("account_login"))


def test_admin_is_open(organiser_client, take_away):
    take_away()

    saved = organiser_client.post("/admin/books/book/add/", make_form_data(title="The Lamp"))

    assert organiser_client.get("/admin/").status_code == 200
    assert saved.status_code == 302
    assert Book.objects.get().title == "The Lamp"


def test_one_click_unsubscribe_is_open(client, take_away):
    subscriber = make.make_subscriber("lea@example.org")
    take_away()

    response = client.post(reverse("newsletter:leave", args=[subscriber.token]), {"List-Unsubscribe": "One-Click"})

    subscriber.refresh_from_db()
    assert response.status_code == 200
    assert subscriber.left_at


def test_health_tells_of_it_with_a_200(client, take_away):
    assert client.get("/healthz").content == b"ok\n"
    take_away()

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.content == b"degraded: no cache, so only passkeys open an account\n"


def test_sign_in_works_again_by_itself(settings, nick):
    with run_redis() as server:
        backend = {"BACKEND": "bookclub.core.cache.redis.RedisCache", "LOCATION": [server.url]}
        settings.CACHES = settings.CACHES | {"default": backend}
        server.kill()
        refused = sign_in_by_password(Client())()
        server.start()
        client = Client()
        wait_until(lambda: sign_in_by_password(client)().status_code != 503)

        assert refused.status_code == 503
        assert is_logged_in(client)
