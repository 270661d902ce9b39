"""Load the sample club of this folder into an empty database."""

import datetime as dt
import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from bookclub.core.database.exclusive_transaction import exclusive_transaction
from bookclub.core.models import Club, CommunityLink
from bookclub.mail.models import OutgoingMail
from bookclub.roles import ORGANISER
from books.models import Book, Contribution, Contributor, Note, Reading
from meetups.models import RSVP, Meetup, Photo, Venue, WriteUp
from meetups.paste.importer import import_writeup, mark_as_sample
from meetups.rsvps import record_rsvp
from members.models import Author, Member
from newsletter.delivery import send_issue as deliver
from newsletter.drafts import draft_issue

FOLDER = Path(__file__).parent
CONTENT = (Club, Book, Meetup, WriteUp, Member)
SIGN_IN_FILE = "organiser.txt"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class NotEmpty(Exception):
    """The database already has content."""


def load_sample_club(report) -> Path:
    """Load everything in one transaction; return the path of the file with the organiser's password.

    Raises NotEmpty, with nothing changed, if there is a club, book, meetup, write-up or member. If another process is
    loading it, `report` gets a sentence, and this one waits.
    """
    sample = json.loads((FOLDER / "club.json").read_text("utf-8"))
    with exclusive_transaction(connection, report):
        if any(model.objects.exists() for model in CONTENT):
            raise NotEmpty
        make_club(sample["club"], sample["links"])
        for entry in sample["books"]:
            make_book(**entry)
        make_meetups(sample)
        for entry in sample["writeups"]:
            import_sample_writeup(**entry)
        link_related_writeups(sample["related"])
        publish_the_rest()
        passwords = save_seats(sample["going"])
        describe_authors(sample["authors"])
        send_letter()
        for writeup in WriteUp.objects.all():
            mark_as_sample(writeup)
        return make_organiser(**sample["organiser"], passwords=passwords)


def send_letter():
    """Send the first issue, about the latest write-up, for the archive: there are no subscribers yet."""
    issue, _ = draft_issue(WriteUp.objects.published().newest_first().first())
    deliver(issue, None)


def make_club(fields, links):
    club = Club.objects.create(**fields)
    for position, link in enumerate(links, 1):
        CommunityLink.objects.create(club=club, position=position, **link)


def make_book(*, contributors, cover, made_of_it, **fields):
    book = Book.objects.create(cover=open_picture("covers", cover), **fields)
    for position, person in enumerate(contributors, 1):
        contributor, _ = Contributor.objects.get_or_create(name=person["name"])
        Contribution.objects.create(book=book, contributor=contributor, role=person["role"], position=position)
    if made_of_it:
        Note.objects.create(book=book, heading="What we made of it", body=made_of_it)


def make_meetups(sample):
    for venue in sample["venues"]:
        Venue.objects.create(**venue)
    for entry in sample["meetups"]:
        make_meetup(**entry)
    make_next_meetup(**sample["next_meetup"])
    Meetup.objects.create(**sample["to_be_announced"])


def make_meetup(*, date, start, end, venue, book, **fields):
    return Meetup.objects.create(
        date=dt.date.fromisoformat(date),
        start_time=dt.time.fromisoformat(start),
        end_time=dt.time.fromisoformat(end),
        venue=Venue.objects.get(name=venue),
        book=Book.objects.get(slug=book),
        **fields,
    )


def make_next_meetup(*, weeks_from_now, weekday, **fields):
    """Create a meetup on the first `weekday` after `weeks_from_now` weeks."""
    day = timezone.localdate() + dt.timedelta(weeks=weeks_from_now)
    day += dt.timedelta(days=(WEEKDAYS.index(weekday) - day.weekday()) % 7)
    make_meetup(date=day.isoformat(), **fields)


def import_sample_writeup(*, file, slug, book, date=None, **extras):
    """Import a write-up, add what plain text can't express, and publish it with its own date."""
    meetup = Meetup.objects.get(date=date) if date else None
    writeup = import_writeup(
        (FOLDER / "writeups" / file).read_bytes(), book=Book.objects.get(slug=book), meetup=meetup
    ).writeup
    writeup.slug = slug
    complete_writeup(writeup, **extras)
    writeup.publish()


def complete_writeup(writeup, *, italics, names_agreed, term=None, question_source="", photo=None):
    writeup.body = restore_italics(writeup.body, italics)
    writeup.save()
    writeup.session_notes.filter(name__in=names_agreed).update(name_is_public=True)
    writeup.book.questions.filter(is_quotation=True).update(source=question_source)
    if term:
        set_term_source(writeup.book.terms.get(), **term)
    if photo:
        image = open_picture("photos", photo.pop("file"))
        Photo.objects.create(writeup=writeup, image=image, **photo)


def set_term_source(term, *, source, italics=()):
    term.source = source
    term.definition = restore_italics(term.definition, italics)
    term.save()


def restore_italics(text, phrases):
    """Restore italics that plain text has lost, by phrases such as “an evening on *Erewhon*, in which”."""
    for phrase in phrases:
        text = text.replace(phrase.replace("*", ""), phrase)
    return text


def link_related_writeups(chosen):
    for slug, others in chosen.items():
        WriteUp.objects.get(slug=slug).related.set(WriteUp.objects.filter(slug__in=others))
    for reading in Reading.objects.all():
        reading.known_book = Book.objects.filter(title=reading.title).first()
        reading.save()


def publish_the_rest():
    """Publish the rows that no write-up has published: upcoming meetups, and books not read yet."""
    for rows in (Book.objects, Meetup.objects):
        rows.drafts().update(published_at=timezone.now())


def save_seats(names) -> dict:
    """Save seats at the next meetup for fictional members. Return {address: their random password}.

    Their addresses are of example.org, which takes no mail (RFC 2606), and the mail about their seats is deleted.
    """
    meetup, passwords = Meetup.objects.upcoming().first(), {}
    for name in names:
        email = f"{name.replace(' ', '.').lower()}@example.org"
        passwords[email] = secrets.token_urlsafe(12)
        member = Member.objects.create_user(email, passwords[email], name=name)
        record_rsvp(meetup, member, RSVP.Answer.GOING)
        OutgoingMail.objects.filter(to=email).delete()
    return passwords


def describe_authors(entries):
    for entry in entries:
        author = Author.objects.get(name=entry["name"])
        for name, value in entry.items():
            setattr(author, name, value or getattr(author, name))
        author.save()


def make_organiser(*, name, email, passwords=None):
    """Create an account with a random password for the author of this name; return the path of the password file.

    The file also holds `passwords`, {address: password} of the members.
    """
    password = secrets.token_urlsafe(12)
    member = Member.objects.create_user(email, password, name=name, is_staff=True)
    member.groups.add(Group.objects.get(name=ORGANISER))
    Author.objects.filter(name=name).update(member=member)
    path = Path(settings.DATA_DIR) / SIGN_IN_FILE
    text = f"E-mail: {email}\nPassword: {password}\n"
    if passwords:
        lines = [f"{address}  {each}" for address, each in passwords.items()]
        text = "\n".join([f"{text}\nMembers of the sample club, to see what they see", *lines, ""])
    write_privately(path, text)
    return path


def write_privately(path, text):
    """Write a new file that only its owner can read, from the moment of its creation."""
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)


def open_picture(folder, name):
    return ContentFile((FOLDER / folder / name).read_bytes(), name)
