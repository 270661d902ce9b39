"""The states of a row in the outbox: claiming, outcomes, retention."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from bookclub.mail.models import KEEP_FOR, OutgoingMail, SendingPause, Worker
from bookclub.mail.queue import LEASE_DURATION, RETRY_DELAYS, Outcome, QueuedMessage, QueuedMessageQuerySet
from tests.factories import make_mail, make_member, make_rsvp, run_worker

pytestmark = pytest.mark.django_db
State, Priority, Retention = OutgoingMail.State, OutgoingMail.Priority, OutgoingMail.Retention
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
SECOND, HOUR, DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def lease(worker="one", limit=10, **options):
    return OutgoingMail.objects.claim(worker, limit, **options)


def started(worker="one", **fields):
    """A mail that `worker` is sending."""
    mail = make_mail(**fields)
    [row] = lease(worker)
    assert row == mail
    assert row.mark_sending(worker)
    return row


def state_of(mail):
    return OutgoingMail.objects.get(pk=mail.pk).state


@pytest.mark.both_databases
def test_mail_is_sent_by_worker_once(mailoutbox):
    rsvp = make_rsvp(member=make_member("bob@example.org"))
    assert mailoutbox == []

    run_worker()
    run_worker()

    assert [message.to for message in mailoutbox] == [["bob@example.org"]]
    assert rsvp.answer == "going"
    assert OutgoingMail.objects.get().state == State.SENT


# --- enqueueing -----------------------------------------------------------------------------------------------------


def write(**fields):
    words = {"key": "reminder:1:2", "kind": "reminder", "to": "bob@example.org", "subject": "Soon", "text": "Text\n"}
    return OutgoingMail.objects.enqueue(**words | fields)


@pytest.mark.both_databases
def test_enqueue_same_key_twice_writes_one_mail():
    with transaction.atomic():
        said = [write(text="First"), write(text="Second")]

    assert said == [True, False]
    assert OutgoingMail.objects.get().text == "First"


@pytest.mark.both_databases
def test_enqueue_long_keys_are_cut_and_stay_unique():
    key = f"wants-to-join:1:{'a' * 254}"

    assert [write(key=key), write(key=key), write(key=key + "b")] == [True, False, True]

    stored = [mail.key for mail in OutgoingMail.objects.all()]
    assert {len(key) for key in stored} == {200}
    assert all(key.startswith("wants-to-join:1:aaa") for key in stored)


@pytest.mark.both_databases
def test_enqueue_is_rolled_back_with_its_transaction():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert not OutgoingMail.objects.exists()


@pytest.mark.both_databases
def test_enqueue_invalid_row_raises():
    """SQLite's INSERT OR IGNORE also ignores rows that violate NOT NULL."""
    with pytest.raises(IntegrityError), transaction.atomic():
        write(subject=None)


# --- claiming -------------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_claim_returns_urgent_mail_first():
    late, first, code = make_mail(), make_mail(), make_mail(priority=Priority.URGENT)

    assert lease() == [code, late, first]


@pytest.mark.both_databases
def test_claim_leaves_out_leased_mail(clock):
    mails = [make_mail(), make_mail(), make_mail()]

    assert lease("one", 2) == mails[:2]
    assert lease("two", 5) == mails[2:]
    clock.move_to(NOW + LEASE_DURATION - SECOND)
    assert lease("three") == []
    clock.move_to(NOW + LEASE_DURATION)
    assert lease("three") == mails


@pytest.mark.both_databases
def test_mark_sending_only_for_claiming_worker_and_once():
    mail = make_mail()
    lease("one")

    assert not OutgoingMail.objects.mark_sending(mail.pk, "two")
    assert OutgoingMail.objects.mark_sending(mail.pk, "one")
    assert not OutgoingMail.objects.mark_sending(mail.pk, "one")


@pytest.mark.both_databases
def test_mark_sending_fails_after_another_worker_claimed(clock):
    mail = make_mail()
    lease("one")
    clock.move_to(NOW + LEASE_DURATION)
    lease("two")

    assert not OutgoingMail.objects.mark_sending(mail.pk, "one")
    assert OutgoingMail.objects.mark_sending(mail.pk, "two")


