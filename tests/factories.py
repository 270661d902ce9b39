"""Functions that create one row each, with valid defaults: a test passes only the fields that it is about.

Rows that can be published were published yesterday, for everybody; `published_at=None` makes a draft. A meetup is a week
from now. A write-up has no meetup and no book unless they are given. An item creates its own book, a write-up its own
author.
"""

import datetime as dt
import io
import itertools

from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from bookclub.core.models import Club, CommunityLink
from bookclub.mail.models import OutgoingMail
from bookclub.mail.worker import WorkerLoop
from bookclub.management.commands.work import QUEUES
from bookclub.roles import AUTHOR, ORGANISER
from bookclub.tasks import PERIODIC_TASKS
from books.models import Book, Contribution, Contributor, Note, Question, Quote, Reading, Term
from meetups.models import RSVP, Meetup, Paste, Photo, SessionNote, Venue, WriteUp
from meetups.rsvps import record_rsvp
from members.models import Author, Member
from newsletter.models import Issue, Subscriber

numbers = itertools.count(1)


def yesterday():
    return timezone.now() - dt.timedelta(days=1)


def make_club(**fields):
    """Create the club's only row, or change it."""
    return Club.objects.update_or_create(pk=1, defaults={"name": "Test Book Club"} | fields)[0]


def make_community_link(**fields):
    club = fields.pop("club", None) or Club.objects.first() or make_club()
    return CommunityLink.objects.create(club=club, **{"label": "Chat", "url": "https://chat.example/"} | fields)


def make_member(email=None, *, password=None, permissions=(), **fields):
    """Create a member with `permissions`, named as for `has_perm`: "bookclub.view_drafts"."""
    number = next(numbers)
    member = Member.objects.create_user(
        email or f"member{number}@example.org", password, **{"name": f"Member {number}"} | fields
    )
    member.user_permissions.set(find_permissions(permissions))
    return member


def make_organiser(email=None, **fields):
    """Create a member with the role of an organiser, who is no superuser."""
    return _make_staff(ORGANISER, email, fields)


def make_writer(email=None, **fields):
    """Create a member with the role of an author, and their author's page, `member.author`."""
    member = _make_staff(AUTHOR, email, fields)
    make_author(member=member)
    return member


def _make_staff(role, email, fields):
    member = make_member(email, **{"is_staff": True} | fields)
    member.groups.add(Group.objects.get(name=role))
    return member


def find_permissions(names):
    """Return the permissions with these names, as `has_perm` takes them: "bookclub.view_drafts"."""
    pairs = [name.split(".") for name in names]
    return [Permission.objects.get(content_type__app_label=app, codename=codename) for app, codename in pairs]


def make_author(**fields):
    number = next(numbers)
    return Author.objects.create(**{"name": f"Author {number}", "slug": f"author-{number}"} | fields)


def make_book(**fields):
    number = next(numbers)
    defaults = {"title": f"Book {number}", "slug": f"book-{number}", "published_at": yesterday()}
    return Book.objects.create(**defaults | fields)


def make_contributor(**fields):
    return Contributor.objects.create(**{"name": f"Contributor {next(numbers)}"} | fields)


def make_contribution(**fields):
    return _make(Contribution, fields, book=make_book, contributor=make_contributor)


def make_note(**fields):
    return _make_item(Note, fields, heading=f"Note {next(numbers)}", body="- A point\n\nA paragraph")


def make_term(**fields):
    return _make_item(Term, fields, heading="What does “term” mean?", definition=f"Definition {next(numbers)}")


def make_question(**fields):
    if fields.get("term"):
        fields = {"book": fields["term"].book} | fields
    return _make_item(Question, fields, text=f"Question {next(numbers)}?")


def make_quote(**fields):
    return _make_item(Quote, fields, text=f"Words from the book, {next(numbers)}")


def make_reading(**fields):
    return _make_item(Reading, fields, **({} if "known_book" in fields else {"title": f"Reading {next(numbers)}"}))


def make_venue(**fields):
    return Venue.objects.create(**{"name": f"Venue {next(numbers)}", "area": "Southwark"} | fields)


