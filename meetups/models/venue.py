from dataclasses import dataclass

from django.db import models, transaction

from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from bookclub.core.models import validate_time_zone
from bookclub.core.optimistic_lock import VersionedModel
from bookclub.core.text import join_lines


class Venue(VersionedModel):
    """A place where the club meets. Pages, mails and calendars show it only through `Place`."""

    name = models.CharField(max_length=120)
    area = models.CharField(max_length=120, blank=True, help_text="“Southwark”. Everybody sees it.")
    address = models.CharField(max_length=300, blank=True, help_text="Everybody sees it, unless the venue is private.")
    is_private = models.BooleanField(
        "private",
        default=False,
        help_text="Somebody's home: everybody sees the area, and only those who are going the rest.",
    )
    getting_in = MarkdownField("getting in", blank=True, help_text="Markdown. Steps, lift, stations.")
    getting_in_html = RenderedHTMLField("getting_in", "prose")
    website = models.URLField(blank=True)
    time_zone = models.CharField(
        max_length=40, blank=True, validators=[validate_time_zone], help_text="Only where it differs from the club's."
    )

    # The fields that calendars show.
    CALENDAR_FIELDS = ("name", "area", "address", "is_private")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "area"],
                name="venue_name_is_unique_in_its_area",
                violation_error_message="A venue of this name in this area is here already.",
            )
        ]

    def __str__(self):
        return f"{self.name}, {self.area}" if self.area else self.name

    def save(self, *args, **options):
        """If a calendar field changes, mark the upcoming meetups here as changed."""
        with transaction.atomic():
            before = self._lock_calendar_values() if self.pk else None
            super().save(*args, **options)
            if before and before != self._lock_calendar_values():
                self.meetups.upcoming().increment_sequence()

    def _lock_calendar_values(self):
        return Venue.objects.select_for_update().filter(pk=self.pk).values_list(*self.CALENDAR_FIELDS).first()


@dataclass(frozen=True)
class Place:
    """The place of a meetup as one reader may see it: a private venue's address is only for members with a seat.

    Pages, mails and calendars get it from `Meetup.place_for(user)` or, for rows from
    `Meetup.objects.with_place_for(user)`, from `Meetup.place`. They must not read the venue in any other way.
    """

    name: str
    address: str = ""
    room: str = ""
    website: str = ""
    getting_in: str = ""  # rendered HTML
    is_address_hidden: bool = False

    def __str__(self):
        """Return a text such as “The Boot, Southwark, 10 Redcross Way”."""
        return ", ".join(filter(None, [self.name, self.address]))

    @classmethod
    def from_meetup(cls, meetup, *, shows_private: bool):
        """Return None if the meetup has no venue."""
        venue = meetup.venue
        if venue is None:
            return None
        if venue.is_private and not shows_private:
            return cls(venue.area or "A private address", is_address_hidden=True)
        return cls(str(venue), join_lines(venue.address), meetup.room, venue.website, venue.getting_in_html)