@pytest.mark.parametrize("change", [{"expires_at": NOW}, {"state": State.DROPPED}, {"to": ""}])
def test_unsendable_mail_is_neither_claimed_nor_started(change):
    aside, other = make_mail(), make_mail()
    lease(limit=1)

    OutgoingMail.objects.update(**change)

    assert not OutgoingMail.objects.mark_sending(aside.pk, "one")
    assert lease("two") == []
    assert state_of(other) != State.SENDING


def test_requeue_unsent_and_release_free_mail_at_once():
    begun, aside = make_mail(), make_mail()
    row, _ = lease("one")
    row.mark_sending("one")

    OutgoingMail.objects.requeue_unsent("one")
    OutgoingMail.objects.release("one")

    assert lease("two") == [begun, aside]
    assert OutgoingMail.objects.get(pk=begun.pk).attempts == 0


@pytest.mark.parametrize("back", [HOUR, 400 * DAY])
def test_clock_set_back_delays_no_mail_for_long(clock, back):
    clock.move_to(NOW + back)
    waits, aside, going = make_mail(), make_mail(), make_mail()
    row, *_ = lease("gone")
    row.mark_sending("gone")
    row.record_outcome(Outcome.DEFERRED)
    OutgoingMail.objects.mark_sending(going.pk, "gone")

    clock.move_to(NOW)

    assert aside in lease("two")
    assert OutgoingMail.objects.mark_lost() == 1
    clock.move_to(NOW + min(back, 2 * RETRY_DELAYS[-1]) + RETRY_DELAYS[0])
    assert waits in lease("three")


# --- outcomes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.SENT, State.SENT),
        (Outcome.DEFERRED, State.QUEUED),
        (Outcome.DISCONNECTED, State.QUEUED),
        (Outcome.NOT_ATTEMPTED, State.QUEUED),
        (Outcome.REJECTED, State.FAILED),
        (Outcome.UNKNOWN, State.UNKNOWN),
    ],
)
def test_record_outcome_sets_state(outcome, state):
    mail = started()

    assert mail.record_outcome(outcome, "421 4.3.2\r\n\x00Closing")

    kept = OutgoingMail.objects.get(pk=mail.pk)
    assert kept.state == state
    assert kept.error == "421 4.3.2 Closing"
    assert kept.attempts == (0 if outcome is Outcome.NOT_ATTEMPTED else 1)
    assert kept.sent_at == (NOW if outcome is Outcome.SENT else None)
    assert (kept.worker, kept.lease_until) == ("", None)


def test_deferred_mail_is_retried_for_two_days_then_fails(clock):
    waited, begun = [], NOW
    mail = started()
    mail.record_outcome(Outcome.DEFERRED)
    while state_of(mail) == State.QUEUED:
        at = OutgoingMail.objects.get(pk=mail.pk).not_before
        clock.move_to(at - SECOND)
        assert lease() == []
        clock.move_to(at)
        waited.append(at - begun)
        [mail], begun = lease(), at
        mail.mark_sending("one")
        mail.record_outcome(Outcome.DEFERRED)

    assert waited == RETRY_DELAYS
    assert 1.5 * DAY < sum(waited, dt.timedelta()) < 2 * DAY
    assert state_of(mail) == State.FAILED


@pytest.mark.both_databases
def test_mail_of_lost_worker_becomes_unknown_and_is_not_sent_again(clock, mailoutbox):
    mail = started()
    clock.move_to(NOW + LEASE_DURATION - SECOND)
    run_worker()
    assert state_of(mail) == State.SENDING

    clock.move_to(NOW + LEASE_DURATION)
    run_worker()
    clock.move_to(NOW + 30 * DAY)
    run_worker()

    assert state_of(mail) == State.UNKNOWN
    assert mailoutbox == []


