"""Row permissions of the admin: organisers may open and change all rows, authors their own.

`owned_by_q(user)` of a queryset defines an author's own rows: their write-ups, the books of these, the books' items.
For rows without an owner (contributors, venues) only the permissions of the role count.
"""

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import CASCADE, Q

from bookclub.admin_base.search_boxes import is_key

VIEWING = ("view", "change")  # as in ModelAdmin.has_view_permission


def has_full_access(user):
    return user.has_perm("bookclub.view_drafts")


def filter_editable(rows, user):
    """Return those of `rows` that `user` may open and change, as far as their role allows it."""
    if has_full_access(user) or not hasattr(rows, "owned_by_q"):
        return rows
    return rows.filter(rows.owned_by_q(user))


def can_access(user, row):
    """Return whether `user` may open and change `row`; True for None (any row of the model). One query for authors."""
    if row is None or has_full_access(user):
        return True
    return filter_editable(type(row).objects.filter(pk=row.pk), user).exists()


def filter_deleted(versions, user):
    """Return those of `versions` (of deleted rows) that `user` may read.

    For an author: rows that they deleted, and rows that would be their own today.
    """
    if has_full_access(user):
        return versions
    rows = versions.model.instance_type.objects.all()
    return versions.filter(Q(history_user=user) | rows.owned_revisions_q(user))


def filter_choices(field, rows, user):
    """Return those of `rows` that `user` may choose in `field`: visible ones; for a parent (CASCADE), editable ones."""
    if has_full_access(user):
        return rows
    if getattr(field.remote_field, "on_delete", None) is CASCADE:
        return filter_editable(rows, user)
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows


def filter_named(field, rows, user):
    """Return those of `rows`, related by `field`, whose names `user` may read."""
    if not hasattr(rows, "visible_to") and not can_view(rows.model, user):
        return rows.none()
    return filter_choices(field, rows, user)


def can_view(model, user):
    return any(user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}") for action in VIEWING)


def can_search(model, path, user):
    """Return whether `user` may search by the field at `path` of `search_fields`.

    Without full access only by fields of the row, of its parent (CASCADE), and of related rows that are no secret:
    a search by the title of a related draft would find out the title.
    """
    field = model._meta.get_field(path.lstrip("^=@").partition("__")[0])
    if has_full_access(user) or not field.is_relation or getattr(field.remote_field, "on_delete", None) is CASCADE:
        return True
    return not hasattr(field.related_model.objects, "visible_to") and can_view(field.related_model, user)


class RestrictedAutocomplete(AutocompleteJsonView):
    """Offers the rows that the user may choose in the field; these may be more than their lists show.

    A form sends `row`, the pk of what it changes, or an empty one: it is offered only rows that it accepts.
    """

    def get_queryset(self):
        # Django's own admin classes, such as that of groups, don't restrict rows.
        all_rows = getattr(self.model_admin, "get_unrestricted_queryset", self.model_admin.get_queryset)
        rows = all_rows(self.request)
        rows = filter_choices(self.source_field, rows, self.request.user)
        rows = rows.complex_filter(self.source_field.get_limit_choices_to())
        if "row" in self.request.GET:
            rows = self.filter_acceptable(rows)
        rows, has_duplicates = self.model_admin.get_search_results(self.request, rows, self.term)
        return rows.distinct() if has_duplicates else rows

    def filter_acceptable(self, rows):
        """Leave out what another row has already (one-to-one), and what the form's own rules would refuse."""
        if self.source_field.one_to_one:
            owner, own = self.source_field.related_query_name(), self.request.GET["row"]
            is_free = Q(**{f"{owner}__isnull": True})
            rows = rows.filter(is_free | Q(**{f"{owner}__pk": own}) if is_key(own) else is_free)
        if hasattr(self.model_admin, "filter_offered"):
            rows = self.model_admin.filter_offered(rows)
        source = self.source_field.model
        within = {}
        if self.admin_site.is_registered(source):
            within = getattr(self.admin_site.get_model_admin(source), "autocomplete_within", {})
        if name := within.get(self.source_field.name):
            owner = self.request.GET.get(name, "")
            rows = rows.filter(**{name: owner}) if is_key(owner) else rows.none()
        return rows
