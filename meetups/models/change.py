import datetime as dt

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from meetups.models.meetup import Meetup
from meetups.models.venue import Venue

# From the last correction until it is told: a slip that is put right at once is told to nobody.
HELD_BACK = dt.timedelta(minutes=5)


class ChangeQuerySet(models.QuerySet):
    def untold(self):
        return self.filter(told_at=None)

    def due(self, at=None):
        """Of meetups that can be seen, as soon as nobody has corrected them for a while."""
        at = at or timezone.now()
        corrected = Change.objects.untold().filter(meetup=OuterRef("meetup"), at__gt=at - HELD_BACK)
        return self.untold().filter(~Exists(corrected), meetup__published_at__lte=at)


class Change(models.Model):
    """A meetup's date, time or place was changed, and those who are coming are to be told: what it was before."""

    FACTS = ("date", "start_time", "end_time", "time_zone", "venue", "room")

    meetup = models.ForeignKey(Meetup, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    date = models.DateField(null=True)
    start_time = models.TimeField(null=True)
    end_time = models.TimeField(null=True)
    time_zone = models.CharField(max_length=40)
    venue = models.ForeignKey(Venue, null=True, on_delete=models.SET_NULL, related_name="+")
    room = models.CharField(max_length=120, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["meetup", "at"], condition=Q(told_at=None), name="change_to_be_told")]

    def __str__(self):
        return f"{self.meetup_id}, {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def of(cls, before):
        """Not yet saved. `before` is the Meetup as it was."""
        return cls(meetup_id=before.pk, **{name: getattr(before, name) for name in cls.FACTS})

    @property
    def before(self):
        """The Meetup as it was, to be read and not to be saved. Its venue may cost a query."""
        return Meetup(pk=self.meetup_id, **{name: getattr(self, name) for name in self.FACTS})
