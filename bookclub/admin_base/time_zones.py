"""The list of time zones in admin forms."""

import functools
import zoneinfo

from django import forms

from bookclub.core.models import validate_time_zone

NONE_CHOSEN = "None chosen"  # an empty text would have no name for screen readers
REGIONS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
}  # fmt: skip


class TimeZoneSelect(forms.Select):
    """A list of cities, in which a script searches. A stored zone that is not in the list stays."""

    def __init__(self, attrs=None):
        super().__init__({"data-search": "", "data-theme": "admin-autocomplete"} | (attrs or {}))

    def optgroups(self, name, value, attrs=None):
        zones = list_time_zones()
        others = [(key, key) for key in value if key and key not in dict(zones)]
        self.choices = [*([] if self.is_required else [("", NONE_CHOSEN)]), *others, *zones]
        return super().optgroups(name, value, attrs)


@functools.cache
def list_time_zones():
    """Return [(key, name), …] by name, without the old names of zones."""
    keys = [key for key in zoneinfo.available_timezones() if key.partition("/")[0] in REGIONS and "/" in key]
    return [("UTC", "UTC"), *sorted(((key, name_city(key)) for key in keys), key=lambda zone: zone[1])]


def name_city(key):
    """“London (Europe)” for Europe/London, “Knox, Indiana (America)” for America/Indiana/Knox."""
    region, *places = key.replace("_", " ").split("/")
    return f"{', '.join(reversed(places))} ({region})"


def is_time_zone(db_field):
    return validate_time_zone in getattr(db_field, "validators", ())
