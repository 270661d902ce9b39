import datetime as dt
import email
import time
from email import policy

import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone

from bookclub.management.commands.work import QUEUES
from bookclub.outbox import Fence, Worker
from bookclub.posted import Outcome
from bookclub.worker import Rounds
from newsletter import delivery
from newsletter.drafting import draft_letter
from newsletter.erasing import erase
from newsletter.models import Delivery, Issue, Subscriber
from newsletter.models.delivery import REFUSALS
from tests.factories import (
    do_post,
    make_book,
    make_club,
    make_issue,
    make_meetup,
    make_question,
    make_quote,
    make_subscriber,
    make_writeup,
)  # fmt: skip
from tests.racing import race

pytestmark = pytest.mark.django_db
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def a_machine_that_remembers_nothing(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def test_a_write_up_becomes_a_letter_and_everybody_gets_one_copy(olga, mailoutbox):
    make_club(name="Lantern Book Club", newsletter_promise="We never share your details with anyone.")
    book = make_book(title="The Lamp")
    make_quote(book=book, text="Light is a habit.")
    questions = [make_question(book=book, text=f"Why {number}?") for number in range(4)]
    make_question(book=book, text="Members ask this", audience="members")
    writeup = make_writeup(title="By lamplight", slug="by-lamplight", book=book, standfirst="Eight came.")
    make_meetup()
    readers = [make_subscriber() for _ in range(3)]
    make_subscriber(left_at=timezone.now())

    issue, is_new = draft_letter(writeup)
    again, is_new_again = draft_letter(writeup)
    delivery.send(issue, olga)
    delivery.send(issue, olga)
    do_post()
    do_post()

    assert (issue, is_new, is_new_again) == (again, True, False)
    assert sorted(message.to[0] for message in mailoutbox) == sorted(reader.email for reader in readers)
    message = email.message_from_bytes(mailoutbox[0].message().as_bytes(), policy=policy.strict)
    text = message.get_body(("plain",)).get_content()
    assert "“Light is a habit.”" in text
    assert [question.text in text for question in questions] == [True, True, True, False]
    assert f"/newsletter/leave/{readers[0].token}/" in message["List-Unsubscribe"]
    html = message.get_body(("html",)).get_content()
    assert 'href="http://localhost:8000/write-ups/by-lamplight/"' in html
    assert readers[0].token in html
    assert delivery.numbers(Issue.objects.get()) == {
        "held": 0, "queued": 0, "sending": 0, "sent": 3, "failed": 0, "unknown": 0, "dropped": 0, "all": 3,
    }  # fmt: skip


@pytest.fixture
def letter(db):
    """A draft for three readers."""
    for _ in range(3):
        make_subscriber()
    return make_issue(number=None)


@pytest.fixture
def sent(letter):
    """On its way to three readers."""
    return delivery.send(letter, None)


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def lease(name="one", limit=20):
    return Delivery.objects.lease(name, limit)


# --- pressing send --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_pressed_by_four_at_once_it_is_one_letter_with_one_copy_each(letter):
    runs = race([lambda: delivery.send(letter, None).number] * 4)

    assert [run.error or run.result for run in runs] == [1, 1, 1, 1]
    assert states() == ["queued"] * 3


@pytest.mark.django_db(transaction=True)
def test_letters_sent_at_the_same_moment_have_numbers_of_their_own(monkeypatch):
    letters = [make_issue(number=None) for _ in range(2)]
    monkeypatch.setattr(delivery, "address", lambda _: time.sleep(0.2))

    runs = race([lambda issue=issue: delivery.send(issue, None).number for issue in letters])

    assert sorted(run.error or run.result for run in runs) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_upon_a_scheduled_letter_at_once_send_it_once(letter):
    Issue.objects.update(send_at=timezone.now())

    runs = race([delivery.send_scheduled] * 3)

    assert [run.error for run in runs] == [""] * 3
    assert (Issue.objects.get().number, states()) == (1, ["queued"] * 3)


@pytest.mark.django_db(transaction=True)
def test_who_is_erased_while_send_is_pressed_is_in_nobodys_way(letter):
    emails = list(Subscriber.objects.values_list("email", flat=True))[:2]

    runs = race([lambda: delivery.send(letter, None).number, *(lambda email=email: erase(email) for email in emails)])

    assert [run.error for run in runs] == [""] * 3
    assert Subscriber.objects.count() == 1
    assert Issue.objects.get().number == 1
    assert Delivery.objects.filter(subscriber__isnull=False).count() == 1


def test_what_fails_because_a_reader_is_gone_is_tried_once_more(letter, monkeypatch):
    address, calls = delivery.address, []

    def fails_first(issue):
        calls.append(issue)
        if len(calls) == 1:
            raise IntegrityError("a subscriber is gone")
        return address(issue)

    monkeypatch.setattr(delivery, "address", fails_first)

    assert delivery.send(letter, None).number == 1
    assert states() == ["queued"] * 3


def test_a_crash_before_the_copies_are_made_leaves_a_draft(letter, monkeypatch):
    monkeypatch.setattr(delivery, "address", crash)

    with pytest.raises(RuntimeError):
        delivery.send(letter, None)

    assert not Issue.objects.exclude(frozen_at=None, number=None, published_at=None).exists()


def crash(*_):
    raise RuntimeError("crash")


def test_copies_are_made_for_nobody_twice_however_often(sent):
    make_subscriber()

    assert [delivery.address(sent), delivery.address(sent)] == [1, 0]


def test_what_is_sent_can_not_be_deleted(sent):
    with pytest.raises(ProtectedError):
        sent.delete()


# --- at a time ------------------------------------------------------------------------------------------------------


def test_a_letter_that_is_put_off_at_the_last_moment_stays(letter):
    Issue.objects.update(send_at=timezone.now())
    found = Issue.objects.to_send().get()
    delivery.send(letter, None, at=soon())

    assert delivery.send_in_its_time(found) is True
    assert states() == []


@pytest.mark.parametrize(("late", "goes"), [(dt.timedelta(minutes=119), True), (dt.timedelta(minutes=121), False)])
def test_a_scheduled_letter_goes_up_to_two_hours_late(letter, late, goes):
    Issue.objects.update(send_at=timezone.now() - late)

    delivery.send_scheduled()

    assert (len(states()), Issue.objects.missed().exists()) == ((3, False) if goes else (0, True))


@pytest.mark.parametrize(
    ("went", "is_late"), [(None, True), (dt.timedelta(minutes=119), False), (dt.timedelta(minutes=121), True)]
)
def test_a_scheduled_letter_that_could_not_leave_for_two_hours_waits_for_a_person(letter, went, is_late):
    now = timezone.now()
    Issue.objects.update(send_at=now)
    delivery.send_scheduled()
    if went:
        Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state="sent", sent_at=now - went)
    Issue.objects.update(send_at=now - 2 * HOUR)

    delivery.settle()

    assert Issue.objects.stopped().exists() is is_late
    assert do_post() == (0 if is_late else 2)
    if is_late:  # a person says that it may go on, and no chore knows better
        delivery.resume(Issue.objects.get())
        delivery.settle()
        assert not Issue.objects.stopped().exists()


