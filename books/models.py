from django.db import models, transaction
from django.db.models import F, OuterRef, Prefetch, Q
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone

from bookclub.addresses import Addressed
from bookclub.fields import RenderedField, TypedField
from bookclub.history import History, RecordedQuerySet
from bookclub.pictures import AltField, Pictured, PictureField
from bookclub.publishing import Publishable, PublishableQuerySet
from bookclub.versions import Versioned
from books.isbn import ISBNField


class BookQuerySet(PublishableQuerySet):
    def own_of(self, user):
        """The books of `user`'s own write-ups, and what they have added and nobody has written about."""
        written_about = Book.objects.filter(writeups__author__member=user)
        added = Book.history.filter(history_type="+", history_user=user)
        waiting = Book.objects.filter(pk__in=added.values("id"), writeups=None)
        return Q(pk__in=written_about.values("pk")) | Q(pk__in=waiting.values("pk"))

    def part_of(self, writeup):
        return Q(pk=writeup.book_id)

    def with_quotes(self, user):
        """Those that have a quote which `user` may see."""
        return self.filter(pk__in=Quote.objects.visible_to(user).values("book"))

    def for_cards(self):
        """All that books/_row.html reads, in two queries for any number of rows."""
        return self.prefetch_related(Prefetch("contributions", Contribution.objects.select_related("contributor")))

    def with_counts(self, user):
        """Adds `question_count` and `quote_count`: of what `user` may see."""
        return self.annotate(
            question_count=Question.objects.visible_to(user).count_where(book=OuterRef("pk")),
            quote_count=Quote.objects.visible_to(user).count_where(book=OuterRef("pk")),
        )


class Book(Addressed, Pictured, Publishable):
    """A book that the club has read, is reading or points to."""

    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    slug = models.SlugField(max_length=120, unique=True, help_text="The last part of the page's address.")
    kind = models.CharField(max_length=120, blank=True, help_text="“A collection of academic essays”, “A novel”.")
    first_published_year = models.SmallIntegerField(null=True, blank=True)
    publisher = models.CharField(max_length=120, blank=True)
    isbn = ISBNField("ISBN", max_length=17, blank=True)
    cover = PictureField(
        upload_to="covers",
        widths=(240, 480),
        blank=True,
        width_field="cover_width",
        height_field="cover_height",
        help_text="JPEG, PNG or WebP, up to 10 MB. Without one the page draws a plain board with the title.",
    )
    cover_width = models.PositiveIntegerField(null=True, editable=False)
    cover_height = models.PositiveIntegerField(null=True, editable=False)
    cover_alt = AltField(
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
        """As a catalogue writes it: “Smart Urbanism: Utopian Vision or False Dawn?”, “Frankenstein; or, …”."""
        if not self.subtitle:
            return self.title
        mark = "" if self.title[-1] in ":;?!" else ";" if self.subtitle.startswith("or,") else ":"
        return f"{self.title}{mark} {self.subtitle}"

    @property
    def makers(self):
        """Who comes first on the title page: a list of Contributors, all of one role; empty where nobody is named."""
        return self.credits[0][1] if self.credits else []

    @property
    def credits(self):
        """A list of (“Edited by”, [Contributor, …]) in the order of the title page."""
        lines = {}
        for contribution in self.contributions.all():
            lines.setdefault(contribution.get_role_display(), []).append(contribution.contributor)
        return list(lines.items())


class Contributor(Versioned):
    """A person or body behind books."""

    name = models.CharField(max_length=160)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Contribution(models.Model):
    """What a contributor did for a book."""

    class Role(models.TextChoices):
        """MARC relator codes, https://www.loc.gov/marc/relators/relaterm.html, as they read on a title page."""

        AUTHOR = "aut", "By"
        EDITOR = "edt", "Edited by"
        TRANSLATOR = "trl", "Translated by"
        ILLUSTRATOR = "ill", "Illustrated by"
        INTRODUCTION = "aui", "Introduced by"
        NARRATOR = "nrt", "Read by"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="contributions")
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
        """What `user` may see, of the books that they may see."""
        return super().visible_to(user).filter(book__in=Book.objects.visible_to(user))

    def own_of(self, user):
        return Q(book__in=Book.objects.filter(Book.objects.own_of(user)).values("pk"))

    def part_of(self, writeup):
        return Q(book=writeup.book_id)

    def there_when(self, writeup):
        """What the book had when `writeup` was published; before that, all that would go out with it."""
        if writeup.published_at is None:
            return self
        return self.filter(published_at__lte=writeup.published_at)

    def later_than(self, writeup):
        """What a later evening added."""
        return self.filter(published_at__gt=writeup.published_at) if writeup.published_at else self.none()

    def place(self, book, places):
        """Put items of `book` where somebody typed: `places` holds (number, the number that stood there) by key.

        Whoever comes from below stands before the one that has the number, whoever comes from above behind it.
        """

        def number(row):
            key, position = row
            typed, stood = places.get(key, (position, position))
            return typed, 0 if key not in places else -1 if stood is None or typed < stood else 1

        with transaction.atomic():
            rows = self._locked_order(book)
            self._number([key for key, _ in sorted(rows, key=number)], dict(rows))

    def step(self, item, by):
        """Move `item` by so many places within its book, and return its number; None where there is no such place."""
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
        """(key, position) of all of them, as on the page. Until the transaction ends nobody else moves any."""
        Book.objects.select_for_update().get(pk=book.pk)
        return list(self.filter(book=book).order_by("position", "pk").values_list("pk", "position"))

    def _number(self, keys, stood):
        """1, 2, 3 … in the order of `keys`; writes those alone whose number is another than it was."""
        rows = [self.model(pk=key, position=number) for number, key in enumerate(keys, 1) if stood[key] != number]
        self.bulk_update(rows, ["position"], batch_size=100)


