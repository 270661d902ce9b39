"""Workers killed while they send an issue: each subscriber gets it exactly once."""

import datetime as dt
import signal
import threading

import pytest
from django.db import connection
from django.utils import timezone

from bookclub.mail.models import SendingPause
from bookclub.mail.queue import RETRY_DELAYS
from bookclub.mail.sender import MailSender
from bookclub.mail.worker import WorkerLoop
from newsletter import delivery
from newsletter.models import Delivery, Subscriber
from tests.factories import make_issue
from tests.killing import Account, Killable, is_over, point, wait_until
from tests.racing import race
from tests.sink import Sink

pytestmark = pytest.mark.both_databases

QUEUE = Delivery.objects.all()


@pytest.fixture(autouse=True)
def empty_data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def send_issue_to(count):
    """Send an issue to `count` new subscribers."""
    rows = [Subscriber(email=f"reader{each}@example.org", confirmed_at=timezone.now()) for each in range(count)]
    Subscriber.objects.bulk_create(rows)
    return delivery.send_issue(make_issue(number=None), None)


def test_killed_workers_lose_and_repeat_no_mail(transactional_db, settings):
    """A short version of bench/kill_letters.py: five kills instead of fifty."""
    issue = send_issue_to(80)

    with Sink(defers=0.1, rejects=0.03, disconnects_before=0.03, disconnects_after=0.03) as sink:
        point(settings, sink)
        for _ in range(5):
            worker = Killable(QUEUE)
            target_count = len(sink.mails) + 6
            wait_until(lambda: len(sink.mails) >= target_count)  # noqa: B023 - called in this iteration
            worker.kill()
        assert not is_over(QUEUE)
        last = Killable(QUEUE)
        wait_until(lambda: is_over(QUEUE))
        last.kill(signal.SIGTERM)

    account = Account(QUEUE, sink)
    assert account.wrong == {}
    assert account.states["unknown"] <= 5 + sink.did["disconnects_after"]
    # A worker that is killed after the rejection leaves the delivery unknown.
    assert sink.did["rejects"] - 5 <= account.states["failed"] <= sink.did["rejects"]
    assert delivery.count_states(issue)["all"] == sum(account.states.values()) == 80


def test_three_workers_send_each_delivery_once(transactional_db, settings):
    send_issue_to(60)

    with Sink() as sink:
        point(settings, sink)
        runs = race([lambda: MailSender([QUEUE]).send_due()] * 3)

    assert [run.error for run in runs] == [""] * 3
    assert Account(QUEUE, sink).wrong == {}
    assert len(sink.taken) == sum(run.result for run in runs) == 60


@pytest.mark.parametrize("stop", [delivery.pause_issue, delivery.cancel_issue])
def test_stopped_issue_stops_before_next_mail(db, settings, stop):
    issue = send_issue_to(10)
    sender = MailSender([QUEUE])

    with Sink() as sink:
        point(settings, sink)
        sender.send_due(lambda: len(sink.mails) != 4 or stop(issue) is None)
        sender.close_connection()

    assert len(sink.mails) == 4
    assert set(QUEUE.values_list("state", flat=True)) == {
        "sent",
        "queued" if stop is delivery.pause_issue else "dropped",
    }


def test_deferred_delivery_waits_longer_each_time_and_fails(db, settings):
    send_issue_to(1)

    waits = []
    with Sink(defers=1) as sink:
        point(settings, sink)
        sender = MailSender([QUEUE])
        for _ in RETRY_DELAYS:
            before = timezone.now()
            sender.send_due()
            waits.append(round((QUEUE.get().not_before - before) / dt.timedelta(minutes=1)))
            QUEUE.update(not_before=None)
        sender.send_due()
        sender.close_connection()

    assert waits == [1, 5, 15, 60, 180, 360, 720, 1440]
    assert QUEUE.get().state == "failed"


def test_wrong_password_starts_one_sending_pause_and_no_attempt(transactional_db, settings):
    send_issue_to(3)
    worker = WorkerLoop([QUEUE], [])

    with Sink(login=("club", "right")) as sink:
        point(settings, sink)
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "club", "wrong"
        stopper = threading.Thread(
            target=lambda: (wait_until(SendingPause.objects.exists), worker.stop(), connection.close())
        )
        stopper.start()
        worker.run()
        stopper.join()

    assert SendingPause.objects.get().reason == SendingPause.Reason.LOGIN
    assert set(QUEUE.values_list("state", "attempts", "worker")) == {("queued", 0, "")}
    assert sink.did["connections"] <= 3  # one for each leased delivery
