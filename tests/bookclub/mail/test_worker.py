"""The worker during failures: nothing is lost, nothing is sent twice."""

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

from bookclub.mail.backends import MailServerDown
from bookclub.mail.models import OutgoingMail, SendingPause, Worker
from bookclub.mail.periodic_tasks import PeriodicTask
from bookclub.mail.queue import Outcome
from bookclub.mail.restore_check import RestoreCheck
from bookclub.mail.sender import FINAL_TRIES, IDLE_SECONDS, MAX_DISCONNECTS, MESSAGES_PER_CONNECTION, MailSender
from bookclub.mail.worker import PeriodicTaskRunner, WorkerLoop
from bookclub.management.commands.work import QUEUES, Command
from tests.factories import make_mail
from tests.killing import Killable, wait_until
from tests.racing import FORK, race
from tests.serving import free_port
from tests.sink import Sink, point

State, Priority = OutgoingMail.State, OutgoingMail.Priority
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    """A separate DATA_DIR, and so a separate RestoreCheck file, for each test."""
    settings.DATA_DIR = tmp_path


def states():
    return list(OutgoingMail.objects.order_by("pk").values_list("state", flat=True))


def make_mails(number, **fields):
    rows = [OutgoingMail(key=f"one-of-many:{each}", kind="reminder", to=f"reader{each}@example.org", subject="Soon",
                         text="Text\n", **fields) for each in range(number)]  # fmt: skip
    return OutgoingMail.objects.bulk_create(rows)


@pytest.fixture
def sender():
    """A MailSender whose connection is closed at the end."""
    sender = MailSender(QUEUES)
    yield sender
    sender.close_connection()


# --- errors of one mail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"headers": ["no dictionary"]}, {"to": "bob@example.org\nBcc: all@example.org"}])
def test_sender_unbuildable_mail_fails_alone(db, settings, fault, sender):
    broken, _ = make_mail(**fault), make_mail()

    with Sink() as sink:
        point(settings, sink)
        sender.send_due()

    assert states() == [State.FAILED, State.SENT]
    assert OutgoingMail.objects.get(pk=broken.pk).error
    assert len(sink.mails) == 1


def test_sender_reconnects_when_server_closes_connection(db, settings, sender):
    make_mails(6)

    with Sink(mails_per_connection=2) as sink:
        point(settings, sink)
        sender.send_due()

    assert states() == [State.SENT] * 6
    assert (len(sink.taken), sink.did["connections"]) == (6, 3)


def test_sender_backs_off_when_server_disconnects_at_every_mail(db, settings, sender):
    make_mails(MAX_DISCONNECTS + 2)

    with Sink(disconnects_before=1) as sink:
        point(settings, sink)
        with pytest.raises(MailServerDown):
            sender.send_due()

    assert states() == [State.QUEUED] * (MAX_DISCONNECTS + 2)
    assert OutgoingMail.objects.filter(not_before__gt=timezone.now()).count() == MAX_DISCONNECTS


# --- the mail server ------------------------------------------------------------------------------------------------


def test_sender_keeps_mail_queued_while_server_is_down(db, settings, sender):
    make_mails(3)
    sink = Sink(port=free_port())
    point(settings, sink)

    for _ in range(12):  # more than the attempts for one mail
        with pytest.raises(MailServerDown):
            sender.send_due()
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    with sink:
        sender.send_due()
        sink.down()
        make_mail()
        with pytest.raises(MailServerDown):
            sender.send_due()
        sink.up()
        sender.send_due()

    assert states() == [State.SENT] * 4
    assert len(sink.taken) == len(sink.mails) == 4


@pytest.mark.parametrize("manners", [{"login": ("club", "right")}, {"mail_reply": "553 5.7.1 Not your address"}])
def test_worker_pauses_sending_when_login_is_refused(transactional_db, settings, manners):
    make_mails(3)
    worker = WorkerLoop(QUEUES, [])

    def stop_after_another_round():
        """After the pause one round reports the problem, and the next one that it is over."""
        for is_reached in (SendingPause.objects.exists, Worker.objects.exclude(problem="").exists,
                           Worker.objects.filter(problem="").exists):  # fmt: skip
            wait_until(is_reached)
        worker.stop()
        connection.close()

    with Sink(**manners) as sink:
        point(settings, sink, password="wrong")
        threading.Thread(target=stop_after_another_round).start()
        worker.run()

        assert SendingPause.objects.get().reason == SendingPause.Reason.LOGIN
        assert set(OutgoingMail.objects.values_list("state", "attempts", "worker")) == {(State.QUEUED, 0, "")}
        assert sink.did["connections"] == 1
        sink.mail_reply = ""
        point(settings, sink)
        again = WorkerLoop(QUEUES, [])
        again.report_running()
        again.run_once()
        again.shut_down()

    assert not SendingPause.objects.exists()
    assert states() == [State.SENT] * 3


