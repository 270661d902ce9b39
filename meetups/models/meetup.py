import datetime as dt
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from bookclub.core.models import Club, validate_time_zone
from bookclub.core.redirects import RedirectingModel
from bookclub.core.slugs import unique_slug
from bookclub.core.visibility import PublishableModel, PublishableQuerySet
from books.models import Book
from meetups.models.venue import Place, Venue


class MeetupQuerySet(PublishableQuerySet):
    def upcoming(self, at=None):
        """Return meetups that have not ended, soonest first, undated ones last. All others are `past()`."""
        over = Q(ends_at__lte=at or timezone.now())
        return self.exclude(over).order_by(F("date").asc(nulls_last=True), F("starts_at").asc(nulls_last=True), "pk")

    def past(self, at=None):
        """Return meetups that have ended, latest first."""
        return self.filter(ends_at__lte=at or timezone.now()).order_by("-date", "-starts_at", "-pk")

    def going_ahead(self):
        return self.filter(cancelled_at=None)

    def with_outdated_instants(self, at=None):
        """Return the list of meetups ahead whose instants differ from their local times, as the zone data have changed.

        One query, and some microseconds a meetup.
        """
        return [
            meetup
            for meetup in self.upcoming(at).exclude(date=None)
            if (meetup.starts_at, meetup.ends_at) != meetup.compute_instants()
        ]

    def increment_sequence(self, at=None):
        """Mark the meetups as changed for calendars, after a change outside of their rows, such as of their venue."""
        return self.update(sequence=F("sequence") + 1, changed_at=at or timezone.now())

    def owned_by_q(self, user):
        return Q(writeup__author__member=user)

    def published_with_q(self, writeup):
        return Q(pk=writeup.meetup_id)

    def with_place_for(self, user):
        """Join the venue, so that `place` is what `user` may see of it, without a further query."""
        is_organiser = user.has_perm("bookclub.view_drafts")
        shows_private_place = Value(True) if is_organiser else Exists(self._rsvps_of(user).going())
        return self.select_related("venue").annotate(shows_private_place=shows_private_place)

    def with_answer_of(self, user):
        """Annotate `own_answer`: the answer of `user`, a value of RSVP.Answer, or None."""
        return self.annotate(own_answer=Subquery(self._rsvps_of(user).values("answer")))

    def with_queue_counts(self):
        """Annotate `waiting_count` and `pending_count`: the members on the waiting list, and those not approved yet."""
        rsvps = self.model._meta.get_field("rsvps").related_model.objects.filter(meetup=OuterRef("pk")).order_by()
        counts = {
            f"{answer}_count": Coalesce(
                Subquery(rsvps.filter(answer=answer).values("meetup").annotate(number=Count("pk")).values("number")), 0
            )
            for answer in ("waiting", "pending")
        }
        return self.annotate(**counts)

    def _rsvps_of(self, user):
        """Return a subquery: the RSVP of `user` to a meetup of the outer query."""
        rsvps = self.model._meta.get_field("rsvps").related_model.objects
        return rsvps.filter(meetup=OuterRef("pk"), member=user.pk)

    def named_for(self, user):
        """Join the book, so that the meetups' names show its title where `user` may see it."""
        return self.select_visible(user, "book")

    def for_cards(self, user):
        """Join all that meetups/_row.html reads, in one query for any number of rows."""
        return (
            self.with_place_for(user)
            .with_answer_of(user)
            .select_related("seat_counter")
            .select_visible(user, "book", "writeup")
        )


def slug_text_of(date):
    """Return what the slug of a meetup on `date`, or without a date, is made from."""
    return date.isoformat() if date else "to-be-announced"


