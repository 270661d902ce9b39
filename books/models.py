from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone

from bookclub.core.history import History, RecordedQuerySet
from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from bookclub.core.optimistic_lock import VersionedModel
from bookclub.core.redirects import RedirectingModel
from bookclub.core.visibility import PublishableModel, PublishableQuerySet
from bookclub.images import AltTextField, ResponsiveImageField, WithImage
from books.isbn import ISBNField


class Shelf(models.IntegerChoices):
    """The parts of the wall of covers, in their order."""

    NOW = 1, "Reading now"
    TO_COME = 2, "To come"
    READ = 3, "Read"
    ELSE = 4, "Also here"


class BookQuerySet(PublishableQuerySet):
    def owned_by_q(self, user):
        """Return a Q for the books of `user`'s write-ups, and for books that they added and that have no write-up."""
        written_about = Book.objects.filter(writeups__author__member=user)
        waiting = Book.objects.filter(self.owned_revisions_q(user), writeups=None)
        return Q(pk__in=written_about.values("pk")) | Q(pk__in=waiting.values("pk"))

    def owned_revisions_q(self, user):
        """Return a Q for the books, or their revisions, that `user` added."""
        return Q(id__in=Book.history.filter(history_type="+", history_user=user).values("id"))

    def published_with_q(self, writeup):
        return Q(pk=writeup.book_id)

    def with_quotes(self, user):
        """Return books with at least one quote that `user` may see."""
        return self.filter(pk__in=Quote.objects.visible_to(user).values("book"))

    def for_cards(self):
        """Prefetch everything that books/_row.html shows: two queries for any number of rows."""
        return self.prefetch_related(Prefetch("contributions", Contribution.objects.select_related("contributor")))

    def for_wall(self, user):
        """Order by shelf: read now, to come, read (latest first), the rest.

        Annotates `shelf`, a number of `Shelf`, and `next_met_on` and `last_met_on`: the dates of the meetup ahead and of
        the latest one about the book that `user` may see.
        """
        meetups = Book.meetups.rel.related_model.objects.visible_to(user).going_ahead()
        about = meetups.filter(book=OuterRef("pk"))
        current = meetups.upcoming().exclude(book=None).exclude(date=None).values("book")[:1]
        shelf = Case(
            When(pk__in=Subquery(current), then=Value(Shelf.NOW)),
            When(Exists(about.upcoming()), then=Value(Shelf.TO_COME)),
            When(Exists(about.past()), then=Value(Shelf.READ)),
            default=Value(Shelf.ELSE),
        )
        return self.annotate(
            shelf=shelf,
            next_met_on=Subquery(about.upcoming().values("date")[:1]),
            last_met_on=Subquery(about.past().values("date")[:1]),
        ).order_by(
            "shelf", F("next_met_on").asc(nulls_last=True), F("last_met_on").desc(nulls_last=True), "title", "pk"
        )

    def with_counts(self, user):
        """Annotate `question_count` and `quote_count`, of the items that `user` may see."""
        return self.annotate(
            question_count=Question.objects.visible_to(user).count_subquery(book=OuterRef("pk")),
            quote_count=Quote.objects.visible_to(user).count_subquery(book=OuterRef("pk")),
        )


class Book(RedirectingModel, WithImage, PublishableModel):
    """A book that the club has read, is reading or points to."""

    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    slug = models.SlugField(max_length=120, unique=True, help_text="The last part of the page's address.")
    kind = models.CharField(max_length=120, blank=True, help_text="“A collection of academic essays”, “A novel”.")
    verdict = models.CharField(
        "in a line",
        max_length=160,
        blank=True,
        help_text="What the club says of it, below its cover: “Hard going, and worth the flags.”",
    )
    first_published_year = models.SmallIntegerField(null=True, blank=True)
    publisher = models.CharField(max_length=120, blank=True)
    isbn = ISBNField("ISBN", max_length=17, blank=True)
    cover = ResponsiveImageField(
        upload_to="covers",
        widths=(240, 480),
        blank=True,
        width_field="cover_width",
        height_field="cover_height",
        help_text="JPEG, PNG or WebP, up to 10 MB. Without one the page draws a plain board with the title.",
    )
    cover_width = models.PositiveIntegerField(null=True, editable=False)
    cover_height = models.PositiveIntegerField(null=True, editable=False)
    cover_alt = AltTextField(
        "cover in words", max_length=200, blank=True, help_text="What is on it, for those who can't see it."
    )
    contributors = models.ManyToManyField("Contributor", through="Contribution", related_name="books")

    objects = BookQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["isbn"],
                condition=~Q(isbn=""),
                name="isbn_is_one_books",
                violation_error_message="A book with this ISBN is here already.",
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("books:detail", args=[self.slug])

    @property
    def full_title(self):
        """Title and subtitle as in a catalogue: “Smart Urbanism: Utopian Vision or False Dawn?”, “Frankenstein; or, …”."""
        if not self.subtitle:
            return self.title
        mark = "" if self.title[-1] in ":;?!" else ";" if self.subtitle.startswith("or,") else ":"
        return f"{self.title}{mark} {self.subtitle}"

    @property
    def authors(self):
        """The contributors who wrote the book itself: none of a collection, which has editors."""
        return dict(self.credits).get(Contribution.Role.AUTHOR.label, [])

    @property
    def lead_credit(self):
        """Return the first role within a sentence and its contributors, (“edited by”, [Contributor, …]), or None."""
        return next(((role[0].lower() + role[1:], people) for role, people in self.credits), None)

    @property
    def credits(self):
        """Return [(“Edited by”, [Contributor, …]), …] in the order of the title page."""
        lines = {}
        for contribution in self.contributions.all():
            lines.setdefault(contribution.get_role_display(), []).append(contribution.contributor)
        return list(lines.items())