def test_sender_keeps_mail_queued_while_disk_is_full(db, settings, monkeypatch, sender):
    settings.EMAIL_BACKEND = "bookclub.mail.backends.FolderBackend"
    make_mails(2)

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(MailServerDown, match="No space left"):
            sender.send_due()
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    sender.send_due()

    assert states() == [State.SENT] * 2


# --- the database ---------------------------------------------------------------------------------------------------


def lock_database():
    """Lock the database against writes for a while."""
    other = sqlite3.connect(connection.settings_dict["NAME"], check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(1.5, lambda: (other.rollback(), other.close())).start()


def restart_database(name, options):
    """Close all connections, as a restart does."""
    connect = connection.Database.connect
    other = connect(dbname=name, **options)
    other.autocommit = True
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [name])  # fmt: skip
    other.close()


@pytest.fixture
def lose_database(transactional_db, monkeypatch):
    """A function that makes the database unavailable: PostgreSQL loses all connections, SQLite is locked."""
    if connection.vendor == "postgresql":
        options = connection.get_connection_params()
        options = {name: options[name] for name in ("host", "port", "user", "password") if name in options}
        yield lambda: restart_database(connection.settings_dict["NAME"], options)
    else:
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
        connection.close()
        yield lock_database
    connection.close()


@pytest.mark.both_databases
def test_sender_records_outcome_after_database_returns(lose_database, settings, sender):
    make_mails(3)
    gone = iter([lose_database])

    with Sink(on_taken=lambda: next(gone, lambda: None)()) as sink:
        point(settings, sink)
        tries = 0
        while State.QUEUED in states():
            tries += 1
            try:
                sender.send_due()
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

    def record_outcome(self, outcome, words, **options):
        self.tries += 1
        if self.tries <= self.away:
            raise OperationalError("gone")


@pytest.mark.parametrize(("is_wanted", "away", "tries"), [(True, 1, 2), (False, 100, FINAL_TRIES)])
def test_sender_store_results_retries_until_stopping(transactional_db, sender, is_wanted, away, tries):
    row = Row(away)
    sender.pending_results = [(row, Outcome.SENT, "")]

    sender.send_due(lambda: is_wanted)

    assert row.tries == tries


@pytest.mark.both_databases
def test_worker_survives_lost_database(lose_database, settings):
    make_mails(1)
    worker = WorkerLoop(QUEUES, [])

    def lose_it_and_add_one():
        wait_until(lambda: states() == [State.SENT])
        lose_database()
        time.sleep(0.3)
        connection.close()
        wait_until(lambda: write_one())
        wait_until(lambda: states() == [State.SENT] * 2)
        worker.stop()
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
        worker.run()
        beside.join()

    assert states() == [State.SENT] * 2
    assert set(sink.taken.values()) == {1}


@pytest.mark.both_databases
def test_sender_slower_than_its_lease_records_every_outcome(db, settings, monkeypatch):
    """A second claim of the same row would have an outdated number of attempts, and its outcome would be lost."""
    make_mails(30)
    monkeypatch.setattr("bookclub.mail.sender.POLL_SECONDS", 0)
    now = dt.timedelta(0)
    sender = MailSender(QUEUES, lease=now, retry_delays=[now] * 20)

    with Sink(defers=0.5) as sink:
        point(settings, sink)
        while sender.send_due():
            pass
        sender.close_connection()

    assert states() == [State.SENT] * 30
    assert set(sink.taken.values()) == {1}


# --- several workers, kills and stops -------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_sender_three_at_once_send_each_mail_once(transactional_db, settings):
    make_mails(60)

    with Sink() as sink:
        point(settings, sink)
        runs = race([lambda: MailSender(QUEUES).send_due()] * 3)

    assert [run.error for run in runs] == ["", "", ""]
    assert sum(run.result for run in runs) == 60
    assert states() == [State.SENT] * 60
    assert set(sink.taken.values()) == {1}
    assert len(sink.taken) == 60


