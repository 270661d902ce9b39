"""The list of time zones in admin forms."""

import functools
import zoneinfo

from django import forms

from bookclub.core.models import validate_time_zone

REGIONS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
}  # fmt: skip


class TimeZoneSelect(forms.Select):
    """A list by regions, in which a script searches. A stored zone that is not in the list stays."""

    def __init__(self, attrs=None):
        super().__init__({"data-search": "", "data-theme": "admin-autocomplete"} | (attrs or {}))

    def optgroups(self, name, value, attrs=None):
        zones = {key for _, keys in list_time_zones() for key in keys}
        others = [key for key in value if key and key not in zones]
        empty = [] if self.is_required else [("", "")]
        groups = [(region, [(key, name_city(key)) for key in keys]) for region, keys in list_time_zones()]
        self.choices = [*empty, *((key, key) for key in others), *groups, ("UTC", "UTC")]
        return super().optgroups(name, value, attrs)


@functools.cache
def list_time_zones():
    """Return [(region, [key, …]), …], sorted, without the old names of zones."""
    keys = sorted(key for key in zoneinfo.available_timezones() if key.partition("/")[0] in REGIONS and "/" in key)
    regions = sorted({key.partition("/")[0] for key in keys})
    return [(region, [key for key in keys if key.startswith(f"{region}/")]) for region in regions]


def name_city(key):
    """“London” for Europe/London, “Indiana, Knox” for America/Indiana/Knox."""
    return key.partition("/")[2].replace("/", ", ").replace("_", " ")


def is_time_zone(db_field):
    return validate_time_zone in getattr(db_field, "validators", ())
