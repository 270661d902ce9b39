"""Render stored Markdown anew, after the renderer has changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from bookclub.core.markdown import RENDERINGS
from bookclub.core.markdown_fields import RenderedHTMLField


@dataclass(frozen=True)
class Rerendering:
    """A text whose stored HTML differs from what the renderer makes today."""

    row: models.Model
    field: RenderedHTMLField
    refusal: str = ""  # why it can't be rendered today: then the stored HTML stays

    def __str__(self):
        source = self.row._meta.get_field(self.field.source)
        words = f"{self.row._meta.verbose_name} {self.row.pk}, {source.verbose_name}: {self.row}"
        return f"{words}. Can't be rendered: {self.refusal}" if self.refusal else words


def rerender_all(*, is_dry_run: bool = False) -> Iterator[Rerendering]:
    """Store the HTML of every text whose HTML would be different today, and yield these texts.

    The typed text, its history and the row's version stay. A text that somebody saves meanwhile is left to that save.
    """
    for model in apps.get_models():
        fields = [field for field in model._meta.fields if isinstance(field, RenderedHTMLField)]
        for pk in list(_plain_rows(model).order_by("pk").values_list("pk", flat=True)) if fields else ():
            row = _plain_rows(model).filter(pk=pk).first()
            for field in fields if row else ():
                if found := _rerender(row, field, is_dry_run):
                    yield found


def _plain_rows(model):
    """Return all rows. The model's own queryset would count an update as a new version."""
    return models.QuerySet(model)


def _rerender(row, field, is_dry_run):
    stored, source = getattr(row, field.attname), getattr(row, field.source)
    try:
        html = RENDERINGS[field.rendering](source)
    except ValidationError as error:
        return Rerendering(row, field, refusal=" ".join(error.messages))
    if html == stored:
        return None
    unchanged = _plain_rows(type(row)).filter(pk=row.pk, **{field.source: source})
    is_stored = is_dry_run or unchanged.update(**{field.attname: html})
    return Rerendering(row, field) if is_stored else None