class Meetup(RedirectingModel, PublishableModel):
    """A gathering of the club.

    Date, times and zone are stored in local time; `starts_at` and `ends_at` are computed from them on save.
    """

    book = models.ForeignKey(
        Book,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="meetups",
        help_text="Empty: “to be chosen”, or a meetup without one.",
    )
    date = models.DateField(null=True, blank=True, help_text="Empty: to be announced.")
    start_time = models.TimeField("from", null=True, blank=True)
    end_time = models.TimeField("to", null=True, blank=True, help_text="Earlier than the start: on the next day.")
    time_zone = models.CharField(
        max_length=40,
        blank=True,
        validators=[validate_time_zone],
        help_text="Empty: the venue's, or the club's.",
    )
    starts_at = models.DateTimeField(null=True, editable=False)
    ends_at = models.DateTimeField(null=True, editable=False, db_index=True)
    venue = models.ForeignKey(Venue, null=True, blank=True, on_delete=models.PROTECT, related_name="meetups")
    room = models.CharField(max_length=120, blank=True, help_text="“The private room, down the stairs”.")
    standfirst = models.CharField(max_length=300, blank=True, help_text="One sentence below the date.")
    about = MarkdownField("what to expect", blank=True, help_text="Markdown.")
    about_html = RenderedHTMLField("about", "prose")
    cost = models.CharField(max_length=120, blank=True, help_text="“Free. Buy what you drink”.")
    capacity = models.PositiveSmallIntegerField(
        "seats",
        null=True,
        blank=True,
        help_text="Guests count. Empty: as many as come. Fewer than are taken: nobody goes.",
    )
    rsvps_open_at = models.DateTimeField(
        "seats can be saved from", null=True, blank=True, help_text="Empty: as soon as the meetup is published."
    )
    rsvps_close_at = models.DateTimeField(
        "seats can be saved until", null=True, blank=True, help_text="Empty: until it begins."
    )
    cancelled_at = models.DateTimeField("cancelled", null=True, editable=False)
    cancellation_reason = models.CharField(max_length=300, blank=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    headcount = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many came, once it is over. No names."
    )
    slug = models.SlugField(
        max_length=120, unique=True, blank=True, help_text="The last part of the page's address. Empty: from the date."
    )

    # `starts_at` and `ends_at` are computed from these.
    TIME_FIELDS = {"date", "start_time", "end_time", "time_zone"}
    # A change of one of these increases `sequence` (RFC 5545 section 3.8.7.4), so that calendars notify their users. A
    # change of another calendar field only updates `changed_at`.
    SEQUENCE_FIELDS = {"date", "start_time", "end_time", "time_zone", "venue_id", "room", "cancelled_at"}
    CALENDAR_FIELDS = SEQUENCE_FIELDS | {"book_id", "standfirst", "cost", "slug", "cancellation_reason"}

    class Stage(models.TextChoices):
        """The state of a meetup for somebody who has not answered."""

        TO_BE_ANNOUNCED = "to_be_announced", "To be announced"
        SOON = "soon", "Opens soon"
        OPEN = "open", "Open"
        FULL = "full", "Full"
        CLOSED = "closed", "Closed"
        CANCELLED = "cancelled", "Cancelled"
        PAST = "past", "Past"

    objects = MeetupQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(date__isnull=False) | Q(start_time__isnull=True),
                name="meetup_with_a_time_has_a_date",
                violation_error_message="Give the date too, or leave the time empty.",
            ),
            models.CheckConstraint(
                condition=Q(start_time__isnull=False) | Q(end_time__isnull=True),
                name="meetup_with_an_end_has_a_start",
                violation_error_message="Say when it begins, or leave the end empty.",
            ),
            models.CheckConstraint(
                condition=Q(rsvps_open_at__isnull=True)
                | Q(rsvps_close_at__isnull=True)
                | Q(rsvps_close_at__gt=F("rsvps_open_at")),
                name="meetup_closes_after_it_opens",
                violation_error_message="Seats can be saved until a moment before they can be saved from.",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="meetup_ends_after_it_starts",
                violation_error_message="It ends before it begins.",
            ),
        ]

    def __str__(self):
        """Return the date, with the book's title if `select_visible(user, "book")` says that `user` may see the book."""
        day = date_format(self.date, "j F Y") if self.date else "To be announced"
        return f"{day}, {self.book}" if self.book_id and getattr(self, "can_see_book", False) else day

    def get_absolute_url(self):
        return reverse("meetups:detail", args=[self.slug])

    def clean(self):
        super().clean()
        key = self._resolve_time_zone()
        if self.date and self.start_time and key in zoneinfo.available_timezones():
            self._check_clock_change("start_time", self.date, zoneinfo.ZoneInfo(key))
            if self.end_time:
                self._check_clock_change("end_time", self._last_day(), zoneinfo.ZoneInfo(key))

    def save(self, *args, **options):
        """Set the computed fields. With `update_fields`, only if a field is named on which they depend."""
        names = options.get("update_fields")
        with transaction.atomic():
            if names is None:
                self._set_times()
                self.slug = self.slug or unique_slug(Meetup.objects.all(), slug_text_of(self.date), fallback="meetup")
            else:
                options["update_fields"] = names = set(names)
                if names & self.TIME_FIELDS:
                    others = sorted(self.TIME_FIELDS - names)
                    # The other fields of this instance may be stale: lock the row and read them again.
                    self.refresh_from_db(fields=others, from_queryset=Meetup.objects.select_for_update())
                    self._set_times()
                    names |= {"time_zone", "starts_at", "ends_at"}
            self._update_sequence(names)
            super().save(*args, **options)

    def delete(self, *args, **options):
        """Lock the seat counter first: a concurrent RSVP is saved before, or finds no meetup. One transaction."""
        with transaction.atomic():
            self._meta.get_field("seat_counter").related_model.objects.lock(self)
            return super().delete(*args, **options)

    @property
    def zone(self):
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def is_past(self):
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def has_date_ahead(self):
        """Return whether it has a date, has not ended and is not cancelled."""
        return bool(self.date) and not self.is_past and not self.cancelled_at

    @property
    def is_today_or_past(self):
        return self.date is not None and self.date <= timezone.now().astimezone(self.zone).date()

    @property
    def has_begun(self):
        return self.is_past or (self.starts_at is not None and self.starts_at <= timezone.now())

    @property
    def seats_taken(self):
        """The seats taken by members and their guests. No query after `for_cards`."""
        counter = getattr(self, "seat_counter", None)
        return counter.taken if counter else 0

    @property
    def seats_free(self):
        """The seats left, or None without a capacity. Not below zero if the capacity was lowered."""
        return None if self.capacity is None else max(self.capacity - self.seats_taken, 0)

    @property
    def stage(self):
        """The Stage. FULL still accepts RSVPs: they go to the waiting list."""
        now = timezone.now()
        if self.cancelled_at:
            return self.Stage.CANCELLED
        if self.is_past:
            return self.Stage.PAST
        if self.date is None:
            return self.Stage.TO_BE_ANNOUNCED
        if self.rsvps_open_at and self.rsvps_open_at > now:
            return self.Stage.SOON
        if self.has_begun or (self.rsvps_close_at and self.rsvps_close_at <= now):
            return self.Stage.CLOSED
        return self.Stage.FULL if self.seats_free == 0 else self.Stage.OPEN

    @property
    def reader_status(self):
        """The reader's own answer while the meetup is ahead, otherwise `stage`. Needs `with_answer_of(user)`."""
        stage = self.stage
        has_answered = self.own_answer not in (None, "not_going")
        return self.own_answer if has_answered and stage not in {self.Stage.CANCELLED, self.Stage.PAST} else stage

    @property
    def button_label(self):
        """The label of the button that links to the meetup's page."""
        labels = {self.Stage.OPEN: "Save me a seat", self.Stage.FULL: "Join the waiting list"}
        return labels.get(self.reader_status, "Where and how to come")

    @property
    def shown_book(self):
        """The book, if the user of `select_visible(user, "book")` may see it, else None."""
        return self.book if self.can_see_book else None

    @property
    def shown_writeup(self):
        """The write-up, if the user of `select_visible(user, "writeup")` may see it, else None."""
        return self.writeup if self.can_see_writeup else None

    @property
    def place(self):
        """The Place as the user of `with_place_for(user)` may see it; without that, as a visitor may."""
        return Place.from_meetup(self, shows_private=getattr(self, "shows_private_place", False))

    def place_for(self, user):
        """Return the Place as `user` may see it; None without a venue. Up to three queries for a private venue."""
        shows_private = False
        if self.venue is not None and self.venue.is_private:
            rows = Meetup.objects.filter(pk=self.pk).with_place_for(user)
            shows_private = rows.values_list("shows_private_place", flat=True).get()
        return Place.from_meetup(self, shows_private=shows_private)

    def _set_times(self):
        self.time_zone = self._resolve_time_zone()
        self.starts_at, self.ends_at = self.compute_instants()

    def _update_sequence(self, names):
        """Set `sequence` and `changed_at` by comparing the fields to save, `names` or all (None), with the stored row.

        The row stays locked until the end of the transaction. `sequence` and `changed_at` are added to `names`.
        """
        saved = {name for name in self.CALENDAR_FIELDS if names is None or {name, name.removesuffix("_id")} & names}
        rows = Meetup.objects.select_for_update().filter(pk=self.pk) if self.pk and saved else Meetup.objects.none()
        before = rows.values("sequence", "changed_at", *saved).first()
        if before is None:
            return
        changed = {name for name in saved if getattr(self, name) != before[name]}
        self.sequence = before["sequence"] + (1 if changed & self.SEQUENCE_FIELDS else 0)
        self.changed_at = timezone.now() if changed else before["changed_at"]
        if names is not None:
            names |= {"sequence", "changed_at"}

    def _resolve_time_zone(self):
        """Return the meetup's own time zone, else the venue's, else the club's."""
        return self.time_zone or (self.venue and self.venue.time_zone) or Club.objects.current().time_zone

    def _last_day(self):
        """Return the date of the end: the next day if `end_time` is not after `start_time`."""
        return self.date + dt.timedelta(days=1 if self.end_time <= self.start_time else 0)

    def compute_instants(self):
        """Return start and end as aware moments. A meetup without an end lasts until midnight."""
        if self.date is None:
            return None, None
        midnight = dt.datetime.combine(self.date + dt.timedelta(days=1), dt.time(), self.zone)
        if self.start_time is None:
            return None, midnight
        starts_at = dt.datetime.combine(self.date, self.start_time, self.zone)
        if self.end_time is None:
            return starts_at, midnight
        return starts_at, dt.datetime.combine(self._last_day(), self.end_time, self.zone)

    def _check_clock_change(self, name, day, zone):
        """Raise ValidationError for a time that the clocks skip or show twice on `day`."""
        wall = dt.datetime.combine(day, getattr(self, name))
        first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            message = "The clocks change at this hour on this day: choose a time before or after it."
            raise ValidationError({name: ValidationError(message, code="clock_change")})