def test_record_outcome_replaces_unknown(clock):
    mail = started()
    clock.move_to(NOW + LEASE_DURATION)
    OutgoingMail.objects.mark_lost()

    assert mail.record_outcome(Outcome.SENT)

    assert state_of(mail) == State.SENT


def test_record_outcome_keeps_newer_state(clock):
    mail = started("one")
    clock.move_to(NOW + LEASE_DURATION)
    OutgoingMail.objects.mark_lost()
    OutgoingMail.objects.requeue()

    assert not mail.record_outcome(Outcome.DEFERRED)
    [again] = lease("two")
    again.mark_sending("two")
    assert not mail.record_outcome(Outcome.DEFERRED)
    assert state_of(mail) == State.SENDING
    assert again.record_outcome(Outcome.SENT)


# --- retention ------------------------------------------------------------------------------------------------------

LEFT = {
    Retention.ALL: ("reader@example.org", "Your code: 1234", "550 reader@example.org"),
    Retention.ADDRESS: ("reader@example.org", "", "550 reader@example.org"),
    Retention.NOTHING: ("", "", ""),
}


def left_of(mail):
    kept = OutgoingMail.objects.get(pk=mail.pk)
    texts = {kept.subject, kept.text, kept.html, kept.calendar, kept.headers.get("List-Unsubscribe", "")}
    assert len(texts) == 1
    return kept.to, kept.text, kept.error


def secret(retention, **fields):
    text = "Your code: 1234"
    texts = dict.fromkeys(["subject", "text", "html", "calendar"], text) | {"headers": {"List-Unsubscribe": text}}
    return texts | {"retention": retention, "to": "reader@example.org", "error": "550 reader@example.org"} | fields


@pytest.mark.parametrize("retention", Retention)
@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.REJECTED])
def test_retention_empties_mail_when_sent_or_failed(retention, outcome):
    mail = started(**secret(retention))

    mail.record_outcome(outcome, "550 reader@example.org")

    assert left_of(mail) == LEFT[retention]


@pytest.mark.parametrize("retention", Retention)
@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
def test_retention_empties_mail_when_expired(retention, state, mailoutbox, clock):
    mail = make_mail(**secret(retention, state=state, expires_at=NOW + HOUR))
    OutgoingMail.objects.expired().drop()
    assert state_of(mail) == state

    clock.move_to(NOW + HOUR)
    run_worker()

    assert (state_of(mail), mailoutbox) == (State.DROPPED, [])
    assert left_of(mail) == LEFT[retention]


def test_retention_changed_while_sending_applies():
    mail = started(**secret(Retention.ALL))

    OutgoingMail.objects.filter(pk=mail.pk).update(retention=Retention.NOTHING)

    assert mail.record_outcome(Outcome.SENT, "250 reader@example.org")
    assert left_of(mail) == LEFT[Retention.NOTHING]


@pytest.mark.both_databases
def test_erase_address_in_every_state(mailoutbox):
    for state in State.values:
        make_mail(**secret(Retention.ALL, state=state, to="Reader@example.org"))
    other = make_mail(to="other@example.org")

    assert OutgoingMail.objects.erase_address("reader@EXAMPLE.org") == len(State.values)

    run_worker()
    assert [message.to for message in mailoutbox] == [["other@example.org"]]
    assert {left_of(mail) for mail in OutgoingMail.objects.exclude(pk=other.pk)} == {LEFT[Retention.NOTHING]}


def test_erase_address_while_sending(clock, mailoutbox):
    refused, again = started(to="reader@example.org"), started(to="reader@example.org")
    OutgoingMail.objects.erase_address("reader@example.org")
    refused.record_outcome(Outcome.REJECTED, "550 reader@example.org is nobody")
    again.record_outcome(Outcome.DEFERRED, "451 reader@example.org, later")

    clock.move_to(NOW + HOUR)
    run_worker()

    assert (state_of(refused), state_of(again), mailoutbox) == (State.FAILED, State.DROPPED, [])
    assert left_of(refused) == left_of(again) == LEFT[Retention.NOTHING]


