from django import forms
from django.contrib import admin
from django.contrib.admin.utils import model_ngettext
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.fields import ADDRESS_FIELDSET, AFTER_INLINES, ClubFieldsMixin
from bookclub.admin_base.filters import AutocompleteFilter, PublicationFilter
from bookclub.admin_base.form_buttons import FIELD, FormButton, draw_button
from bookclub.admin_base.publishing import VISIBILITY_FIELDSET, PublishableAdmin
from bookclub.core.formatting import count_noun
from books.admin import duplicates, isbn_lookup, merge, moving, reordering
from books.admin.contributors import ContributionForm, ContributionFormSet
from books.admin.form import BookForm, ItemForm
from books.admin.publishing import BookSummary, ItemSummary, describe_hidden_book
from books.models import ITEMS, Book, Contribution, Contributor, Note, Question, Quote, Reading, Term
from books.moving import NEEDS_PUBLISHING, changes_readers


class ContributionInline(ClubFieldsMixin, admin.StackedInline):
    model = Contribution
    form = ContributionForm
    formset = ContributionFormSet
    fields = [("position", "role", "contributor", "new_name")]
    autocomplete_fields = ["contributor"]
    extra = 0
    verbose_name = "contributor"
    verbose_name_plural = "Who made it, as on the title page"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("contributor")

    def get_extra(self, request, obj=None, **kwargs):
        """Return one extra row for each fetched contributor."""
        fetched = isbn_lookup.get_fetched(request) if obj is None else None
        return len(fetched.rows) if fetched else self.extra


def make_items_row(model, description):
    """Make a read-only field: the number of a book's items of `model`, and buttons to their list and to add one."""

    @admin.display(description=description)
    def row(self, book):
        number = model.objects.filter(book=book).count()
        opts = model._meta
        counted = count_noun(number, opts.verbose_name, opts.verbose_name_plural)
        return format_html(
            "{} {}",
            draw_button(f"list_{opts.model_name}", counted),
            draw_button(f"add_{opts.model_name}", f"Add a {opts.verbose_name}"),
        )

    return row


