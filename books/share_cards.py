"""Share cards of books, quotes and questions."""

from django.db.models import F

from bookclub.core.formatting import join_names
from bookclub.share_cards.content import CardContent, extract_plain_text, get_club_look
from bookclub.share_cards.registry import CardKind
from books.models import Book, Question, Quote

# The colours of the kinds, as in static/css/site.css.
QUESTION_FLAG, QUOTE_FLAG = "#e0557d", "#4a8fd6"


def order_newest_first(items):
    return items.order_by(F("published_at").desc(nulls_last=True), "-pk")


def build_book_card(book, club):
    details = [book.subtitle, *(f"{role} {join_names(people)}" for role, people in book.credits[:1])]
    return CardContent(
        eyebrow=book.kind or "A book",
        headline=book.title,
        fallback="A book, and what we made of it",
        details=tuple(filter(None, details)),
        flag=club.theme.light,
        picture=book.cover or None,
        **get_club_look(club),
    )


def build_quote_card(quote, club):
    author = join_names(quote.writers[:3]) if quote.writers else ""
    return CardContent(
        eyebrow="A line we kept",
        headline=extract_plain_text(quote.text_html),
        fallback=f"A line from {quote.book.title}",
        details=tuple(filter(None, [author, ", ".join(filter(None, [quote.book.title, quote.locator]))])),
        flag=QUOTE_FLAG,
        is_quotation=True,
        **get_club_look(club),
    )


def build_question_card(question, club):
    return CardContent(
        eyebrow=question.lead_word or "A question to discuss",
        headline=extract_plain_text(question.text_html),
        fallback=f"A question about {question.book.title}",
        details=tuple(filter(None, [question.is_quotation and question.source, question.book.title])),
        flag=QUESTION_FLAG,
        is_quotation=question.is_quotation,
        **get_club_look(club),
    )


CARD_KINDS = [
    CardKind(
        "books", Book, lambda user: order_newest_first(Book.objects.visible_to(user).for_cards()), build_book_card
    ),
    CardKind(
        "quotes", Quote, lambda user: order_newest_first(Quote.objects.visible_to(user).by_book()), build_quote_card
    ),
    CardKind(
        "questions",
        Question,
        lambda user: order_newest_first(Question.objects.visible_to(user).select_related("book")),
        build_question_card,
    ),
]