def test_a_letter_of_which_the_last_wait_for_a_full_mailbox_is_not_late(letter):
    Issue.objects.update(send_at=timezone.now())
    delivery.send_scheduled()
    Delivery.objects.update(not_before=timezone.now() + HOUR)
    Issue.objects.update(send_at=timezone.now() - 3 * HOUR)

    delivery.settle()

    assert not Issue.objects.stopped().exists()


def test_one_that_can_not_be_put_together_keeps_no_other_back(letter, monkeypatch, caplog):
    bad = make_issue(number=None, subject="Bad")
    Issue.objects.update(send_at=timezone.now())
    put_together = delivery.put_together
    monkeypatch.setattr(delivery, "put_together", lambda issue: crash() if issue == bad else put_together(issue))

    with pytest.raises(RuntimeError, match="Bad"):
        delivery.send_scheduled()

    assert Issue.objects.exclude(frozen_at=None).get() == letter
    assert "can't be sent" in caplog.text


def test_behind_a_fence_a_scheduled_letter_waits(letter):
    Fence.put_up(Fence.Kind.RESTORED)
    Issue.objects.update(send_at=timezone.now())

    delivery.send_scheduled()

    assert states() == []


# --- a database that was restored ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frozen_at", "send_at", "is_doubted"),
    [
        (-2 * HOUR, None, True),  # was on its way when the backup was made
        (None, -HOUR / 2, True),  # may have gone out at its moment
        (-MINUTE, -HOUR / 2, True),  # a worker that has just begun has frozen it meanwhile
        (None, HOUR, False),
        (None, -3 * HOUR, False),  # waits for a person
        (-MINUTE, None, False),  # somebody has pressed the button here and now
    ],
)
def test_a_restored_backup_with_letters_that_may_have_gone_out_is_fenced(letter, frozen_at, send_at, is_doubted):
    now = timezone.now()
    Worker.objects.create(name="before", host="elsewhere", seen_at=now - HOUR)
    if frozen_at:
        delivery.send(letter, None)
        Issue.objects.update(frozen_at=now + frozen_at)
    Issue.objects.update(send_at=send_at and now + send_at)

    Rounds(QUEUES, []).say_we_are_here()

    assert Fence.objects.filter(kind=Fence.Kind.RESTORED).exists() is is_doubted
    assert do_post() == (3 if frozen_at and not is_doubted else 0)