@admin.register(Book)
class BookAdmin(PublishableAdmin):
    form = BookForm
    list_display = ["state", "title", "made_by", "first_published_year"]
    list_display_links = ["title"]
    empty_list_text = "No books yet. Add one by its ISBN, or paste a write-up: its book comes with it."
    search_fields = ["title", "subtitle", "isbn", "contributors__name"]
    inlines = [ContributionInline]
    actions = ["publish", "schedule", "take_back", merge.merge_two]
    summary_class = BookSummary
    readonly_fields = ["points", "term_count", "question_count", "quote_count", "reading_count"]
    fieldsets = [
        ("Title", {"fields": ["title", "subtitle", "kind", "verdict"]}),
        ("Imprint", {"classes": [AFTER_INLINES], "fields": ["first_published_year", "publisher", "isbn"]}),
        ("Cover", {"classes": [AFTER_INLINES], "fields": ["cover", "cover_alt"]}),
        ("From the book", {"classes": [AFTER_INLINES], "fields": readonly_fields}),
        VISIBILITY_FIELDSET,
        ADDRESS_FIELDSET,
    ]
    points = make_items_row(Note, "Points")
    term_count = make_items_row(Term, "Term")
    question_count = make_items_row(Question, "Questions")
    quote_count = make_items_row(Quote, "Quotes")
    reading_count = make_items_row(Reading, "Further reading")

    class Media:
        js = [forms.Script("js/same-title.js", defer=True)]

    def get_urls(self):
        return [
            *isbn_lookup.get_urls(self),
            *duplicates.get_urls(self),
            *merge.get_urls(self),
            *super().get_urls(),
        ]

    def get_unrestricted_queryset(self, request):
        return super().get_unrestricted_queryset(request).for_cards()

    def get_fieldsets(self, request, obj=None):
        """For a new book, leave out the item counts and offer the fetched cover."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj:
            return fieldsets
        fieldsets = [each for each in fieldsets if each[0] != "From the book"]
        return isbn_lookup.offer_cover(request, fieldsets)

    def get_form_buttons(self, request, row):
        buttons = super().get_form_buttons(request, row)
        if row is None:
            return buttons
        may_change = self.has_change_permission(request, row)
        if may_change:
            for name, label in (("paste_quotes", "Paste quotes"), ("paste_questions", "Paste questions")):
                buttons.append(FormButton(name, label, reverse(f"admin:meetups_writeup_{name}", args=[row.pk])))
        if may_change and self.has_delete_permission(request, row):
            buttons.append(FormButton("merge", "Merge with another …", self.reverse("merge_with", row.pk)))
        for model in ITEMS:
            base = f"admin:books_{model._meta.model_name}"
            buttons += [
                FormButton(
                    f"list_{model._meta.model_name}",
                    str(model._meta.verbose_name_plural),
                    f"{reverse(f'{base}_changelist')}?book__id__exact={row.pk}",
                    FIELD,
                ),
                FormButton(
                    f"add_{model._meta.model_name}",
                    f"Add a {model._meta.verbose_name}",
                    f"{reverse(f'{base}_add')}?book={row.pk}",
                    FIELD,
                ),
            ]
        return buttons

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        fetched = isbn_lookup.get_fetched(request)
        form.cover = fetched.cover_address if fetched else ""
        return form

    def get_changeform_initial_data(self, request):
        initial = super().get_changeform_initial_data(request)
        fetched = isbn_lookup.get_fetched(request)
        return initial | fetched.facts if fetched else initial

    def get_formset_kwargs(self, request, obj, inline, prefix):
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        fetched = isbn_lookup.get_fetched(request)
        if prefix == "contributions" and request.method == "GET" and fetched:
            options["initial"] = fetched.rows
        return options

    def add_view(self, request, form_url="", extra_context=None):
        context = isbn_lookup.get_form_context(self, request)
        return super().add_view(request, form_url, context | (extra_context or {}))

    def save_model(self, request, obj, form, change):
        if not change and form.cleaned_data.get("takes_cover") and not obj.cover:
            isbn_lookup.take_cover(self, request, obj)
        super().save_model(request, obj, form, change)
        if not change or "title" in form.changed_data:
            duplicates.warn_of_same_title(self, request, obj)

    @admin.display(description="by")
    def made_by(self, book):
        return ", ".join(f"{role} {', '.join(map(str, people))}" for role, people in book.credits)


@admin.register(Contributor)
class ContributorAdmin(ClubModelAdmin):
    empty_list_text = "Nobody yet: contributors come with the books that they made."
    search_fields = ["name"]


class ItemAdmin(PublishableAdmin):
    """Admin of one kind of item. Their order is changed in the list: see `reordering`."""

    form = ItemForm
    list_select_related = ["book"]
    list_editable = ["position"]
    list_filter = [PublicationFilter, ("book", AutocompleteFilter), "audience"]
    autocomplete_fields = ["book"]
    empty_list_text = "None yet. They come with a pasted write-up, or are added here one by one."
    ordering = ["book__title", "book", "position", "pk"]
    actions = ["publish_with_writeup", "publish", "schedule", "take_back", moving.move_to_book]
    summary_class = ItemSummary

    def get_urls(self):
        return [*reordering.get_urls(self), *super().get_urls()]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.may_publish = self.has_publish_permission(request)
        return form

    def check_restoration(self, request, row, version):
        """Refuse an author to show or hide a published item by taking it back to another book."""
        book = Book.objects.filter(pk=version.book_id).first()
        if book and not self.has_publish_permission(request) and changes_readers(row, book, row.audience):
            raise ValidationError(NEEDS_PUBLISHING, code="needs_publishing")

    def get_list_display(self, request):
        """In the list of one book, show move buttons beside the text (visible on a phone) instead of the book."""
        shown = super().get_list_display(request)
        if not reordering.is_whole_book(request) or not self.has_change_permission(request):
            return shown
        state, text, *others = shown
        return [state, text, reordering.move_buttons, *(name for name in others if name != "book")]

    def changelist_view(self, request, extra_context=None):
        """Apply all typed positions together, so that two items can swap places."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            before = reordering.get_posted_positions(self, request)
            response = super().changelist_view(request, extra_context)
            reordering.place_moved(self, before)
        return response

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        is_in_list = bool(form.prefix)
        if "position" in form.changed_data and not is_in_list:
            self.model.objects.place(
                obj.book, {obj.pk: (obj.position, form.initial.get("position") if change else None)}
            )

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
                done += queryset.drafts().filter(book=book).update(published_at=book.latest)
        words = f"{done} {model_ngettext(self.opts, done)} published with the book's latest write-up."
        self.message_user(request, words)
        self.warn_of_draft_books(request, queryset)

    def get_summary_rows(self, queryset):
        return queryset.select_related("book")

    def get_state_note(self, request, row):
        if row.is_published and not row.book.is_published:
            return describe_hidden_book(row.book)
        return super().get_state_note(request, row)

    def warn_of_draft_books(self, request, queryset):
        for book in Book.objects.filter(pk__in=queryset.values("book")).exclude(published_at__lte=timezone.now()):
            self.message_user(request, describe_hidden_book(book), "warning")


