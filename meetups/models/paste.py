import datetime as dt
import hashlib
import json

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateformat import format as dateformat

from books.models import Book
from meetups.models.writeup import WriteUp
from members.models import Member

MAX_UNFINISHED = 20  # of one member
KEPT_FOR = dt.timedelta(days=30)  # after the last change
WARNED_AFTER = dt.timedelta(days=23)
TOO_MANY_CODE = "too_many_unfinished_pastes"
TOO_MANY = (
    f"You have {MAX_UNFINISHED} unfinished pastes, and there is no room for more. Save one of them or throw one away."
)


class PasteQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the user's own pastes; for organisers all."""
        return self if user.has_perm("bookclub.view_drafts") else self.filter(owner=user.pk)

    def unfinished(self):
        return self.filter(saved_at=None)

    def expired(self, at=None):
        return self.filter(changed_at__lt=(at or timezone.now()) - KEPT_FOR)

    def for_lists(self):
        """Latest first, with their owners, and without the documents, which may be large."""
        large = ("text", "html", "details", "reports", "corrections", "outcome")
        return self.select_related("owner").defer(*large).order_by("-changed_at", "-pk")

    def store(self, owner, destination, *, writeup=None, book=None, text, html="", reports=(), details=None, title=""):
        """Return (paste, whether it is new): the same document for the same destination is stored once.

        Lists show the title, or the first line of the text.
        Raise ValidationError if the owner has too many unfinished pastes.
        """
        digest = digest_document(destination, writeup, book, text, html)
        with transaction.atomic():
            Member.objects.select_for_update(no_key=True).get(pk=owner.pk)
            unfinished = self.unfinished().filter(owner=owner)
            if same := unfinished.filter(digest=digest).first():
                return same, False
            if unfinished.count() >= MAX_UNFINISHED:
                raise ValidationError(TOO_MANY, code=TOO_MANY_CODE)
            document = {
                "text": text,
                "html": html,
                "reports": list(reports),
                "details": details or {},
                "digest": digest,
            }
            target = {"destination": destination, "writeup": writeup, "book": book}
            return self.create(owner=owner, title=find_title(title or text), **target, **document), True


class Paste(models.Model):
    """A pasted document. It is unfinished until its review is saved; then only its left-out texts are kept.

    It is deleted 30 days after the last change.
    """

    class Destination(models.TextChoices):
        NEW_WRITEUP = "new write-up", "a new write-up"
        WRITEUP = "write-up", "a write-up"
        SESSION_NOTES = "session notes", "session notes"
        QUOTES = "quotes", "quotes"
        QUESTIONS = "questions", "questions"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pastes")
    destination = models.CharField(max_length=20, choices=Destination.choices)
    # The write-up or the book to which the text is added; after saving also the write-up that was made.
    writeup = models.ForeignKey(WriteUp, null=True, on_delete=models.SET_NULL, related_name="pastes")
    book = models.ForeignKey(Book, null=True, on_delete=models.SET_NULL, related_name="pastes")
    title = models.CharField(max_length=80)  # the first line of the text
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    details = models.JSONField(default=dict)  # what the reader of a file found out; how the box is to be read
    reports = models.JSONField(default=list)  # sentences on what could not be stored
    digest = models.CharField(max_length=64)
    corrections = models.JSONField(default=dict)  # posted values that differ from what the site made of the text
    outcome = models.JSONField(default=dict)  # after saving: what was made, and what was left out
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)
    saved_at = models.DateTimeField(null=True)

    objects = PasteQuerySet.as_manager()

    class Meta:
        default_permissions = ()  # permissions of write-ups and books apply
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "digest"],
                condition=Q(saved_at=None),
                name="a_member_pastes_a_document_once",
                violation_error_message="You have pasted this document already.",
            ),
            models.CheckConstraint(
                condition=Q(saved_at=None) | Q(text="", html=""), name="a_saved_paste_keeps_no_document"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_saved(self):
        return self.saved_at is not None

    @property
    def expires_at(self):
        return self.changed_at + KEPT_FOR

    @property
    def last_day_in_words(self):
        """“Thu 3 Dec”, in the active time zone."""
        return dateformat(timezone.localtime(self.expires_at), "D j M")

    @property
    def is_expiring(self):
        return timezone.now() >= self.changed_at + WARNED_AFTER

    def keep_corrections(self, corrections, *, is_extended=False):
        """Store corrections that differ from the stored ones. Such a change, or `is_extended`, keeps it 30 more days."""
        if corrections != self.corrections or is_extended:
            self.corrections, self.changed_at = corrections, timezone.now()
            self.save(update_fields=["corrections", "changed_at"])

    def mark_saved(self, row, outcome):
        """Forget the document, and keep its outcome, which can be JSON. `row` is the write-up or book."""
        if isinstance(row, WriteUp):
            self.writeup = row
        self.text = self.html = ""
        self.corrections, self.details, self.reports, self.outcome = {}, {}, [], outcome
        self.saved_at = self.changed_at = timezone.now()
        self.save()


def find_title(text):
    """Return the first line that is not empty, cut to the field's length."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:80]


def digest_document(destination, writeup, book, text, html):
    keys = [row and row.pk for row in (writeup, book)]
    return hashlib.sha256(json.dumps([destination, *keys, text, html]).encode()).hexdigest()
