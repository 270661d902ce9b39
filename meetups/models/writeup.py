import datetime as dt

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Exists, F, Min, OuterRef, Prefetch, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from bookclub.addresses import Addressed
from bookclub.fields import RenderedField, TypedField
from bookclub.history import History, RecordedQuerySet
from bookclub.models import Club
from bookclub.pictures import AltField, Pictured, PictureField
from bookclub.publishing import Publishable, PublishableQuerySet, is_member
from books.models import ITEMS, Book, Contribution, Question, Quote
from meetups.models.meetup import Meetup
from members.models import Author


class WriteUpQuerySet(PublishableQuerySet):
    def own_of(self, user):
        return Q(author__member=user)

    def in_preview_of(self, writeup):
        """Whoever was given the link was given it for this write-up, be it for members alone."""
        return Q(pk=writeup.pk)

    def newest_first(self):
        return self.order_by(F("published_at").desc(nulls_first=True), "-pk")

    def for_cards(self, user):
        """All that meetups/_writeup_row.html reads, in one query for any number of rows."""
        counts = {
            name: model.objects.visible_to(user).count_where(
                book=OuterRef("book"), published_at__lte=OuterRef("published_at")
            )
            for name, model in {"question_count": Question, "quote_count": Quote}.items()
        }
        return self.select_related("author").seeing(user, "book", "meetup").annotate(**counts)

    def for_page(self, user):
        """All of meetups/writeup.html that hangs on the write-up by a foreign key, in three queries."""
        return (
            self.select_related("author", "meetup__venue")
            .seeing(user, "book", "meetup")
            .prefetch_related(
                Prefetch("book__contributions", Contribution.objects.select_related("contributor")), "photos"
            )
        )

    def with_session_notes(self):
        """With their notes and whose words these are, in one query."""
        return self.prefetch_related(Prefetch("session_notes", SessionNote.objects.select_related("member")))

    def related_to(self, writeup):
        """Others to read next: those chosen by hand, then of the same book, then by the same author, then the newest."""
        chosen = Exists(writeup.related.through.objects.filter(from_writeup=writeup, to_writeup=OuterRef("pk")))
        kinship = Case(
            When(chosen, then=Value(0)),
            When(book=writeup.book_id, then=Value(1)) if writeup.book_id else When(pk__in=[], then=Value(1)),
            When(author=writeup.author_id, then=Value(2)),
            default=Value(3),
        )
        return self.exclude(pk=writeup.pk).order_by(kinship, F("published_at").desc(nulls_last=True), "-pk")


class WriteUp(Addressed, Publishable):
    """The post that reports on a meetup or, without one, an article of the club's, perhaps about a book."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=120, unique=True, help_text="The last part of the page's address.")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="writeups", verbose_name="posted by")
    posted_on = models.DateField(
        null=True,
        blank=True,
        help_text="The date it bore elsewhere, such as on an old blog. Publishing then uses this day. "
        "Empty: the day you publish.",
    )
    standfirst = models.CharField(max_length=300, blank=True, help_text="One or two sentences below the title.")
    meetup = models.OneToOneField(
        Meetup, null=True, blank=True, on_delete=models.PROTECT, related_name="writeup", help_text="Empty: an article."
    )
    book = models.ForeignKey(Book, null=True, blank=True, on_delete=models.PROTECT, related_name="writeups")
    body = TypedField("write-up", blank=True, help_text="Markdown: an empty line parts paragraphs.")
    body_html = RenderedField("body", "prose")
    pull_quote = models.CharField(
        max_length=200,
        blank=True,
        help_text="Set large beside the text, such as the club's motto. Without quotation marks: the page adds them.",
    )
    related = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="related_from", help_text="What to read next, if you know."
    )

    # Set on what came with the sample club: a hash by which an import sees that nobody has changed it since.
    sample_fingerprint = models.CharField(max_length=64, blank=True, default="", editable=False)

    objects = WriteUpQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = "write-up"
        ordering = ["-published_at", "-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("meetups:writeup", args=[self.slug])

    @property
    def dated_at(self):
        """The moment whose day the reader sees: of publication or, for a draft, of the old date; None without."""
        return self.published_at or self.posted_at

    @property
    def posted_at(self):
        """Noon of the old date in the club's zone, or None."""
        return self.posted_on and dt.datetime.combine(self.posted_on, dt.time(12), Club.objects.current().zone)

    @property
    def shown_book(self):
        """Its book, where the reader may see it. The row comes from `seeing(user, "book")`."""
        return self.book if self.sees_book else None

    @property
    def shown_meetup(self):
        """Its meetup, where the reader may see it. The row comes from `seeing(user, "meetup")`."""
        return self.meetup if self.sees_meetup else None

    def publish(self, at=None):
        """Publish at `at`, an aware moment: now by default, or the old date it bore; a moment ahead schedules it.

        Its meetup, its book and the book's items that have no moment yet get the same one; a new `at` moves them
        along. Without `at`, what is published already stays as it is. One transaction.
        """
        with transaction.atomic():
            self.published_at = self._locked_stamp()
            if at is None and self.is_published:
                return
            at = at or self._default_moment()
            self.take_back()
            for rows in self._goes_out_with():
                rows.unstamped().update(published_at=at)
            self._stamp(at)

    def take_back(self):
        """Make it a draft again, and with it what was published by it. Safe to repeat. One transaction.

        What another write-up of the same book was published with at that very moment stays.
        """
        with transaction.atomic():
            stamp = self._locked_stamp()
            self._stamp(None)
            if stamp is not None:
                self._take_back_what_bears(stamp)

    def delete(self, *args, **options):
        """Takes back first, so that nothing which went out with it stays behind in public. One transaction."""
        with transaction.atomic():
            self.take_back()
            return super().delete(*args, **options)

    def _take_back_what_bears(self, stamp):
        is_shared = self._book_siblings().filter(published_at=stamp).exists()
        for rows in self._goes_out_with():
            if rows.model is Meetup or not is_shared:
                rows.filter(published_at=stamp).update(published_at=None)
        self._keep_book_for_others()

    def _locked_stamp(self):
        return WriteUp.objects.select_for_update().values_list("published_at", flat=True).get(pk=self.pk)

    def _default_moment(self):
        now = timezone.now()
        return min(self.posted_at, now) if self.posted_on else now

    def _stamp(self, at):
        self.published_at = at
        self.save(update_fields=["published_at"])

    def _goes_out_with(self):
        """Querysets of what shares this write-up's moment."""
        yield Meetup.objects.filter(pk=self.meetup_id)
        if self.book_id:
            yield Book.objects.filter(pk=self.book_id)
            for model in ITEMS:
                yield model.objects.filter(book=self.book_id)

    def _keep_book_for_others(self):
        """A book that another write-up still shows stays published, since the first of them."""
        first = self._book_siblings().aggregate(first=Min("published_at"))["first"]
        Book.objects.filter(pk=self.book_id).unstamped().update(published_at=first)

    def _book_siblings(self):
        """The other write-ups of its book that have a moment."""
        if self.book_id is None:
            return WriteUp.objects.none()
        return WriteUp.objects.filter(book=self.book_id, published_at__isnull=False).exclude(pk=self.pk)