@pytest.mark.both_databases
def test_worker_killed_loses_and_repeats_nothing(transactional_db, settings):
    """Five of the fifty kills of bench/kill_worker.py."""
    make_mails(150)

    with Sink(defers=0.1, disconnects_before=0.025, disconnects_after=0.025) as sink:
        point(settings, sink)
        for kills in range(5):
            worker = Killable(OutgoingMail.objects.all())
            enough = len(sink.mails) + 6
            wait_until(lambda: len(sink.mails) >= enough)  # noqa: B023 - asked here and now
            worker.kill()
            assert State.QUEUED in states(), kills
        last = Killable(OutgoingMail.objects.all())
        wait_until(lambda: not {State.QUEUED, State.SENDING} & set(states()))
        last.kill(signal.SIGTERM)

    taken, ids = sink.taken, {mail.message_id: mail.state for mail in OutgoingMail.objects.all()}
    assert set(taken.values()) == {1}
    assert set(ids.values()) <= {State.SENT, State.UNKNOWN}
    assert {each for each in ids if ids[each] == State.SENT} <= set(taken)
    assert list(ids.values()).count(State.UNKNOWN) <= 5 + sink.did["disconnects_after"]


def test_worker_stopped_finishes_its_mail_and_releases_the_rest(transactional_db, settings):
    make_mails(10)

    with Sink(stalls=1, stall_seconds=0.7) as sink:
        point(settings, sink)
        worker = Killable(OutgoingMail.objects.all())
        wait_until(lambda: State.SENDING in states())
        code = worker.kill(signal.SIGTERM)

    assert code == 0
    assert states().count(State.SENT) == len(sink.mails) >= 1
    assert states().count(State.QUEUED) == 10 - len(sink.mails)
    assert set(OutgoingMail.objects.values_list("worker", flat=True)) == {""}
    assert not Worker.objects.online().exists()


def test_worker_ends_with_its_parent(transactional_db, settings):
    make_mails(1)

    WorkerLoop(QUEUES, [], parent=os.getppid() + 1).run()

    assert states() == [State.QUEUED]


def test_worker_sends_code_before_bulk_mail_and_beside_slow_task(transactional_db, settings):
    make_mails(1000)
    is_sent = FORK.Event()
    slow = PeriodicTask("slow", 1, is_sent.wait)

    with Sink() as sink:
        point(settings, sink)
        connections.close_all()
        worker = FORK.Process(target=WorkerLoop(QUEUES, [slow], parent=os.getpid()).run)
        worker.start()
        wait_until(lambda: len(sink.mails) > 3)
        make_mail(priority=Priority.URGENT, to="code@example.org")
        wait_until(lambda: "code@example.org" in sink.recipients)
        is_sent.set()
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()

    assert "code@example.org" in sink.recipients[:900]


# --- the clock ------------------------------------------------------------------------------------------------------


def test_sender_ignores_clock_set_back(db, settings, sender):
    make_mails(5)

    with Sink() as sink, time_machine.travel(timezone.now(), tick=False) as clock:
        sink.on_taken = lambda: clock.shift(-HOUR)
        point(settings, sink)
        sender.send_due()

    assert states() == [State.SENT] * 5
    assert set(sink.taken.values()) == {1}


# --- periodic tasks and the command ---------------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_worker_reports_long_problems_cut_to_their_columns(db, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "h" * 100)
    loop = WorkerLoop(QUEUES, [])
    loop.problem = "p" * 400
    loop.login_error = "e" * 400

    loop.report_running()
    SendingPause.start(SendingPause.Reason.LOGIN, loop.login_error)

    row = Worker.objects.get()
    assert (len(row.host), len(row.problem), len(SendingPause.objects.get().detail)) == (80, 300, 300)


def test_periodic_task_failure_is_reported_and_stops_no_other(db):
    done = []
    worker = PeriodicTaskRunner(
        [PeriodicTask("broken", 600, lambda: 1 / 0), PeriodicTask("sound", 600, lambda: done.append("sound"))],
        lambda: True,
    )

    worker.run_due()
    worker.run_due()

    assert done == ["sound"]
    assert worker.problem == "The task “broken” failed: ZeroDivisionError: division by zero"


def test_work_once_sends_what_is_due(db, mailoutbox):
    make_mails(2)

    call_command("work", "--once")

    assert states() == [State.SENT] * 2
    assert not Worker.objects.online().exists()
    assert Worker.objects.last_seen_at()


def test_work_stops_on_signals():
    signals = {}
    command = Command()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signal, "signal", signals.__setitem__)
        patch.setattr(WorkerLoop, "run", lambda worker: signals.update(worker=worker))
        command.handle(once=False, parent=None)

    assert signals["worker"].is_wanted()
    signals[signal.SIGTERM](signal.SIGTERM, None)
    assert not signals["worker"].is_wanted()
    assert {signal.SIGTERM, signal.SIGINT, signal.SIGHUP} <= set(signals)


