"""A world: rows with a mark in each text, for whom each mark is, and the people who ask for pages."""

from django.core.files.storage import default_storage
from django.db import models

from bookclub.core.redirects import Redirect
from tests.access.field_audiences import Audience, audience_of, is_version, text_fields
from tests.access.marks import Marks
from tests.access.roles import NOBODY, ORGANISERS
from tests.factories import make_picture_file


class World:
    """Rows are added with `add`; `rows` finds them by model. `people` maps each role with an account to its member."""

    def __init__(self):
        self.marks = Marks()
        self.people = {}
        self.rows = {}
        self.sessions = {}  # what the session of a role holds besides the sign-in
        self.keys = {}  # the viewers that a secret part of an address adds: {token: {"preview"}}
        self.deleted = {}  # the primary keys of deleted rows, by model

    def mark(self, place, *viewers):
        """Return a new mark for organisers and `viewers`, which are sets of roles."""
        return self.marks.new(place, ORGANISERS.union(*viewers))

    def add(self, model, state="", /, *, seen_by=NOBODY, owner=NOBODY, let_in=None, **fields):
        """Create a row with a mark in each text field that `fields` do not name. Organisers may see it all.

        It gets an earlier version with other marks where the model has a history.
        """
        audiences = {
            Audience.ROW: ORGANISERS | seen_by | owner,
            Audience.GUEST: ORGANISERS | (seen_by if let_in is None else let_in),
            Audience.OWNER: ORGANISERS | owner,
            Audience.ALONE: owner,
            Audience.ORGANISER: ORGANISERS,
            Audience.HIDDEN: NOBODY,
        }
        place = f"{model._meta.label}{{}} ({state})" if state else f"{model._meta.label}{{}}"
        wanted = [field for field in text_fields(model) if field.name not in fields]
        kinds = {field: audience_of(model, field.name) for field in wanted}
        kinds = {field: kind for field, kind in kinds.items() if kind is not Audience.FIXED}
        if hasattr(model, "history") and not is_version(model):
            earlier = self._texts(f"{place}, earlier", dict.fromkeys(kinds, Audience.OWNER), audiences)
            row = model.objects.create(**fields | earlier)
            vars(row).update(self._texts(place, kinds, audiences))
            row._change_reason = self.mark(place.format(".history_change_reason"), owner).text
            row.save()
        else:
            row = model.objects.create(**fields | self._texts(place, kinds, audiences))
        row.viewers_in_world = (seen_by, owner, let_in)
        self.rows.setdefault(model, []).append(row)
        return row

    def picture(self, folder):
        """Return the name of a stored picture, which all rows share, so that a world is soon made."""
        name = f"{folder}/0123456789abcdef-40.webp"
        if not default_storage.exists(name):
            default_storage.save(name, make_picture_file("WEBP"))
            default_storage.save(name.replace(".webp", ".jpg"), make_picture_file("JPEG"))
        return name

    def delete(self, row):
        self.deleted.setdefault(type(row), []).append(row.pk)
        self.rows[type(row)].remove(row)
        row.delete()

    def specimens(self, model):
        """Return a row of the model for each audience that its rows have."""
        rows = {tuple(map(repr_audience, row.viewers_in_world)): row for row in reversed(self.rows.get(model, []))}
        return list(rows.values())[::-1]

    def earlier_slugs(self, model):
        """Return the slugs that pages had before, from which there are redirects."""
        prefix = model(slug="-").get_absolute_url().removesuffix("-/")
        paths = Redirect.objects.filter(target_model=model._meta.label_lower).values_list("path", flat=True)
        return [path.removeprefix(prefix).strip("/") for path in paths]

    def _texts(self, place, kinds, audiences):
        return {
            field.name: write_mark(field, self.marks.new(place.format(f".{field.name}"), audiences[kind]))
            for field, kind in kinds.items()
        }


def repr_audience(viewers):
    return None if viewers is None else tuple(sorted(viewers))


def write_mark(field, mark):
    """Return a value for the field that holds the mark."""
    if isinstance(field, models.JSONField):
        return {"note": mark.text}
    if isinstance(field, models.EmailField) or field.name == "to":
        return mark.email
    if isinstance(field, models.URLField):
        return mark.url
    if field.name in {"token", "confirm_token", "calendar_token"}:
        return mark.token(field.max_length)
    return mark.text
