"""What becomes public with a write-up or a meetup, in words, for the page that asks before it does."""

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import cached_property

from bookclub.admin_base.publishing import PublishingSummary
from bookclub.core.formatting import count_noun, format_future_moment, format_long_date, format_time_range
from books.models import ITEMS, Book
from meetups.admin.proofreading import ProofreadingReport
from meetups.models.venue import Place

CANCEL = "If it does not take place, cancel it instead: that tells them."


class WriteUpSummary(PublishingSummary):
    """The rows published together with a write-up, and the people named in it. About twelve queries."""

    template = "admin/meetups/writeup/_publishing_details.html"

    @property
    def along(self):
        rows = [row for row in (self.row.meetup, self.row.book) if row and row.published_at == self.row.published_at]
        photo_count = self.row.photos.described().count()
        return [
            *(f"the {row._meta.verbose_name} “{row}”" for row in rows),
            *self._count_items(),
            *([count_noun(photo_count, "photo")] if photo_count else []),
        ]

    @property
    def notes(self):
        meetup = self.row.meetup
        notes = [describe_place(meetup, self.readers)] if meetup and meetup.venue else []
        if waiting := self.row.photos.count() - self.row.photos.described().count():
            notes.append(f"Readers don’t see {count_noun(waiting, 'photo')}: say first what is on them.")
        return notes

    @property
    def readers(self):
        return "Everybody reads" if self.is_public else "Members read"

    def _count_items(self):
        """Yield “2 quotes” for the book's items that are published with it."""
        if self.row.book_id is None:
            return
        for model in ITEMS:
            number = model.objects.filter(book=self.row.book_id, published_at=self.row.published_at).count()
            if number:
                yield count_noun(number, model._meta.verbose_name, model._meta.verbose_name_plural)

    @property
    def public_names(self):
        return self._names_for(AnonymousUser()) if self.is_public else []

    @property
    def member_names(self):
        return self._names_for(self.user)

    def _names_for(self, user):
        names = [note.name_for(user, self.club) for note in self.row.session_notes.all()]
        return list(dict.fromkeys(filter(None, names)))

    @property
    def text_names(self):
        """The names in its texts, by their shape or as hidden speakers; see ProofreadingReport."""
        return self.proof.names_in_texts

    @cached_property
    def proof(self):
        """The ProofreadingReport."""
        return ProofreadingReport(self.row, self.club)

    @property
    def contact(self):
        """Return the contact details in the author box."""
        author = self.row.author
        return [each for each in (author.shown_email, author.shown_phone, author.website) if each]


class MeetupSummary(PublishingSummary):
    """The date, place, book and seats of a meetup. One query."""

    @property
    def notes(self):
        readers = "Everybody reads" if self.is_public else "Members read"
        place = describe_place(self.row, readers) if self.row.venue else "It has no venue yet."
        return [self._describe_date(), place, self._describe_book(), *self._describe_seats(), "No mail goes out."]

    @property
    def hiding_notes(self):
        people = self.row.rsvps.to_notify().count() if self.row.has_date_ahead else 0
        who = count_noun(people, "person is", "people are")
        return [f"{who} coming or waiting. They get no mail, and its page is gone for them. {CANCEL}"] if people else []

    def _describe_date(self):
        meetup = self.row
        if meetup.date is None:
            return "It has no date yet: its page says “To be announced”."
        times = format_time_range(meetup.start_time, meetup.end_time, meetup.time_zone)
        return f"It is on {', '.join(filter(None, [format_long_date(meetup.date), times]))}."

    def _describe_book(self):
        book = self.row.book
        if book is None:
            return "It has no book yet."
        if Book.objects.visible_to(AnonymousUser()).filter(pk=book.pk).exists():
            return f"Its book is “{book}”."
        if book.is_published:
            return f"Its book is “{book}”, which members alone see."
        return f"Its book “{book}” is not published, so readers don’t see it on the page."

    def _describe_seats(self):
        meetup = self.row
        if not meetup.has_date_ahead:
            return []
        opens = meetup.rsvps_open_at
        seats = "Seats" if meetup.capacity is None else count_noun(meetup.capacity, "seat")
        if meetup.stage == meetup.Stage.SOON:
            return [f"{seats} can be saved from {format_future_moment(opens)}."]
        return [f"{seats} can be saved as soon as it is public."]


def describe_place(meetup, readers):
    place = Place.from_meetup(meetup, shows_private=False)
    if place.is_address_hidden:
        return f"{readers} “{place.name}” as its place. The address is for those who are going."
    room = f", {place.room}" if place.room else ""
    return f"{readers} its place: {place}{room}."
