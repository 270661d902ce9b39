"""The history of a row at the desk: every version, what changed in words, and the way back."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import CharField, ImageField, Value
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import Truncator
from django.views.decorators.http import require_POST

from bookclub.desk.differences import difference
from bookclub.desk.words import Words, in_words
from bookclub.history import bring_back, write_again

STATE = {"published_at", "audience"}
LAST = {*STATE, "slug", "position"}


@dataclass
class Part:
    """A model whose rows are changed on another's page: session notes on their write-up's. Or that other itself."""

    model: type
    owner: str  # the name of the field that holds the page's key

    @property
    def name(self):
        return self.model._meta.model_name

    @property
    def fields(self):
        """What a version of it tells: all that is kept, but whose it is. What was typed comes first."""
        kept = self.model.history.model.tracked_fields
        told = [field for field in kept if not field.primary_key and field.name != self.owner]
        return sorted(told, key=lambda field: (field.name in LAST, bool(field.related_model)))

    def versions_of(self, key):
        return self.model.history.filter(**{self.owner: key})


class HistoryPages:
    """For a ModelAdmin whose model may have a `history`: its pages, and the list of what was deleted."""

    versions_per_page = 50

    @property
    def has_history(self):
        return hasattr(self.model, "history")

    @property
    def parts(self):
        """The model itself first, then its inlines that have a history."""
        inlines = [inline.model for inline in self.inlines if hasattr(inline.model, "history")]
        own = Part(self.model, self.opts.pk.name)
        return [own, *(Part(model, owner_in(model, self.model)) for model in inlines)]

    def get_urls(self):
        if not self.has_history:
            return super().get_urls()
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        version = "<path:object_id>/history/<slug:part>/<int:number>/"
        view = self.admin_site.admin_view
        return [
            path("deleted/", view(self.deleted_view), name=f"{name}_deleted"),
            path(version, view(self.version_view), name=f"{name}_version"),
            path(f"{version}restoration/", view(require_POST(self.restore_view)), name=f"{name}_restore"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        shows = self.has_history and self.has_add_permission(request)
        address = self.page("deleted") if shows else ""
        return super().changelist_view(request, {"deleted_address": address} | (extra_context or {}))

    def history_view(self, request, object_id, extra_context=None):
        """A page of versions costs a few queries for each kind of part, however many there are."""
        if not self.has_history:
            return super().history_view(request, object_id, extra_context)
        key = self.key_of(object_id)
        thing = self.alive_or_gone(request, key)
        page = Paginator(self.timeline(key), self.versions_per_page).get_page(request.GET.get("p"))
        context = {"title": f"History of “{short(thing)}”", "page": page, "entries": self.entries(page, key)}
        return self.show(request, "admin/history/list.html", context, thing)

    def deleted_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        gone = self.model.history.deleted().select_related("history_user")
        page = Paginator(gone, self.versions_per_page).get_page(request.GET.get("p"))
        words = Words(list(page), self.parts[0].fields)
        seen = [version for version in page if self.has_view_permission(request, version.history_object)]
        entries = [Entry(self, self.parts[0], version, None, words) for version in seen]
        context = {"title": f"Deleted {self.opts.verbose_name_plural}", "page": page, "entries": entries}
        return self.show(request, "admin/history/deleted.html", context)

    def version_view(self, request, object_id, part, number):
        thing, part, version = self.asked_for(request, object_id, part, number)
        now = part.model.objects.filter(pk=key_in(part, version)).first()
        entry = Entry(self, part, version, now, Words([version, now] if now else [version], part.fields))
        may = self.may_restore(request, thing, is_gone=now is None)
        context = {
            "title": f"{entry.noun} of {entry.moment}",
            "entry": entry,
            "is_gone": now is None,
            "may_restore": may,
        }
        return self.show(request, "admin/history/version.html", context, thing)

    def restore_view(self, request, object_id, part, number):
        thing, part, version = self.asked_for(request, object_id, part, number)
        is_gone = not part.model.objects.filter(pk=key_in(part, version)).exists()
        if not self.may_restore(request, thing, is_gone=is_gone):
            raise PermissionDenied
        try:
            self.restore(request, thing, part, version, is_gone=is_gone)
        except ValidationError as error:
            self.message_user(request, f"It can't come back as it was: {' '.join(error.messages)}", messages.ERROR)
            return redirect(self.page("version", thing.pk, part.name, number))
        return redirect(self.page("change", thing.pk))

    def restore(self, request, thing, part, version, *, is_gone):
        moment = in_words(version.history_date)
        if is_gone:
            bring_back(version, f"Brought back as of {moment}")
        else:
            fixed = STATE | set(self.get_readonly_fields(request, thing))
            names = [field.name for field in part.fields if field.name not in fixed]
            write_again(version, names, f"Brought back as of {moment}")
        if part.model is not self.model:
            thing.save(update_fields=["version"])
        self.log_change(request, thing, f"{part.model._meta.verbose_name.capitalize()} of {moment} brought back.")
        self.message_user(request, f"The {part.model._meta.verbose_name} is back as it was on {moment}.")

    def may_restore(self, request, thing, *, is_gone):
        if is_gone and not self.is_alive(thing):
            return self.has_add_permission(request)
        return self.has_change_permission(request, thing)

    def asked_for(self, request, object_id, name, number):
        """The page's thing, the part and the version that the address names; 404 and 403 as for any page."""
        key = self.key_of(object_id)
        part = next((part for part in self.parts if part.name == name), None)
        if part is None:
            raise Http404
        version = get_object_or_404(part.versions_of(key).select_related("history_user"), history_id=number)
        return self.alive_or_gone(request, key), part, version

    def alive_or_gone(self, request, key):
        """The row, or what it was when it was deleted."""
        thing = self.model.objects.filter(pk=key).first()
        if thing is None:
            thing = get_object_or_404(self.model.history.deleted(), **{self.opts.pk.attname: key}).history_object
        if not self.has_view_or_change_permission(request, thing):
            raise PermissionDenied
        return thing

    def is_alive(self, thing):
        return thing is not None and self.model.objects.filter(pk=thing.pk).exists()

    def key_of(self, object_id):
        try:
            return self.opts.pk.to_python(unquote(object_id))
        except ValidationError as error:
            raise Http404 from error

    def timeline(self, key):
        """(moment, number, part) of every version on the page of `key`, newest first."""
        rows = [
            part.versions_of(key)
            .order_by()
            .annotate(part=Value(part.name, CharField()))
            .values_list("history_date", "history_id", "part")
            for part in self.parts
        ]
        return rows[0].union(*rows[1:], all=True).order_by("-history_date", "-history_id")

    def entries(self, page, key):
        entries = {}
        for part in self.parts:
            numbers = [number for _, number, name in page if name == part.name]
            versions = (
                part.versions_of(key).filter(history_id__in=numbers).with_previous().select_related("history_user")
            )
            before = part.model.history.in_bulk({version.previous_id for version in versions} - {None})
            words = Words([*versions, *before.values()], part.fields)
            for version in versions:
                entries[part.name, version.pk] = Entry(self, part, version, before.get(version.previous_id), words)
        return [entries[name, number] for _, number, name in page]

    def show(self, request, template, context, thing=None):
        request.current_app = self.admin_site.name
        about = {"opts": self.opts, "thing": thing, "is_alive": self.is_alive(thing)}
        return TemplateResponse(request, template, self.admin_site.each_context(request) | about | context)

    def page(self, name, *args):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)


