"""How often a row has been written, so that a form can tell whether the row is still the one that it was opened with."""

from django.db import models
from django.db.models import F

# Whoever numbers a list anew has read none of its texts: a form that is open at that time is no older for it.
UNCOUNTED = {"position", "version"}


class VersionField(models.PositiveIntegerField):
    """One more with every save; the database counts, so that two saves at a time are two."""

    def __init__(self, **options):
        super().__init__(**{"default": 0, "editable": False} | options)

    def pre_save(self, model_instance, add):
        return super().pre_save(model_instance, add) if add else F(self.attname) + 1


class VersionedQuerySet(models.QuerySet):
    def update(self, **values):
        if not values.keys() <= UNCOUNTED:
            values["version"] = F("version") + 1
        return super().update(**values)

    def claim(self, pk, version):
        """Move the row on from `version`, and say whether it was still there: of two who ask, one hears yes.

        Ask within the transaction that writes: the row is locked until its end.
        """
        return self.filter(pk=pk, version=version).update(version=F("version") + 1) == 1


class Versioned(models.Model):
    version = VersionField()

    objects = VersionedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **options):
        names = options.get("update_fields")
        if names is not None and not set(names) <= UNCOUNTED:
            options["update_fields"] = {*names, "version"}
        super().save(*args, **options)
