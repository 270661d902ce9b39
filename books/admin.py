from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator

from bookclub.desk.base import WHO_MAY_SEE_IT, DeskAdmin, DeskFields, PublishableAdmin
from bookclub.desk.filters import SearchedFilter, StateFilter
from bookclub.desk.forms import DeskForm
from books.desk.by_isbn import ByISBN, fetched
from books.desk.doubles import Doubles
from books.desk.form import BookForm
from books.desk.merging import Merging
from books.desk.moving import Moving
from books.desk.people import ContributionForm, ContributionFormSet
from books.models import Book, Contribution, Contributor, Note, Question, Quote, Reading, Term


class ContributionInline(DeskFields, admin.StackedInline):
    model = Contribution
    form = ContributionForm
    formset = ContributionFormSet
    fields = [("position", "role", "contributor", "new_name")]
    autocomplete_fields = ["contributor"]
    extra = 0
    verbose_name_plural = "Who made it, as on the title page"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("contributor")

    def get_extra(self, request, obj=None, **kwargs):
        """A row for each of those that were fetched."""
        return len(fetched(request).rows) if obj is None and fetched(request) else self.extra


def items_row(model, description):
    """A line of the book's page: how many of `model` it has, a link to them, a link to write another."""

    @admin.display(description=description)
    def row(self, book):
        number = model.objects.filter(book=book).count()
        opts = model._meta
        return format_html(
            '<a href="{}?book__id__exact={}">{} {}</a> <a class="addlink" href="{}?book={}">Add a {}</a>',
            reverse(f"admin:books_{opts.model_name}_changelist"),
            book.pk,
            number,
            opts.verbose_name if number == 1 else opts.verbose_name_plural,
            reverse(f"admin:books_{opts.model_name}_add"),
            book.pk,
            opts.verbose_name,
        )

    return row


@admin.register(Book)
class BookAdmin(ByISBN, Doubles, Merging, PublishableAdmin):
    form = BookForm
    list_display = ["title", "made_by", "first_published_year", "state_in_words"]
    search_fields = ["title", "subtitle", "isbn", "contributors__name"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [ContributionInline]
    actions = ["publish_now", "take_back", "merge_two"]
    readonly_fields = ["points", "term_count", "question_count", "quote_count", "reading_count"]
    fieldsets = [
        ("Title", {"fields": ["title", "subtitle", "slug", "kind"]}),
        ("Imprint", {"fields": ["first_published_year", "publisher", "isbn"]}),
        ("Cover", {"fields": ["cover", "cover_alt"]}),
        ("From the book", {"fields": readonly_fields}),
        WHO_MAY_SEE_IT,
    ]
    points = items_row(Note, "Points")
    term_count = items_row(Term, "Term")
    question_count = items_row(Question, "Questions")
    quote_count = items_row(Quote, "Quotes")
    reading_count = items_row(Reading, "Further reading")

    class Media:
        js = [forms.Script("js/same-title.js", defer=True)]

    def get_queryset(self, request):
        return super().get_queryset(request).for_cards()

    def get_fieldsets(self, request, obj=None):
        """A book that is not there yet has nothing from it."""
        return [each for each in super().get_fieldsets(request, obj) if obj or each[0] != "From the book"]

    @admin.display(description="by")
    def made_by(self, book):
        return ", ".join(f"{role} {', '.join(map(str, people))}" for role, people in book.credits)


@admin.register(Contributor)
class ContributorAdmin(DeskAdmin):
    search_fields = ["name"]


class ItemAdmin(Moving, PublishableAdmin):
    """A list of one kind of item, for one book or all; their order is changed in the list."""

    list_select_related = ["book"]
    list_editable = ["position"]
    list_filter = [("book", SearchedFilter), StateFilter, "audience"]
    autocomplete_fields = ["book"]
    ordering = ["book__title", "book", "position", "pk"]
    actions = ["publish_with_writeup", "publish_now", "take_back"]

    @admin.display(description="text")
    def beginning(self, item):
        return Truncator(item.text).words(14, truncate=" …")

    @admin.action(description="Publish with the book's latest write-up", permissions=["publish"])
    def publish_with_writeup(self, request, queryset):
        books = Book.objects.filter(pk__in=queryset.values("book")).annotate(latest=Max("writeups__published_at"))
        done = 0
        for book in books:
            if book.latest is None:
                self.message_user(request, f"No write-up of “{book}” has been published yet.", "warning")
            else:
                done += queryset.unstamped().filter(book=book).update(published_at=book.latest)
        self.say(request, done, "published with the book's latest write-up")
        self.warn_of_draft_books(request, queryset)

    @admin.action(description="Publish now", permissions=["publish"])
    def publish_now(self, request, queryset):
        super().publish_now(request, queryset)
        self.warn_of_draft_books(request, queryset)

    def warn_of_draft_books(self, request, queryset):
        for book in Book.objects.filter(pk__in=queryset.values("book")).exclude(published_at__lte=timezone.now()):
            self.message_user(
                request, f"“{book}” is not published itself: its page is hidden, and all on it.", "warning"
            )


@admin.register(Note)
class NoteAdmin(ItemAdmin):
    list_display = ["heading", "book", "position", "state_in_words"]
    search_fields = ["heading", "body", "book__title"]
    fieldsets = [("Points", {"fields": ["book", "heading", "body", "position"]}), WHO_MAY_SEE_IT]


@admin.register(Term)
class TermAdmin(ItemAdmin):
    list_display = ["heading", "book", "position", "state_in_words"]
    search_fields = ["heading", "headword", "book__title"]
    fieldsets = [
        (
            "Term",
            {"fields": ["book", "heading", "headword", "definition", "source", "emphasis_note", "position"]},
        ),
        WHO_MAY_SEE_IT,
    ]


class QuestionForm(DeskForm):
    def clean(self):
        data = super().clean()
        term, book = data.get("term"), data.get("book")
        if term and book and term.book_id != book.pk:
            self.add_error("term", ValidationError("This term is from another book.", code="other_book"))
        return data


@admin.register(Question)
class QuestionAdmin(ItemAdmin):
    form = QuestionForm
    list_display = ["beginning", "book", "term", "position", "state_in_words"]
    list_select_related = ["book", "term"]
    search_fields = ["text", "book__title"]
    autocomplete_fields = ["book", "term"]
    fieldsets = [
        ("Question", {"fields": ["book", "lead_word", "text", "term", "position"]}),
        ("Where it is a quotation", {"fields": ["is_quotation", "source"]}),
        WHO_MAY_SEE_IT,
    ]


@admin.register(Quote)
class QuoteAdmin(ItemAdmin):
    list_display = ["beginning", "book", "source", "position", "state_in_words"]
    search_fields = ["text", "written_by", "book__title"]
    fieldsets = [
        ("Quote", {"fields": ["book", "text", "written_by", "locator", "position"]}),
        WHO_MAY_SEE_IT,
    ]


@admin.register(Reading)
class ReadingAdmin(ItemAdmin):
    list_display = ["__str__", "book", "by", "position", "state_in_words"]
    list_select_related = ["book", "known_book"]
    search_fields = ["title", "by", "known_book__title", "book__title"]
    autocomplete_fields = ["book", "known_book"]
    fieldsets = [
        ("Further reading", {"fields": ["book", "known_book", "title", "by", "url", "why", "position"]}),
        WHO_MAY_SEE_IT,
    ]
