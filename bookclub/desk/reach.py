"""Which rows a person reaches at the desk: organisers all, authors their own. Asked by every page, and here alone.

An author's own are the `own_of(user)` of the querysets: their write-ups, the books of these, and what is in the
books. What is nobody's own (a contributor, a venue) is a matter of the role's permissions alone. Whoever may not
publish changes nothing that decides what the public sees.
"""

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import CASCADE

from bookclub.publishing import Publishable

SEEN_BY = ("published_at", "audience")


def reaches_all(user):
    return user.has_perm("bookclub.view_drafts")


def in_reach(rows, user):
    """Of `rows` those that `user` may open and change, as far as their role may."""
    if reaches_all(user) or not hasattr(rows, "own_of"):
        return rows
    return rows.filter(rows.own_of(user))


def choices(field, rows, user):
    """Of `rows` those that `user` may choose in `field`: a part goes into what they may change, else all they see."""
    if reaches_all(user):
        return rows
    if getattr(field.remote_field, "on_delete", None) is CASCADE:
        return in_reach(rows, user)
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows


class ReachFields:
    """For pages and inlines: what a form offers, and what it takes, is what the person may choose."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **self._within(db_field, request) | kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **self._within(db_field, request) | kwargs)

    def _within(self, field, request):
        if reaches_all(request.user):
            return {}
        return {"queryset": choices(field, field.remote_field.model.objects.all(), request.user)}


class Reach:
    """For a ModelAdmin: lists, pages, actions, histories and search boxes keep to what the person reaches."""

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if chosen_for := getattr(request, "chosen_for", None):
            return choices(chosen_for, rows, request.user)
        return in_reach(rows, request.user)

    def get_object(self, request, object_id, from_field=None):
        """Who does not reach everything is not told which rows are there."""
        thing = super().get_object(request, object_id, from_field)
        if thing is None and not reaches_all(request.user):
            raise PermissionDenied
        return thing

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self.is_in_reach(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.is_in_reach(request, obj)

    def has_delete_permission(self, request, obj=None):
        """What is public is taken back first, by somebody who may."""
        is_stamped = getattr(obj, "published_at", None) is not None
        return (
            super().has_delete_permission(request, obj)
            and self.is_in_reach(request, obj)
            and (not is_stamped or self.has_publish_permission(request))
        )

    def has_publish_permission(self, request):
        return request.user.has_perm("bookclub.publish")

    def get_readonly_fields(self, request, obj=None):
        fixed = [] if self.has_publish_permission(request) or not issubclass(self.model, Publishable) else SEEN_BY
        return [*super().get_readonly_fields(request, obj), *fixed]

    def is_in_reach(self, request, thing):
        """One query for each row that an author's request is about; none for an organiser's."""
        if thing is None or reaches_all(request.user):
            return True
        known = vars(request).setdefault("reached", {})
        key = (self.model, thing.pk)
        if key not in known:
            known[key] = in_reach(self.model.objects.filter(pk=thing.pk), request.user).exists()
        return known[key]


class Choices(AutocompleteJsonView):
    """What a search box offers: to whom it may be offered, for the field that it is chosen in."""

    def get_queryset(self):
        self.request.chosen_for = self.source_field
        return super().get_queryset()
