"""Logging in and signing up by a mailed code."""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookclub.mail.models import OutgoingMail
from members.approval import delete_unconfirmed_accounts
from members.login_by_code import get_local_path
from members.models import Member
from tests.factories import make_club, make_meetup, make_member, make_rsvp, run_worker
from tests.members.login_helpers import (
    CODE,
    enter_code,
    get_code,
    is_logged_in,
    list_mails,
    log_in,
    make_browser,
    request_code,
)
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

NICK, NEW = "nick@example.org", "new@example.org"


@pytest.fixture(autouse=True)
def club(db):
    cache.clear()
    return make_club(name="The Night Readers", contact_email="hello@club.example")


@pytest.fixture
def nick():
    return make_member(NICK, name="Nick Nolan")


def read_lede(client):
    return text_of(soup_of(client.get(CODE)).select_one(".lede"))


def read_errors(response):
    return texts(soup_of(response), ".error-summary a")


@pytest.mark.both_databases
def test_login_by_code_logs_member_in_and_confirms_address(client, nick):
    answer = request_code(client, "NICK@example.org", next="/books/")
    page = soup_of(client.get(answer.url))
    response = enter_code(client, get_code(NICK))

    assert answer.url == CODE
    assert text_of(page.h1) == "Type the code from the mail"
    assert text_of(page.select_one(".lede")).startswith(f"It is on its way to {NICK}, and good for 15 minutes.")
    assert page.select_one("#id_code")["autocomplete"] == "one-time-code"
    assert response.url == "/books/"
    assert client.session["_auth_user_id"] == str(nick.pk)
    assert EmailAddress.objects.get().verified


def test_login_code_mail_is_urgent_and_loses_its_text_once_sent(client, nick, mailoutbox):
    request_code(client, NICK)
    [mail] = list_mails()
    before = (
        mail.priority,
        mail.is_secret,
        round((mail.expires_at - mail.written_at).total_seconds()),
        len(mailoutbox),
    )
    run_worker()

    mail.refresh_from_db()
    [message] = mailoutbox
    assert before == (OutgoingMail.Priority.URGENT, True, 900, 0)
    assert (message.to, message.subject) == ([NICK], "Your code for The Night Readers")
    assert "http://localhost:8000/accounts" not in message.body + message.alternatives[0].content
    assert (mail.state, mail.text, mail.html, mail.to) == ("sent", "", "", NICK)


@pytest.mark.both_databases
def test_signup_creates_a_member_only_when_the_code_is_entered(client):
    request_code(client, NEW, name="Nina New")
    before = Member.objects.get()
    state = (before.name, before.approved_at, before.has_usable_password(), EmailAddress.objects.get().verified)

    enter_code(client, get_code(NEW))

    nina = Member.objects.get()
    assert state == ("", None, False, False)
    assert is_logged_in(client)
    assert (nina.name, nina.email, nina.approved_at is None) == ("Nina New", NEW, False)
    assert EmailAddress.objects.get(user=nina, primary=True).verified


def test_login_without_a_name_redirects_to_profile(client):
    response = log_in(client, NEW)

    assert response.url == "/members/me/"
    assert "what shall we call you?" in client.get(response.url).content.decode()


def test_signup_never_overwrites_an_existing_name(client, nick):
    request_code(client, NICK, name="Somebody Else")
    enter_code(client, get_code(NICK))

    nick.refresh_from_db()
    assert nick.name == "Nick Nolan"


def test_signup_ignores_names_from_unconfirmed_requests(client):
    request_code(make_browser("198.51.100.7"), NEW, name="A Rude Word")

    request_code(client, NEW, name="Nina New")
    enter_code(client, get_code(NEW))

    assert Member.objects.get().name == "Nina New"


def test_first_code_confirms_an_account_made_by_an_organiser(client, nick):
    log_in(client, NICK)

    assert EmailAddress.objects.filter(user=nick, email=NICK, verified=True, primary=True).exists()
    assert client.session["_auth_user_id"] == str(nick.pk)


# --- the code