@pytest.mark.both_databases
def test_deletable_after_90_days_unless_on_its_way(clock):
    for state in State.values:
        make_mail(state=state)

    clock.move_to(NOW + KEEP_FOR)
    assert not OutgoingMail.objects.deletable().exists()
    clock.move_to(NOW + KEEP_FOR + SECOND)

    assert dt.timedelta(days=90) == KEEP_FOR
    gone = {State.HELD, State.SENT, State.FAILED, State.UNKNOWN, State.DROPPED}
    assert set(OutgoingMail.objects.deletable().values_list("state", flat=True)) == gone
    make_mail(kind="recent", state=State.SENT, written_at=NOW + KEEP_FOR)
    run_worker()
    assert set(OutgoingMail.objects.values_list("kind", "state")) == {
        ("recent", State.SENT), ("reminder", State.SENT), ("reminder", State.SENDING),
    }  # fmt: skip


# --- message --------------------------------------------------------------------------------------------------------


def test_build_message_headers_resist_injection():
    mail = make_mail(
        subject="Read\r\nBcc: all@example.org \u202egnp.exe 👨‍👩‍👧",
        headers={"Reply-To": "club@example.org\nBcc: all@example.org", "X-Club": "Łukasz"},
    )

    message = mail.build_message().message()

    assert str(message["Message-ID"]) == f"<{mail.message_id}>"
    assert mail.message_id.endswith("@localhost")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Bcc"] is None
    assert mail.build_message().subject == "Read Bcc: all@example.org gnp.exe 👨‍👩‍👧"


# --- pauses and workers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "lets_through"),
    [(SendingPause.Reason.RESTORED, True), (SendingPause.Reason.PAUSED, True), (SendingPause.Reason.LOGIN, False)],
)
def test_sending_pause_allows_only_new_urgent_mail(clock, kind, lets_through, mailoutbox):
    old = make_mail(priority=Priority.URGENT, to="old@example.org")
    SendingPause.start(kind, "Look")
    clock.move_to(NOW + SECOND)
    make_mail(to="soon@example.org")
    make_mail(priority=Priority.URGENT, to="code@example.org")

    run_worker()

    assert [message.to for message in mailoutbox] == ([["code@example.org"]] if lets_through else [])
    SendingPause.objects.all().delete()
    run_worker()
    assert len(mailoutbox) == 3
    assert state_of(old) == State.SENT


@pytest.mark.both_databases
def test_sending_pause_keeps_first_reason():
    SendingPause.start(SendingPause.Reason.RESTORED, "First")
    SendingPause.start(SendingPause.Reason.LOGIN, "Second")

    assert [(pause.reason, pause.detail) for pause in SendingPause.objects.all()] == [("restored", "First")]


def test_worker_online_while_seen_and_not_stopped():
    for name, fields in {
        "here": {"seen_at": NOW - dt.timedelta(minutes=2)},
        "lost": {"seen_at": NOW - dt.timedelta(minutes=4)},
        "left": {"seen_at": NOW, "stopped_at": NOW},
        "of a clock that was ahead": {"seen_at": NOW + HOUR},
    }.items():
        Worker.objects.create(name=name, host="here", **fields)

    assert [worker.name for worker in Worker.objects.online()] == ["here"]


@pytest.mark.both_databases
def test_worker_deletable_keeps_newest():
    for days in (2, 9, 30):
        Worker.objects.create(name=str(days), host="here", seen_at=NOW - days * DAY)

    Worker.objects.deletable().delete()

    assert [worker.name for worker in Worker.objects.all()] == ["2"]


@pytest.mark.both_databases
def test_held_returns_only_mails_held_back():
    held = make_mail(state=State.HELD)
    make_mail()

    assert list(OutgoingMail.objects.held()) == [held]


def test_expired_uses_the_given_time():
    mail = make_mail(expires_at=NOW + HOUR)

    assert list(OutgoingMail.objects.expired()) == []
    assert list(OutgoingMail.objects.expired(at=NOW + HOUR)) == [mail]


