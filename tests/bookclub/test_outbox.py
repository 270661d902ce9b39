"""What a row of the outbox is at each moment: who may take it, when, and what stays of it."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from bookclub.models import Fence, OutgoingMail, Worker
from bookclub.outbox import KEPT
from bookclub.posted import LEASE, WAITS, Outcome
from tests.factories import do_post, make_mail, make_member, make_rsvp

pytestmark = pytest.mark.django_db
State, Rank, Keeps = OutgoingMail.State, OutgoingMail.Rank, OutgoingMail.Keeps
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
SECOND, HOUR, DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def lease(worker="one", limit=10, **options):
    return OutgoingMail.objects.all().lease(worker, limit, **options)


def started(worker="one", **fields):
    """A mail that `worker` is sending."""
    mail = make_mail(**fields)
    [row] = lease(worker)
    assert row == mail
    assert row.start(worker)
    return row


def state_of(mail):
    return OutgoingMail.objects.get(pk=mail.pk).state


def test_a_mail_is_sent_by_the_worker_and_never_twice(mailoutbox):
    rsvp = make_rsvp(member=make_member("bob@example.org"))
    assert mailoutbox == []

    do_post()
    do_post()

    assert [message.to for message in mailoutbox] == [["bob@example.org"]]
    assert rsvp.answer == "going"
    assert OutgoingMail.objects.get().state == State.SENT


# --- writing --------------------------------------------------------------------------------------------------------


def write(**fields):
    words = {"key": "reminder:1:2", "kind": "reminder", "to": "bob@example.org", "subject": "Soon", "text": "Text\n"}
    return OutgoingMail.objects.write(**words | fields)


def test_what_is_written_twice_for_the_same_is_one_mail_and_breaks_no_transaction():
    with transaction.atomic():
        said = [write(text="First"), write(text="Second")]

    assert said == [True, False]
    assert OutgoingMail.objects.get().text == "First"


def test_a_mail_is_gone_with_the_transaction_that_it_tells_of():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert not OutgoingMail.objects.exists()


def test_what_can_not_be_kept_is_an_error_and_not_forgotten():
    """SQLite leaves out without a word what is to be left out where it is there already."""
    with pytest.raises(IntegrityError), transaction.atomic():
        write(subject=None)


# --- who may take it, and when --------------------------------------------------------------------------------------


def test_codes_are_put_aside_first_and_the_others_in_the_order_in_which_they_were_written():
    late, first, code = make_mail(), make_mail(), make_mail(rank=Rank.AT_ONCE)

    assert lease() == [code, late, first]


def test_what_one_worker_has_put_aside_another_does_not_get_before_the_lease_is_over(clock):
    mails = [make_mail(), make_mail(), make_mail()]

    assert lease("one", 2) == mails[:2]
    assert lease("two", 5) == mails[2:]
    clock.move_to(NOW + LEASE - SECOND)
    assert lease("three") == []
    clock.move_to(NOW + LEASE)
    assert lease("three") == mails


def test_a_worker_starts_what_was_put_aside_for_it_once_and_nothing_else():
    mail = make_mail()
    lease("one")

    assert not OutgoingMail.objects.start(mail.pk, "two")
    assert OutgoingMail.objects.start(mail.pk, "one")
    assert not OutgoingMail.objects.start(mail.pk, "one")


def test_what_another_has_taken_over_is_not_started_by_the_first(clock):
    mail = make_mail()
    lease("one")
    clock.move_to(NOW + LEASE)
    lease("two")

    assert not OutgoingMail.objects.start(mail.pk, "one")
    assert OutgoingMail.objects.start(mail.pk, "two")


@pytest.mark.parametrize("change", [{"expires_at": NOW}, {"state": State.DROPPED}, {"to": ""}])
def test_what_is_over_is_neither_put_aside_nor_started(change):
    aside, other = make_mail(), make_mail()
    lease(limit=1)

    OutgoingMail.objects.update(**change)

    assert not OutgoingMail.objects.start(aside.pk, "one")
    assert lease("two") == []
    assert state_of(other) != State.SENDING


def test_a_mail_that_is_put_back_is_free_at_once_and_one_that_was_never_begun_as_well():
    begun, aside = make_mail(), make_mail()
    row, _ = lease("one")
    row.start("one")

    OutgoingMail.objects.take_back("one")
    OutgoingMail.objects.give_back("one")

    assert lease("two") == [begun, aside]
    assert OutgoingMail.objects.get(pk=begun.pk).attempts == 0


@pytest.mark.parametrize("back", [HOUR, 400 * DAY])
def test_a_clock_that_was_ahead_and_is_set_back_holds_nothing_up_for_long(clock, back):
    clock.move_to(NOW + back)
    waits, aside, going = make_mail(), make_mail(), make_mail()
    row, *_ = lease("gone")
    row.start("gone")
    row.mark(Outcome.AGAIN)
    OutgoingMail.objects.start(going.pk, "gone")

    clock.move_to(NOW)

    assert aside in lease("two")
    assert OutgoingMail.objects.settle() == 1
    clock.move_to(NOW + min(back, 2 * WAITS[-1]) + WAITS[0])
    assert waits in lease("three")


# --- what became of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.SENT, State.SENT),
        (Outcome.AGAIN, State.QUEUED),
        (Outcome.CUT, State.QUEUED),
        (Outcome.NOT_TRIED, State.QUEUED),
        (Outcome.REFUSED, State.FAILED),
        (Outcome.UNKNOWN, State.UNKNOWN),
    ],
)
def test_a_mail_is_what_the_server_says_of_it(outcome, state):
    mail = started()

    assert mail.mark(outcome, "421 4.3.2\r\n\x00Closing")

    kept = OutgoingMail.objects.get(pk=mail.pk)
    assert kept.state == state
    assert kept.error == "421 4.3.2 Closing"
    assert kept.attempts == (0 if outcome is Outcome.NOT_TRIED else 1)
    assert kept.sent_at == (NOW if outcome is Outcome.SENT else None)
    assert (kept.worker, kept.lease_until) == ("", None)


def test_a_mail_that_is_refused_for_now_is_tried_again_after_growing_waits_for_two_days_and_has_failed(clock):
    waited, begun = [], NOW
    mail = started()
    mail.mark(Outcome.AGAIN)
    while state_of(mail) == State.QUEUED:
        at = OutgoingMail.objects.get(pk=mail.pk).not_before
        clock.move_to(at - SECOND)
        assert lease() == []
        clock.move_to(at)
        waited.append(at - begun)
        [mail], begun = lease(), at
        mail.start("one")
        mail.mark(Outcome.AGAIN)

    assert waited == WAITS
    assert 1.5 * DAY < sum(waited, dt.timedelta()) < 2 * DAY
    assert state_of(mail) == State.FAILED


def test_a_mail_whose_worker_is_gone_is_unknown_and_never_sent_again_by_itself(clock, mailoutbox):
    mail = started()
    clock.move_to(NOW + LEASE - SECOND)
    do_post()
    assert state_of(mail) == State.SENDING

    clock.move_to(NOW + LEASE)
    do_post()
    clock.move_to(NOW + 30 * DAY)
    do_post()

    assert state_of(mail) == State.UNKNOWN
    assert mailoutbox == []


def test_a_late_but_certain_answer_is_worth_more_than_unknown(clock):
    mail = started()
    clock.move_to(NOW + LEASE)
    OutgoingMail.objects.settle()

    assert mail.mark(Outcome.SENT)

    assert state_of(mail) == State.SENT


def test_a_late_answer_does_not_touch_what_a_person_or_another_worker_has_done_since(clock):
    mail = started("one")
    clock.move_to(NOW + LEASE)
    OutgoingMail.objects.settle()
    OutgoingMail.objects.queue_again()

    assert not mail.mark(Outcome.AGAIN)
    [again] = lease("two")
    again.start("two")
    assert not mail.mark(Outcome.AGAIN)
    assert state_of(mail) == State.SENDING
    assert again.mark(Outcome.SENT)


# --- what stays of it -----------------------------------------------------------------------------------------------

LEFT = {
    Keeps.ALL: ("reader@example.org", "Your code: 1234", "550 reader@example.org"),
    Keeps.ADDRESS: ("reader@example.org", "", "550 reader@example.org"),
    Keeps.NOTHING: ("", "", ""),
}


def left_of(mail):
    kept = OutgoingMail.objects.get(pk=mail.pk)
    texts = {kept.subject, kept.text, kept.html, kept.calendar, kept.headers.get("List-Unsubscribe", "")}
    assert len(texts) == 1
    return kept.to, kept.text, kept.error


def secret(keeps, **fields):
    text = "Your code: 1234"
    texts = dict.fromkeys(["subject", "text", "html", "calendar"], text) | {"headers": {"List-Unsubscribe": text}}
    return texts | {"keeps": keeps, "to": "reader@example.org", "error": "550 reader@example.org"} | fields


@pytest.mark.parametrize("keeps", Keeps)
@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.REFUSED])
def test_what_is_not_kept_goes_as_soon_as_it_is_sent_or_has_failed(keeps, outcome):
    mail = started(**secret(keeps))

    mail.mark(outcome, "550 reader@example.org")

    assert left_of(mail) == LEFT[keeps]


@pytest.mark.parametrize("keeps", Keeps)
@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
def test_what_is_not_kept_goes_once_it_has_expired_and_it_is_not_sent(keeps, state, mailoutbox, clock):
    mail = make_mail(**secret(keeps, state=state, expires_at=NOW + HOUR))
    OutgoingMail.objects.expired().drop()
    assert state_of(mail) == state

    clock.move_to(NOW + HOUR)
    do_post()

    assert (state_of(mail), mailoutbox) == (State.DROPPED, [])
    assert left_of(mail) == LEFT[keeps]


def test_what_somebody_wants_forgotten_while_it_is_on_its_way_is_forgotten_once_it_is_sent():
    mail = started(**secret(Keeps.ALL))

    OutgoingMail.objects.filter(pk=mail.pk).update(keeps=Keeps.NOTHING)

    assert mail.mark(Outcome.SENT, "250 reader@example.org")
    assert left_of(mail) == LEFT[Keeps.NOTHING]


def test_an_address_is_forgotten_in_every_state_and_nothing_more_is_sent_to_it(mailoutbox):
    for state in State.values:
        make_mail(**secret(Keeps.ALL, state=state, to="Reader@example.org"))
    other = make_mail(to="other@example.org")

    assert OutgoingMail.objects.forget("reader@EXAMPLE.org") == len(State.values)

    do_post()
    assert [message.to for message in mailoutbox] == [["other@example.org"]]
    assert {left_of(mail) for mail in OutgoingMail.objects.exclude(pk=other.pk)} == {LEFT[Keeps.NOTHING]}


def test_what_is_forgotten_on_its_way_leaves_nothing_and_is_not_tried_again(clock, mailoutbox):
    refused, again = started(to="reader@example.org"), started(to="reader@example.org")
    OutgoingMail.objects.forget("reader@example.org")
    refused.mark(Outcome.REFUSED, "550 reader@example.org is nobody")
    again.mark(Outcome.AGAIN, "451 reader@example.org, later")

    clock.move_to(NOW + HOUR)
    do_post()

    assert (state_of(refused), state_of(again), mailoutbox) == (State.FAILED, State.DROPPED, [])
    assert left_of(refused) == left_of(again) == LEFT[Keeps.NOTHING]


def test_mail_that_is_over_is_deleted_after_90_days_and_mail_that_is_on_its_way_is_not(clock):
    for state in State.values:
        make_mail(state=state)

    clock.move_to(NOW + KEPT)
    assert not OutgoingMail.objects.over().exists()
    clock.move_to(NOW + KEPT + SECOND)

    assert dt.timedelta(days=90) == KEPT
    gone = {State.HELD, State.SENT, State.FAILED, State.UNKNOWN, State.DROPPED}
    assert set(OutgoingMail.objects.over().values_list("state", flat=True)) == gone
    make_mail(kind="recent", state=State.SENT, written_at=NOW + KEPT)
    do_post()
    assert set(OutgoingMail.objects.values_list("kind", "state")) == {
        ("recent", State.SENT), ("reminder", State.SENT), ("reminder", State.SENDING),
    }  # fmt: skip


# --- as a message ---------------------------------------------------------------------------------------------------


def test_the_headers_are_ours_and_nothing_typed_adds_one_or_turns_the_writing():
    mail = make_mail(
        subject="Read\r\nBcc: all@example.org \u202egnp.exe 👨‍👩‍👧",
        headers={"Reply-To": "club@example.org\nBcc: all@example.org", "X-Club": "Łukasz"},
    )

    message = mail.as_message().message()

    assert str(message["Message-ID"]) == f"<{mail.message_id}>"
    assert mail.message_id.endswith("@localhost")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Bcc"] is None
    assert mail.as_message().subject == "Read Bcc: all@example.org gnp.exe 👨‍👩‍👧"


# --- the fence, and who is there ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "lets_through"), [(Fence.Kind.RESTORED, True), (Fence.Kind.PAUSED, True), (Fence.Kind.LOGIN, False)]
)
def test_a_fence_holds_all_but_what_somebody_has_just_asked_for(clock, kind, lets_through, mailoutbox):
    old = make_mail(rank=Rank.AT_ONCE, to="old@example.org")
    Fence.put_up(kind, "Look")
    clock.move_to(NOW + SECOND)
    make_mail(to="soon@example.org")
    make_mail(rank=Rank.AT_ONCE, to="code@example.org")

    do_post()

    assert [message.to for message in mailoutbox] == ([["code@example.org"]] if lets_through else [])
    Fence.objects.all().delete()
    do_post()
    assert len(mailoutbox) == 3
    assert state_of(old) == State.SENT


def test_there_is_one_fence_and_the_first_reason_stays():
    Fence.put_up(Fence.Kind.RESTORED, "First")
    Fence.put_up(Fence.Kind.LOGIN, "Second")

    assert [(fence.kind, fence.detail) for fence in Fence.objects.all()] == [("restored", "First")]


def test_a_worker_is_there_while_it_is_seen_and_has_not_left():
    for name, fields in {
        "here": {"seen_at": NOW - dt.timedelta(minutes=2)},
        "lost": {"seen_at": NOW - dt.timedelta(minutes=4)},
        "left": {"seen_at": NOW, "left_at": NOW},
        "of a clock that was ahead": {"seen_at": NOW + HOUR},
    }.items():
        Worker.objects.create(name=name, host="here", **fields)

    assert [worker.name for worker in Worker.objects.there()] == ["here"]


def test_of_workers_long_gone_the_last_one_is_remembered():
    for days in (2, 9, 30):
        Worker.objects.create(name=str(days), host="here", seen_at=NOW - days * DAY)

    Worker.objects.forgotten().delete()

    assert [worker.name for worker in Worker.objects.all()] == ["2"]
