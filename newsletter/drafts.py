"""Draft an issue from a write-up, or a date note from a meetup."""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models.functions import Length
from django.utils.formats import date_format

from books.models import Question, Quote
from meetups.models import Meetup
from newsletter.models import Issue
from newsletter.models.subscriber import Topic

MAX_QUESTIONS = 3
MAX_QUOTE_LENGTH = 240


def draft_issue(writeup) -> tuple[Issue, bool]:
    """Return the unsent issue about `writeup`, and whether it is new. Safe to repeat.

    Takes over only what the public may see.
    """
    with transaction.atomic():
        type(writeup).objects.select_for_update().get(pk=writeup.pk)
        existing = writeup.issues.filter(frozen_at=None, cancelled_at=None).first()
        if existing:
            return existing, False
        reader = AnonymousUser()
        issue = Issue.objects.create(
            subject=writeup.title,
            introduction=write_introduction(writeup),
            writeup=writeup,
            quote=choose_quote(writeup, reader),
            meetup=get_next_meetup(reader, writeup),
        )
        issue.questions.set(Question.objects.visible_to(reader).filter(book=writeup.book_id)[:MAX_QUESTIONS])
        return issue, True


def get_next_meetup(reader, writeup):
    meetups = Meetup.objects.visible_to(reader).upcoming().going_ahead()
    return meetups.exclude(pk=writeup.meetup_id).first()


def write_introduction(writeup):
    return f"Dear readers,\n\n{writeup.standfirst or 'here is what we made of our last evening.'}"


def choose_quote(writeup, reader):
    """Return the longest quote within MAX_QUOTE_LENGTH, or None."""
    quotes = Quote.objects.visible_to(reader).filter(book=writeup.book_id).alias(length=Length("text"))
    return quotes.filter(length__lte=MAX_QUOTE_LENGTH).order_by("-length", "pk").first()


def draft_date_note(meetup) -> tuple[Issue, bool]:
    """Return the unsent date note about `meetup`, and whether it is new. Safe to repeat."""
    with transaction.atomic():
        type(meetup).objects.select_for_update().get(pk=meetup.pk)
        existing = meetup.issues.filter(topic=Topic.DATES, frozen_at=None, cancelled_at=None).first()
        if existing:
            return existing, False
        day = date_format(meetup.date, "l j F")
        words = "Dear readers,\n\nthe next date is set."
        return Issue.objects.create(
            topic=Topic.DATES, subject=f"We meet on {day}", introduction=words, meetup=meetup
        ), True
