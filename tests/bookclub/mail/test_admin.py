"""Admin of the outgoing mail: lists, actions and secret texts."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from bookclub.dashboard.tasks import list_mail_problems, list_problems
from bookclub.mail.models import OutgoingMail, SendingPause, Worker
from tests.factories import make_mail, make_member, make_writer, run_worker
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db
State, Retention = OutgoingMail.State, OutgoingMail.Retention
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
LIST = "/admin/bookclub/outgoingmail/"
CODE = "4711-SECRET"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def make_secret(**fields):
    secret = dict.fromkeys(("subject", "text", "html"), f"Your code is {CODE}")
    return make_mail(**secret | {"kind": "login-code", "retention": Retention.ADDRESS} | fields)


def detail_url(mail):
    return reverse("admin:bookclub_outgoingmail_change", args=[mail.pk])


def act(organiser_client, action, *mails, confirmed=True, **more):
    data = {"action": action, "_selected_action": [mail.pk for mail in mails]} | more
    return organiser_client.post(LIST, data | ({"confirmed": "yes"} if confirmed else {}))


def state_of(mail):
    return OutgoingMail.objects.get(pk=mail.pk).state


def outbox_of(response):
    return text_of(soup_of(response).select_one(".outbox"))


# --- pages ----------------------------------------------------------------------------------------------------------


def test_list_shows_recipients_states_and_counts(organiser_client):
    make_mail(kind="reminder", to="bob@example.org", attempts=2, not_before=NOW + HOUR, error="451 Later")
    for state, number in {State.SENT: 3, State.FAILED: 1, State.UNKNOWN: 2, State.HELD: 1}.items():
        for _ in range(number):
            make_mail(state=state, sent_at=NOW if state == State.SENT else None)

    page = organiser_client.get(LIST)

    rows = [text_of(row) for row in soup_of(page).select("#result_list tbody tr")]
    told = ("reminder", "bob@example.org", "queued, tried twice, next in 1 hour", "451 Later")
    assert all(words in rows[-1] for words in told)
    assert "1 waits for the organiser, 1 queued, 3 sent, 1 failed, 2 unknown: 8 in all" in outbox_of(page)


@pytest.mark.parametrize("state", State)
def test_list_filters_by_state(organiser_client, state):
    for each in State:
        make_mail(to=f"{each.value}@example.org", state=each)

    page = soup_of(organiser_client.get(LIST, {"state": state.value}))

    assert texts(page, "#result_list .field-recipient") == [f"{state.value}@example.org"]


def test_detail_page_shows_text_and_server_reply(organiser_client):
    mail = make_mail(subject="On Wednesday", text="We meet\n\nat seven\n", state=State.FAILED, error="550 Nobody here")

    page = soup_of(organiser_client.get(detail_url(mail)))

    shown = text_of(page.select_one("#content"))
    assert all(words in shown for words in ("On Wednesday", "We meet", "at seven", "550 Nobody here", mail.message_id))
    assert not page.select("[name=_save], textarea, [name=to]")


@pytest.mark.parametrize("retention", [Retention.ADDRESS, Retention.NOTHING])
@pytest.mark.parametrize("state", [State.QUEUED, State.UNKNOWN, State.HELD])
def test_secret_text_is_shown_nowhere(organiser_client, retention, state):
    mail = make_secret(state=state, retention=retention)

    pages = [
        organiser_client.get(LIST),
        organiser_client.get(detail_url(mail)),
        organiser_client.get(detail_url(mail).replace("change", "history")),
    ]
    pages += [act(organiser_client, action, mail, confirmed=False) for action in ("send", "send_again", "dont_send")]

    assert [page.status_code for page in pages] == [200] * 6
    assert all(CODE not in page.content.decode() for page in pages)
    assert "This text is for its reader alone." in pages[1].content.decode()


@pytest.mark.parametrize("asked", ["text__contains", "subject__startswith", "html__icontains", "headers__icontains"])
def test_secret_text_cannot_be_searched(organiser_client, asked):
    make_secret(to="reader@example.org")

    by_address = organiser_client.get(LIST, {asked: CODE[:3]}, follow=True)
    by_search = organiser_client.get(LIST, {"q": CODE[:3]})

    assert by_address.status_code == 400 or by_address.redirect_chain
    assert "reader@example.org" not in by_search.content.decode()


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("page", ["", "stop/", "go-on/", "?action=send&_selected_action=1&confirmed=yes"])
def test_safe_methods_change_nothing(organiser_client, method, page):
    mail = make_mail(state=State.HELD, pk=1)
    SendingPause.start(SendingPause.Reason.RESTORED)

    getattr(organiser_client, method)(LIST + page)

    assert state_of(mail) == State.HELD
    assert SendingPause.objects.exists()


@pytest.mark.parametrize("make_other", [make_member, make_writer])
def test_outbox_is_for_organisers_only(client, make_other):
    client.force_login(make_other())
    mail = make_mail(state=State.HELD)

    for response in (client.get(LIST), client.get(detail_url(mail)), act(client, "send", mail),
                     client.post(f"{LIST}stop/"), client.post(f"{LIST}go-on/")):  # fmt: skip
        assert response.status_code in {302, 403}
    assert state_of(mail) == State.HELD
    assert not SendingPause.objects.exists()


# --- actions --------------------------------------------------------------------------------------------------------


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
def test_action_confirms_then_changes_state(organiser_client, action, state, becomes):
    mail = make_mail(state=state, attempts=3, error="550", worker="gone")

    asked = act(organiser_client, action, mail, confirmed=False)
    between = state_of(mail)
    act(organiser_client, action, mail)

    assert between == state
    assert bool(soup_of(asked).select("form.confirm .submit-row button")) is (becomes != state)
    assert state_of(mail) == becomes


def test_send_again_keeps_message_id(organiser_client, mailoutbox):
    mail = make_mail(state=State.UNKNOWN, attempts=9)

    act(organiser_client, "send_again", mail)
    run_worker()
    run_worker()

    assert [message.extra_headers["Message-ID"] for message in mailoutbox] == [f"<{mail.message_id}>"]


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("send", {"state": State.HELD, "expires_at": NOW}),
        ("send_again", {"state": State.FAILED, "text": ""}),
        ("send_again", {"state": State.UNKNOWN, "to": ""}),
    ],
)
def test_action_skips_unsendable_mail(organiser_client, action, fields):
    mail = make_mail(**fields)

    page = soup_of(act(organiser_client, action, mail, confirmed=False))
    act(organiser_client, action, mail)

    assert "None of those you chose" in text_of(page.select_one("#content"))
    assert state_of(mail) == fields["state"]


def test_confirmation_page_states_risk_and_leftovers(organiser_client):
    unknown, sent = make_mail(state=State.UNKNOWN, to="bob@example.org"), make_mail(state=State.SENT)

    page = text_of(soup_of(act(organiser_client, "send_again", unknown, sent, confirmed=False)).select_one("#content"))

    assert "1 mail" in page
    assert "may get it twice" in page
    assert "reminder to bob@example.org" in page
    assert "1 of those you chose can’t be treated like this" in page


def test_action_select_across_applies_to_all(organiser_client):
    mails = [make_mail(state=State.HELD) for _ in range(60)]

    asked = act(organiser_client, "send", mails[0], confirmed=False, select_across=1)
    act(organiser_client, "send", mails[0], select_across=1)

    assert "60 mails" in text_of(soup_of(asked).select_one(".summary"))
    assert "and 40 more" in text_of(soup_of(asked).select_one(".summary"))
    assert {state_of(mail) for mail in mails} == {State.QUEUED}


def test_detail_page_offers_actions_by_state(organiser_client):
    offers = {
        state: texts(soup_of(organiser_client.get(detail_url(make_mail(state=state)))), ".object-tools button")
        for state in State
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


# --- pauses, workers, dashboard --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", SendingPause.Reason)
def test_list_shows_sending_pause_and_ends_it(organiser_client, reason):
    SendingPause.start(reason, "535 Wrong password")

    page = organiser_client.get(LIST)
    [button] = soup_of(page).select(".outbox form")
    organiser_client.post(button["action"])

    assert f"No mail leaves: {reason.label}. 535 Wrong password" in outbox_of(page)
    assert ("Codes to sign in" in outbox_of(page)) is (reason != SendingPause.Reason.LOGIN)
    assert not SendingPause.objects.exists()


def test_stop_button_pauses_sending(organiser_client, mailoutbox):
    make_mail()
    [button] = soup_of(organiser_client.get(LIST)).select(".outbox form")

    organiser_client.post(button["action"])
    run_worker()

    assert mailoutbox == []
    assert SendingPause.objects.get().reason == SendingPause.Reason.PAUSED


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        ([], "No worker has ever reported: none is sent."),
        ([3], "1 worker, seen 3 seconds ago."),
        ([3, 70], "2 workers, seen 3 seconds ago."),
        ([59], "1 worker, seen 59 seconds ago."),
        ([60], "No worker has reported since 4 March 2026, 11:59 GMT: none is sent."),
        ([1000], "No worker has reported since 4 March 2026, 11:43 GMT: none is sent."),
    ],
)
def test_list_shows_workers(organiser_client, workers, words):
    for seconds in workers:
        Worker.objects.create(name=str(seconds), host="here", seen_at=NOW - dt.timedelta(seconds=seconds))

    assert words in outbox_of(organiser_client.get(LIST))


def test_list_shows_worker_problem(organiser_client):
    Worker.objects.create(name="one", host="here", problem="The mail server can't be reached")

    assert "The mail server can't be reached" in outbox_of(organiser_client.get(LIST))


def waiting(user):
    """Return {heading: [(text, URL)]} of the dashboard's groups about mail."""
    groups = list_problems(user)
    return {group.heading: [(entry.text, entry.url) for entry in group.entries] for group in groups
            if "mail" in group.heading.lower()}  # fmt: skip


