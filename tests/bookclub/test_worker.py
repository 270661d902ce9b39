"""The worker, while everything around it fails: nothing is lost, nothing is sent twice."""

import datetime as dt
import os
import signal
import sqlite3
import threading
import time

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.utils import timezone

from bookclub.chores import Chore
from bookclub.mail import MailServerDown
from bookclub.management.commands.work import QUEUES, Command
from bookclub.models import Fence, OutgoingMail, Worker
from bookclub.post import CUTS, LAST_TRIES, Post
from bookclub.posted import Outcome
from bookclub.restored import Memory, doubts
from bookclub.worker import ChoreRounds, Rounds
from tests.factories import make_mail
from tests.racing import FORK, race
from tests.serving import free_port
from tests.sink import Sink, point

State, Rank = OutgoingMail.State, OutgoingMail.Rank
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SHORT = {"lease": dt.timedelta(seconds=1.5), "waits": [dt.timedelta(seconds=0.1)] * 20}


@pytest.fixture(autouse=True)
def memory(settings, tmp_path):
    """What this machine remembers of the database, in one test and in no other."""
    settings.DATA_DIR = tmp_path


def states():
    return list(OutgoingMail.objects.order_by("pk").values_list("state", flat=True))


def make_mails(number, **fields):
    rows = [OutgoingMail(key=f"one-of-many:{each}", kind="reminder", to=f"reader{each}@example.org", subject="Soon",
                         text="Text\n", **fields) for each in range(number)]  # fmt: skip
    return OutgoingMail.objects.bulk_create(rows)


