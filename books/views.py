from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookclub.core.pagination import get_page
from books.contents import get_book_contents
from books.forms import QuoteFilter
from books.models import Book, Quote


@require_safe
def book_list(request):
    books = Book.objects.visible_to(request.user).with_counts(request.user).for_cards()
    return render(request, "books/list.html", {"page": get_page(books, request.GET.get("page"))})


@require_safe
def detail(request, slug):
    book = get_object_or_404(Book.objects.visible_to(request.user).for_cards(), slug=slug)
    context = {
        "book": book,
        "contents": get_book_contents(book, request.user),
        "meetups": book.meetups.visible_to(request.user).for_cards(request.user),
        "writeups": book.writeups.visible_to(request.user).newest_first().for_cards(request.user),
    }
    return render(request, "books/detail.html", context)


@require_safe
def quote_list(request):
    form = QuoteFilter(request.GET, request.user)
    quotes = form.apply(Quote.objects.visible_to(request.user)).by_book()
    context = {"form": form, "page": get_page(quotes, request.GET.get("page"), per_page=40)}
    return render(request, "books/quotes.html", context)


@require_safe
def quote(request, pk):
    quotes = Quote.objects.visible_to(request.user).by_book()
    return render(request, "books/quote.html", {"quote": get_object_or_404(quotes, pk=pk)})