class SessionNoteQuerySet(RecordedQuerySet):
    def visible_to(self, user):
        """Those of the write-ups that `user` may see. Whose names they may see, each note's `name_for` says."""
        return self.filter(writeup__in=WriteUp.objects.visible_to(user))

    def named_for(self, user, club):
        """A list of them, each with `shown_name`: the name as `user` may see it by the club's rule. One query."""
        notes = list(self.select_related("member"))
        for note in notes:
            note.shown_name = note.name_for(user, club)
        return notes


class SessionNote(models.Model):
    """One numbered point from the table's discussion, perhaps with a name."""

    writeup = models.ForeignKey(WriteUp, on_delete=models.CASCADE, related_name="session_notes")
    position = models.PositiveSmallIntegerField(default=0, help_text="Small numbers come first.")
    text = TypedField(help_text="*Emphasis* is kept, nothing else is Markdown.")
    text_html = RenderedField("text", "line")
    name = models.CharField(max_length=120, blank=True, help_text="Who said it, if it is known.")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="session_notes",
        help_text="Whose words they are, if a member's: they decide on their own name.",
    )
    name_is_public = models.BooleanField(
        "agreed to be named", default=False, help_text="Everybody sees the name, whatever the club's rule."
    )

    objects = SessionNoteQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.text[:80]

    @property
    def anchor(self):
        return f"session-note-{self.pk}"

    @property
    def speaker(self):
        """The name as typed; where none is, the member's."""
        return self.name or (self.member.name if self.member else "")

    @property
    def is_agreed(self):
        """Whether the name may stand in public: a member decides on their own, for others an organiser asks."""
        return self.member.agrees_to_be_named if self.member else self.name_is_public

    def name_for(self, user, club):
        """The name as `user` may see it, by the club's rule: as typed, the first name, or nothing."""
        if self.is_agreed:
            return self.speaker
        rule = club.names_visible_to
        may_see = rule == Club.Names.PUBLIC or (rule == Club.Names.MEMBERS and is_member(user))
        return self.speaker.split(" ")[0] if may_see else ""


class PhotoQuerySet(models.QuerySet):
    def own_of(self, user):
        return Q(writeup__author__member=user)


class Photo(Pictured):
    """A picture of the evening."""

    writeup = models.ForeignKey(WriteUp, on_delete=models.CASCADE, related_name="photos")
    image = PictureField(
        upload_to="photos",
        widths=(480, 960, 1600),
        width_field="width",
        height_field="height",
        help_text="JPEG, PNG or WebP, up to 10 MB. Place and camera are taken out.",
    )
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    alt = AltField("in words", max_length=300, blank=True, help_text="For those who can't see it.")
    is_decorative = models.BooleanField("decorative", default=False, help_text="Nothing is lost without it.")
    caption = models.CharField(max_length=300, blank=True)
    credit = models.CharField(max_length=120, blank=True, help_text="Who took it.")
    position = models.PositiveSmallIntegerField(default=0)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_decorative=True) | ~Q(alt=""),
                name="photo_is_put_in_words_or_is_decorative",
                violation_error_message="Say in words what is on the picture, or mark it as decorative.",
            )
        ]

    def __str__(self):
        return self.alt or self.caption or "Photo"

    @property
    def shown_alt(self):
        """Nothing is read aloud of what is decorative."""
        return "" if self.is_decorative else self.alt