def test_dashboard_shows_mail_that_needs_attention(olga):
    assert waiting(olga) == {}

    make_mail()
    Worker.objects.create(name="one", host="here")
    make_mail(state=State.HELD)
    for _ in range(2):
        make_mail(state=State.UNKNOWN)
    make_mail(state=State.FAILED)
    SendingPause.start(SendingPause.Reason.LOGIN)
    assert waiting(olga) == {
        "No mail leaves": [("The mail server refuses our name, password or sender: look, and let it go on", LIST)],
        "Mail that waits for you": [("1 mail", f"{LIST}?state=held")],
        "Mail that may or may not have gone out": [("2 mails", f"{LIST}?state=unknown")],
        "Mail that could not be sent": [("1 mail", f"{LIST}?state=failed")],
    }


@pytest.mark.parametrize(
    ("backend", "sends"),
    [
        ("bookclub.mail.backends.FolderBackend", False),
        ("django.core.mail.backends.console.EmailBackend", False),
        ("bookclub.mail.backends.SMTPBackend", True),
        ("anymail.backends.mailgun.EmailBackend", True),
    ],
)
def test_dashboard_and_outbox_say_that_there_is_no_mail_server(organiser_client, olga, settings, backend, sends):
    settings.EMAIL_BACKEND = backend
    Worker.objects.create(name="one", host="here")
    words = "No mail leaves this machine yet: ask whoever runs the site to set EMAIL_URL"

    outbox = soup_of(organiser_client.get(LIST))

    assert waiting(olga) == ({} if sends else {"No mail leaves": [(words, LIST)]})
    assert ("Ask whoever runs the site to set EMAIL_URL" in text_of(outbox)) != sends