def soon(asked, seconds=20):
    """What `asked` answers, as soon as that is something; or its last answer."""
    end = time.monotonic() + seconds
    while not (answer := asked()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


@pytest.fixture
def post():
    """Lets go of the mail server at the end."""
    post = Post(QUEUES)
    yield post
    post.hang_up()


# --- one mail's fault is no other's ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"headers": ["no dictionary"]}, {"to": "bob@example.org\nBcc: all@example.org"}])
def test_a_mail_that_can_not_be_put_together_fails_alone(db, settings, fault, post):
    broken, _ = make_mail(**fault), make_mail()

    with Sink() as sink:
        point(settings, sink)
        post.send_due()

    assert states() == [State.FAILED, State.SENT]
    assert OutgoingMail.objects.get(pk=broken.pk).error
    assert len(sink.mails) == 1


def test_a_line_that_the_server_is_tired_of_costs_no_mail_a_wait(db, settings, post):
    make_mails(6)

    with Sink(mails_per_line=2) as sink:
        point(settings, sink)
        post.send_due()

    assert states() == [State.SENT] * 6
    assert (len(sink.taken), sink.did["lines"]) == (6, 3)


def test_a_server_that_hangs_up_on_every_mail_is_left_alone_for_a_while_and_one_bad_mail_holds_nobody_up(
    db, settings, post
):
    make_mails(CUTS + 2)

    with Sink(cuts_before=1) as sink:
        point(settings, sink)
        with pytest.raises(MailServerDown):
            post.send_due()

    assert states() == [State.QUEUED] * (CUTS + 2)
    assert OutgoingMail.objects.filter(not_before__gt=timezone.now()).count() == CUTS


# --- the mail server ------------------------------------------------------------------------------------------------


def test_while_the_mail_server_is_down_mail_waits_and_leaves_once_it_is_back(db, settings, post):
    make_mails(3)
    sink = Sink(port=free_port())
    point(settings, sink)

    for _ in range(12):  # more often than a mail is tried
        with pytest.raises(MailServerDown):
            post.send_due()
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    with sink:
        post.send_due()
        sink.down()
        make_mail()
        with pytest.raises(MailServerDown):
            post.send_due()
        sink.up()
        post.send_due()

    assert states() == [State.SENT] * 4
    assert len(sink.taken) == len(sink.mails) == 4


@pytest.mark.parametrize("manners", [{"login": ("club", "right")}, {"says_to_sender": "553 5.7.1 Not your address"}])
def test_a_wrong_password_or_sender_puts_up_one_fence_and_burns_no_mail(transactional_db, settings, manners):
    make_mails(3)
    rounds = Rounds(QUEUES, [])

    with Sink(**manners) as sink:
        point(settings, sink, password="wrong")
        threading.Thread(
            target=lambda: (soon(Fence.objects.exists), time.sleep(0.5), rounds.stop(), connection.close())
        ).start()
        rounds.run()

        assert Fence.objects.get().kind == Fence.Kind.LOGIN
        assert set(OutgoingMail.objects.values_list("state", "attempts", "worker")) == {(State.QUEUED, 0, "")}
        assert sink.did["lines"] == 1
        sink.says_to_sender = ""
        point(settings, sink)
        again = Rounds(QUEUES, [])
        again.say_we_are_here()
        again.once()
        again.leave()

    assert not Fence.objects.exists()
    assert states() == [State.SENT] * 3


def test_a_full_disk_makes_mail_wait_where_mail_goes_into_a_folder(db, settings, monkeypatch, post):
    settings.EMAIL_BACKEND = "bookclub.mail.FolderBackend"
    make_mails(2)

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(MailServerDown, match="No space left"):
            post.send_due()
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    post.send_due()

    assert states() == [State.SENT] * 2


# --- the database ---------------------------------------------------------------------------------------------------


def lock_database():
    """For a while nobody writes."""
    other = sqlite3.connect(connection.settings_dict["NAME"], check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(1.5, lambda: (other.rollback(), other.close())).start()


def restart_database(name, options):
    """As far as those who are connected notice."""
    connect = connection.Database.connect
    other = connect(dbname=name, **options)
    other.autocommit = True
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [name])  # fmt: skip
    other.close()


@pytest.fixture
def lose_database(transactional_db, monkeypatch):
    """A function that takes the database away, from another thread; SQLite's for longer than anybody waits for it."""
    if connection.vendor == "postgresql":
        options = connection.get_connection_params()
        options = {name: options[name] for name in ("host", "port", "user", "password") if name in options}
        yield lambda: restart_database(connection.settings_dict["NAME"], options)
    else:
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
        connection.close()
        yield lock_database
    connection.close()


def test_a_mail_is_marked_however_long_the_database_is_away_after_it_was_taken(lose_database, settings, post):
    make_mails(3)
    gone = iter([lose_database])

    with Sink(on_taken=lambda: next(gone, lambda: None)()) as sink:
        point(settings, sink)
        tries = 0
        while State.QUEUED in states():
            tries += 1
            try:
                post.send_due()
            except OperationalError:
                connection.close()

    assert states() == [State.SENT] * 3
    assert set(sink.taken.values()) == {1}
    assert tries < 20


class Row:
    """Of a database that is away for so many tries."""

    pk = 7

    def __init__(self, away):
        self.away, self.tries = away, 0

    def mark(self, outcome, words, **options):
        self.tries += 1
        if self.tries <= self.away:
            raise OperationalError("gone")


@pytest.mark.parametrize(("is_wanted", "away", "tries"), [(True, 1, 2), (False, 100, LAST_TRIES)])
def test_what_became_of_a_mail_is_written_down_for_as_long_as_it_takes_unless_the_worker_is_to_end(
    transactional_db, post, is_wanted, away, tries
):
    row = Row(away)
    post.sent = [(row, Outcome.SENT, "")]

    post.send_due(lambda: is_wanted)

    assert row.tries == tries


def test_the_worker_outlives_a_lost_database_and_goes_on(lose_database, settings):
    make_mails(1)
    rounds = Rounds(QUEUES, [])

    def lose_it_and_add_one():
        soon(lambda: states() == [State.SENT])
        lose_database()
        time.sleep(0.3)
        connection.close()
        soon(lambda: write_one())
        soon(lambda: states() == [State.SENT] * 2)
        rounds.stop()
        connection.close()

    def write_one():
        try:
            return make_mail()
        except OperationalError:
            connection.close()

    beside = threading.Thread(target=lose_it_and_add_one)
    with Sink() as sink:
        point(settings, sink)
        beside.start()
        rounds.run()
        beside.join()

    assert states() == [State.SENT] * 2
    assert set(sink.taken.values()) == {1}


# --- several workers, and their ends --------------------------------------------------------------------------------


def test_of_three_workers_at_once_each_mail_is_sent_by_one(transactional_db, settings):
    make_mails(60)

    with Sink() as sink:
        point(settings, sink)
        runs = race([lambda: Post(QUEUES).send_due()] * 3)

    assert [run.error for run in runs] == ["", "", ""]
    assert sum(run.result for run in runs) == 60
    assert states() == [State.SENT] * 60
    assert set(sink.taken.values()) == {1}
    assert len(sink.taken) == 60


class Killable:
    """A worker in a process of its own, with short waits."""

    def __init__(self, **options):
        self.options = options
        connections.close_all()
        self.process = FORK.Process(target=self.run)
        self.process.start()

    def run(self):
        rounds = Rounds(QUEUES, [Chore("settle", 1, settle_soon)], parent=os.getppid(), **SHORT | self.options)
        signal.signal(signal.SIGTERM, rounds.stop)
        rounds.run()
        os._exit(0)

    def kill(self, how=signal.SIGKILL):
        os.kill(self.process.pid, how)
        self.process.join(20)
        return self.process.exitcode


def settle_soon():
    OutgoingMail.objects.settle(lasts=SHORT["lease"])


def test_workers_that_are_killed_lose_nothing_and_send_nothing_twice(transactional_db, settings):
    """Five of the fifty kills of bench/kill_worker.py."""
    make_mails(150)

    with Sink(refuses_now=0.1, cuts_before=0.025, cuts_after=0.025) as sink:
        point(settings, sink)
        for kills in range(5):
            worker = Killable()
            enough = len(sink.mails) + 6
            soon(lambda: len(sink.mails) >= enough)  # noqa: B023 - asked here and now
            worker.kill()
            assert State.QUEUED in states(), kills
        last = Killable()
        soon(lambda: not {State.QUEUED, State.SENDING} & set(states()))
        last.kill(signal.SIGTERM)

    taken, ids = sink.taken, {mail.message_id: mail.state for mail in OutgoingMail.objects.all()}
    assert set(taken.values()) == {1}
    assert set(ids.values()) <= {State.SENT, State.UNKNOWN}
    assert {each for each in ids if ids[each] == State.SENT} <= set(taken)
    assert list(ids.values()).count(State.UNKNOWN) <= 5 + sink.did["cuts_after"]


def test_a_worker_that_is_told_to_end_finishes_its_mail_and_gives_back_the_rest(transactional_db, settings):
    make_mails(10)

    with Sink(stalls=1, stall_seconds=0.7) as sink:
        point(settings, sink)
        worker = Killable()
        soon(lambda: State.SENDING in states())
        code = worker.kill(signal.SIGTERM)

    assert code == 0
    assert states().count(State.SENT) == len(sink.mails) >= 1
    assert states().count(State.QUEUED) == 10 - len(sink.mails)
    assert set(OutgoingMail.objects.values_list("worker", flat=True)) == {""}
    assert not Worker.objects.there().exists()


def test_a_worker_whose_parent_is_gone_ends(transactional_db, settings):
    make_mails(1)

    Rounds(QUEUES, [], parent=os.getppid() + 1).run()

    assert states() == [State.QUEUED]


def test_a_code_leaves_within_a_second_while_a_thousand_others_wait_and_a_chore_takes_its_time(
    transactional_db, settings
):
    make_mails(1000)
    slow = Chore("slow", 1, lambda: time.sleep(3))

    with Sink() as sink:
        point(settings, sink)
        connections.close_all()
        worker = FORK.Process(target=Rounds(QUEUES, [slow], parent=os.getpid()).run)
        worker.start()
        soon(lambda: len(sink.mails) > 3)
        make_mail(rank=Rank.AT_ONCE, to="code@example.org")
        written = time.monotonic()
        soon(lambda: "code@example.org" in sink.recipients)
        took = time.monotonic() - written
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()

    assert "code@example.org" in sink.recipients
    assert len(sink.mails) < 900
    assert took < 1


# --- the clock ------------------------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_while_mail_is_sent_changes_nothing(db, settings, post):
    make_mails(5)

    with Sink() as sink, time_machine.travel(timezone.now(), tick=False) as clock:
        sink.on_taken = lambda: clock.shift(-HOUR)
        point(settings, sink)
        post.send_due()

    assert states() == [State.SENT] * 5
    assert set(sink.taken.values()) == {1}


# --- chores ---------------------------------------------------------------------------------------------------------


def test_a_chore_that_fails_is_told_and_stops_no_other(db):
    done = []
    rounds = ChoreRounds(
        [Chore("broken", 600, lambda: 1 / 0), Chore("sound", 600, lambda: done.append("sound"))], lambda: True
    )

    rounds.do_due()
    rounds.do_due()

    assert done == ["sound"]
    assert rounds.trouble == "The chore “broken” failed: ZeroDivisionError: division by zero"


def test_by_a_timetable_what_is_due_is_done_once_and_said_if_it_fails(db, mailoutbox):
    make_mails(2)

    call_command("work", "--once")

    assert states() == [State.SENT] * 2
    assert not Worker.objects.there().exists()
    assert Worker.objects.last_seen_at()


def test_the_command_ends_by_every_usual_signal():
    signals = {}
    command = Command()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signal, "signal", signals.__setitem__)
        patch.setattr(Rounds, "run", lambda rounds: signals.update(rounds=rounds))
        command.handle(once=False, parent=None)

    assert signals["rounds"].is_wanted()
    signals[signal.SIGTERM](signal.SIGTERM, None)
    assert not signals["rounds"].is_wanted()
    assert {signal.SIGTERM, signal.SIGINT, signal.SIGHUP} <= set(signals)