def test_deletable_workers_were_last_seen_a_day_ago():
    for name, age in {"newest": 0 * HOUR, "today": 23 * HOUR, "yesterday": 25 * HOUR}.items():
        Worker.objects.create(name=name, host="here", seen_at=NOW - age)

    assert [worker.name for worker in Worker.objects.deletable()] == ["yesterday"]


@pytest.mark.parametrize("method", ["requeue_unsent", "release"])
def test_release_methods_skip_rows_of_another_worker(method):
    begun, claimed = make_mail(), make_mail()
    row, _ = lease("one")
    row.mark_sending("one")

    getattr(OutgoingMail.objects, method)("two")

    assert [state_of(begun), state_of(claimed)] == [State.SENDING, State.QUEUED]
    assert lease("two") == []


def test_release_frees_one_mail_alone():
    first, _ = make_mail(), make_mail()
    row, _ = lease("one")

    row.release("one")

    assert lease("two") == [first]


def test_requeue_forgets_earlier_attempts():
    mail = make_mail(state=State.FAILED, attempts=9, not_before=NOW + HOUR, worker="one", error="550 No")

    assert OutgoingMail.objects.filter(pk=mail.pk).requeue() == 1

    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.not_before, mail.worker, mail.error) == (State.QUEUED, 0, None, "", "")


def test_mark_lost_says_why_a_mail_is_unknown(clock):
    mail = started()
    clock.move_to(NOW + LEASE_DURATION + SECOND)

    assert OutgoingMail.objects.mark_lost() == 1

    assert OutgoingMail.objects.get(pk=mail.pk).error


@pytest.mark.both_databases
def test_due_excludes_other_states_and_later_attempts():
    due, again = make_mail(), make_mail(not_before=NOW)
    later = make_mail(not_before=NOW + HOUR)
    ahead = make_mail(not_before=NOW + 2 * RETRY_DELAYS[-1] + SECOND)
    make_mail(not_before=NOW + 2 * RETRY_DELAYS[-1])
    make_mail(state=State.HELD)

    assert set(OutgoingMail.objects.due()) == {due, again, ahead}
    assert set(OutgoingMail.objects.due(NOW + HOUR)) == {due, again, later}


def test_claim_and_mark_sending_lease_for_the_given_time():
    mail = make_mail()

    [row] = lease("one", at=NOW + HOUR, lease=DAY)
    mail.refresh_from_db()
    assert (mail.worker, mail.lease_until) == ("one", NOW + HOUR + DAY)
    assert row.mark_sending("one", at=NOW + 2 * HOUR, lease=DAY)

    mail.refresh_from_db()
    assert (mail.state, mail.worker, mail.lease_until) == (State.SENDING, "one", NOW + 2 * HOUR + DAY)
    assert (row.attempts, mail.attempts) == (1, 1)


def test_record_outcome_of_unmarked_mail_changes_nothing():
    make_mail()
    [row] = lease()

    assert row.record_outcome(Outcome.SENT) is False

    assert (state_of(row), row.sent_at) == (State.QUEUED, None)


def test_record_outcome_changes_one_mail_at_the_given_time():
    row, other = started(), started("two")

    assert row.record_outcome(Outcome.DEFERRED, "451 Later", at=NOW + HOUR, retry_delays=[SECOND]) is True

    row, other = OutgoingMail.objects.order_by("pk")
    assert (row.not_before, row.error) == (NOW + HOUR + SECOND, "451 Later")
    assert (other.state, other.not_before, other.error) == (State.SENDING, None, "")


@pytest.mark.both_databases
def test_mark_lost_excludes_rows_that_may_still_be_sent():
    lost, going = started(), started("two")
    claimed = make_mail()
    lease("three")
    OutgoingMail.objects.filter(pk=lost.pk).update(lease_until=NOW)

    assert OutgoingMail.objects.mark_lost() == 1
    assert [state_of(mail) for mail in (lost, going, claimed)] == [State.UNKNOWN, State.SENDING, State.QUEUED]
    assert OutgoingMail.objects.mark_lost(NOW + LEASE_DURATION) == 1
    assert state_of(claimed) == State.QUEUED


