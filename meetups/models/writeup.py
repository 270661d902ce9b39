import datetime as dt

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Exists, F, Min, OuterRef, Prefetch, Q, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone

from bookclub.core.history import History, RecordedQuerySet
from bookclub.core.markdown_fields import MarkdownField, RenderedHTMLField
from bookclub.core.models import Club
from bookclub.core.redirects import RedirectingModel
from bookclub.core.visibility import PublishableModel, PublishableQuerySet, is_member
from books.models import ITEMS, Book, Contribution, Question, Quote
from meetups.models.meetup import Meetup
from members.models import Author

WORDS_PER_MINUTE = 230  # of English prose, silently: Brysbaert, Journal of Memory and Language 109 (2019)


class Closeness(models.IntegerChoices):
    """The reasons for showing a write-up below another one, strongest first."""

    CHOSEN = 0, "Goes well with this one"
    SAME_BOOK = 1, "On the same book"
    SAME_AUTHOR = 2, "By the same author"
    RECENT = 3, "One of our latest"


class WriteUpQuerySet(PublishableQuerySet):
    def owned_by_q(self, user):
        return Q(author__member=user)

    def preview_q(self, writeup):
        """Include the write-up itself, even if it is for members only."""
        return Q(pk=writeup.pk)

    def publish(self, at=None):
        """Publish one by one, each with its meetup, its book and the book's items: see `WriteUp.publish`."""
        for writeup in self:
            writeup.publish(at)

    def unpublish(self):
        for writeup in self:
            writeup.unpublish()

    publish.alters_data = unpublish.alters_data = True

    def newest_first(self):
        return self.order_by(F("published_at").desc(nulls_first=True), "-pk")

    def for_cards(self, user):
        """Join all that meetups/_writeup_row.html reads, in one query for any number of rows."""
        counts = {
            name: model.objects.visible_to(user).count_subquery(
                book=OuterRef("book"), published_at__lte=OuterRef("published_at")
            )
            for name, model in {"question_count": Question, "quote_count": Quote}.items()
        }
        return self.select_related("author").select_visible(user, "book", "meetup").annotate(**counts)

    def for_page(self, user):
        """Fetch the author, meetup, book with contributions, and photos for meetups/writeup.html. Three queries."""
        return (
            self.select_related("author", "meetup__venue")
            .select_visible(user, "book", "meetup")
            .prefetch_related(
                Prefetch("book__contributions", Contribution.objects.select_related("contributor")), "photos"
            )
        )

    def with_session_notes(self):
        """Prefetch the session notes and their members, in one query."""
        return self.prefetch_related(Prefetch("session_notes", SessionNote.objects.select_related("member")))

    def related_to(self, writeup):
        """Return all others by `closeness`, newest first."""
        chosen = Exists(writeup.related.through.objects.filter(from_writeup=writeup, to_writeup=OuterRef("pk")))
        closeness = Case(
            When(chosen, then=Value(Closeness.CHOSEN)),
            When(book=writeup.book_id, then=Value(Closeness.SAME_BOOK)) if writeup.book_id else When(pk__in=[], then=0),
            When(author=writeup.author_id, then=Value(Closeness.SAME_AUTHOR)),
            default=Value(Closeness.RECENT),
        )
        others = self.exclude(pk=writeup.pk).annotate(closeness=closeness)
        return others.order_by("closeness", F("published_at").desc(nulls_last=True), "-pk")

    def neighbours_of(self, writeup):
        """Return (the one before, the one after) by time of publication; None at an end or for a draft. One query."""
        if writeup.published_at is None:
            return None, None
        earlier = Q(published_at__lt=writeup.published_at) | Q(published_at=writeup.published_at, pk__lt=writeup.pk)
        others = self.exclude(pk=writeup.pk).exclude(published_at=None).order_by()
        before = others.filter(earlier).order_by("-published_at", "-pk").values("pk")[:1]
        after = others.exclude(earlier).order_by("published_at", "pk").values("pk")[:1]
        rows = self.filter(Q(pk=Subquery(before)) | Q(pk=Subquery(after))).only("title", "slug", "published_at")
        found = sorted(rows, key=lambda row: (row.published_at, row.pk))
        position = (writeup.published_at, writeup.pk)
        return tuple(
            next((row for row in found if ((row.published_at, row.pk) < position) == is_before), None)
            for is_before in (True, False)
        )