class Contributor(VersionedModel):
    """A person or body behind books."""

    name = models.CharField(max_length=160)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Contribution(models.Model):
    """The role of a contributor to a book."""

    class Role(models.TextChoices):
        """MARC relator codes (https://www.loc.gov/marc/relators/relaterm.html), labelled as on a title page."""

        AUTHOR = "aut", "By"
        EDITOR = "edt", "Edited by"
        TRANSLATOR = "trl", "Translated by"
        ILLUSTRATOR = "ill", "Illustrated by"
        INTRODUCTION = "aui", "Introduced by"
        NARRATOR = "nrt", "Read by"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="contributions", db_index=False)
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="contributions")
    role = models.CharField(max_length=3, choices=Role.choices, default=Role.AUTHOR)
    position = models.PositiveSmallIntegerField(default=0)

    objects = RecordedQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "contributor", "role"],
                name="contributor_is_named_once_a_role",
                violation_error_message="This person is named in this role already.",
            )
        ]

    def __str__(self):
        return f"{self.get_role_display()} {self.contributor}"


class ItemQuerySet(PublishableQuerySet):
    def visible_to(self, user):
        """Return items that `user` may see, of books that `user` may see."""
        return super().visible_to(user).filter(book__in=Book.objects.visible_to(user))

    def owned_by_q(self, user):
        return Q(book__in=Book.objects.filter(Book.objects.owned_by_q(user)).values("pk"))

    def published_with_q(self, writeup):
        return Q(book=writeup.book_id)

    def there_when(self, writeup):
        """Return items published by the time that `writeup` was published; all items while it is a draft."""
        if writeup.published_at is None:
            return self
        return self.filter(published_at__lte=writeup.published_at)

    def place(self, book, places):
        """Move items of `book` to typed positions: `places` maps pk to (typed position, position before).

        An item that moves up goes before the item at its new position; one that moves down goes behind it.
        """

        def number(row):
            key, position = row
            typed, stood = places.get(key, (position, position))
            return typed, 0 if key not in places else -1 if stood is None or typed < stood else 1

        with transaction.atomic():
            rows = self._locked_order(book)
            self._number([key for key, _ in sorted(rows, key=number)], dict(rows))

    def step(self, item, by):
        """Move `item` by `by` places within its book; return its new position, or None at either end."""
        with transaction.atomic():
            rows = self._locked_order(item.book)
            keys = [key for key, _ in rows]
            place = keys.index(item.pk) + by
            if not 0 <= place < len(keys):
                return None
            keys.insert(place, keys.pop(place - by))
            self._number(keys, dict(rows))
        return place + 1

    def _locked_order(self, book):
        """Lock the book until the transaction ends; return [(pk, position), …] in the order of the page."""
        Book.objects.select_for_update().get(pk=book.pk)
        return list(self.filter(book=book).order_by("position", "pk").values_list("pk", "position"))

    def _number(self, keys, stood):
        """Store the positions 1, 2, 3 … in the order of `keys`; write only rows whose position changes."""
        rows = [self.model(pk=key, position=number) for number, key in enumerate(keys, 1) if stood[key] != number]
        self.bulk_update(rows, ["position"], batch_size=100)


class Item(PublishableModel):
    """A citable part of a book. Its anchor is made of its pk, so it survives edits and reordering."""

    position = models.PositiveIntegerField(default=0, help_text="Small numbers come first.")

    objects = ItemQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    @property
    def is_public(self):
        return super().is_public and self.book.is_public

    @property
    def anchor(self):
        return f"{self._meta.model_name}-{self.pk}"

    def get_absolute_url(self):
        return f"{self.book.get_absolute_url()}#{self.anchor}"


class Note(Item):
    """A headed section of Markdown about a book: bullets and paragraphs, as typed."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="notes")
    heading = models.CharField(max_length=160, default="Points from the book")
    body = MarkdownField(help_text="Markdown: “- ” begins a point; an empty line parts paragraphs.")
    body_html = RenderedHTMLField("body", "prose")

    history = History()

    def __str__(self):
        return self.heading


class Term(Item):
    """A defined term: a question or heading and its definition, quoted."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="terms")
    heading = models.CharField(max_length=160, help_text="“What does technocratic governance mean?”")
    headword = models.CharField(max_length=80, blank=True, help_text="The word itself, set large above the definition.")
    definition = MarkdownField(help_text="Markdown, without the outer quotation marks: the page adds them.")
    definition_html = RenderedHTMLField("definition", "prose")
    source = models.CharField(max_length=200, blank=True, help_text="Where the definition is from.")
    emphasis_note = models.CharField(
        max_length=80, blank=True, help_text="Who put the italics there: “Italics mine”, as it should read."
    )

    history = History()

    def __str__(self):
        return self.heading