def test_erase_address_keeps_state_of_sent_mail_and_mail_to_others():
    mails = [make_mail(to="ann@example.org", state=state) for state in (State.SENT, State.SENDING, State.HELD)]
    other = make_mail(to="joann@example.org")

    OutgoingMail.objects.erase_address("ann@example.org")

    assert [state_of(mail) for mail in (*mails, other)] == [State.SENT, State.SENDING, State.DROPPED, State.QUEUED]
    other.refresh_from_db()
    assert (other.to, other.retention, other.text != "") == ("joann@example.org", Retention.ALL, True)


def test_count_possibly_sent_counts_mail_that_was_due_before():
    make_mail(written_at=NOW - HOUR)
    make_mail(written_at=NOW - HOUR, state=State.HELD)
    make_mail(written_at=NOW - HOUR, not_before=NOW + SECOND)
    make_mail()

    assert OutgoingMail.objects.count_possibly_sent(NOW, NOW) == 1
    assert OutgoingMail.objects.count_possibly_sent(NOW, NOW + SECOND) == 2


def test_held_excludes_expired_mail_at_given_time():
    held = make_mail(state=State.HELD, expires_at=NOW + HOUR)
    make_mail(state=State.HELD, expires_at=NOW)
    make_mail(state=State.HELD, to="")

    assert list(OutgoingMail.objects.held()) == [held]
    assert list(OutgoingMail.objects.held(at=NOW + HOUR)) == []


def test_expired_excludes_sent_mail_and_includes_mail_without_address():
    waiting, erased = make_mail(state=State.HELD, expires_at=NOW), make_mail(to="")
    make_mail(state=State.SENT, expires_at=NOW, to="")
    make_mail()

    assert set(OutgoingMail.objects.expired()) == {waiting, erased}


def test_str_names_the_row():
    SendingPause.start(SendingPause.Reason.PAUSED)

    assert [str(OutgoingMail(kind="reminder", to=to)) for to in ("ann@example.org", "")] == [
        "reminder to ann@example.org",
        "reminder to somebody",
    ]
    assert str(Worker(name="w1", host="here")) == "w1 on here"
    assert str(SendingPause.objects.get()) == "an organiser has stopped it"


def test_worker_online_and_last_seen_use_the_given_time():
    edge = Worker.objects.create(name="edge", host="here", seen_at=NOW - dt.timedelta(minutes=3))
    assert list(Worker.objects.online()) == [edge]
    assert list(Worker.objects.online(NOW + SECOND)) == []
    assert Worker.objects.last_seen_at() == edge.seen_at
    assert list(Worker.objects.deletable(NOW + 2 * DAY)) == []
    Worker.objects.create(name="newest", host="here", seen_at=NOW)
    assert list(Worker.objects.deletable(NOW + 2 * DAY)) == [edge]


def test_message_has_club_sender_html_and_calendar():
    mail = make_mail(html="<p>Soon</p>", calendar="BEGIN:VCALENDAR", subject="Soon")

    message = mail.build_message()

    assert (message.from_email, message.to, message.reply_to) == (mail.club.sender, [mail.to], mail.club.reply_to)
    assert [(each.content, each.mimetype) for each in message.alternatives] == [("<p>Soon</p>", "text/html")]
    assert [tuple(each) for each in message.attachments] == [
        ("meetup.ics", "BEGIN:VCALENDAR", "text/calendar; method=PUBLISH")
    ]
    assert make_mail().build_message().alternatives == []


def test_queue_defaults_allow_no_mail_during_pause():
    """The defaults of a queue: nothing is sent during a pause, and nothing may have been sent by another copy."""
    queue = QueuedMessageQuerySet(OutgoingMail)
    make_mail()

    assert list(queue.allowed_during(SendingPause())) == []
    assert queue.count_possibly_sent(NOW, NOW) == 0
    assert QueuedMessage.can_share_call(make_mail(), make_mail(), None) is False