def make_meetup(**fields):
    """Create a meetup a week from now, or on `date`, from 19:00 to 21:00; `date=None` also leaves out the times."""
    times = {
        "date": timezone.localdate() + dt.timedelta(days=7),
        "start_time": dt.time(19),
        "end_time": dt.time(21),
    }
    if "date" in fields and fields["date"] is None:
        times = {}
    if fields.get("start_time", ...) is None:
        times["end_time"] = None
    return Meetup.objects.create(**{"published_at": yesterday()} | times | fields)


def make_rsvp(meetup=None, member=None, answer=RSVP.Answer.GOING, **options):
    """Record an answer as the page does: on a full meetup it becomes "waiting"."""
    return record_rsvp(meetup or make_meetup(), member or make_member(), answer, **options)


def make_mail(**fields):
    """Create a queued reminder, or one in another `state`."""
    number = next(numbers)
    words = {"subject": f"Subject {number}", "text": f"Text {number}\n"}
    to = {"key": f"reminder:{number}", "kind": "reminder", "to": f"reader{number}@example.org"}
    return OutgoingMail.objects.create(**to | words | fields)


def run_worker():
    """Run all periodic tasks and send all mail that is due, into `mailoutbox`, as a worker does in one round.

    Raises RuntimeError if a task fails, after the rest is done.
    """
    worker = WorkerLoop(QUEUES, PERIODIC_TASKS)
    tried = worker.run_once()
    if worker.task_runner.problem:
        raise RuntimeError(worker.task_runner.problem)
    return tried


def make_writeup(**fields):
    """Create a published write-up about the meetup's book. It does not publish the book's items: `publish()` does."""
    number = next(numbers)
    defaults = {"title": f"Write-up {number}", "slug": f"write-up-{number}", "body": f"Prose {number}"}
    if fields.get("meetup"):
        defaults["book"] = fields["meetup"].book
    return _make(WriteUp, defaults | {"published_at": yesterday()} | fields, author=make_author)


def make_paste(**fields):
    """Create an unfinished paste of a new write-up."""
    number = next(numbers)
    text = fields.get("text", f"Evening {number}\n\nProse.")
    defaults = {"title": text[:80].split("\n")[0], "text": text, "digest": str(number), "destination": "new write-up"}
    return _make(Paste, defaults | fields, owner=make_writer)


def make_session_note(**fields):
    return _make(SessionNote, {"text": f"Point {next(numbers)}"} | fields, writeup=make_writeup)


def make_subscriber(email=None, **fields):
    """Create a subscriber who has confirmed."""
    defaults = {"email": email or f"reader{next(numbers)}@example.org", "confirmed_at": yesterday()}
    return Subscriber.objects.create(**defaults | fields)


def make_issue(**fields):
    """Create an issue that was sent yesterday; `number=None` makes a draft."""
    subject = f"Letter {next(numbers)}"
    sent = {"number": next(numbers), "frozen_at": yesterday(), "published_at": yesterday(), "frozen_subject": subject}
    if "number" in fields and fields["number"] is None:
        sent = {}
    return Issue.objects.create(**{"subject": subject, "introduction": "Dear readers"} | sent | fields)


def make_photo(**fields):
    return _make(Photo, {"alt": "Readers at a table"} | fields, writeup=make_writeup, image=make_picture_file)


def make_picture_file(format="JPEG", size=(40, 30), *, name=None, exif=None, mode="RGB", colour="#7a2e1d"):  # noqa: A002 - Pillow's word
    """Return an upload of a picture of one colour; `exif` is a `PIL.Image.Exif`."""
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, format, **({"exif": exif} if exif else {}))
    return SimpleUploadedFile(name or f"picture.{format.lower()}", out.getvalue(), f"image/{format.lower()}")


def _make_item(model, fields, **defaults):
    return _make(model, {"published_at": yesterday()} | defaults | fields, book=make_book)


def _make(model, fields, **makers):
    """Create a row with `fields`; `makers` create related rows that `fields` do not name."""
    made = {name: make() for name, make in makers.items() if name not in fields}
    return model.objects.create(**made | fields)
