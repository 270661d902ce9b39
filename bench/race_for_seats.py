"""64 processes race for the last 8 seats of a meetup, 20 times, on SQLite and on PostgreSQL.

    python -m bench.race_for_seats [--processes 64] [--rounds 20]

As many go as there are seats, the rest wait in the order of commit, and nobody meets an error. Then the control: the
same race that reads without the lock must oversell, or it would prove nothing; with the database's CHECK alone it must
be refused instead. Exits with 1 where one of the three is otherwise.
"""

import argparse
import sys

from bench.databases import empty_database, is_within, on_both

SEATS = 8
CONTROL_ROUNDS = 3


def main(processes, rounds):
    from tests.factories import make_rsvp  # noqa: PLC0415 - after the settings

    make_rsvp()  # what a process has to read once, the racers are born with
    races = [faults_of_a_race(processes) for _ in range(rounds)]
    wrong = [fault for faults, _ in races for fault in faults]
    longest = max(seconds for _, seconds in races)
    print(
        f"  {rounds} races of {processes} for {SEATS} seats: {len(wrong)} faults; nobody waited more than {longest:.1f} s"
    )
    for fault in wrong[:10]:
        print(f"    {fault}")
    oversold, errors = control(processes)
    print(f"  without lock and CHECK: {oversold} seats too many in {CONTROL_ROUNDS} races, {errors} errors")
    guarded, refused = control(processes, guarded=True)
    print(f"  without the lock: {guarded} seats too many in {CONTROL_ROUNDS} races, {refused} refused by the database")
    return not wrong and oversold > 0 and guarded == 0


def faults_of_a_race(processes):
    """Return the faults as sentences, and the seconds of the slowest answer."""
    from tests.racing import race, wrong_in  # noqa: PLC0415 - after the settings

    meetup, acts = askers(processes)
    runs = race(acts)
    return wrong_in(meetup, runs), max(run.ended - run.began for run in runs)


def control(processes, **options):
    """Return the oversold seats and the errors of a few races without the lock."""
    from tests.racing import race, without_lock  # noqa: PLC0415 - after the settings

    oversold = errors = 0
    for _ in range(CONTROL_ROUNDS):
        meetup, acts = askers(processes)
        runs = race([without_lock(act, **options) for act in acts])
        oversold += max(meetup.rsvps.going().count_seats() - SEATS, 0)
        errors += sum(run.error != "" for run in runs)
    return oversold, errors


def askers(processes):
    """Return a meetup and a function for each member that asks for a seat."""
    from meetups.models import SeatCounter  # noqa: PLC0415 - after the settings
    from tests.factories import make_meetup, make_member  # noqa: PLC0415 - the same
    from tests.racing import ask  # noqa: PLC0415 - the same

    meetup = make_meetup(capacity=SEATS)
    SeatCounter.objects.create(meetup=meetup)
    return meetup, [ask(meetup, make_member()) for _ in range(processes)]


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--processes", type=int, default=64)
    options.add_argument("--rounds", type=int, default=20)
    wanted = vars(options.parse_args())
    if not is_within():
        sys.exit(not on_both("bench.race_for_seats", sys.argv[1:]))
    with empty_database():
        is_well = main(**wanted)
    sys.exit(not is_well)
