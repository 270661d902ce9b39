import datetime as dt
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from bookclub.addresses import Addressed
from bookclub.fields import RenderedField, TypedField
from bookclub.models import Club, check_time_zone
from bookclub.publishing import Publishable, PublishableQuerySet
from bookclub.slugs import free_slug
from books.models import Book
from meetups.models.venue import Place, Venue


class MeetupQuerySet(PublishableQuerySet):
    def upcoming(self, at=None):
        """Not over yet, soonest first, those without a date last. Every meetup is either upcoming or past."""
        over = Q(ends_at__lte=at or timezone.now())
        return self.exclude(over).order_by(F("date").asc(nulls_last=True), F("starts_at").asc(nulls_last=True), "pk")

    def past(self, at=None):
        """Over, the latest first."""
        return self.filter(ends_at__lte=at or timezone.now()).order_by("-date", "-starts_at", "-pk")

    def count_change(self, at=None):
        """For who comes, something else has become of these: of their venue, say."""
        return self.update(sequence=F("sequence") + 1, changed_at=at or timezone.now())

    def own_of(self, user):
        return Q(writeup__author__member=user)

    def part_of(self, writeup):
        return Q(pk=writeup.meetup_id)

    def placed_for(self, user):
        """Joins the venue, and says in `place` what `user` may know of it. Costs no further query."""
        return self.select_related("venue").annotate(sees_private_place=self._going_or_organising(user))

    def _going_or_organising(self, user):
        if user.has_perm("bookclub.view_drafts"):
            return Value(True)
        return Exists(self._own_rsvps(user).going())

    def answered_by(self, user):
        """Says in `own_answer` what `user` has answered: a value of RSVP.Answer, or None. Costs no further query."""
        return self.annotate(own_answer=Subquery(self._own_rsvps(user).values("answer")))

    def _own_rsvps(self, user):
        """The RSVP of `user` to each meetup of another query: one row, or none."""
        rsvps = self.model._meta.get_field("rsvps").related_model.objects
        return rsvps.filter(meetup=OuterRef("pk"), member=user.pk)

    def for_cards(self, user):
        """All that meetups/_row.html reads, in one query for any number of rows."""
        return self.placed_for(user).answered_by(user).select_related("seats").seeing(user, "book", "writeup")


