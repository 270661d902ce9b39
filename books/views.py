from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookclub.core.pagination import get_page
from bookclub.share_cards.registry import get_card_link
from books import citations
from books.contents import get_book_contents
from books.forms import QuoteFilter
from books.mentions import find_mentions
from books.models import Book, Quote, Shelf
from books.structured_data import describe_book_page, describe_quote_page


@require_safe
def book_list(request):
    books = Book.objects.visible_to(request.user).for_wall(request.user).with_counts(request.user).for_cards()
    is_list = request.GET.get("view") == "list"
    page = get_page(books, request.GET.get("page"), per_page=48)
    return render(request, "books/list.html", {"page": page, "is_list": is_list, "shelves": group_by_shelf(page)})


def group_by_shelf(books):
    """Return [(name of the shelf, [Book, …]), …] of rows from `for_wall`."""
    return [(Shelf(shelf).label, list(group)) for shelf, group in groupby(books, key=attrgetter("shelf"))]


@require_safe
def detail(request, slug):
    book = get_object_or_404(Book.objects.visible_to(request.user).for_cards(), slug=slug)
    contents = get_book_contents(book, request.user)
    context = {
        "book": book,
        "contents": contents,
        "share_card": get_card_link(book, request.club),
        "structured_data": describe_book_page(book, contents, request.club) if book.is_public else [],
        "meetups": book.meetups.visible_to(request.user).for_cards(request.user),
        "writeups": book.writeups.visible_to(request.user).newest_first().for_cards(request.user),
    }
    return render(request, "books/detail.html", context)


@require_safe
def quote_list(request):
    form = QuoteFilter(request.GET, request.user)
    quotes = form.apply(Quote.objects.visible_to(request.user)).by_book()
    page = get_page(quotes, request.GET.get("page"), per_page=40)
    groups = [(book, list(group)) for book, group in groupby(page, key=attrgetter("book"))]
    context = {"form": form, "page": page, "groups": groups}
    return render(request, "books/quotes.html", context)


@require_safe
def quote(request, pk):
    quotes = Quote.objects.visible_to(request.user).by_book()
    quote = get_object_or_404(quotes, pk=pk)
    card = get_card_link(quote, request.club)
    context = {
        "quote": quote,
        "mentions": find_mentions(quote, request.user),
        "share_card": card,
        "structured_data": describe_quote_page(quote, card) if quote.is_public else [],
        "footnotes": citations.build_footnotes(quote),
        "files": citations.FILES,
    }
    return render(request, "books/quote.html", context | quotes.neighbours_of(quote))


@require_safe
def quote_citation(request, pk, ending):
    shown = get_object_or_404(Quote.objects.visible_to(request.user).by_book(), pk=pk)
    if ending not in citations.FILES:
        raise Http404
    _, content_type, build = citations.FILES[ending]
    response = HttpResponse(build(shown, settings.SITE_URL + shown.get_absolute_url()), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="quote-{shown.pk}.{ending}"'
    return response
