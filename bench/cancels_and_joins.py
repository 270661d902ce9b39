"""200 random joins, cancels and changes of guests by 16 processes, on SQLite and on PostgreSQL.

    python -m bench.cancels_and_joins [--acts 200] [--processes 16] [--seed N]

Every process notes whom it seats and to whom it writes. Afterwards no seat may have been given twice, nobody have been
seated or written to twice in the same place of the line, nobody have been passed over, and no error been met. Exits
with 1 otherwise.
"""

import argparse
import random
import sys
import time
from collections import Counter

from bench.databases import empty_database, is_within, on_both

SEATS, MEMBERS = 12, 30


def main(acts, processes, seed):
    from tests.factories import make_club, make_meetup, make_member  # noqa: PLC0415 - after the settings
    from tests.racing import race  # noqa: PLC0415 - the same

    make_club(guests_allowed=2)
    meetup = make_meetup(capacity=SEATS)
    members = [make_member() for _ in range(MEMBERS)]
    began = time.monotonic()
    shares = [len(range(number, acts, processes)) for number in range(processes)]
    runs = race([busy(meetup, members, share, seed + number) for number, share in enumerate(shares)])
    print(f"  {acts} acts by {processes} processes, {time.monotonic() - began:.0f} s, seed {seed}:")
    notes = [note for run in runs for note in run.result or ()]
    for kind, number in sorted(Counter(kind for kind, *_ in notes).items()):
        print(f"    {number} {kind}")
    wrong = {"errors": sum(run.error != "" for run in runs)} | wrong_in(meetup, notes)
    print("   ", ", ".join(f"{words}: {number}" for words, number in wrong.items()))
    return not any(wrong.values())


def busy(meetup, members, acts, seed):
    """Return a function that answers `acts` times for random members, and returns its notes."""

    def act():
        from django.core.exceptions import ValidationError  # noqa: PLC0415 - after the settings

        from meetups.rsvps import record_rsvp  # noqa: PLC0415 - the same

        notes, chance = [], random.Random(seed)  # noqa: S311 - nobody is to guess nothing
        take_notes(notes)
        for _ in range(acts):
            answer = chance.choice(["going", "not_going"])
            try:
                record_rsvp(meetup, chance.choice(members), answer, guests=chance.choice([0, 0, 1, 2]))
            except ValidationError as refusal:
                notes.append((f"refused: {refusal.code}", None, None))
            else:
                notes.append((f"answered: {answer}", None, None))
        return notes

    return act


def take_notes(notes):
    """Note (what, member, queue position) of everybody who gets a seat or a mail, in this process."""
    from meetups import emails, rsvps  # noqa: PLC0415 - after the settings

    def noting(kind, verb):
        def noted(*arguments):
            rsvp = arguments[-1]
            notes.append((kind, rsvp.member_id, rsvp.queue_position))
            return verb(*arguments)

        return noted

    rsvps.assign_seat = noting("seated", rsvps.assign_seat)
    emails.write_promotion_mail = noting("told of a seat that came free", emails.write_promotion_mail)
    emails.write_answer_mail = noting("told the answer", emails.write_answer_mail)


def wrong_in(meetup, notes):
    """Count faults by kind. A queue position belongs to one stay of one member in the waiting list."""
    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415 - after the settings
    from meetups.models import SeatCounter  # noqa: PLC0415 - the same

    times = Counter(notes)
    counter = SeatCounter.objects.select_related("meetup").get(pk=meetup.pk)
    promoted = Counter(member for kind, member, _ in notes if kind == "told of a seat that came free")
    mails = OutgoingMail.objects.filter(kind="rsvp-promoted").values_list("to", flat=True)
    written = Counter(dict(meetup.rsvps.values_list("member__email", "member"))[to] for to in mails)
    twice = {
        words: sum(number > 1 for note, number in times.items() if note[0] == kind and note[1])
        for words, kind in {
            "seated twice": "seated",
            "promoted twice": "told of a seat that came free",
            "answered twice": "told the answer",
        }.items()
    }
    return twice | {
        "mails of a promotion too many or too few": sum(((promoted - written) + (written - promoted)).values()),
        "seats given twice": abs(counter.taken - meetup.rsvps.going().count_seats()) + max(counter.taken - SEATS, 0),
        "waiting though they fit": sum(counter.has_room_for(rsvp.party_size) for rsvp in meetup.rsvps.waiting()),
    }


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--acts", type=int, default=200)
    options.add_argument("--processes", type=int, default=16)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 - nobody is to guess nothing
    wanted = vars(options.parse_args())
    if not is_within():
        sys.exit(not on_both("bench.cancels_and_joins", ["--seed", str(wanted["seed"]), *sys.argv[1:]]))
    with empty_database():
        is_well = main(**wanted)
    sys.exit(not is_well)