TO_DO = "nothing is sent, and nothing is done on time. Start the site again; its log says why the worker ended."


@pytest.mark.parametrize("queued", [0, 1])
@pytest.mark.parametrize(("name", "seconds"), [("a1b2", 60), ("once-a1b2", 3600)])
def test_dashboard_says_that_no_worker_reports(organiser_client, clock, queued, name, seconds):
    for _ in range(queued):
        make_mail()
    Worker.objects.create(name="older", host="here", seen_at=NOW - HOUR)
    Worker.objects.create(name=name, host="here", stopped_at=NOW if queued else None)

    clock.shift(seconds - 1)
    assert "No worker" not in text_of(soup_of(organiser_client.get("/admin/")))
    clock.shift(1)
    assert f"No worker has reported since 4 March 2026, 12:00 GMT: {TO_DO}" in text_of(
        soup_of(organiser_client.get("/admin/"))
    )

    Worker.objects.create(name="another", host="here")
    assert "No worker" not in text_of(soup_of(organiser_client.get("/admin/")))


def test_dashboard_of_an_installation_without_a_worker_says_so_after_a_minute(organiser_client, olga, clock):
    make_mail()

    clock.shift(59)
    assert "No worker" not in text_of(soup_of(organiser_client.get("/admin/")))
    clock.shift(1)
    assert waiting(olga) == {"No mail leaves": [(f"No worker has ever reported: {TO_DO}", LIST)]}


def test_dashboard_names_both_reasons_why_no_mail_leaves(olga, django_assert_max_num_queries):
    Worker.objects.create(name="a1b2", host="here", seen_at=NOW - HOUR)
    SendingPause.start(SendingPause.Reason.PAUSED)

    with django_assert_max_num_queries(2):
        [group, *_] = list_mail_problems(olga)

    assert [entry.text for entry in group.entries] == [
        "An organiser has stopped it: look, and let it go on",
        f"No worker has reported since 4 March 2026, 11:00 GMT: {TO_DO}",
    ]


def test_dashboard_shows_authors_no_mail():
    make_mail(state=State.HELD)

    assert waiting(make_writer()) == {}
