"""History pages of a row (all versions, their changes, restoring one) and the list of deleted rows."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import CharField, ImageField, Value
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import Truncator

from bookclub.admin_base.field_display import FieldText, format_value
from bookclub.admin_base.object_permissions import filter_deleted, filter_named, has_full_access
from bookclub.admin_base.text_diff import diff_html
from bookclub.core.history import restore_deleted, restore_fields

VERSIONS_PER_PAGE = 50
PUBLICATION_FIELDS = {"published_at", "audience"}
FIELDS_SHOWN_LAST = {*PUBLICATION_FIELDS, "slug", "position"}


def has_history(model):
    return hasattr(model, "history")


def has_images(model):
    """Return whether the model or related ones have images, which have no history."""
    related = [relation.related_model for relation in model._meta.related_objects]
    return any(isinstance(field, ImageField) for each in [model, *related] for field in each._meta.fields)


def get_urls(model_admin):
    if not has_history(model_admin.model):
        return []
    route = "<path:object_id>/history/<slug:model_name>/<int:history_id>/"
    return [
        model_admin.page("deleted/", show_deleted, "deleted", permission="add", template="admin/history/deleted.html"),
        model_admin.page(route, show_version, "version", template="admin/history/version.html"),
        model_admin.page(f"{route}restoration/", restore_version, "restore", is_post_only=True),
    ]


# --- recorded versions


@dataclass
class TrackedModel:
    """A model that an admin page changes: its own, or that of an inline, such as a write-up's session notes."""

    model: type
    key_field: str  # name of the field with the primary key of the page's row

    @property
    def name(self):
        return self.model._meta.model_name

    @property
    def fields(self):
        """The fields that a version shows, typed text first."""
        tracked = self.model.history.model.tracked_fields
        shown = [field for field in tracked if not field.primary_key and field.name != self.key_field]
        return sorted(shown, key=lambda field: (field.name in FIELDS_SHOWN_LAST, bool(field.related_model)))

    def versions_of(self, key):
        return self.model.history.filter(**{self.key_field: key})

    def find_row(self, version):
        """Return the present row of `version`, or None."""
        return self.model.objects.filter(pk=getattr(version, self.model._meta.pk.attname)).first()


def get_tracked_models(model_admin):
    """Return the page's own model first, then those of its inlines that have a history."""
    model = model_admin.model
    inlines = [inline.model for inline in model_admin.inlines if has_history(inline.model)]
    return [
        TrackedModel(model, model._meta.pk.name),
        *(TrackedModel(each, owner_name(each, model)) for each in inlines),
    ]


def owner_name(model, page_model):
    return next(field.name for field in model._meta.fields if field.related_model is page_model)


@dataclass
class HistoryEntry:
    """A version for display, compared with `other`: the previous version, or the present row."""

    model_admin: object
    tracked: TrackedModel
    version: object
    other: object
    texts: FieldText
    reader: object

    @property
    def noun(self):
        return self.tracked.model._meta.verbose_name.capitalize()

    @property
    def action(self):
        return {"+": "written", "~": "changed", "-": "deleted"}[self.version.history_type]

    @property
    def user(self):
        """The name of who changed it; only organisers see the address of somebody without a name."""
        writer = self.version.history_user
        if writer is None:
            return "the site itself"
        return str(writer) if has_full_access(self.reader) else writer.name or "somebody"

    @property
    def recorded_at(self):
        return format_value(self.version.history_date)

    @property
    def reason(self):
        reason = self.version.history_change_reason or ""
        return "Deleted with what it belonged to." if reason.startswith("with ") else reason

    @property
    def url(self):
        return self.model_admin.reverse("version", *self._url_args)

    @property
    def restore_url(self):
        return self.model_admin.reverse("restore", *self._url_args)

    @property
    def _url_args(self):
        key = getattr(self.version, self.version._meta.get_field(self.tracked.key_field).attname)
        return key, self.tracked.name, self.version.history_id

    @property
    def state_then(self):
        """The state in which a deleted row is restored, as text; empty for models without publication."""
        if not hasattr(self.version, "published_at"):
            return ""
        return ", published as it was" if self.version.published_at else ", as a draft"

    @property
    def had_images(self):
        return has_images(self.tracked.model)

    @property
    def title(self):
        """The first words of the version."""
        return shorten_label(next((text for _, text in self.labelled_texts if text), self.noun))

    @property
    def labelled_texts(self):
        """[(label, text), …] of all fields."""
        return [(get_label(each), self.texts.of(self.version, each)) for each in self.tracked.fields]

    @property
    def changes(self):
        """[(label, difference), …] of the fields that the version changed."""
        return self._compare(self.other, self.version)

    @property
    def changes_since(self):
        """[(label, difference), …] of the fields that have changed since."""
        return self._compare(self.version, self.other)

    def _compare(self, old, new):
        if self.other is None:
            return []
        pairs = [(each, self.texts.of(old, each), self.texts.of(new, each)) for each in self.tracked.fields]
        return [(get_label(each), diff_html(before, after)) for each, before, after in pairs if before != after]


# --- pages


def show_versions(model_admin, request, object_id):
    """List the versions of a row and of its inlines. A few queries per model, for any number of versions."""
    key = parse_key(model_admin, object_id)
    row, is_alive = find_row_or_deleted(model_admin, request, key)
    page = Paginator(get_timeline(model_admin, key), VERSIONS_PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "title": f"History of “{shorten_label(row)}”",
        "page": page,
        "entries": get_entries(model_admin, request, page, key),
    }
    return model_admin.render_page(request, "admin/history/list.html", row=row, is_alive=is_alive, **context)