class WriteUp(RedirectingModel, PublishableModel):
    """The post that reports on a meetup or, without one, an article, perhaps about a book."""

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
    body = MarkdownField(
        "write-up",
        blank=True,
        help_text="Markdown: an empty line parts paragraphs. [photo], [photo 2] or [pull quote] on a line of its own says "
        "where it stands.",
    )
    body_html = RenderedHTMLField("body", "prose")
    pull_quote = models.CharField(
        max_length=200,
        blank=True,
        help_text="Set large beside the text, such as the club's motto. Without quotation marks: the page adds them.",
    )
    related = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="related_from", help_text="What to read next, if you know."
    )

    # Hash of the text of a sample write-up: an import replaces the sample only if nobody has changed it.
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
        """The time whose date readers see: `published_at` or, for a draft, `posted_at`; may be None."""
        return self.published_at or self.posted_at

    @property
    def reading_minutes(self):
        """Return the reading time of the prose in minutes, rounded up; 0 without prose."""
        return -(-len(self.body.split()) // WORDS_PER_MINUTE)

    @property
    def posted_at(self):
        """Noon of `posted_on` in the club's time zone, or None."""
        return self.posted_on and dt.datetime.combine(self.posted_on, dt.time(12), Club.objects.current().zone)

    @property
    def shown_book(self):
        """The book, if the user of `select_visible(user, "book")` may see it, else None."""
        return self.book if self.can_see_book else None

    @property
    def shown_meetup(self):
        """The meetup, if the user of `select_visible(user, "meetup")` may see it, else None."""
        return self.meetup if self.can_see_meetup else None

    @property
    def related_reason(self):
        """Return the reason as text for a row of `related_to`; otherwise an empty string."""
        return Closeness(self.closeness).label if hasattr(self, "closeness") else ""

    def is_editable_by(self, user):
        """Return whether `user` may change it in the admin: an organiser or its author. No query after `for_page`."""
        if not user.is_staff or not user.has_perm("meetups.change_writeup"):
            return False
        return user.has_perm("bookclub.view_drafts") or self.author.member_id == user.pk

    def publish(self, at=None):
        """Publish at `at`, by default on the original date if there is one, else now. A future `at` schedules it.

        The drafts among its meetup, its book and the book's items get the same `published_at`. A new `at` also moves
        the rows published with it before. Without `at`, a published write-up stays unchanged. One transaction.
        """
        with transaction.atomic():
            self.published_at = self._lock_published_at()
            if at is None and self.is_published:
                return
            if at is None:
                now = timezone.now()
                at = min(self.posted_at, now) if self.posted_on else now
            self.unpublish()
            for rows in self._published_together():
                rows.drafts().update(published_at=at)
            self._meta.get_field("ready_mark").related_model.objects.filter(writeup=self.pk).delete()
            self._set_published_at(at)

    def unpublish(self):
        """Make it a draft again, with all rows published together with it. Idempotent. One transaction.

        The book and items stay published if another write-up of the book has the same `published_at`.
        """
        with transaction.atomic():
            published_at = self._lock_published_at()
            self._set_published_at(None)
            if published_at is None:
                return
            others = WriteUp.objects.filter(book=self.book_id, published_at__isnull=False).exclude(pk=self.pk)
            if self.book_id is None:
                others = WriteUp.objects.none()
            is_shared = others.filter(published_at=published_at).exists()
            for rows in self._published_together():
                if rows.model is Meetup or not is_shared:
                    rows.filter(published_at=published_at).update(published_at=None)
            # Another write-up keeps the book published: from the earliest of them.
            first = others.aggregate(first=Min("published_at"))["first"]
            Book.objects.filter(pk=self.book_id).drafts().update(published_at=first)

    def delete(self, *args, **options):
        """Unpublish first, so that no row published with it stays public. One transaction."""
        with transaction.atomic():
            self.unpublish()
            return super().delete(*args, **options)

    def _lock_published_at(self):
        return WriteUp.objects.select_for_update().values_list("published_at", flat=True).get(pk=self.pk)

    def _set_published_at(self, at):
        self.published_at = at
        self.save(update_fields=["published_at"])

    def _published_together(self):
        """Yield the querysets that are published together with it: meetup, book, items."""
        yield Meetup.objects.filter(pk=self.meetup_id)
        if self.book_id:
            yield Book.objects.filter(pk=self.book_id)
            for model in ITEMS:
                yield model.objects.filter(book=self.book_id)


class SessionNoteQuerySet(RecordedQuerySet):
    def visible_to(self, user):
        """Return the notes of write-ups that `user` may see. Their names are only for `name_for`."""
        return self.filter(writeup__in=WriteUp.objects.visible_to(user))

    def with_names_for(self, user, club):
        """Return a list of notes with `shown_name`, as `name_for(user, club)` returns it. One query."""
        notes = list(self.select_related("member"))
        for note in notes:
            note.shown_name = note.name_for(user, club)
        return notes


class SessionNote(models.Model):
    """One numbered point from the table's discussion, perhaps with a name."""

    writeup = models.ForeignKey(WriteUp, on_delete=models.CASCADE, related_name="session_notes")
    position = models.PositiveSmallIntegerField(default=0, help_text="Small numbers come first.")
    text = MarkdownField(help_text="*Emphasis* is kept, nothing else is Markdown.")
    text_html = RenderedHTMLField("text", "line")
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
        """The typed name, else the member's name."""
        return self.name or (self.member.name if self.member else "")

    @property
    def has_agreed_to_be_named(self):
        """Return whether the name may be public: a member's own setting, otherwise the organiser's check box."""
        return self.member.agrees_to_be_named if self.member else self.name_is_public

    def name_for(self, user, club):
        """Return what `user` may see of the name, by agreement or the club's setting: all, the first name, or ""."""
        if self.has_agreed_to_be_named:
            return self.speaker
        rule = club.names_visible_to
        may_see = rule == Club.Names.PUBLIC or (rule == Club.Names.MEMBERS and is_member(user))
        return self.speaker.split(" ")[0] if may_see else ""