class Meetup(Addressed, Publishable):
    """One evening. Date, times and zone are kept as on the poster; the instants are derived whenever it is saved."""

    book = models.ForeignKey(
        Book,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="meetups",
        help_text="Empty: “to be chosen”, or an evening without one.",
    )
    date = models.DateField(null=True, blank=True, help_text="Empty: to be announced.")
    start_time = models.TimeField("from", null=True, blank=True)
    end_time = models.TimeField("to", null=True, blank=True, help_text="Earlier than the start: on the next day.")
    time_zone = models.CharField(
        max_length=40,
        blank=True,
        validators=[check_time_zone],
        help_text="Empty: the venue's, or the club's.",
    )
    starts_at = models.DateTimeField(null=True, editable=False)
    ends_at = models.DateTimeField(null=True, editable=False, db_index=True)
    venue = models.ForeignKey(Venue, null=True, blank=True, on_delete=models.PROTECT, related_name="meetups")
    room = models.CharField(max_length=120, blank=True, help_text="“The private room, down the stairs”.")
    standfirst = models.CharField(max_length=300, blank=True, help_text="One sentence below the date.")
    about = TypedField("what to expect", blank=True, help_text="Markdown.")
    about_html = RenderedField("about", "prose")
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
    cancelled_because = models.CharField(max_length=300, blank=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    headcount = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many came, once it is over. No names."
    )
    slug = models.SlugField(
        max_length=120, unique=True, blank=True, help_text="The last part of the page's address. Empty: from the date."
    )

    # A change of these concerns whoever comes, and counts in `sequence`; that of any of the others is only a newer text.
    COUNTED = {"date", "start_time", "end_time", "time_zone", "venue_id", "room", "cancelled_at"}
    IN_CALENDARS = COUNTED | {"book_id", "standfirst", "cost", "slug", "cancelled_because"}

    class Stage(models.TextChoices):
        """Where it stands, for whoever has not answered."""

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
        day = date_format(self.date, "j F Y") if self.date else "To be announced"
        return f"{day}, {self.book}" if self.book_id else day

    def get_absolute_url(self):
        return reverse("meetups:detail", args=[self.slug])

    def clean(self):
        super().clean()
        key = self._zone_key()
        if self.date and self.start_time and key in zoneinfo.available_timezones():
            self._check_clock("start_time", self.date, zoneinfo.ZoneInfo(key))
            if self.end_time:
                self._check_clock("end_time", self._last_day(), zoneinfo.ZoneInfo(key))

    def save(self, *args, **options):
        self.time_zone = self._zone_key()
        self.starts_at, self.ends_at = self._instants()
        if not self.slug:
            text = self.date.isoformat() if self.date else "to-be-announced"
            self.slug = free_slug(Meetup.objects.all(), text, fallback="meetup")
        if options.get("update_fields") is not None:
            options["update_fields"] = {*options["update_fields"], "time_zone", "starts_at", "ends_at", "slug"}
        with transaction.atomic():
            self._count_change(options)
            super().save(*args, **options)

    def delete(self, *args, **options):
        """Who asks for a seat at this moment is through before, or finds nothing any more. One transaction."""
        with transaction.atomic():
            self._meta.get_field("seats").related_model.objects.lock(self)
            return super().delete(*args, **options)

    @property
    def zone(self):
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def is_past(self):
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def has_begun(self):
        return self.is_past or (self.starts_at is not None and self.starts_at <= timezone.now())

    @property
    def seats_taken(self):
        """By members and their guests. Free of queries after `for_cards`."""
        seats = getattr(self, "seats", None)
        return seats.taken if seats else 0

    @property
    def seats_free(self):
        """None where as many may come as like. Not below zero, where the capacity was lowered."""
        return None if self.capacity is None else max(self.capacity - self.seats_taken, 0)

    @property
    def stage(self):
        """Full is still open: who asks then goes on the waiting list."""
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
    def standing(self):
        """How things stand for the reader of `answered_by(user)`: the answer they gave, while it matters; else `stage`."""
        stage = self.stage
        has_answered = self.own_answer not in (None, "not_going")
        return self.own_answer if has_answered and stage not in {self.Stage.CANCELLED, self.Stage.PAST} else stage

    @property
    def invitation(self):
        """What the button says that leads to its page."""
        words = {self.Stage.OPEN: "Save me a seat", self.Stage.FULL: "Join the waiting list"}
        return words.get(self.standing, "Where and how to come")

    @property
    def shown_book(self):
        """Its book, where the reader may see it. The row comes from `seeing(user, "book")`."""
        return self.book if self.sees_book else None

    @property
    def shown_writeup(self):
        """Its write-up, where the reader may see it. The row comes from `seeing(user, "writeup")`."""
        return self.writeup if self.sees_writeup else None

    @property
    def place(self):
        """Where it is, as the reader of `placed_for(user)` may know it; to others a private venue is its area alone."""
        return Place.of(self, getattr(self, "sees_private_place", False))

    def place_for(self, user):
        """Where it is, as `user` may know it; None without a venue. For a private one up to three queries."""
        return Place.of(self, self.venue is not None and self.venue.is_private and self._opens_to(user))

    def _opens_to(self, user):
        rows = Meetup.objects.filter(pk=self.pk).placed_for(user)
        return rows.values_list("sees_private_place", flat=True).get()

    def _count_change(self, options):
        """Set `sequence` and `changed_at` by what this save changes of the row, which stays locked until its end."""
        rows = Meetup.objects.select_for_update().filter(pk=self.pk) if self.pk else Meetup.objects.none()
        before = rows.values("sequence", "changed_at", *self.IN_CALENDARS).first()
        if before is None:
            return
        names = options.get("update_fields")
        saved = {name for name in self.IN_CALENDARS if names is None or {name, name.removesuffix("_id")} & names}
        changed = {name for name in saved if getattr(self, name) != before[name]}
        self.sequence = before["sequence"] + (1 if changed & self.COUNTED else 0)
        self.changed_at = timezone.now() if changed else before["changed_at"]
        if names is not None:
            options["update_fields"] = {*names, "sequence", "changed_at"}

    def _zone_key(self):
        """Its own zone; else the venue's, else the club's."""
        return self.time_zone or (self.venue and self.venue.time_zone) or Club.objects.current().time_zone

    def _last_day(self):
        """The day it ends on: the next one, where the end is no later on the clock than the start."""
        return self.date + dt.timedelta(days=1 if self.end_time <= self.start_time else 0)

    def _instants(self):
        """Start and end as aware moments. Without a time the day is all of it, and it ends with the day."""
        if self.date is None:
            return None, None
        midnight = dt.datetime.combine(self.date + dt.timedelta(days=1), dt.time(), self.zone)
        if self.start_time is None:
            return None, midnight
        starts_at = dt.datetime.combine(self.date, self.start_time, self.zone)
        return starts_at, self._last_moment(midnight)

    def _last_moment(self, midnight):
        if self.end_time is None:
            return midnight
        return dt.datetime.combine(self._last_day(), self.end_time, self.zone)

    def _check_clock(self, name, day, zone):
        """Raises ValidationError for a time that the clocks skip or show twice on `day`."""
        wall = dt.datetime.combine(day, getattr(self, name))
        first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            message = "The clocks change at this hour on this day: choose a time before or after it."
            raise ValidationError({name: ValidationError(message, code="clock_change")})
