"""Workers that are killed in the middle of a letter: nobody gets it twice, nobody is missed."""

import datetime as dt
import signal
import threading

import pytest
from django.db import connection
from django.utils import timezone

from bookclub.outbox import Fence
from bookclub.post import Post
from bookclub.posted import WAITS
from bookclub.worker import Rounds
from newsletter import delivery
from newsletter.models import Delivery, Subscriber
from tests.factories import make_issue
from tests.killing import Account, Killable, is_over, point, soon
from tests.racing import race
from tests.sink import Sink

QUEUE = Delivery.objects.all()


@pytest.fixture(autouse=True)
def a_machine_that_remembers_nothing(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def send_to(number):
    """A letter on its way to so many readers."""
    rows = [Subscriber(email=f"reader{each}@example.org", confirmed_at=timezone.now()) for each in range(number)]
    Subscriber.objects.bulk_create(rows)
    return delivery.send(make_issue(number=None), None)


def test_workers_that_are_killed_leave_nobody_out_and_write_to_nobody_twice(transactional_db, settings):
    """Five of the fifty kills of bench/kill_letters.py."""
    issue = send_to(80)

    with Sink(refuses_now=0.1, refuses_for_good=0.03, cuts_before=0.03, cuts_after=0.03) as sink:
        point(settings, sink)
        for _ in range(5):
            worker = Killable(QUEUE)
            enough = len(sink.mails) + 6
            soon(lambda: len(sink.mails) >= enough)  # noqa: B023 - asked here and now
            worker.kill()
        assert not is_over(QUEUE)
        last = Killable(QUEUE)
        soon(lambda: is_over(QUEUE))
        last.kill(signal.SIGTERM)

    account = Account(QUEUE, sink)
    assert account.wrong == {}
    assert account.states["unknown"] <= 5 + sink.did["cuts_after"]
    assert account.states["failed"] == sink.did["refuses_for_good"]
    assert delivery.numbers(issue)["all"] == sum(account.states.values()) == 80


def test_of_three_workers_at_one_letter_each_copy_is_sent_by_one(transactional_db, settings):
    send_to(60)

    with Sink() as sink:
        point(settings, sink)
        runs = race([lambda: Post([QUEUE]).send_due()] * 3)

    assert [run.error for run in runs] == [""] * 3
    assert Account(QUEUE, sink).wrong == {}
    assert len(sink.taken) == sum(run.result for run in runs) == 60


@pytest.mark.parametrize("stop", [delivery.pause, delivery.cancel])
def test_a_letter_that_is_stopped_stops_before_the_next_mail(db, settings, stop):
    issue = send_to(10)
    post = Post([QUEUE])

    with Sink() as sink:
        point(settings, sink)
        post.send_due(lambda: len(sink.mails) != 4 or stop(issue) is None)
        post.hang_up()

    assert len(sink.mails) == 4
    assert set(QUEUE.values_list("state", flat=True)) == {"sent", "queued" if stop is delivery.pause else "dropped"}


def test_a_copy_that_is_refused_for_now_waits_longer_each_time_and_fails_in_the_end(db, settings):
    send_to(1)

    waits = []
    with Sink(refuses_now=1) as sink:
        point(settings, sink)
        post = Post([QUEUE])
        for _ in WAITS:
            before = timezone.now()
            post.send_due()
            waits.append(round((QUEUE.get().not_before - before) / dt.timedelta(minutes=1)))
            QUEUE.update(not_before=None)
        post.send_due()
        post.hang_up()

    assert waits == [1, 5, 15, 60, 180, 360, 720, 1440]
    assert QUEUE.get().state == "failed"


def test_a_wrong_password_stops_a_letter_with_one_fence_and_burns_no_copy(transactional_db, settings):
    send_to(3)
    rounds = Rounds([QUEUE], [])

    with Sink(login=("club", "right")) as sink:
        point(settings, sink)
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "club", "wrong"
        ends = threading.Thread(target=lambda: (soon(Fence.objects.exists), rounds.stop(), connection.close()))
        ends.start()
        rounds.run()
        ends.join()

    assert Fence.objects.get().kind == Fence.Kind.LOGIN
    assert set(QUEUE.values_list("state", "attempts", "worker")) == {("queued", 0, "")}
    assert sink.did["lines"] <= 3  # once for each that was leased
