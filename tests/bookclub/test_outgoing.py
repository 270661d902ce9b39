"""The outgoing mail at the desk: what an organiser sees of it, may do, and never gets to see."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from bookclub.models import Fence, OutgoingMail, Worker
from bookclub.waiting import waiting_for
from tests.factories import do_post, make_mail, make_member, make_writer
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db
State, Keeps = OutgoingMail.State, OutgoingMail.Keeps
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
LIST = "/admin/bookclub/outgoingmail/"
CODE = "4711-SECRET"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def make_secret(**fields):
    secret = dict.fromkeys(("subject", "text", "html"), f"Your code is {CODE}")
    return make_mail(**secret | {"kind": "login-code", "keeps": Keeps.ADDRESS} | fields)


def page_of(mail):
    return reverse("admin:bookclub_outgoingmail_change", args=[mail.pk])


def act(desk, action, *mails, confirmed=True, **more):
    data = {"action": action, "_selected_action": [mail.pk for mail in mails]} | more
    return desk.post(LIST, data | ({"confirmed": "yes"} if confirmed else {}))


def state_of(mail):
    return OutgoingMail.objects.get(pk=mail.pk).state


def outbox_of(response):
    return text_of(soup_of(response).select_one(".outbox"))


# --- what is seen ---------------------------------------------------------------------------------------------------


def test_the_list_says_to_whom_what_and_how_it_stands_and_its_numbers_add_up(desk):
    make_mail(kind="reminder", to="bob@example.org", attempts=2, not_before=NOW + HOUR, error="451 Later")
    for state, number in {State.SENT: 3, State.FAILED: 1, State.UNKNOWN: 2, State.HELD: 1}.items():
        for _ in range(number):
            make_mail(state=state, sent_at=NOW if state == State.SENT else None)

    page = desk.get(LIST)

    rows = [text_of(row) for row in soup_of(page).select("#result_list tbody tr")]
    told = ("reminder", "bob@example.org", "queued, tried twice, next in 1 hour", "451 Later")
    assert all(words in rows[-1] for words in told)
    assert "1 waits for the organiser, 1 queued, 3 sent, 1 failed, 2 unknown: 8 in all" in outbox_of(page)


@pytest.mark.parametrize("state", State)
def test_one_state_can_be_looked_at_alone(desk, state):
    for each in State:
        make_mail(to=f"{each.value}@example.org", state=each)

    page = soup_of(desk.get(LIST, {"state": state.value}))

    assert texts(page, "#result_list .field-reader") == [f"{state.value}@example.org"]


def test_a_mails_page_shows_its_words_and_what_the_server_said(desk):
    mail = make_mail(subject="On Wednesday", text="We meet\n\nat seven\n", state=State.FAILED, error="550 Nobody here")

    page = soup_of(desk.get(page_of(mail)))

    shown = text_of(page.select_one("#content"))
    assert all(words in shown for words in ("On Wednesday", "We meet", "at seven", "550 Nobody here", mail.message_id))
    assert not page.select("[name=_save], textarea, [name=to]")


@pytest.mark.parametrize("keeps", [Keeps.ADDRESS, Keeps.NOTHING])
@pytest.mark.parametrize("state", [State.QUEUED, State.UNKNOWN, State.HELD])
def test_a_secret_is_shown_nowhere(desk, keeps, state):
    mail = make_secret(state=state, keeps=keeps)

    pages = [desk.get(LIST), desk.get(page_of(mail)), desk.get(page_of(mail).replace("change", "history"))]
    pages += [act(desk, action, mail, confirmed=False) for action in ("send", "send_again", "dont_send")]

    assert [page.status_code for page in pages] == [200] * 6
    assert all(CODE not in page.content.decode() for page in pages)
    assert "This text is for its reader alone." in pages[1].content.decode()


@pytest.mark.parametrize("asked", ["text__contains", "subject__startswith", "html__icontains", "headers__icontains"])
def test_a_secret_can_not_be_guessed_letter_by_letter(desk, asked):
    make_secret(to="reader@example.org")

    by_address = desk.get(LIST, {asked: CODE[:3]}, follow=True)
    by_search = desk.get(LIST, {"q": CODE[:3]})

    assert by_address.status_code == 400 or by_address.redirect_chain
    assert "reader@example.org" not in by_search.content.decode()


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("page", ["", "stop/", "go-on/", "?action=send&_selected_action=1&confirmed=yes"])
def test_looking_changes_nothing(desk, method, page):
    mail = make_mail(state=State.HELD, pk=1)
    Fence.put_up(Fence.Kind.RESTORED)

    getattr(desk, method)(LIST + page)

    assert state_of(mail) == State.HELD
    assert Fence.objects.exists()


@pytest.mark.parametrize("make_other", [make_member, make_writer])
def test_nobody_but_organisers_sees_or_does_anything_here(client, make_other):
    client.force_login(make_other())
    mail = make_mail(state=State.HELD)

    for response in (client.get(LIST), client.get(page_of(mail)), act(client, "send", mail),
                     client.post(f"{LIST}stop/"), client.post(f"{LIST}go-on/")):  # fmt: skip
        assert response.status_code in {302, 403}
    assert state_of(mail) == State.HELD
    assert not Fence.objects.exists()


# --- what can be done -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "state", "becomes"),
    [
        ("send", State.HELD, State.QUEUED),
        ("send_again", State.UNKNOWN, State.QUEUED),
        ("send_again", State.FAILED, State.QUEUED),
        ("dont_send", State.HELD, State.DROPPED),
        ("dont_send", State.QUEUED, State.DROPPED),
        ("dont_send", State.UNKNOWN, State.DROPPED),
        ("send", State.SENT, State.SENT),
        ("send", State.UNKNOWN, State.UNKNOWN),
        ("send_again", State.SENT, State.SENT),
        ("send_again", State.SENDING, State.SENDING),
        ("dont_send", State.SENDING, State.SENDING),
        ("dont_send", State.SENT, State.SENT),
    ],
)
def test_an_action_asks_first_and_then_does_what_fits_the_state(desk, action, state, becomes):
    mail = make_mail(state=state, attempts=3, error="550", worker="gone")

    asked = act(desk, action, mail, confirmed=False)
    between = state_of(mail)
    act(desk, action, mail)

    assert between == state
    assert bool(soup_of(asked).select("form.confirm")) is (becomes != state)
    assert state_of(mail) == becomes


def test_a_mail_that_is_sent_again_is_sent_once_more_with_the_same_number(desk, mailoutbox):
    mail = make_mail(state=State.UNKNOWN, attempts=9)

    act(desk, "send_again", mail)
    do_post()
    do_post()

    assert [message.extra_headers["Message-ID"] for message in mailoutbox] == [f"<{mail.message_id}>"]


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("send", {"state": State.HELD, "expires_at": NOW}),
        ("send_again", {"state": State.FAILED, "text": ""}),
        ("send_again", {"state": State.UNKNOWN, "to": ""}),
    ],
)
def test_what_nobody_can_use_or_is_not_kept_is_not_sent(desk, action, fields):
    mail = make_mail(**fields)

    page = soup_of(act(desk, action, mail, confirmed=False))
    act(desk, action, mail)

    assert "None of those you chose" in text_of(page.select_one("#content"))
    assert state_of(mail) == fields["state"]


def test_the_question_says_what_is_risked_to_whom_and_what_stays(desk):
    unknown, sent = make_mail(state=State.UNKNOWN, to="bob@example.org"), make_mail(state=State.SENT)

    page = text_of(soup_of(act(desk, "send_again", unknown, sent, confirmed=False)).select_one("#content"))

    assert "1 mail" in page
    assert "may get it a second time" in page
    assert "reminder to bob@example.org" in page
    assert "1 of those you chose can’t be treated like this" in page


def test_all_of_a_long_list_are_sent_at_once(desk):
    mails = [make_mail(state=State.HELD) for _ in range(60)]

    asked = act(desk, "send", mails[0], confirmed=False, select_across=1)
    act(desk, "send", mails[0], select_across=1)

    assert "60 mails" in text_of(soup_of(asked).select_one(".summary"))
    assert "and 40 more" in text_of(soup_of(asked).select_one(".summary"))
    assert {state_of(mail) for mail in mails} == {State.QUEUED}


def test_a_mails_own_page_offers_what_fits_it(desk):
    offers = {
        state: texts(soup_of(desk.get(page_of(make_mail(state=state)))), ".object-tools button") for state in State
    }

    assert offers == {
        State.HELD: ["Send …", "Don’t send …"],
        State.QUEUED: ["Don’t send …"],
        State.SENDING: [],
        State.SENT: [],
        State.FAILED: ["Send again …", "Don’t send …"],
        State.UNKNOWN: ["Send again …", "Don’t send …"],
        State.DROPPED: [],
    }


# --- what stands in the way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Fence.Kind)
def test_a_fence_is_said_on_the_list_and_lifted_by_a_button(desk, kind):
    Fence.put_up(kind, "535 Wrong password")

    page = desk.get(LIST)
    [button] = soup_of(page).select(".outbox form")
    desk.post(button["action"])

    assert f"No mail leaves: {kind.label}. 535 Wrong password" in outbox_of(page)
    assert ("Codes to sign in" in outbox_of(page)) is (kind != Fence.Kind.LOGIN)
    assert not Fence.objects.exists()


def test_all_mail_can_be_stopped(desk, mailoutbox):
    make_mail()
    [button] = soup_of(desk.get(LIST)).select(".outbox form")

    desk.post(button["action"])
    do_post()

    assert mailoutbox == []
    assert Fence.objects.get().kind == Fence.Kind.PAUSED


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        ([], "No worker has been running: none is sent."),
        ([3], "1 worker, seen 3 seconds ago."),
        ([3, 70], "2 workers, seen 3 seconds ago."),
        ([1000], "No worker has been running since 4 March 2026, 11:43 GMT: none is sent."),
    ],
)
def test_the_list_says_who_sends(desk, workers, words):
    for seconds in workers:
        Worker.objects.create(name=str(seconds), host="here", seen_at=NOW - dt.timedelta(seconds=seconds))

    assert words in outbox_of(desk.get(LIST))


def test_the_list_says_what_troubles_a_worker(desk):
    Worker.objects.create(name="one", host="here", trouble="The mail server can't be reached")

    assert "The mail server can't be reached" in outbox_of(desk.get(LIST))


def waiting(user):
    """{heading: [(words, address)]} of the front page, about mail."""
    groups = waiting_for(user)
    return {group.heading: [(entry.words, entry.address) for entry in group.entries] for group in groups
            if "mail" in group.heading.lower()}  # fmt: skip


def test_the_front_page_says_what_waits_for_a_person(olga):
    assert waiting(olga) == {}

    make_mail()
    assert waiting(olga) == {"No mail leaves": [("No worker is running: mail waits", f"{LIST}?state=queued")]}

    Worker.objects.create(name="one", host="here")
    make_mail(state=State.HELD)
    for _ in range(2):
        make_mail(state=State.UNKNOWN)
    make_mail(state=State.FAILED)
    Fence.put_up(Fence.Kind.LOGIN)
    assert waiting(olga) == {
        "No mail leaves": [("The mail server refuses our name, password or sender: look, and let it go on", LIST)],
        "Mail that waits for you": [("1 mail", f"{LIST}?state=held")],
        "Mail that may or may not have gone out": [("2 mails", f"{LIST}?state=unknown")],
        "Mail that could not be sent": [("1 mail", f"{LIST}?state=failed")],
    }


def test_the_front_page_tells_an_author_nothing_of_mail():
    make_mail(state=State.HELD)

    assert waiting(make_writer()) == {}
