"""Lists of the admin: what their search finds, how many rows there are, and their pages, in words."""

from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import PAGE_VAR
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst

from bookclub.admin_base.filters import AutocompleteFilter
from bookclub.admin_base.lookups import RestrictedChangeList, is_offered

FEW_FILTERS = 2


class ClubChangeList(RestrictedChangeList):
    """The list that templates/admin/change_list.html shows."""

    @property
    def noun(self):
        return str(self.opts.verbose_name)

    @property
    def nouns(self):
        return str(self.opts.verbose_name_plural)

    @property
    def count_text(self):
        """Return “12 write-ups”, or “3 of 12 write-ups” in a list that is searched or filtered."""
        if self.full_result_count and self.full_result_count != self.result_count:
            return f"{self.result_count:,} of {self.full_result_count:,} {self.nouns}"
        return f"{self.result_count:,} {self.noun if self.result_count == 1 else self.nouns}"

    @property
    def page_text(self):
        """Return “51 to 100 of 312 write-ups”, or nothing where one page holds them all."""
        if not self.is_paged:
            return ""
        page = self.paginator.page(self.page_num)
        return f"{page.start_index():,} to {page.end_index():,} of {self.count_text.rpartition(' of ')[2]}"

    @property
    def is_paged(self):
        return self.multi_page and not (self.show_all and self.can_show_all)

    @property
    def previous_page_url(self):
        return self.get_query_string({PAGE_VAR: self.page_num - 1}) if self.is_paged and self.page_num > 1 else ""

    @property
    def next_page_url(self):
        is_last = self.page_num >= self.paginator.num_pages
        return "" if not self.is_paged or is_last else self.get_query_string({PAGE_VAR: self.page_num + 1})

    @property
    def is_narrowed(self):
        return bool(self.query or self.has_active_filters)

    @cached_property
    def search_text(self):
        """Return the names of the fields that the search reads, such as “Title, book or author”."""
        if self.search_help_text:
            return self.search_help_text
        names = list(dict.fromkeys(map(self.name_searched_field, self.search_fields)))
        *most, last = names
        return capfirst(f"{', '.join(most)} or {last}" if most else last)

    def name_searched_field(self, path):
        """Name a field of another model by what it is a field of: “book” for book__title."""
        field = get_fields_from_path(self.model, path.lstrip("^=@"))[0]
        is_unnamed = getattr(field, "verbose_name", "") in {"", field.name.replace("_", " ")}
        return str(field.related_model._meta.verbose_name if field.is_relation and is_unnamed else field.verbose_name)

    @cached_property
    def tabs(self):
        """The first filter, if it offers few choices: they are shown at once. None otherwise."""
        first = self.filter_specs[0] if self.filter_specs else None
        return None if first is None or isinstance(first, AutocompleteFilter) else first

    @cached_property
    def other_filters(self):
        return [spec for spec in self.filter_specs if spec is not self.tabs]

    @cached_property
    def shows_other_filters(self):
        """Whether the filters beside the tabs are unfolded: they are few, or one of them is used."""
        offered = {name for spec in self.other_filters for name in spec.expected_parameters()}
        return self.tabs is None or len(self.other_filters) <= FEW_FILTERS or bool(offered & self.filter_params.keys())


class RestrictedListMixin:
    """For the ModelAdmins of libraries: see `BaseAdminSite.register`."""

    def get_changelist(self, request, **kwargs):
        return ClubChangeList

    def lookup_allowed(self, lookup, value, request):
        return is_offered(self, lookup, request)


def show_stamp(words, kind, detail=""):
    """Return the state of a row in its list; `kind` is a class of admin-lists.css: "draft", "warning" …"""
    stamp = format_html('<span class="stamp {}">{}</span>', kind, words)
    return format_html('{} <span class="when">{}</span>', stamp, detail) if detail else stamp
