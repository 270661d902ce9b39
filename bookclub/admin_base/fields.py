"""Form fields and widgets of the admin, and the mixin that gives them to pages and inlines."""

from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminTextareaWidget
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import capfirst

from bookclub.admin_base.datetime_fields import (
    ClubDateField,
    ClubDateInput,
    ClubDateTimeField,
    ClubDateTimeInput,
    ClubTimeField,
    ClubTimeInput,
    validate_year,
)
from bookclub.admin_base.forms import ClubModelForm
from bookclub.admin_base.object_permissions import filter_choices, has_full_access
from bookclub.admin_base.search_boxes import MultipleSearchBox, RowsField, SearchBox
from bookclub.admin_base.time_zones import TimeZoneSelect, is_time_zone
from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from bookclub.images.fields import ResponsiveImageField

TYPED_FIELDS = {models.CharField, models.TextField, MarkdownField}  # words, unlike addresses and slugs
AFTER_INLINES = "after-inlines"  # class of a fieldset that stands below the inlines, as on the page
# The last part of the page's address: made from the title, so nobody has to think of it.
ADDRESS_FIELDSET = ("Address", {"fields": ["slug"], "classes": ["collapse", AFTER_INLINES]})
PARAGRAPH_LENGTH = 300  # a CharField of at least this length gets a textarea


class MarkdownTextarea(AdminTextareaWidget):
    """A textarea with a preview button if `rendering`, a key of `markdown.RENDERINGS`, is given."""

    template_name = "admin/widgets/text_with_preview.html"
    rendering = ""
    preview_url = ""  # of a preview that knows more than the text; by default the admin's own
    preview_also = ""  # the name of a field that this preview reads too
    label = ""  # of the field, for the name of the preview
    photo_rows = ""  # the selector of the photos that can be placed in the text

    class Media:
        js = [forms.Script(f"js/{name}.js", type="module") for name in ("markdown-toolbar", "word-count", "preview")]

    def __init__(self, attrs=None):
        super().__init__({"class": "vLargeTextField typed", "rows": 4} | (attrs or {}))

    def get_context(self, name, value, attrs):
        own = ("rendering", "preview_url", "preview_also", "photo_rows", "label")
        return super().get_context(name, value, attrs) | {each: getattr(self, each) for each in own}


class MarkdownFormField(forms.CharField):
    def to_python(self, value):
        """Replace the "\\r\\n" that browsers send by "\\n"."""
        return super().to_python(value).replace("\r\n", "\n")


class SingleParagraphField(forms.CharField):
    """One paragraph in a textarea; line ends become spaces."""

    def __init__(self, **options):
        attrs = {"class": "vLargeTextField typed short", "rows": 2}
        super().__init__(**options | {"widget": MarkdownTextarea(attrs)})

    def to_python(self, value):
        return " ".join(super().to_python(value).splitlines())


class ImageWidget(AdminFileWidget):
    template_name = "admin/widgets/picture.html"


class ClubFieldsMixin:
    """For ModelAdmins and inlines: widgets and limits of fields, and the related rows that they offer."""

    form = ClubModelForm
    formfield_overrides = {
        MarkdownField: {"form_class": MarkdownFormField, "widget": MarkdownTextarea},
        ResponsiveImageField: {"widget": ImageWidget},
        models.URLField: {"assume_scheme": "https"},
        models.DateField: {"form_class": ClubDateField, "widget": ClubDateInput},
        models.TimeField: {"form_class": ClubTimeField, "widget": ClubTimeInput},
        models.DateTimeField: {"form_class": ClubDateTimeField, "widget": ClubDateTimeInput},
    }

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.CharField) and (db_field.max_length or 0) >= PARAGRAPH_LENGTH:
            kwargs["form_class"] = SingleParagraphField
        if is_time_zone(db_field):
            kwargs["widget"] = TimeZoneSelect
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.validators += get_bounds(db_field)
        if field and type(db_field) in TYPED_FIELDS and not db_field.choices:
            field.widget.attrs.setdefault("dir", "auto")
        if field and (owner := getattr(self, "autocomplete_within", {}).get(db_field.name)):
            field.widget.attrs["data-within"] = owner  # static/js/search-boxes.js
        if field and isinstance(field.widget, MarkdownTextarea):
            field.widget.rendering = get_rendering(db_field)
            field.widget.label = capfirst(field.label)
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        own = self._get_choices(db_field, request) | self._get_search_box(SearchBox, db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **own | kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        own = self._get_choices(db_field, request) | self._get_search_box(MultipleSearchBox, db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **{"form_class": RowsField} | own | kwargs)

    def _get_search_box(self, widget_class, field, request, options):
        if field.name not in self.get_autocomplete_fields(request):
            return {}
        return {"widget": widget_class(field, self.admin_site, using=options.get("using"))}

    def _get_choices(self, field, request):
        """Return the rows to choose from, with what their names may show to the user."""
        rows = field.remote_field.model.objects.all()
        if hasattr(rows, "named_for"):
            rows = rows.named_for(request.user)
        elif has_full_access(request.user):
            return {}
        return {"queryset": filter_choices(field, rows, request.user)}


def get_bounds(db_field):
    """Return validators against numbers that overflow in PostgreSQL and dates that overflow in some time zones."""
    if isinstance(db_field, models.DateField):
        return [validate_year]
    if db_field.choices:
        return []
    is_small = isinstance(db_field, (models.SmallIntegerField, models.PositiveSmallIntegerField))
    if is_small or isinstance(db_field, models.IntegerField):
        return [MaxValueValidator(32_767 if is_small else 2_147_483_647), MinValueValidator(-32_768 if is_small else 0)]
    return []


def get_rendering(db_field):
    """Return the key in `markdown.RENDERINGS` for the Markdown field `db_field`, or an empty string."""
    rendered = [field for field in db_field.model._meta.fields if isinstance(field, RenderedHTMLField)]
    return next((field.rendering for field in rendered if field.source == db_field.name), "")
