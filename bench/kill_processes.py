"""Kill the processes of a running site with -9 in turn, on SQLite and on PostgreSQL, while people use it.

    python -m bench.kill_processes [--rounds 50] [--seed N] [--tenth]

Every 1 to 8 seconds it is the turn of web servers, the mail worker, or `manage.py serve` itself, which a loop in place of
systemd starts again. Meanwhile a reader loads the home page, members come and don't come, and strangers sign up for the
newsletter. Exits with 1 if no page was to be had for over 10 s, if a write that was acknowledged is lost, if a mail is
lost or came twice, or if more mails are unknown than workers were killed.
"""

import argparse
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from bench.busy_site import BusyClub, BusySite, run_in_threads
from bench.databases import is_within, on_both
from bookclub.environment import BASE_DIR
from tests.databases import empty_database
from tests.serving import environment_in, prepare
from tests.sink import Sink

MEMBERS = 4
LONGEST_GAP_SECONDS = 10
SIGN_UP_EVERY_SECONDS = 1.3  # fewer than 300 mails an hour: those above it wait for an organiser
PATIENCE_SECONDS = 120


class ServiceManager:
    """Starts `manage.py serve` again whenever it ends, as systemd does with Restart=always."""

    def __init__(self, environment, log):
        self.environment, self.log = environment, log
        self.is_stopping = False
        self.starts = 0
        self.process = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.is_stopping:
            self.starts += 1
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                env=self.environment,
                cwd=BASE_DIR,
                stdout=self.log,
                stderr=subprocess.STDOUT,
            )
            self.process.wait()
            time.sleep(0.1)

    def stop(self):
        self.is_stopping = True
        self.process.terminate()
        self.thread.join()

    def children(self, words, of=None):
        """Return the process IDs of the supervisor's children whose command holds `words`."""
        parents = of or [self.process.pid]
        return [pid for pid, ppid, command in list_processes() if ppid in parents and words in command]