# --- a restored backup ----------------------------------------------------------------------------------------------

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seen", "remembered", "written", "is_suspected"),
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
def test_restore_check_suspects_backup(db, seen, remembered, written, is_suspected):
    make_mail(written_at=NOW - written)
    if seen:
        Worker.objects.create(name="before", host="here", seen_at=NOW - seen)

    check = RestoreCheck()
    check.last_write_at = remembered and NOW - remembered
    suspicion = check.find_suspicion(NOW, QUEUES)

    assert bool(suspicion) is is_suspected


def test_restore_check_trusts_new_database(db):
    check = RestoreCheck()
    check.last_write_at = NOW - HOUR

    assert check.find_suspicion(NOW, QUEUES) == ""


def test_restore_check_remembers_last_write(tmp_path):
    assert RestoreCheck().last_write_at is None
    RestoreCheck().remember(NOW)
    assert RestoreCheck().last_write_at == NOW
    (tmp_path / "worker-was-here").write_text("yesterday or so")
    assert RestoreCheck().last_write_at is None


def test_worker_after_restore_sends_only_codes_until_pause_ends(db, mailoutbox):
    WorkerLoop(QUEUES, []).report_running()
    make_mail(to="old@example.org")
    Worker.objects.update(seen_at=timezone.now() - HOUR)  # as the backup of an hour ago has it

    worker = WorkerLoop(QUEUES, [])
    worker.report_running()
    make_mail(priority=Priority.URGENT, to="code@example.org")
    worker.run_once()

    assert SendingPause.objects.get().reason == SendingPause.Reason.RESTORED
    assert [message.to for message in mailoutbox] == [["code@example.org"]]
    SendingPause.objects.all().delete()
    again = WorkerLoop(QUEUES, [])
    again.report_running()
    again.run_once()
    assert not SendingPause.objects.exists()
    assert len(mailoutbox) == 2


# --- connection and pending results ---------------------------------------------------------------------------------


def test_sender_closes_a_connection_that_was_idle_for_five_seconds(db, settings, sender):
    make_mail()

    with Sink() as sink:
        point(settings, sink)
        sender.send_due()
        sender.connection_used_at -= IDLE_SECONDS - 1
        sender.close_idle_connection()
        assert sender.connection is not None
        sender.connection_used_at -= 1
        sender.close_idle_connection()
        assert sender.connection is None
        sender.close_idle_connection()
        make_mail()
        sender.send_due()

    assert states() == [State.SENT] * 2
    assert sink.did["connections"] == 2


def test_sender_uses_one_connection_for_a_hundred_mails(db, settings, sender):
    make_mails(MESSAGES_PER_CONNECTION + 1)

    with Sink() as sink:
        point(settings, sink)
        assert sender.send_due() == MESSAGES_PER_CONNECTION + 1

    assert sink.did["connections"] == 2


def test_sender_logs_results_that_could_not_be_stored(transactional_db, sender, caplog):
    sender.pending_results = [(Row(100), Outcome.SENT, ""), (Row(100), Outcome.UNKNOWN, "")]

    sender.send_due(lambda: False)

    assert "Mail 7 is sent, 7 is unknown: this can't be stored; trying again" in caplog.messages
    assert caplog.messages[-1] == "Mail 7 is sent, 7 is unknown: this could not be stored"


def test_sender_records_why_mail_can_not_be_built(db, settings, sender):
    broken = make_mail(headers=["no dictionary"])

    with Sink() as sink:
        point(settings, sink)
        assert sender.send_due() == 1

    broken.refresh_from_db()
    assert broken.error == "The mail can't be built: AttributeError: 'list' object has no attribute 'items'"


def test_sender_releases_its_claims_and_no_others(db, sender):
    mails = make_mails(3)
    OutgoingMail.objects.claim("another", 1)
    sender._claim_due()  # noqa: SLF001 - what it has when it is stopped

    sender.release_claims()

    assert [each.pk for each in OutgoingMail.objects.filter(worker="")] == [mail.pk for mail in mails[1:]]
    assert not any(sender.claimed)


def test_sender_keeps_no_connection_that_broke(db, settings, sender):
    make_mail()

    with Sink(disconnects_after=1) as sink:
        point(settings, sink)
        sender.send_due()

    assert states() == [State.UNKNOWN]
    assert sender.connection is None
