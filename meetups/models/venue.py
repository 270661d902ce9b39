from dataclasses import dataclass

from django.db import models, transaction

from bookclub.fields import RenderedField, TypedField
from bookclub.models import check_time_zone
from bookclub.versions import Versioned


class Venue(Versioned):
    """A place where the club meets. What of it a reader may know, `Place` says."""

    name = models.CharField(max_length=120)
    area = models.CharField(max_length=120, blank=True, help_text="“Southwark”. Everybody sees it.")
    address = models.CharField(max_length=300, blank=True, help_text="Everybody sees it, unless the venue is private.")
    is_private = models.BooleanField(
        "private",
        default=False,
        help_text="Somebody's home: everybody sees the area, and only those who are going the rest.",
    )
    getting_in = TypedField("getting in", blank=True, help_text="Markdown. Steps, lift, stations.")
    getting_in_html = RenderedField("getting_in", "prose")
    website = models.URLField(blank=True)
    time_zone = models.CharField(
        max_length=40, blank=True, validators=[check_time_zone], help_text="Only where it differs from the club's."
    )

    # What of it a calendar tells.
    IN_CALENDARS = ("name", "area", "address", "is_private")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "area"],
                name="venue_is_one_of_its_name_in_its_area",
                violation_error_message="A venue of this name in this area is here already.",
            )
        ]

    def __str__(self):
        return f"{self.name}, {self.area}" if self.area else self.name

    def save(self, *args, **options):
        """An evening ahead is somewhere else, where its venue is."""
        with transaction.atomic():
            before = self._told() if self.pk else None
            super().save(*args, **options)
            if before and before != self._told():
                self.meetups.upcoming().count_change()

    def _told(self):
        return Venue.objects.select_for_update().filter(pk=self.pk).values_list(*self.IN_CALENDARS).first()


@dataclass(frozen=True)
class Place:
    """Where a meetup is, as far as one reader may know it: of a private venue the area, to those going all of it.

    The one rule for pages, mails, calendars and whatever else tells where: ask `Meetup.place_for(user)` or, for rows
    from `Meetup.objects.placed_for(user)`, `Meetup.place`, and print nothing of a venue by another way.
    """

    name: str
    address: str = ""
    room: str = ""
    website: str = ""
    getting_in: str = ""  # rendered HTML
    is_guarded: bool = False  # there is more, for those who are going

    def __str__(self):
        """In a line: “The Boot, Southwark, 10 Redcross Way”."""
        return ", ".join(filter(None, [self.name, self.address]))

    @classmethod
    def of(cls, meetup, sees_private: bool):
        """None where the meetup has no venue yet."""
        venue = meetup.venue
        if venue is None:
            return None
        if venue.is_private and not sees_private:
            return cls(venue.area or "A private address", is_guarded=True)
        return cls(str(venue), venue.address, meetup.room, venue.website, venue.getting_in_html)