def list_processes():
    rows = subprocess.run(["ps", "-ewwo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout  # noqa: S607 - wherever it is
    for row in rows.splitlines()[1:]:
        pid, ppid, *command = row.split(None, 2)
        yield int(pid), int(ppid), "".join(command)


class Killer:
    """Kills processes in turn. `kills` counts them by kind."""

    def __init__(self, manager, die):
        self.manager, self.die = manager, die
        self.kills = Counter()
        self.kinds = itertools.cycle([self.find_web_processes, self.find_mail_worker, self.find_supervisor])

    def find_web_processes(self):
        """Return granian's own process, or one or all of those that answer requests."""
        granians = self.manager.children("bookclub.server.web_server")
        answering = self.manager.children("bookclub.server.web_server", of=granians)
        return self.die.choice([granians[:1], answering[:1], answering])

    def find_mail_worker(self):
        return self.manager.children("manage.py work")

    def find_supervisor(self):
        return [self.manager.process.pid]

    def kill(self):
        find = next(self.kinds)
        end = time.monotonic() + PATIENCE_SECONDS
        while not (found := find()) and time.monotonic() < end:
            time.sleep(0.02)
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.kills[find.__name__.removeprefix("find_")] += 1


class Club(BusyClub):
    def find_lost(self, answers, addresses):
        """Return what was acknowledged and is not in the database: answers of members, and sign-ups with their mail."""
        from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - Django is set up by now
        from newsletter.models import Subscriber  # noqa: PLC0415

        lost = [f"answer of member {number}" for number in self.find_lost_answers(answers)]
        subscribers = set(Subscriber.objects.values_list("email", flat=True))
        mailed = Counter(OutgoingMail.objects.filter(kind__startswith="newsletter").values_list("to", flat=True))
        lost += [address for address in addresses if address not in subscribers or mailed[address] != 1]
        return lost

    def finish_mail(self, environment):
        """Let a worker send the rest, as if the leases of killed workers were over."""
        from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - Django is set up by now
        from bookclub.mail.queue import LEASE_DURATION  # noqa: PLC0415

        end = time.monotonic() + PATIENCE_SECONDS
        waiting = OutgoingMail.objects.filter(state__in=["queued", "sending"])
        while waiting.exists() and time.monotonic() < end:
            waiting.update(not_before=None)
            for mail in waiting.exclude(lease_until=None).only("lease_until"):
                OutgoingMail.objects.filter(pk=mail.pk).update(lease_until=mail.lease_until - 2 * LEASE_DURATION)
            subprocess.run([sys.executable, "manage.py", "work", "--once"], env=environment, cwd=BASE_DIR, check=True)


def load_home_page(site, answered_at, is_over):
    """Note the times of answers. Goes on until there is one after the end."""
    while True:
        is_last = is_over()
        if site.send("GET", "/")[0] == 200:
            answered_at.append(time.monotonic())
            if is_last:
                return
        time.sleep(0.1)


def come_and_go(site, cookie, number, answers, is_over):
    """Answer a meetup; repeat what was not acknowledged, so that at the end the last one was."""
    end = None
    for answer in itertools.cycle(["going", "not_going"]):
        while (status := site.send_answer(answer, cookie)) != 302:
            end = end or (is_over() and time.monotonic() + PATIENCE_SECONDS)
            if end and time.monotonic() > end:
                sys.exit(f"A member gets no answer but {status}.")
            time.sleep(0.1)
        answers[number] = answer
        if is_over():
            return
        time.sleep(0.3)


def sign_up(site, addresses, is_over):
    for number in itertools.count():
        if is_over():
            return
        address = f"reader{number}@example.org"
        if site.send("POST", "/newsletter/subscription/", {"email": address, "which": "typed"})[0] == 302:
            addresses.append(address)
        time.sleep(SIGN_UP_EVERY_SECONDS)


def main(rounds, seed):
    die = random.Random(seed)  # noqa: S311 - of a trial
    with (
        tempfile.TemporaryDirectory() as folder,
        empty_database(folder) as url,
        Sink(stalls=0.5, stall_seconds=0.2) as sink,
    ):
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{sink.port}", "TRUSTED_PROXY_COUNT": "1"}
        environment = environment_in(folder, DATABASE_URL=url, **mail)
        os.environ.update(environment)
        prepare(environment)
        club, site = Club(MEMBERS), BusySite(environment, timeout_seconds=8)
        with Path(folder, "serve.log").open("w") as log:
            manager = ServiceManager(environment, log)
            killer = Killer(manager, die)
            manager.thread.start()
            answered_at, answers, addresses = [], {}, []
            try:
                wait_for_site(site)
                tasks = [(come_and_go, site, cookie, number, answers) for number, cookie in enumerate(club.cookies)]
                with run_in_threads((load_home_page, site, answered_at), (sign_up, site, addresses), *tasks):
                    for _ in range(rounds):
                        time.sleep(die.uniform(1, 8))
                        killer.kill()
            finally:
                manager.stop()
        club.finish_mail(environment)
        is_good = print_figures(club, sink, killer, manager, answered_at, answers, addresses)
        if not is_good:
            print(Path(folder, "serve.log").read_text()[-20_000:])
        close_connections()
    return is_good


def wait_for_site(site):
    end = time.monotonic() + PATIENCE_SECONDS
    while site.send("GET", "/healthz")[0] != 200:
        if time.monotonic() > end:
            sys.exit("The site does not start.")
        time.sleep(0.1)


def close_connections():
    from django.db import connections  # noqa: PLC0415 - Django is set up by now

    connections.close_all()


def print_figures(club, sink, killer, manager, answered_at, answers, addresses):
    """Return whether they are good enough."""
    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - Django is set up by now
    from tests.killing import Account  # noqa: PLC0415

    gap = max(later - earlier for earlier, later in itertools.pairwise(answered_at))
    lost, account = club.find_lost(answers, addresses), Account(OutgoingMail.objects, sink)
    unknown, cut = account.states["unknown"], killer.kills["mail_worker"] + killer.kills["supervisor"]
    print(f"  killed: {dict(killer.kills)}; `serve` started {manager.starts} times")
    print(f"  {len(answered_at)} pages; longest time without one: {gap:.1f} s (at most {LONGEST_GAP_SECONDS})")
    print(f"  {len(addresses)} sign-ups and {len(answers)} last answers acknowledged; lost: {lost or 0}")
    print(f"  mails: {dict(account.states)}; faults: {account.wrong or 0}; unknown {unknown} (at most {cut})")
    return gap <= LONGEST_GAP_SECONDS and not lost and not account.wrong and unknown <= cut and bool(addresses)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--tenth", action="store_true", help="a tenth of the rounds")
    given = parser.parse_args()
    if not is_within():
        rounds = given.rounds // 10 if given.tenth else given.rounds
        sys.exit(not on_both("bench.kill_processes", ["--rounds", str(rounds), "--seed", str(given.seed)]))
    print(f"  {given.rounds} rounds, seed {given.seed}")
    sys.exit(not main(given.rounds, given.seed))
