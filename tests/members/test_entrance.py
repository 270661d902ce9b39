"""Coming in by a code from a mail, whoever one is."""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookclub.models import OutgoingMail
from members.entrance import own_path
from members.joining import forget_unconfirmed
from members.models import Member
from tests.factories import do_post, make_club, make_meetup, make_member, make_rsvp
from tests.members.doors import CODE, ask, browser, code_for, come_in, is_in, letters, type_code
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


def lede(client):
    return text_of(soup_of(client.get(CODE)).select_one(".lede"))


def errors(response):
    return texts(soup_of(response), ".errs a")


def test_a_member_types_an_address_and_a_code_and_is_in(client, nick):
    answer = ask(client, "NICK@example.org", next="/books/")
    page = soup_of(client.get(answer.url))
    response = type_code(client, code_for(NICK))

    assert answer.url == CODE
    assert text_of(page.h1) == "Type the code from the mail"
    assert text_of(page.select_one(".lede")).startswith(f"It is on its way to {NICK}, and good for 15 minutes.")
    assert page.select_one("#id_code")["autocomplete"] == "one-time-code"
    assert response.url == "/books/"
    assert client.session["_auth_user_id"] == str(nick.pk)
    assert EmailAddress.objects.get().verified


def test_the_mail_is_a_row_that_goes_at_once_and_loses_its_text(client, nick, mailoutbox):
    ask(client, NICK)
    [mail] = letters()
    before = (mail.rank, mail.is_secret, round((mail.expires_at - mail.written_at).total_seconds()), len(mailoutbox))
    do_post()

    mail.refresh_from_db()
    [message] = mailoutbox
    assert before == (OutgoingMail.Rank.AT_ONCE, True, 900, 0)
    assert (message.to, message.subject) == ([NICK], "Your code for The Night Readers")
    assert "http://localhost:8000/accounts" not in message.body + message.alternatives[0].content
    assert (mail.state, mail.text, mail.html, mail.to) == ("sent", "", "", NICK)


def test_somebody_new_is_a_member_once_the_code_is_typed_and_not_before(client):
    ask(client, NEW, name="Nina New")
    before = Member.objects.get()
    state = (before.name, before.approved_at, before.has_usable_password(), EmailAddress.objects.get().verified)

    type_code(client, code_for(NEW))

    nina = Member.objects.get()
    assert state == ("", None, False, False)
    assert is_in(client)
    assert (nina.name, nina.email, nina.approved_at is None) == ("Nina New", NEW, False)
    assert EmailAddress.objects.get(user=nina, primary=True).verified


def test_who_comes_in_without_a_name_is_asked_for_one(client):
    response = come_in(client, NEW)

    assert response.url == "/members/me/"
    assert "what shall we call you?" in client.get(response.url).content.decode()


def test_the_name_that_is_kept_stays_whatever_somebody_types(client, nick):
    ask(client, NICK, name="Somebody Else")
    type_code(client, code_for(NICK))

    nick.refresh_from_db()
    assert nick.name == "Nick Nolan"


def test_a_stranger_who_typed_the_address_first_leaves_no_name_behind(client):
    ask(browser("198.51.100.7"), NEW, name="A Rude Word")

    ask(client, NEW, name="Nina New")
    type_code(client, code_for(NEW))

    assert Member.objects.get().name == "Nina New"


def test_an_account_that_an_organiser_has_made_is_confirmed_by_its_first_code(client, nick):
    come_in(client, NICK)

    assert EmailAddress.objects.filter(user=nick, email=NICK, verified=True, primary=True).exists()
    assert client.session["_auth_user_id"] == str(nick.pk)


# --- the code


def test_a_wrong_code_is_a_sentence_and_the_third_is_the_last(client, nick):
    ask(client, NICK)
    code = code_for(NICK)

    answers = [type_code(client, "BBBB-BBBB") for _ in range(3)]
    right = type_code(client, code)

    wrong = "This is not the code, or it has been used. Look at the mail again."
    last = "That was the third wrong code, so we take no more of them here. Ask for a new code."
    assert [errors(answer) for answer in answers] == [[wrong], [wrong], []]
    assert not is_in(client)
    assert text_of(soup_of(right).h1) == "This code is no good any more"
    assert text_of(soup_of(answers[2]).select_one(".lede")) == lede(client) == last


