"""Row permissions of the admin: organisers may open and change all rows, authors their own.

An author's own rows are the `owned_by_q(user)` of the querysets: their write-ups, the books of these, and what is in the
books. Rows without an owner (a contributor, a venue) depend on the role's permissions alone.
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
    """Return whether `user` may open and change `row`, or rows of its kind where it is None. One query for authors."""
    if row is None or has_full_access(user):
        return True
    return filter_editable(type(row).objects.filter(pk=row.pk), user).exists()


def filter_deleted(versions, user):
    """Return those of `versions`, the last ones of deleted rows, that `user` may read.

    An author's own are the rows that they deleted, and those that would be their own today.
    """
    if has_full_access(user):
        return versions
    rows = versions.model.instance_type.objects.all()
    return versions.filter(Q(history_user=user) | rows.owned_revisions_q(user))


def filter_choices(field, rows, user):
    """Return those of `rows` that `user` may choose in `field`: the owner of a part they must be able to change."""
    if has_full_access(user):
        return rows
    if getattr(field.remote_field, "on_delete", None) is CASCADE:
        return filter_editable(rows, user)
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows


class RestrictedAutocomplete(AutocompleteJsonView):
    """Offers what the user may choose in the field, which may be more than the lists show them."""

    def get_queryset(self):
        rows = self.model_admin.get_unrestricted_queryset(self.request)
        rows = filter_choices(self.source_field, rows, self.request.user)
        rows = rows.complex_filter(self.source_field.get_limit_choices_to())
        rows, has_duplicates = self.model_admin.get_search_results(self.request, rows, self.term)
        return rows.distinct() if has_duplicates else rows
