"""Row permissions of the admin: organisers may open and change all rows, authors their own.

`owned_by_q(user)` of a queryset defines an author's own rows: their write-ups, the books of these, the books' items.
For rows without an owner (contributors, venues) only the permissions of the role count.
"""

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import CASCADE, Q


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


class RestrictedAutocomplete(AutocompleteJsonView):
    """Offers the rows that the user may choose in the field; these may be more than their lists show."""

    def get_queryset(self):
        rows = self.model_admin.get_unrestricted_queryset(self.request)
        rows = filter_choices(self.source_field, rows, self.request.user)
        rows = rows.complex_filter(self.source_field.get_limit_choices_to())
        rows, has_duplicates = self.model_admin.get_search_results(self.request, rows, self.term)
        return rows.distinct() if has_duplicates else rows
