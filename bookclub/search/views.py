from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bookclub.search.forms import FilterForm
from bookclub.search.hits import MAX_CANDIDATES, find_hits
from bookclub.search.query import Query
from bookclub.search.suggestions import suggest_query

SHOWN_PER_GROUP = 5
PER_PAGE = 20


@require_safe
def search(request):
    """Show what is found in each group; with a chosen kind, all of it in pages."""
    form = FilterForm(request.GET, request.user)
    form.is_valid()
    query, filters = Query.parse(request.GET.get("q", "")), form.filters
    page, stop = None, SHOWN_PER_GROUP
    if filters.group:
        page = Paginator(range(MAX_CANDIDATES), PER_PAGE).get_page(request.GET.get("page"))
        stop = page.end_index()
    groups = find_hits(query, request.user, filters, stop=stop)
    if groups and filters.group:
        hits = groups[0].hits
        page = Paginator(range(min(groups[0].count, MAX_CANDIDATES)), PER_PAGE).get_page(page.number)
        groups[0].hits = hits[page.start_index() - 1 : page.end_index()]
    if groups:
        form.load_book_choices()
    context = {
        "form": form,
        "query": query,
        "filters": filters,
        "groups": groups,
        "page": page if groups else None,
        "suggestion": "" if groups or filters.book else suggest_query(query, request.user),
    }
    return render(request, "search/results.html", context)
