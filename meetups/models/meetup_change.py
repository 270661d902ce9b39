import datetime as dt

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from meetups.models.meetup import Meetup
from meetups.models.venue import Venue

# Time since the last change, so that a mistake that is corrected at once causes no mail.
NOTICE_DELAY = dt.timedelta(minutes=5)


class MeetupChangeQuerySet(models.QuerySet):
    def not_notified(self):
        return self.filter(notified_at=None)

    def due(self, at=None):
        """Return the changes, not yet notified, of published meetups that have not changed again for NOTICE_DELAY."""
        at = at or timezone.now()
        corrected = MeetupChange.objects.not_notified().filter(
            meetup=OuterRef("meetup"), changed_at__gt=at - NOTICE_DELAY
        )
        return self.not_notified().filter(~Exists(corrected), meetup__published_at__lte=at)


class MeetupChange(models.Model):
    """Date, time and place of a meetup before a change that its guests must be notified of."""

    TRACKED_FIELDS = ("date", "start_time", "end_time", "time_zone", "venue", "room")

    meetup = models.ForeignKey(Meetup, on_delete=models.CASCADE, related_name="changes")
    changed_at = models.DateTimeField(default=timezone.now)
    notified_at = models.DateTimeField(null=True)
    date = models.DateField(null=True)
    start_time = models.TimeField(null=True)
    end_time = models.TimeField(null=True)
    time_zone = models.CharField(max_length=40)
    venue = models.ForeignKey(Venue, null=True, on_delete=models.SET_NULL, related_name="+")
    room = models.CharField(max_length=120, blank=True)

    objects = MeetupChangeQuerySet.as_manager()

    class Meta:
        ordering = ["changed_at", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["meetup", "changed_at"], condition=Q(notified_at=None), name="meetup_change_not_notified"
            )
        ]

    def __str__(self):
        return f"{self.meetup_id}, {self.changed_at:%Y-%m-%d %H:%M}"

    @classmethod
    def from_meetup(cls, meetup):
        """Return an unsaved change. `meetup` has the values before the change."""
        return cls(meetup_id=meetup.pk, **{name: getattr(meetup, name) for name in cls.TRACKED_FIELDS})

    @property
    def previous_meetup(self):
        """A Meetup with the old values, not to be saved. Reading its venue may take a query."""
        return Meetup(pk=self.meetup_id, **{name: getattr(self, name) for name in self.TRACKED_FIELDS})
