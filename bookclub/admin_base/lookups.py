"""The query parameters that may filter a list of the admin: those that its filters set, and no others.

Django also takes every field of the model, and of the models one relation away, with any comparison:
?calendar_token__startswith=a would disclose a secret letter by letter.
"""

from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist

FIELD_COMPARISONS = ("exact", "isnull", "gte", "lt")  # as Django's filters of a field set them
DATE_PARTS = ("year", "month", "day", "gte", "lt")


class RestrictedChangeList(ChangeList):
    """Ignores parameters that name no field, such as the utm_source that mail providers add to links."""

    def get_filters_params(self, params=None):
        offered = get_offered_parameters(self.model, self.list_filter, self.date_hierarchy)
        found = super().get_filters_params(params)
        return {name: values for name, values in found.items() if name in offered or is_field(self.model, name)}


def is_offered(model_admin, lookup, request):
    """Return whether a filter of the list sets the parameter `lookup`."""
    filters = model_admin.get_list_filter(request)
    return lookup in get_offered_parameters(model_admin.model, filters, model_admin.date_hierarchy)


def get_offered_parameters(model, filters, date_hierarchy):
    """Return the query parameters that `filters`, the items of `list_filter`, and `date_hierarchy` set."""
    dates = {f"{date_hierarchy}__{part}" for part in DATE_PARTS} if date_hierarchy else set()
    return dates.union(*(list_parameters(model, each) for each in filters))


def is_field(model, lookup):
    """Return whether `lookup` begins with a field or a relation of the model."""
    try:
        model._meta.get_field(lookup.partition("__")[0])
    except FieldDoesNotExist:
        return False
    return True


def list_parameters(model, list_filter):
    """Return the query parameters that an item of `list_filter` sets."""
    if isinstance(list_filter, type):
        return {list_filter.parameter_name}
    path = list_filter if isinstance(list_filter, str) else list_filter[0]
    field = get_fields_from_path(model, path)[-1]
    if field.is_relation:
        return {f"{path}__{field.target_field.name}__exact", f"{path}__isnull"}
    return {path, *(f"{path}__{comparison}" for comparison in FIELD_COMPARISONS)}
