"""Proofreading page of a write-up: its texts, findings with links, and fixes that are applied one at a time."""

import hashlib
from itertools import groupby

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse

from bookclub.admin_base.object_permissions import filter_editable
from books.models import Note, Question, Quote, Reading, Term
from meetups.models import WriteUp
from meetups.person_names import list_names
from meetups.proofreading import (
    FACT,
    LINE,
    NAME,
    QUOTE,
    TITLES,
    Place,
    Text,
    find_fixes,
    find_names_in_texts,
    proofread,
)

NO_LOCATOR = "Nobody can look it up. Say where it stands, such as “p. 12” or “Chapter 5”."
NO_ALT = "Readers don't see this photo yet. Say in words what is to be seen, or mark it as decorative."
NO_COVER = "The book has no cover: the page draws a plain board with the title. Add one, or leave it at that."
NO_STANDFIRST = "There is no standfirst. One or two sentences below the title also stand in lists and letters."
MOVED = "This text has changed since it was read, and nothing was replaced. Look at it again."
NO_WORDS = "There is no text yet. Write it, or leave it at the book's notes and quotes."

# The checked fields of each kind of item.
READ = {
    Note: {"heading": LINE, "body": "prose"},
    Term: {"heading": LINE, "definition": "prose", "source": LINE},
    Question: {"text": LINE, "source": LINE},
    Quote: {"text": QUOTE, "locator": FACT},
    Reading: {"title": LINE, "why": LINE},
}


class ProofreadingReport:
    """The findings in a write-up and in the items published with it. Nine queries."""

    def __init__(self, writeup, club):
        self.writeup, self.club = writeup, club
        self.notes = list(writeup.session_notes.all())
        self.texts = list(self._texts())
        hidden = find_hidden_names(self.notes, club)
        self.people = find_names_in_texts(self.texts, known=hidden, not_people=self._not_people())
        self.findings = proofread(self.texts, hidden, self.people)

    @property
    def names_in_texts(self):
        """The names that stand in its texts, each once: by their shape, or of speakers."""
        return list_names(person for people in self.people.values() for person in people)

    @property
    def groups(self):
        """Return [(title, [Entry, …]), …] for the kinds that have findings."""
        return [
            (TITLES[kind], [Entry(finding, self) for finding in findings])
            for kind, findings in groupby(self.findings, lambda finding: finding.kind)
        ]

    @property
    def offer_count(self):
        return sum(finding.fix is not None for finding in self.findings)

    def text_at(self, model, key, field):
        """Return the Text at this place, or None if the write-up has no such text."""
        return next((text for text in self.texts if locate_place(text.place) == (model, key, field)), None)

    def _not_people(self):
        """Return names that are no secret: the club, the author, the book and its contributors."""
        book, author = self.writeup.book, self.writeup.author.name
        names = [self.club.name, *([author] if " " in author else [])]
        if book:
            contributions = book.contributions.select_related("contributor")
            names += [book.title, book.full_title, book.publisher, *(each.contributor.name for each in contributions)]
        return [name for name in names if name]

    def _texts(self):
        writeup = self.writeup
        yield make_text(writeup, "title", "the title", LINE)
        yield make_text(writeup, "standfirst", "the standfirst", LINE, wanted=NO_STANDFIRST)
        yield make_text(writeup, "pull_quote", "the pull quote", LINE)
        yield make_text(writeup, "body", "the write-up", "prose", wanted=NO_WORDS)
        yield from self._photos()
        yield from self._book()
        yield from self._session_notes()

    def _photos(self):
        for number, photo in enumerate(self.writeup.photos.all(), 1):
            name = f"photo {number}"
            yield make_text(photo, "alt", name, LINE, wanted="" if photo.is_decorative else NO_ALT)
            yield make_text(photo, "caption", f"the caption of {name}", LINE)

    def _book(self):
        book = self.writeup.book
        if book is None:
            return
        yield Text(Place("books.book", book.pk, "cover", "the cover"), book.cover.name or "", FACT, NO_COVER)
        for model, fields in READ.items():
            for number, item in enumerate(model.objects.filter(book=book).there_when(self.writeup), 1):
                yield from collect_item_texts(item, number, fields)

    def _session_notes(self):
        for number, note in enumerate(self.notes, 1):
            yield make_text(note, "text", f"session note {number}", LINE)
            shown = note.name_for(AnonymousUser(), self.club)
            yield Text(Place("meetups.sessionnote", note.pk, "name", f"session note {number}"), shown, NAME)


