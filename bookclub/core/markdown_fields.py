from django.db import models

from bookclub.core import markdown

COMPUTED = {"editable": False, "blank": True, "default": ""}


class MarkdownField(models.TextField):
    """Markdown as typed. Its validator rejects text that would take too long to render."""

    default_validators = [markdown.check_markdown]


class RenderedHTMLField(models.TextField):
    """HTML of the Markdown field `source` of the same row, rendered at every save and marked safe for templates.

    `rendering` is a key of `markdown.RENDERINGS`. Raises ValidationError if the source can't be rendered. With
    `save(update_fields=...)` name both fields.
    """

    def __init__(self, source, rendering, **options):
        self.source, self.rendering = source, rendering
        super().__init__(**COMPUTED | options)

    def deconstruct(self):
        name, path, _args, options = super().deconstruct()
        for option, default in COMPUTED.items():
            if options.get(option) == default:
                del options[option]
        return name, path, [self.source, self.rendering], options

    def pre_save(self, model_instance, add):
        html = markdown.RENDERINGS[self.rendering](getattr(model_instance, self.source))
        setattr(model_instance, self.attname, html)
        return html

    def from_db_value(self, value, expression, connection):
        return markdown.mark_stored_html(value)


class FrozenHTMLField(models.TextField):
    """HTML that a template has rendered once and that never changes; marked safe for templates."""

    def __init__(self, **options):
        super().__init__(**COMPUTED | options)

    def from_db_value(self, value, expression, connection):
        return markdown.mark_stored_html(value)