# --- a restored backup ----------------------------------------------------------------------------------------------

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seen", "remembered", "written", "is_doubted"),
    [
        (None, None, HOUR, False),  # a new site
        (HOUR, HOUR, 2 * HOUR, False),  # the same machine, again
        (DAY, DAY, 2 * DAY, True),  # after a long time: who knows where this database was meanwhile
        (DAY, DAY, HOUR, False),  # mail that was written since
        (DAY, HOUR, HOUR, True),  # yesterday's backup, on the machine that sent today's mail
        (None, HOUR, HOUR, True),  # a backup from before the first worker
        (HOUR, None, 2 * HOUR, True),  # on another machine
        (dt.timedelta(minutes=5), None, HOUR, False),  # another machine beside the first one
    ],
)
def test_mail_that_may_have_left_in_another_life_of_the_database_waits(db, seen, remembered, written, is_doubted):
    make_mail(written_at=NOW - written)
    if seen:
        Worker.objects.create(name="before", host="here", seen_at=NOW - seen)

    reason = doubts(remembered and NOW - remembered, NOW)

    assert bool(reason) is is_doubted


def test_a_new_database_in_the_place_of_an_old_one_is_no_backup(db):
    assert doubts(NOW - HOUR, NOW) == ""


def test_a_machine_remembers_when_it_last_wrote_to_the_database_and_a_garbled_memory_is_none(tmp_path):
    assert Memory().moment is None
    Memory().keep(NOW)
    assert Memory().moment == NOW
    (tmp_path / "worker-was-here").write_text("yesterday or so")
    assert Memory().moment is None


def test_after_a_restore_nothing_leaves_until_a_person_has_looked_and_codes_go_through(db, mailoutbox):
    Rounds(QUEUES, []).say_we_are_here()
    make_mail(to="old@example.org")
    Worker.objects.update(seen_at=timezone.now() - HOUR)  # as the backup of an hour ago has it

    rounds = Rounds(QUEUES, [])
    rounds.say_we_are_here()
    make_mail(rank=Rank.AT_ONCE, to="code@example.org")
    rounds.once()

    assert Fence.objects.get().kind == Fence.Kind.RESTORED
    assert [message.to for message in mailoutbox] == [["code@example.org"]]
    Fence.objects.all().delete()
    again = Rounds(QUEUES, [])
    again.say_we_are_here()
    again.once()
    assert not Fence.objects.exists()
    assert len(mailoutbox) == 2