@dataclass
class Entry:
    """A version as a page shows it, beside `other`: the one before it, or the row as it is now; None without."""

    admin: HistoryPages
    part: Part
    version: object
    other: object
    words: Words

    @property
    def noun(self):
        return self.part.model._meta.verbose_name.capitalize()

    @property
    def deed(self):
        return {"+": "written", "~": "changed", "-": "deleted"}[self.version.history_type]

    @property
    def who(self):
        return self.version.history_user or "the site itself"

    @property
    def moment(self):
        return in_words(self.version.history_date)

    @property
    def reason(self):
        reason = self.version.history_change_reason or ""
        return "Went with what it belonged to." if reason.startswith("with ") else reason

    @property
    def address(self):
        return self.admin.page("version", self.key, self.part.name, self.version.history_id)

    @property
    def restoration(self):
        return self.admin.page("restore", self.key, self.part.name, self.version.history_id)

    @property
    def state_then(self):
        """How it comes back, where it is a thing that can be published."""
        if not hasattr(self.version, "published_at"):
            return ""
        return ", published as it was" if self.version.published_at else ", as a draft"

    @property
    def had_pictures(self):
        """Whether pictures went with it, which have no history."""
        models = [self.part.model, *(relation.related_model for relation in self.part.model._meta.related_objects)]
        return any(isinstance(field, ImageField) for model in models for field in model._meta.fields)

    @property
    def key(self):
        return getattr(self.version, self.version._meta.get_field(self.part.owner).attname)

    @property
    def title(self):
        """Its first words."""
        return short(next((text for _, text in self.texts if text), self.noun))

    @property
    def texts(self):
        """(label, words) of every field."""
        return [(label_of(field), self.words.of(self.version, field)) for field in self.part.fields]

    @property
    def changes(self):
        """(label, difference) of every field that is not as it was before."""
        return self._differences(lambda field: (self.words.of(self.other, field), self.words.of(self.version, field)))

    @property
    def differences_to_now(self):
        return self._differences(lambda field: (self.words.of(self.version, field), self.words.of(self.other, field)))

    def _differences(self, both):
        if self.other is None:
            return []
        pairs = [(field, *both(field)) for field in self.part.fields]
        return [(label_of(field), difference(old, new)) for field, old, new in pairs if old != new]


def owner_in(model, page_model):
    return next(field.name for field in model._meta.fields if field.related_model is page_model)


def label_of(field):
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def key_in(part, version):
    return getattr(version, part.model._meta.pk.attname)


def short(thing):
    return Truncator(str(thing)).words(12, truncate=" …")