def show_deleted(model_admin, request):
    tracked = get_tracked_models(model_admin)[0]
    deleted = filter_deleted(tracked.model.history.deleted(), request.user).select_related("history_user")
    page = Paginator(deleted, VERSIONS_PER_PAGE).get_page(request.GET.get("p"))
    texts = build_texts(page, tracked, request.user)
    return {
        "title": f"Deleted {model_admin.opts.verbose_name_plural}",
        "page": page,
        "entries": [HistoryEntry(model_admin, tracked, version, None, texts, request.user) for version in page],
    }


def show_version(model_admin, request, object_id, model_name, history_id):
    row, is_alive, tracked, version = find_version_or_404(model_admin, request, object_id, model_name, history_id)
    now = tracked.find_row(version)
    texts = build_texts(filter(None, [version, now]), tracked, request.user)
    entry = HistoryEntry(model_admin, tracked, version, now, texts, request.user)
    return {
        "title": f"{entry.noun} of {entry.recorded_at}",
        "row": row,
        "is_alive": is_alive,
        "entry": entry,
        "is_deleted": now is None,
        "may_restore": may_restore(model_admin, request, row, version, is_alive=is_alive),
    }


def restore_version(model_admin, request, object_id, model_name, history_id):
    row, is_alive, tracked, version = find_version_or_404(model_admin, request, object_id, model_name, history_id)
    if not may_restore(model_admin, request, row, version, is_alive=is_alive):
        raise PermissionDenied
    recorded_at, noun = format_value(version.history_date), tracked.model._meta.verbose_name
    reason = f"Brought back as of {recorded_at}"
    try:
        if tracked.find_row(version) is None:
            restore_deleted(version, reason)
        else:
            model_admin.check_restoration(request, row, version)
            fixed = PUBLICATION_FIELDS | set(model_admin.get_readonly_fields(request, row))
            restore_fields(version, [each.name for each in tracked.fields if each.name not in fixed], reason)
    except ValidationError as error:
        text = f"It can't come back as it was: {' '.join(error.messages)}"
        model_admin.message_user(request, text, messages.ERROR)
        return redirect(model_admin.reverse("version", row.pk, model_name, history_id))
    if tracked.model is not model_admin.model:
        row.save(update_fields=["version"])
    model_admin.log_change(request, row, f"{noun.capitalize()} of {recorded_at} brought back.")
    model_admin.message_user(request, f"The {noun} is back as it was on {recorded_at}.")
    return redirect(model_admin.reverse("change", row.pk))


def may_restore(model_admin, request, row, version, *, is_alive):
    """Return whether the user may restore `version`. Restoring a published row needs `publish`."""
    if is_alive:
        return model_admin.has_change_permission(request, row)
    is_stamped = getattr(version, "published_at", None) is not None
    may_publish = not is_stamped or model_admin.has_publish_permission(request)
    return model_admin.has_add_permission(request) and may_publish


def find_version_or_404(model_admin, request, object_id, model_name, history_id):
    """Return (row, is_alive, TrackedModel, version)."""
    key = parse_key(model_admin, object_id)
    tracked = next((each for each in get_tracked_models(model_admin) if each.name == model_name), None)
    if tracked is None:
        raise Http404
    versions = tracked.versions_of(key).select_related("history_user")
    version = get_object_or_404(versions, history_id=history_id)
    return *find_row_or_deleted(model_admin, request, key), tracked, version


def find_row_or_deleted(model_admin, request, key):
    """Return (row, whether it exists); a deleted row has its last values."""
    model, opts = model_admin.model, model_admin.opts
    row = model.objects.filter(pk=key).first()
    if row is not None:
        is_permitted = model_admin.has_view_or_change_permission(request, row)
    else:
        version = get_object_or_404(model.history.deleted(), **{opts.pk.attname: key})
        own = filter_deleted(model.history.filter(pk=version.pk), request.user)
        is_permitted = model_admin.has_view_or_change_permission(request) and own.exists()
    if not is_permitted:
        raise PermissionDenied
    return (row, True) if row is not None else (version.history_object, False)


def parse_key(model_admin, object_id):
    try:
        return model_admin.opts.pk.to_python(unquote(object_id))
    except ValidationError as error:
        raise Http404 from error


def get_timeline(model_admin, key):
    """Return (recorded at, history id, model name) of every version on the page of `key`, newest first."""
    rows = [
        tracked.versions_of(key)
        .order_by()
        .annotate(model_name=Value(tracked.name, CharField()))
        .values_list("history_date", "history_id", "model_name")
        for tracked in get_tracked_models(model_admin)
    ]
    return rows[0].union(*rows[1:], all=True).order_by("-history_date", "-history_id")


def build_texts(versions, tracked, user):
    """Return the values of `versions` as text, without the names of related rows that `user` may not see."""

    def get_named_rows(field):
        return filter_named(field, field.related_model.objects.all(), user)

    return FieldText(list(versions), tracked.fields, get_named_rows)


def get_entries(model_admin, request, page, key):
    entries = {}
    for tracked in get_tracked_models(model_admin):
        numbers = [history_id for _, history_id, name in page if name == tracked.name]
        versions = tracked.versions_of(key).filter(history_id__in=numbers).with_previous()
        versions = versions.select_related("history_user")
        previous = tracked.model.history.in_bulk({version.previous_id for version in versions} - {None})
        texts = build_texts([*versions, *previous.values()], tracked, request.user)
        for version in versions:
            before = previous.get(version.previous_id)
            entries[tracked.name, version.pk] = HistoryEntry(model_admin, tracked, version, before, texts, request.user)
    return [entries[name, history_id] for _, history_id, name in page]


def get_label(field):
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def shorten_label(row):
    return Truncator(str(row)).words(12, truncate=" …")