class Question(Item):
    """A question to discuss, perhaps about a term, perhaps itself a quotation."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="questions")
    term = models.ForeignKey(
        Term,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="questions",
        help_text="The term it hangs on: it then stands below the definition.",
    )
    text = MarkdownField(help_text="*Emphasis* is kept, nothing else is Markdown.")
    text_html = RenderedHTMLField("text", "line")
    lead_word = models.CharField(max_length=40, blank=True, help_text="“Discuss”, before or after the question.")
    is_quotation = models.BooleanField(
        "is itself a quotation",
        default=False,
        help_text="Not from the book: somebody's words to argue with. Typed without the outer quotation marks.",
    )
    source = models.CharField(max_length=200, blank=True, help_text="Of a quotation: whose words they are.")

    history = History()

    def __str__(self):
        return self.text[:80]


class QuoteQuerySet(ItemQuerySet):
    def by_book(self):
        """Order by book, the latest published first; prefetch everything that a quote's caption shows (two queries)."""
        contributions = Prefetch("book__contributions", Contribution.objects.select_related("contributor"))
        order = (F("book__published_at").desc(nulls_first=True), "book", "position", "pk")
        return self.select_related("book").prefetch_related(contributions).order_by(*order)

    def neighbours_of(self, quote):
        """Return the quotes before and after in its book, and one of another book: None at an end. Four queries."""
        rows = self.select_related(None).prefetch_related(None)
        book = rows.filter(book=quote.book_id).order_by("position", "pk")
        place = Q(position=quote.position)
        others = rows.exclude(book=quote.book_id).order_by("pk")
        count = others.count()
        return {
            "previous_quote": book.filter(Q(position__lt=quote.position) | place & Q(pk__lt=quote.pk)).last(),
            "next_quote": book.filter(Q(position__gt=quote.position) | place & Q(pk__gt=quote.pk)).first(),
            "other_quote": others[quote.pk % count] if count else None,
        }

    def of_the_day(self, on=None):
        """Return a short quote, another one each day, or None if there is none. Two queries."""
        short = self.alias(length=Length("text")).filter(length__lt=Quote.SHORT).select_related("book").order_by("pk")
        number = short.count()
        return short[(on or timezone.localdate()).toordinal() % number] if number else None


class Quote(Item):
    """Words from the book, to the letter, without outer quotation marks."""

    SHORT = 110

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="quotes")
    text = MarkdownField(
        help_text="To the letter, without the outer quotation marks: the page adds them. Under 110 characters is set "
        "large. An ellipsis … marks words left out; [brackets] are ours."
    )
    text_html = RenderedHTMLField("text", "quote")
    locator = models.CharField(max_length=60, blank=True, help_text="“p. 12”, “Chapter 5”.")
    written_by = models.CharField(
        max_length=160, blank=True, help_text="In a collection: who wrote the chapter it is from."
    )

    objects = QuoteQuerySet.as_manager()
    history = History()

    def __str__(self):
        return self.text[:80]

    def get_absolute_url(self):
        return reverse("books:quote", args=[self.pk])

    @property
    def is_short(self):
        return len(self.text) < self.SHORT

    @property
    def writers(self):
        """Return the writers of the words: the chapter's author, else the book's authors. A collection may have none."""
        return [self.written_by] if self.written_by else self.book.authors

    @property
    def collection_credit(self):
        """Return the book's `lead_credit` if its people are not the writers, as in a collection; otherwise None."""
        return None if self.book.authors and not self.written_by else self.book.lead_credit

    @property
    def source(self):
        """Return the chapter's author and the locator, such as “Jane Roe, p. 12”; may be empty."""
        return ", ".join(part for part in (self.written_by, self.locator) if part)


class Reading(Item):
    """An entry of further reading: a book of this site, or a title with an optional URL, and a reason."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="readings")
    known_book = models.ForeignKey(
        Book,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="recommendations",
        help_text="A book that has a page here.",
    )
    title = models.CharField(max_length=200, blank=True, help_text="Of anything else.")
    by = models.CharField(max_length=160, blank=True, help_text="Who wrote it.")
    url = models.URLField("address", blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="One sentence.")

    history = History()

    class Meta(Item.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(known_book__isnull=False) | ~Q(title=""),
                name="reading_names_a_book_or_a_title",
                violation_error_message="Choose a book, or write a title.",
            )
        ]

    def __str__(self):
        """Return the title; that of a known book only if `select_visible(user, "known_book")` says that it may be seen."""
        if self.title:
            return self.title
        return str(self.known_book) if getattr(self, "can_see_known_book", False) else "A book with a page here"

    @property
    def shown_book(self):
        """The book of this site if the reader may see it. Needs a row from `select_visible(user, "known_book")`."""
        return self.known_book if self.can_see_known_book else None


ITEMS = (Note, Term, Question, Quote, Reading)
