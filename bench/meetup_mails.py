"""Measure the seconds that mails to many guests take, in the admin and in the worker: `python -m bench.meetup_mails`.

A meetup of a private venue with 200 and with 1,000 people: saving a new date in the admin, the periodic task that then
writes the change mails, cancelling (which writes them in the organiser's own request), the reminders, and a periodic
task with nothing to do. On SQLite, or the database of DATABASE_URL.
"""

import datetime as dt
import os
import tempfile
import time

import django
from django.core.management import call_command

from tests.serving import environment_in

PEOPLE = (200, 1000)


def timed(do, *args):
    start = time.perf_counter()
    do(*args)
    return time.perf_counter() - start


def main():
    # Models can be imported once Django is set up.
    from django.utils import timezone  # noqa: PLC0415

    from bookclub.mail.models import OutgoingMail  # noqa: PLC0415
    from meetups import cancellation, change_notices, reminders, rsvps  # noqa: PLC0415
    from meetups.models import RSVP, Meetup, MeetupChange, SeatCounter  # noqa: PLC0415
    from members.models import Member  # noqa: PLC0415
    from tests.factories import make_book, make_meetup, make_venue  # noqa: PLC0415

    def make_meetup_with_guests(number):
        long_ago = timezone.now() - dt.timedelta(days=9)
        place = make_venue(is_private=True, address="7 Secret Street")
        meetup = make_meetup(date=timezone.localdate() + dt.timedelta(days=5), venue=place, book=make_book())
        rows = [Member(email=f"{number}-{each}@example.org") for each in range(number)]
        members = Member.objects.bulk_create(rows)
        turns = [
            RSVP(
                meetup=meetup,
                member=member,
                answer="going",
                queue_position=queue_position,
                asked_at=long_ago,
                answered_at=long_ago,
            )
            for queue_position, member in enumerate(members, 1)
        ]
        RSVP.objects.bulk_create(turns)
        SeatCounter.objects.create(meetup=meetup, taken=number, last_queue_position=number)
        return meetup

    def save(meetup):
        with rsvps.locked_meetup_change(meetup) as counter:
            meetup.room = "upstairs"
            meetup.save()
            change_notices.record_change(counter.meetup, meetup)
        MeetupChange.objects.update(changed_at=timezone.now() - dt.timedelta(minutes=6))

    def remind(meetup):
        Meetup.objects.exclude(pk=meetup.pk).update(cancelled_at=timezone.now())
        reminders.write_meetup_reminders(meetup, reminders.WEEK)

    print("people   save  tell of it  remind  cancel  nothing to do")
    for number in PEOPLE:
        meetup = make_meetup_with_guests(number)
        reminding = timed(remind, meetup)
        figures = [
            timed(save, meetup),
            timed(change_notices.write_change_notices),
            reminding,
            timed(cancellation.cancel_meetup, meetup, "Flood"),
        ]
        figures.append(
            timed(
                lambda: (
                    reminders.write_reminders(),
                    change_notices.write_change_notices(),
                    reminders.announce_writeups(),
                )
            )
        )
        written = OutgoingMail.objects.filter(to__startswith=f"{number}-").count()
        print(f"{number:6}", *(f"{seconds:8.3f}" for seconds in figures), f"  {written} mails")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= environment_in(folder)
        django.setup()
        call_command("migrate", verbosity=0)
        main()