def test_login_code_is_disabled_after_third_wrong_attempt(client, nick):
    request_code(client, NICK)
    code = get_code(NICK)

    answers = [enter_code(client, "BBBB-BBBB") for _ in range(3)]
    right = enter_code(client, code)

    wrong = "This is not the code, or it has been used. Look at the mail again."
    last = "That was the third wrong code, so we take no more of them here. Ask for a new code."
    assert [read_errors(answer) for answer in answers] == [[wrong], [wrong], []]
    assert not is_logged_in(client)
    assert text_of(soup_of(right).h1) == "This code is no good any more"
    assert text_of(soup_of(answers[2]).select_one(".lede")) == read_lede(client) == last


def test_disabled_login_code_stays_disabled_until_resend(client, nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        request_code(client, NICK)
        for _ in range(3):
            enter_code(client, "BBBB-BBBB")
        client.post(CODE, {"resend": ""})
        enter_code(client, get_code(NICK))
        assert not is_logged_in(client)
        traveller.shift(181)
        client.post(CODE, {"resend": ""})
        enter_code(client, get_code(NICK))

        assert is_logged_in(client)


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "without the line"])
def test_login_code_accepts_any_case_and_spacing(client, nick, typed):
    request_code(client, NICK)
    code = get_code(NICK)
    ways = {"lower": code.lower(), "without the line": code.replace("-", "")}

    enter_code(client, ways.get(typed, typed.format(code)))

    assert is_logged_in(client)


def test_empty_login_code_is_not_counted_as_attempt(client, nick):
    request_code(client, NICK)

    for _ in range(4):
        response = enter_code(client, "")
    enter_code(client, get_code(NICK))

    assert read_errors(response) == ["Type the code from the mail."]
    assert is_logged_in(client)


