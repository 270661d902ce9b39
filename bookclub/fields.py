from django.db import models

from bookclub import markdown


class TypedField(models.TextField):
    """Text as its author typed it, with a check that it can be rendered (`bookclub.markdown.check`)."""

    default_validators = [markdown.check]


class RenderedField(models.TextField):
    """The HTML of another field of the same row, made whenever the row is saved; templates print it as it is.

    `rendering` is a key of `bookclub.markdown.RENDERINGS`. Raises ValidationError where the source can't be rendered.
    With `save(update_fields=...)` name both fields.
    """

    def __init__(self, source, rendering, **options):
        self.source, self.rendering = source, rendering
        super().__init__(**{"editable": False, "blank": True, "default": ""} | options)

    def deconstruct(self):
        name, path, _args, options = super().deconstruct()
        for given, default in {"editable": False, "blank": True, "default": ""}.items():
            if options.get(given) == default:
                del options[given]
        return name, path, [self.source, self.rendering], options

    def pre_save(self, model_instance, add):
        html = markdown.RENDERINGS[self.rendering](getattr(model_instance, self.source))
        setattr(model_instance, self.attname, html)
        return html

    def from_db_value(self, value, expression, connection):
        return markdown.rendered_before(value)


class KeptField(models.TextField):
    """HTML that a template of ours made at one moment, and that stays as it was then; templates print it as it is."""

    def __init__(self, **options):
        super().__init__(**{"editable": False, "blank": True, "default": ""} | options)

    def from_db_value(self, value, expression, connection):
        return markdown.rendered_before(value)
