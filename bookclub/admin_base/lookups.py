"""The query parameters that may filter a list of the admin: those that its filters set, and no others.

Django also takes every field of the model, and of the models one relation away, with any comparison:
?calendar_token__startswith=a would disclose a secret letter by letter.
"""

from django.contrib.admin.utils import get_fields_from_path

FIELD_COMPARISONS = ("exact", "isnull", "gte", "lt")  # as Django's filters of a field set them
DATE_PARTS = ("year", "month", "day", "gte", "lt")


def is_offered(model_admin, lookup, request):
    """Return whether a filter of the list sets the parameter `lookup`."""
    path, filters = model_admin.date_hierarchy, model_admin.get_list_filter(request)
    allowed = {f"{path}__{part}" for part in DATE_PARTS} if path else set()
    return lookup in allowed.union(*(list_parameters(model_admin.model, each) for each in filters))


class RestrictedLookupsMixin:
    """For the ModelAdmins of libraries: see `BaseAdminSite.register`."""

    def lookup_allowed(self, lookup, value, request):
        return is_offered(self, lookup, request)


def list_parameters(model, list_filter):
    """Return the query parameters that an item of `list_filter` sets."""
    if isinstance(list_filter, type):
        return {list_filter.parameter_name}
    path = list_filter if isinstance(list_filter, str) else list_filter[0]
    field = get_fields_from_path(model, path)[-1]
    if field.is_relation:
        return {f"{path}__{field.target_field.name}__exact", f"{path}__isnull"}
    return {path, *(f"{path}__{comparison}" for comparison in FIELD_COMPARISONS)}