def test_a_dead_code_stays_dead_until_there_is_a_new_one(client, nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        ask(client, NICK)
        for _ in range(3):
            type_code(client, "BBBB-BBBB")
        client.post(CODE, {"ask_again": ""})
        type_code(client, code_for(NICK))
        assert not is_in(client)
        traveller.shift(181)
        client.post(CODE, {"ask_again": ""})
        type_code(client, code_for(NICK))

        assert is_in(client)


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "without the line"])
def test_a_code_may_be_typed_in_any_way(client, nick, typed):
    ask(client, NICK)
    code = code_for(NICK)
    ways = {"lower": code.lower(), "without the line": code.replace("-", "")}

    type_code(client, ways.get(typed, typed.format(code)))

    assert is_in(client)


def test_an_empty_code_is_no_try(client, nick):
    ask(client, NICK)

    for _ in range(4):
        response = type_code(client, "")
    type_code(client, code_for(NICK))

    assert errors(response) == ["Type the code from the mail."]
    assert is_in(client)


def test_a_code_runs_out_and_says_so(client, nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        ask(client, NICK)
        traveller.shift(15 * 60 + 1)
        response = type_code(client, code_for(NICK))

    assert text_of(soup_of(response).select_one(".lede")) == "The code has run out. Ask for a new one."
    assert soup_of(response).select_one("button[name=ask_again]")
    assert not is_in(client)


def test_a_code_is_good_once(nick):
    first, second = browser(), browser()
    for each in (first, second):
        ask(each, NICK)
    code = code_for(NICK)

    type_code(first, code)
    type_code(second, code)

    assert [is_in(first), is_in(second)] == [True, False]
    assert type_code(first, code).url == "/"


def test_the_code_of_one_is_worthless_to_another(nick):
    make_member("olga@example.org")
    hers, his = browser(), browser()
    ask(hers, "olga@example.org")
    ask(his, NICK)

    type_code(his, code_for("olga@example.org"))

    assert not is_in(his)


def test_guessing_in_ever_new_browsers_is_stopped(nick):
    ask(browser(), NICK)
    code = code_for(NICK)
    for number in range(10):
        guesser = browser(f"198.51.100.{number}")
        ask(guesser, NICK)
        for _ in range(3):
            type_code(guesser, "BBBB-BBBB")
    late = browser("198.51.100.77")
    ask(late, NICK)

    response = type_code(late, code)

    assert errors(response) == ["Too many wrong codes for this address. Wait a quarter of an hour, then try again."]


def test_the_page_for_the_code_leads_who_has_asked_for_none_to_the_door(client, nick):
    assert client.get(CODE).url == "/accounts/login/"
    client.force_login(nick)
    assert client.get(CODE).url == "/"


# --- again and again


def test_a_second_code_within_three_minutes_is_no_second_mail_and_the_first_one_works(nick):
    first, second = browser(), browser("198.51.100.7")
    ask(second, NICK)  # a stranger, perhaps, who would keep the member out

    ask(first, NICK)

    assert len(letters()) == 1
    assert lede(first).startswith(f"We wrote to {NICK} less than three minutes ago, and do not write again so soon.")
    type_code(first, code_for(NICK))
    assert is_in(first)


def test_after_three_minutes_there_is_a_new_code_and_the_old_tab_takes_it_when_it_asks(client, nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        ask(client, NICK)
        page = soup_of(client.get(CODE))
        traveller.shift(180)
        client.post(CODE, {"ask_again": ""})
        old, new = (letter.text for letter in letters())
        type_code(client, code_for(NICK))

        assert "We send one every three minutes at most, so the next in 3 minutes." in texts(page, "main p")
        assert old != new
        assert is_in(client)


def test_more_codes_than_we_send_in_an_hour_wait_for_an_organiser_in_plain_words(nick):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False) as traveller:
        for number in range(7):
            client = browser(f"198.51.100.{number}")
            ask(client, NICK)
            traveller.shift(200)

        assert [letter.state for letter in letters()] == ["queued"] * 6 + ["held"]
        assert lede(client).startswith("More codes have been asked for than we send in an hour")


def test_a_robot_that_signs_up_for_thousands_sends_few_mails():
    robot = browser()

    answers = [ask(robot, f"victim{number}@example.org") for number in range(25)]

    assert [answer.status_code for answer in answers].count(429) == 5
    assert text_of(soup_of(answers[-1]).h1) == "Too many tries"
    assert len(letters()) == 20


# --- who is known


@pytest.fixture
def strangers(nick):
    """One address of each kind."""
    make_member("closed@example.org", is_active=False)
    ask(browser("203.0.113.9"), "unconfirmed@example.org")
    return [NICK, "unknown@example.org", "unconfirmed@example.org", "closed@example.org"]


def seen_by(email, ip):
    """All that is shown on the way to a wrong code, and what the database was asked."""
    client = browser(ip)
    with CaptureQueriesContext(connection) as asked:
        pages = [ask(client, email), client.get(CODE), type_code(client, "BBBB-BBBB")]
    words = [page.headers.get("Location") or text_of(soup_of(page)).replace(email, "ADDRESS") for page in pages]
    kinds = [query["sql"].split(" ")[0] for query in asked if "cache" not in query["sql"]]
    return [page.status_code for page in pages], words, kinds


@pytest.mark.parametrize("joining", ["open", "approval", "closed"])
def test_nobody_learns_who_has_an_account(strangers, club, joining):
    make_club(joining=joining)
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False):
        known, *others = [seen_by(email, f"192.0.2.{number}") for number, email in enumerate(strangers)]

    assert known[0] == [302, 200, 200]
    for other in others:
        assert other[:2] == known[:2]
        assert sorted(other[2]) == sorted(known[2])


