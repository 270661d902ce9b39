"""Options of the parser for this club: its order of day and month, and the titles of its books."""

from bookclub.core.models import Club
from books.models import Book
from meetups.paste.parser import Options

# Zones of the United States in the time zone database; elsewhere the day comes first in figures.
MONTH_FIRST_ZONES = (
    "US/", "America/New_York", "America/Detroit", "America/Kentucky/", "America/Indiana/", "America/Chicago",
    "America/Menominee", "America/North_Dakota/", "America/Denver", "America/Boise", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "America/Juneau", "America/Sitka", "America/Metlakatla",
    "America/Yakutat", "America/Nome", "America/Adak", "Pacific/Honolulu",
)  # fmt: skip


def options_for(user=None) -> Options:
    """Return the options, with the books that the user may see; without a user, with all."""
    books = Book.objects.visible_to(user) if user is not None else Book.objects.all()
    return Options(month_first=is_month_first(), books=tuple(books.values_list("title", flat=True)))


def is_month_first() -> bool:
    return Club.objects.current().time_zone.startswith(MONTH_FIRST_ZONES)
