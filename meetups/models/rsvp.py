"""Who comes to a meetup, and the count that decides. The verbs that change either are in `meetups.seating`."""

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from meetups.models.meetup import Meetup


class RSVPQuerySet(models.QuerySet):
    def going(self):
        return self.filter(answer=RSVP.Answer.GOING)

    def waiting(self):
        """In the order in which they asked, first come first."""
        return self.filter(answer=RSVP.Answer.WAITING).order_by("turn")

    def pending(self):
        """Of members whom no organiser has said yes to yet."""
        return self.filter(answer=RSVP.Answer.PENDING).order_by("turn")

    def in_line(self):
        """Who waits, for a seat or for an organiser's yes: both keep their place."""
        return self.filter(answer__in=[RSVP.Answer.WAITING, RSVP.Answer.PENDING]).order_by("turn")

    def coming(self):
        """Who has to be told when something changes."""
        return self.exclude(answer=RSVP.Answer.NOT_GOING)

    def seen_by(self, user):
        """Those to meetups that `user` may see, with the meetups, in their order. One query."""
        rows = self.filter(meetup__in=Meetup.objects.visible_to(user)).select_related("meetup")
        return rows.order_by(F("meetup__date").asc(nulls_last=True), "meetup__starts_at", "pk")

    def seat_count(self):
        """Members and their guests. One query."""
        return self.aggregate(seats=Sum(F("guests") + 1, default=0))["seats"]


class RSVP(models.Model):
    """A member's answer to a meetup: the last one they gave, in the place of earlier ones."""

    class Answer(models.TextChoices):
        GOING = "going", "going"
        WAITING = "waiting", "on the waiting list"
        PENDING = "pending", "waits for the organiser"
        NOT_GOING = "not_going", "not going"

    meetup = models.ForeignKey(Meetup, on_delete=models.CASCADE, related_name="rsvps")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rsvps")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    guests = models.PositiveSmallIntegerField(default=0)
    line = models.CharField("a line to the organiser", max_length=300, blank=True)
    turn = models.PositiveIntegerField(editable=False, help_text="Their place in the order of asking.")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    answered_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    removed_because = models.CharField("removed because", max_length=300, blank=True, editable=False)
    came = models.BooleanField("came", null=True, editable=False)

    objects = RSVPQuerySet.as_manager()

    class Meta:
        verbose_name = "RSVP"
        ordering = ["turn"]
        constraints = [
            models.UniqueConstraint(fields=["meetup", "member"], name="rsvp_is_one_of_its_member_to_its_meetup"),
            models.UniqueConstraint(fields=["meetup", "turn"], name="rsvp_has_a_turn_of_its_own"),
            models.CheckConstraint(condition=Q(guests__lte=9), name="rsvp_brings_nine_guests_at_most"),
        ]

    def __str__(self):
        return f"{self.member}: {self.get_answer_display()}"

    @property
    def seats(self):
        return 1 + self.guests

    @property
    def is_coming(self):
        """Going, or in the line for it."""
        return self.answer != self.Answer.NOT_GOING

    @property
    def is_removed(self):
        """By an organiser, with a reason: only an organiser puts them on the list again."""
        return self.removed_because != ""

    @property
    def place(self):
        """For who is in the line: their place and its length, as in “2nd of 3”. One query.

        Who waits for an organiser's yes counts too, so that nobody's place moves backwards when the yes comes.
        """
        line = self.meetup.rsvps.in_line()
        return tuple(line.aggregate(place=Count("pk", filter=Q(turn__lte=self.turn)), length=Count("pk")).values())


class SeatsQuerySet(models.QuerySet):
    def lock(self, meetup):
        """The row of `meetup`, for this transaction alone: whoever else asks waits for its end.

        Raises Meetup.DoesNotExist where the meetup is gone.
        """
        row = self.select_for_update().filter(meetup=meetup.pk).first()
        if row is None:
            self.bulk_create([Seats(meetup=Meetup.objects.get(pk=meetup.pk))], ignore_conflicts=True)
            row = self.select_for_update().get(meetup=meetup.pk)
        return row


class Seats(models.Model):
    """What is taken of a meetup. A row apart, so that who comes and what an organiser types get in nobody's way.

    `limit` is the capacity or, where that was lowered below what was taken, what was taken then: nobody is thrown out.
    """

    meetup = models.OneToOneField(Meetup, primary_key=True, on_delete=models.CASCADE, related_name="seats")
    taken = models.PositiveIntegerField(default=0)
    limit = models.PositiveIntegerField(null=True)
    turns = models.PositiveIntegerField(default=0)

    objects = SeatsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "seats"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(taken__lte=F("limit")), name="seats_taken_are_seats_that_there_are"
            )
        ]

    def __str__(self):
        return f"{self.taken} of {'any number' if self.limit is None else self.limit}"

    @property
    def free(self):
        """None: as many as come. Not below zero, where the capacity was lowered."""
        capacity = self.meetup.capacity
        return None if capacity is None else max(capacity - self.taken, 0)

    def fits(self, seats):
        return self.free is None or seats <= self.free

    def next_turn(self):
        self.turns += 1
        return self.turns