def test_login_code_expires_with_a_message(client, nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        request_code(client, NICK)
        traveller.shift(15 * 60 + 1)
        response = enter_code(client, get_code(NICK))

    assert text_of(soup_of(response).select_one(".lede")) == "The code has run out. Ask for a new one."
    assert soup_of(response).select_one("button[name=resend]")
    assert not is_logged_in(client)


def test_login_code_works_once(nick):
    first, second = make_browser(), make_browser()
    for each in (first, second):
        request_code(each, NICK)
    code = get_code(NICK)

    enter_code(first, code)
    enter_code(second, code)

    assert [is_logged_in(first), is_logged_in(second)] == [True, False]
    assert enter_code(first, code).url == "/"


def test_login_code_works_for_its_own_address_only(nick):
    make_member("olga@example.org")
    hers, his = make_browser(), make_browser()
    request_code(hers, "olga@example.org")
    request_code(his, NICK)

    enter_code(his, get_code("olga@example.org"))

    assert not is_logged_in(his)


def test_login_code_guessing_is_rate_limited_per_address(nick):
    request_code(make_browser(), NICK)
    code = get_code(NICK)
    for number in range(10):
        guesser = make_browser(f"198.51.100.{number}")
        request_code(guesser, NICK)
        for _ in range(3):
            enter_code(guesser, "BBBB-BBBB")
    late = make_browser("198.51.100.77")
    request_code(late, NICK)

    response = enter_code(late, code)

    assert read_errors(response) == [
        "Too many wrong codes for this address. Wait a quarter of an hour, then try again."
    ]


def test_code_page_without_a_request_redirects(client, nick):
    assert client.get(CODE).url == "/accounts/login/"
    client.force_login(nick)
    assert client.get(CODE).url == "/"


# --- repeated requests


def test_second_request_within_three_minutes_reuses_the_first_code(nick):
    first, second = make_browser(), make_browser("198.51.100.7")
    request_code(second, NICK)  # perhaps a stranger who wants to keep the member out

    request_code(first, NICK)

    assert len(list_mails()) == 1
    assert read_lede(first).startswith(
        f"We wrote to {NICK} less than three minutes ago, and do not write again so soon."
    )
    enter_code(first, get_code(NICK))
    assert is_logged_in(first)


def test_resend_after_three_minutes_sends_a_new_code(client, nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        request_code(client, NICK)
        page = soup_of(client.get(CODE))
        traveller.shift(180)
        client.post(CODE, {"resend": ""})
        old, new = (mail.text for mail in list_mails())
        enter_code(client, get_code(NICK))

        assert "We send one every three minutes at most, so the next in 3 minutes." in texts(page, "main p")
        assert old != new
        assert is_logged_in(client)


def test_login_codes_over_the_hourly_limit_are_held(nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        for number in range(7):
            client = make_browser(f"198.51.100.{number}")
            request_code(client, NICK)
            traveller.shift(200)

        assert [mail.state for mail in list_mails()] == ["queued"] * 6 + ["held"]
        assert read_lede(client).startswith("More codes have been asked for than we send in an hour")


def test_mass_signup_from_one_network_is_rate_limited():
    robot = make_browser()

    answers = [request_code(robot, f"victim{number}@example.org") for number in range(25)]

    assert [answer.status_code for answer in answers].count(429) == 15
    assert text_of(soup_of(answers[-1]).h1) == "Too many tries"
    assert len(list_mails()) == 10


# --- no disclosure of accounts


@pytest.fixture
def addresses(nick):
    """Addresses: known, unknown, unconfirmed, inactive."""
    make_member("closed@example.org", is_active=False)
    request_code(make_browser("203.0.113.9"), "unconfirmed@example.org")
    return [NICK, "unknown@example.org", "unconfirmed@example.org", "closed@example.org"]


def record_login_attempt(email, ip):
    """Return status codes, texts and kinds of queries on the way to a wrong code."""
    client = make_browser(ip)
    with CaptureQueriesContext(connection) as queries:
        pages = [request_code(client, email), client.get(CODE), enter_code(client, "BBBB-BBBB")]
    words = [page.headers.get("Location") or text_of(soup_of(page)).replace(email, "ADDRESS") for page in pages]
    kinds = [query["sql"].split(" ")[0] for query in queries if "cache" not in query["sql"]]
    return [page.status_code for page in pages], words, kinds


@pytest.mark.both_databases
@pytest.mark.parametrize("joining", ["open", "approval", "closed"])
def test_login_by_code_hides_which_addresses_have_accounts(addresses, club, joining):
    make_club(joining=joining)
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False):
        known, *others = [record_login_attempt(email, f"192.0.2.{number}") for number, email in enumerate(addresses)]

    assert known[0] == [302, 200, 200]
    for other in others:
        assert other[:2] == known[:2]
        assert sorted(other[2]) == sorted(known[2])


def test_signup_with_existing_address_is_told_by_mail_only(nick):
    log_in(make_browser(), NICK)
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False):
        pages = [request_code(make_browser(), email, name="Nick").url for email in (NICK, NEW)]

    assert pages == [CODE, CODE]
    assert "You have an account at The Night Readers" in list_mails(NICK)[-1].text
    assert "this code makes your account" in list_mails(NEW)[-1].text


def test_login_to_inactive_account_is_told_by_mail_only(client):
    make_member("closed@example.org", is_active=False)

    request_code(client, "closed@example.org")

    [mail] = list_mails()
    assert mail.subject == "This account is closed"
    assert "Write to hello@club.example" in mail.text


# --- next


@pytest.mark.parametrize("url", ["/", "/books/", "/meetups/soon/?a=1#rail"])
def test_local_path_accepts_own_paths(url):
    assert get_local_path(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "http:evil",
        "http://localhost:8000/books/",
        "evil",
        "",
        " /books/",
        "\x00/books/",
    ],
)
def test_local_path_rejects_everything_else(url):
    assert get_local_path(url) == ""


def test_login_ignores_external_next(client, nick):
    request_code(client, NICK, next="https://evil.example/")

    assert enter_code(client, get_code(NICK)).url == "/"


# --- unconfirmed accounts


@pytest.mark.both_databases
def test_delete_unconfirmed_accounts_after_a_day(nick):
    make_rsvp(make_meetup(), nick)
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False):
        request_code(make_browser(), NICK)
        request_code(make_browser(), "never@example.org")
        log_in(make_browser(), "came@example.org")
    with time_machine.travel("2026-03-05T11:00:00Z", tick=False):
        request_code(make_browser(), "yesterday@example.org")
        delete_unconfirmed_accounts()
        early = Member.objects.filter(email="never@example.org").exists()
    with time_machine.travel("2026-03-05T12:01:00Z", tick=False):
        delete_unconfirmed_accounts()

    assert early
    assert set(Member.objects.values_list("email", flat=True)) == {NICK, "came@example.org", "yesterday@example.org"}


def test_deleted_unconfirmed_address_can_sign_up_again(client):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False):
        request_code(client, NEW)
    with time_machine.travel("2026-03-06T12:00:00Z", tick=False):
        delete_unconfirmed_accounts()
        log_in(client, NEW)

        assert is_logged_in(client)