class Item(Publishable):
    """What can be cited of a book. Its anchor is made of its key, so it survives edits and reordering."""

    position = models.PositiveIntegerField(default=0, help_text="Small numbers come first.")

    objects = ItemQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    @property
    def anchor(self):
        return f"{self._meta.model_name}-{self.pk}"

    def get_absolute_url(self):
        return f"{self.book.get_absolute_url()}#{self.anchor}"


class Note(Item):
    """A headed section of Markdown about a book: bullets and paragraphs, as typed."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="notes")
    heading = models.CharField(max_length=160, default="Points from the book")
    body = TypedField(help_text="Markdown: “- ” begins a point; an empty line parts paragraphs.")
    body_html = RenderedField("body", "prose")

    history = History()

    class Meta(Item.Meta):
        pass

    def __str__(self):
        return self.heading


class Term(Item):
    """A defined term: a question or heading and its definition, quoted."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="terms")
    heading = models.CharField(max_length=160, help_text="“What does technocratic governance mean?”")
    headword = models.CharField(max_length=80, blank=True, help_text="The word itself, set large above the definition.")
    definition = TypedField(help_text="Markdown, without the outer quotation marks: the page adds them.")
    definition_html = RenderedField("definition", "prose")
    source = models.CharField(max_length=200, blank=True, help_text="Where the definition is from.")
    emphasis_note = models.CharField(
        max_length=80, blank=True, help_text="Who put the italics there: “Italics mine”, as it should read."
    )

    history = History()

    class Meta(Item.Meta):
        pass

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
    text = TypedField(help_text="*Emphasis* is kept, nothing else is Markdown.")
    text_html = RenderedField("text", "line")
    lead_word = models.CharField(max_length=40, blank=True, help_text="“Discuss”, before or after the question.")
    is_quotation = models.BooleanField(
        "is itself a quotation",
        default=False,
        help_text="Not from the book: somebody's words to argue with. Typed without the outer quotation marks.",
    )
    source = models.CharField(max_length=200, blank=True, help_text="Of a quotation: whose words they are.")

    history = History()

    class Meta(Item.Meta):
        pass

    def __str__(self):
        return self.text[:80]


class QuoteQuerySet(ItemQuerySet):
    def by_book(self):
        """With all that a quote's caption reads, in two queries: the book last published first, its own order kept."""
        contributions = Prefetch("book__contributions", Contribution.objects.select_related("contributor"))
        order = (F("book__published_at").desc(nulls_first=True), "book", "position", "pk")
        return self.select_related("book").prefetch_related(contributions).order_by(*order)

    def of_the_day(self, on=None):
        """One that is short enough to be set large, another each day; None where there is none. Two queries."""
        short = self.alias(length=Length("text")).filter(length__lt=Quote.SHORT).select_related("book").order_by("pk")
        number = short.count()
        return short[(on or timezone.localdate()).toordinal() % number] if number else None


class Quote(Item):
    """Words from the book, to the letter, without outer quotation marks."""

    SHORT = 110

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="quotes")
    text = TypedField(
        help_text="To the letter, without the outer quotation marks: the page adds them. Under 110 characters is set "
        "large. An ellipsis … marks words left out; [brackets] are ours."
    )
    text_html = RenderedField("text", "quote")
    locator = models.CharField(max_length=60, blank=True, help_text="“p. 12”, “Chapter 5”.")
    written_by = models.CharField(
        max_length=160, blank=True, help_text="In a collection: who wrote the chapter it is from."
    )

    objects = QuoteQuerySet.as_manager()
    history = History()

    class Meta(Item.Meta):
        pass

    def __str__(self):
        return self.text[:80]

    def get_absolute_url(self):
        return reverse("books:quote", args=[self.pk])

    @property
    def is_short(self):
        return len(self.text) < self.SHORT

    @property
    def source(self):
        """Who wrote the chapter and where it stands: “Jane Roe, p. 12”, or nothing."""
        return ", ".join(part for part in (self.written_by, self.locator) if part)


class Reading(Item):
    """An entry of further reading: a book that is known here, or a title with or without an address, and why."""

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
        return self.title or str(self.known_book)

    @property
    def shown_book(self):
        """Its page here, where the reader may see it. The row comes from `seeing(user, "known_book")`."""
        return self.known_book if self.sees_known_book else None


ITEMS = (Note, Term, Question, Quote, Reading)