def collect_item_texts(item, number, fields):
    name = f"{item._meta.verbose_name} {number}"
    for field, kind in fields.items():
        wanted = NO_LOCATOR if field == "locator" else ""
        note = item.emphasis_note if field == "definition" else ""
        yield make_text(item, field, name, kind, wanted=wanted, emphasis_note=note)


def make_text(row, field, name, kind, **more):
    return Text(Place(row._meta.label_lower, row.pk, field, name), getattr(row, field), kind, **more)


def find_hidden_names(notes, club):
    """Return the full and first names of speakers whose names are not public."""
    hidden = [note.speaker for note in notes if note.speaker and not note.name_for(AnonymousUser(), club)]
    return [*hidden, *(name.split(" ")[0] for name in hidden)]


def locate_place(place):
    return place.model, place.key, place.field


class Entry:
    """A finding, for a template."""

    def __init__(self, finding, proof):
        self.finding, self.proof = finding, proof
        self.place, self.sentence, self.excerpt, self.fix = (
            finding.place, finding.sentence, finding.excerpt, finding.fix,
        )  # fmt: skip

    @property
    def name(self):
        return self.place.name[:1].upper() + self.place.name[1:]

    @property
    def digest(self):
        return hash_words(self.proof.text_at(*locate_place(self.place)).words)

    @property
    def address(self):
        """The admin address of the field that holds the text."""
        place, writeup = self.place, self.proof.writeup
        if place.model == "meetups.sessionnote":
            number = [note.pk for note in self.proof.notes].index(place.key)
            form_url = reverse("admin:meetups_writeup_change", args=[writeup.pk])
            return f"{form_url}#id_session_notes-{number}-{place.field}"
        page = f"admin:{place.model.replace('.', '_')}_change"
        return f"{reverse(page, args=[place.key])}#id_{place.field}"


def hash_words(words):
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def get_urls(model_admin):
    """Fixes have their own page: on the form, applying one would lose unsaved changes."""
    return [model_admin.page("<int:pk>/proof/", show_proof, "proof", template="admin/meetups/writeup/proof.html")]


def read_stored_writeup(pk, club):
    return ProofreadingReport(WriteUp.objects.select_related("book", "author").with_session_notes().get(pk=pk), club)


def show_proof(model_admin, request, pk):
    rows = model_admin.get_queryset(request).select_related("book", "author").with_session_notes()
    writeup = model_admin.get_row_or_404(request, pk, rows=rows)
    if request.method == "POST":
        apply_posted_fix(model_admin, request, writeup)
        return redirect(model_admin.reverse("proof", pk))
    return {"title": "Proof-reader", "row": writeup, "proof": ProofreadingReport(writeup, request.club)}


def apply_posted_fix(model_admin, request, writeup):
    """Apply the posted fix; add a message that says what changed or why nothing did."""
    sent = request.POST
    text = ProofreadingReport(writeup, request.club).text_at(
        sent.get("model"), parse_number(sent.get("key")), sent.get("field")
    )
    try:
        fix = apply_fix(text, parse_number(sent.get("start")), sent.get("digest"), request.user)
    except ValidationError as refusal:
        model_admin.message_user(request, " ".join(refusal.messages), "warning")
    else:
        model_admin.message_user(request, f"In {text.place.name}, {fix.old} is now {fix.new.strip()}.")


def apply_fix(text, start, seen, user):
    """Apply the fix at `start` of a stored text, in one transaction, and return the fix.

    Raise ValidationError if the text differs from the digest `seen` or the fix makes it invalid, PermissionDenied if
    `user` may not change it.
    """
    if text is None or hash_words(text.words) != seen:
        raise ValidationError(MOVED)
    model, field = apps.get_model(text.place.model), text.place.field
    if not user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}"):
        raise PermissionDenied
    with transaction.atomic():
        row = filter_editable(model.objects.select_for_update(), user).filter(pk=text.place.key).first()
        fix = next((each.fix for each in find_fixes(text) if each.fix.start == start), None)
        if row is None or fix is None or getattr(row, field) != text.words:
            raise ValidationError(MOVED)
        setattr(row, field, fix.apply(text.words))
        row.clean_fields(exclude=[each.name for each in model._meta.fields if each.name != field])
        row.save()
    return fix


def parse_number(text):
    return int(text) if text and text.isdecimal() and len(text) < 18 else None