# --- on the way -----------------------------------------------------------------------------------------------------


def test_a_pause_stops_the_next_mail_though_it_is_leased(sent, mailoutbox):
    first, second, _ = lease()
    assert first.start("one")

    delivery.pause(sent)

    assert not second.start("one")
    assert do_post() == 0
    delivery.resume(sent)
    second.let_go("one")
    assert second.pk in [row.pk for row in lease("two")]


def test_a_cancelled_letter_stops_with_the_next_mail_and_what_comes_back_is_not_tried_again(sent):
    first, second, _ = lease()
    first.start("one")

    delivery.cancel(sent)
    assert (second.start("one"), states()) == (False, ["sending", "dropped", "dropped"])
    first.mark(Outcome.AGAIN, "451 Later")
    delivery.settle()

    assert states() == ["dropped"] * 3
    assert delivery.numbers(sent)["dropped"] == delivery.numbers(sent)["all"] == 3


@pytest.mark.parametrize(
    ("last", "is_paused"), [("554 5.7.1 We read no letters", True), ("550 5.1.1 Nobody", False), ("", False)]
)
def test_a_letter_that_nobodys_server_takes_pauses_by_itself(letter, last, is_paused):
    for _ in range(REFUSALS):
        make_subscriber()
    issue = delivery.send(letter, None)
    words = ["554 5.7.1 We read no letters"] * (REFUSALS - 1) + [last]

    for row, said in zip(lease(), words, strict=False):
        row.start("one")
        row.mark(Outcome.REFUSED if said else Outcome.SENT, said)

    issue.refresh_from_db()
    assert (issue.paused_at is not None, issue.paused_because) == (is_paused, last if is_paused else "")
    assert list(Issue.objects.stopped()) == ([issue] if is_paused else [])
    delivery.resume(issue)
    assert delivery.try_failed_again(issue) == states().count("queued") - 3
    assert not Issue.objects.stopped().exists()


def test_who_leaves_after_the_lease_gets_none_and_the_row_says_so(sent, mailoutbox):
    rows = lease()
    leaver = rows[0].subscriber
    Subscriber.objects.filter(pk=leaver.pk).update(left_at=timezone.now())

    assert [row.start("one") for row in rows] == [False, True, True]
    do_post()

    row = Delivery.objects.get(subscriber=leaver)
    assert (row.state, row.error) == ("dropped", "They have left, or the address takes no mail.")


def test_who_is_erased_in_the_middle_gets_no_other_and_leaves_no_word(sent):
    waiting, being_sent, refused = lease()
    for row in (being_sent, refused):
        row.start("one")
    refused.mark(Outcome.AGAIN, f"450 {refused.subscriber.email} is full")

    for row in (waiting, being_sent, refused):
        erase(row.subscriber.email)
    assert not Delivery.objects.filter(error__contains="@").exists()
    assert not waiting.start("one")
    being_sent.mark(Outcome.REFUSED, f"550 Who is {being_sent.subscriber.email}?")
    delivery.settle()

    assert not Delivery.objects.filter(error__contains="@").exists()
    assert delivery.numbers(sent) == {
        "held": 0, "queued": 0, "sending": 0, "sent": 0, "failed": 1, "unknown": 0, "dropped": 2, "all": 3,
    }  # fmt: skip


def test_a_worker_leases_what_a_copy_needs_and_not_the_letter(sent, django_assert_num_queries):
    row = lease()[0]

    with django_assert_num_queries(2):
        row.as_message()
    with django_assert_num_queries(0):
        lease_mate = row.as_message()
    assert lease_mate.to == [row.subscriber.email]


def soon():
    return timezone.now() + dt.timedelta(hours=1)
