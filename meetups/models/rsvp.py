"""RSVPs, and the counter of taken seats. Only `meetups.rsvps` changes them."""

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import ordinal
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from meetups.models.meetup import Meetup


class RSVPQuerySet(models.QuerySet):
    def going(self):
        return self.filter(answer=RSVP.Answer.GOING)

    def waiting(self):
        """Return those on the waiting list, in queue order."""
        return self.filter(answer=RSVP.Answer.WAITING).order_by("queue_position")

    def pending(self):
        """Return those of members who await approval, in queue order."""
        return self.filter(answer=RSVP.Answer.PENDING).order_by("queue_position")

    def queued(self):
        """Return waiting and pending RSVPs, in queue order: both have a place in the queue."""
        return self.filter(answer__in=[RSVP.Answer.WAITING, RSVP.Answer.PENDING]).order_by("queue_position")

    def going_or_queued(self):
        return self.exclude(answer=RSVP.Answer.NOT_GOING)

    def to_notify(self):
        """Return the RSVPs, going or queued, of active members: they are notified of changes."""
        return self.going_or_queued().filter(member__is_active=True)

    def with_visible_meetups(self, user):
        """Return RSVPs to meetups that `user` may see, joined and ordered by meetup date. One query."""
        rows = self.filter(meetup__in=Meetup.objects.visible_to(user)).select_related("meetup")
        return rows.order_by(F("meetup__date").asc(nulls_last=True), "meetup__starts_at", "pk")

    def count_seats(self):
        """Return the number of members and their guests. One query."""
        return self.aggregate(seats=Sum(F("guests") + 1, default=0))["seats"]


class RSVP(models.Model):
    """The latest answer of a member to a meetup."""

    class Answer(models.TextChoices):
        GOING = "going", "going"
        WAITING = "waiting", "on the waiting list"
        PENDING = "pending", "waits for the organiser"
        NOT_GOING = "not_going", "not going"

    # No index of its own: that of the unique constraint below begins with the meetup.
    meetup = models.ForeignKey(Meetup, on_delete=models.CASCADE, related_name="rsvps", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rsvps")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    guests = models.PositiveSmallIntegerField(default=0)
    message = models.CharField("a line to the organiser", max_length=300, blank=True)
    queue_position = models.PositiveIntegerField(editable=False, help_text="Their place in the order of asking.")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    answered_at = models.DateTimeField(default=timezone.now, editable=False)
    is_added_by_organiser = models.BooleanField(default=False, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    removal_reason = models.CharField(max_length=300, blank=True, editable=False)
    attended = models.BooleanField(null=True, editable=False)

    objects = RSVPQuerySet.as_manager()

    class Meta:
        verbose_name = "RSVP"
        ordering = ["queue_position"]
        constraints = [
            models.UniqueConstraint(fields=["meetup", "member"], name="member_answers_a_meetup_once"),
            models.UniqueConstraint(fields=["meetup", "queue_position"], name="rsvp_has_its_own_queue_position"),
            models.CheckConstraint(condition=Q(guests__lte=9), name="rsvp_brings_nine_guests_at_most"),
        ]

    def __str__(self):
        return f"{self.member}: {self.get_answer_display()}"

    @property
    def party_size(self):
        """The seats needed: the member's own and those of their guests."""
        return 1 + self.guests

    @property
    def is_going_or_queued(self):
        return self.answer != self.Answer.NOT_GOING

    @property
    def is_removed(self):
        """Return whether an organiser removed the member: then only an organiser can add them again."""
        return self.removal_reason != ""

    @property
    def attendance_label(self):
        """The text about a past meetup on the profile page. Without recorded attendance it only says who had a seat."""
        if self.attended:
            return "You came"
        was_expected = self.answer == self.Answer.GOING and self.attended is None
        return "You had a seat" if was_expected else "You were not there"

    @property
    def queue_place(self):
        """(place in the queue, length of the queue). One query.

        Pending RSVPs count too, so that an approval moves nobody backwards.
        """
        places = {"place": Count("pk", filter=Q(queue_position__lte=self.queue_position)), "length": Count("pk")}
        return tuple(self.meetup.rsvps.queued().aggregate(**places).values())

    @property
    def queue_place_label(self):
        """The place as text, such as “2nd of 3”; “first” where nobody else waits. One query."""
        place, length = self.queue_place
        return f"{ordinal(place)} of {length}" if length > 1 else "first"


class SeatCounterQuerySet(models.QuerySet):
    def lock(self, meetup):
        """Return the row of `meetup`, locked until the end of the transaction. Other callers wait.

        Raises Meetup.DoesNotExist if the meetup was deleted.
        """
        row = self.select_for_update().filter(meetup=meetup.pk).first()
        if row is None:
            self.bulk_create([SeatCounter(meetup=Meetup.objects.get(pk=meetup.pk))], ignore_conflicts=True)
            row = self.select_for_update().get(meetup=meetup.pk)
        return row


class SeatCounter(models.Model):
    """The taken seats of a meetup; this row is locked while its RSVPs change.

    It has its own table, so that RSVPs don't wait for an organiser who edits the meetup. `limit` is the capacity, or
    the seats taken when the capacity was lowered below them: nobody loses a seat.
    """

    meetup = models.OneToOneField(Meetup, primary_key=True, on_delete=models.CASCADE, related_name="seat_counter")
    taken = models.PositiveIntegerField(default=0)
    limit = models.PositiveIntegerField(null=True)
    last_queue_position = models.PositiveIntegerField(default=0)

    objects = SeatCounterQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(taken__lte=F("limit")), name="seats_taken_stay_within_limit"
            )
        ]

    def __str__(self):
        return f"{self.taken} of {'any number' if self.limit is None else self.limit}"

    @property
    def free(self):
        """The seats left, or None without a capacity. Not below zero if the capacity was lowered."""
        capacity = self.meetup.capacity
        return None if capacity is None else max(capacity - self.taken, 0)

    def has_room_for(self, seats):
        return self.free is None or seats <= self.free

    def next_queue_position(self):
        self.last_queue_position += 1
        return self.last_queue_position