@admin.register(Note)
class NoteAdmin(ItemAdmin):
    list_display = ["state", "heading", "book", "position"]
    list_display_links = ["heading"]
    search_fields = ["heading", "body", "book__title"]
    fieldsets = [("Points", {"fields": ["book", "heading", "body", "position"]}), VISIBILITY_FIELDSET]


@admin.register(Term)
class TermAdmin(ItemAdmin):
    list_display = ["state", "heading", "book", "position"]
    list_display_links = ["heading"]
    search_fields = ["heading", "headword", "book__title"]
    fieldsets = [
        (
            "Term",
            {"fields": ["book", "heading", "headword", "definition", "source", "emphasis_note", "position"]},
        ),
        VISIBILITY_FIELDSET,
    ]


class QuestionForm(ItemForm):
    def clean(self):
        data = super().clean()
        term, book = data.get("term"), data.get("book")
        if term and book and term.book_id != book.pk:
            self.add_error("term", ValidationError("This term is from another book.", code="other_book"))
        return data


@admin.register(Question)
class QuestionAdmin(ItemAdmin):
    form = QuestionForm
    list_display = ["state", "beginning", "book", "term", "position"]
    list_display_links = ["beginning"]
    list_select_related = ["book", "term"]
    search_fields = ["text", "book__title"]
    autocomplete_fields = ["book", "term"]
    autocomplete_within = {"term": "book"}
    fieldsets = [
        ("Question", {"fields": ["book", "lead_word", "text", "term", "position"]}),
        ("Where it is a quotation", {"fields": ["is_quotation", "source"]}),
        VISIBILITY_FIELDSET,
    ]


@admin.register(Quote)
class QuoteAdmin(ItemAdmin):
    list_display = ["state", "beginning", "book", "source", "position"]
    list_display_links = ["beginning"]
    search_fields = ["text", "written_by", "book__title"]
    fieldsets = [
        ("Quote", {"fields": ["book", "text", "written_by", "locator", "position"]}),
        VISIBILITY_FIELDSET,
    ]


@admin.register(Reading)
class ReadingAdmin(ItemAdmin):
    list_display = ["state", "__str__", "book", "by", "position"]
    list_display_links = ["__str__"]
    search_fields = ["title", "by", "known_book__title", "book__title"]
    autocomplete_fields = ["book", "known_book"]
    fieldsets = [
        ("Further reading", {"fields": ["book", "known_book", "title", "by", "url", "why", "position"]}),
        VISIBILITY_FIELDSET,
    ]

    def get_unrestricted_queryset(self, request):
        """Join the known book: `Reading.__str__` has its title where the user may see it."""
        return (
            super().get_unrestricted_queryset(request).select_visible(request.user, "known_book").select_related("book")
        )