def test_who_joins_twice_is_told_by_mail_alone_that_there_is_an_account(nick):
    come_in(browser(), NICK)
    with time_machine.travel("2030-03-04T12:00:00Z", tick=False):
        pages = [ask(browser(), email, name="Nick").url for email in (NICK, NEW)]

    assert pages == [CODE, CODE]
    assert "You have an account at The Night Readers" in letters(NICK)[-1].text
    assert "this code makes your account" in letters(NEW)[-1].text


def test_a_closed_account_is_told_by_mail_alone(client):
    make_member("closed@example.org", is_active=False)

    ask(client, "closed@example.org")

    [letter] = letters()
    assert letter.subject == "This account is closed"
    assert "Write to hello@club.example" in letter.text


# --- where one wanted to go


@pytest.mark.parametrize("url", ["/", "/books/", "/meetups/soon/?a=1#rail"])
def test_a_path_of_ours_is_followed(url):
    assert own_path(url) == url


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
def test_nothing_else_is(url):
    assert own_path(url) == ""


def test_a_forged_next_leads_home(client, nick):
    ask(client, NICK, next="https://evil.example/")

    assert type_code(client, code_for(NICK)).url == "/"


# --- what nobody ever confirmed


def test_accounts_that_nobody_came_in_to_go_after_a_day_and_no_others(nick):
    make_rsvp(make_meetup(), nick)
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False):
        ask(browser(), NICK)
        ask(browser(), "never@example.org")
        come_in(browser(), "came@example.org")
    with time_machine.travel("2026-03-05T11:00:00Z", tick=False):
        ask(browser(), "yesterday@example.org")
        forget_unconfirmed()
        early = Member.objects.filter(email="never@example.org").exists()
    with time_machine.travel("2026-03-05T12:01:00Z", tick=False):
        forget_unconfirmed()

    assert early
    assert set(Member.objects.values_list("email", flat=True)) == {NICK, "came@example.org", "yesterday@example.org"}


def test_who_is_forgotten_may_come_again(client):
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False):
        ask(client, NEW)
    with time_machine.travel("2026-03-06T12:00:00Z", tick=False):
        forget_unconfirmed()
        come_in(client, NEW)

        assert is_in(client)
