"""Field values as text for people."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format


class FieldText:
    """The field values of many rows or revisions as text. One query per foreign key, for any number of rows.

    `get_named_rows(field)` returns the rows of a foreign key whose names may be shown.
    """

    def __init__(self, rows, fields, get_named_rows):
        self.related = {}
        for field in fields:
            if field.related_model:
                keys = {getattr(row, field.attname) for row in rows} - {None}
                self.related[field.name] = get_named_rows(field).in_bulk(keys)

    def of(self, row, field):
        value = getattr(row, field.attname)
        if value is not None and field.name in self.related:
            return str(
                self.related[field.name].get(value, f"{field.verbose_name} no. {value}, which is not shown here")
            )
        return format_value(dict(field.flatchoices).get(value, value))


def format_value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i T")
    if isinstance(value, dt.date):
        return date_format(value, "j F Y")
    return "" if value is None else str(value)
