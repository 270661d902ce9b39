"""The proof-reader at the desk: what it reads of a write-up, where each finding leads, and the offers that are taken."""

import hashlib
from itertools import groupby

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from bookclub.desk.reach import in_reach
from books.models import Note, Question, Quote, Reading, Term
from meetups.models import WriteUp
from meetups.proofreading import FACT, LINE, NAME, QUOTE, TITLES, Place, Text, offers, proofread

NO_LOCATOR = "Nobody can look it up. Say where it stands, such as “p. 12” or “Chapter 5”."
NO_ALT = "Who can't see this photo learns nothing of it. Say in words what is to be seen, or mark it as decorative."
NO_COVER = "The book has no cover: the page draws a plain board with the title. Add one, or leave it at that."
NO_STANDFIRST = "There is no standfirst. One or two sentences below the title also stand in lists and letters."
MOVED = "This text has changed since it was read, and nothing was replaced. Look at it again."
NO_WORDS = "There is no text yet. Write it, or leave it at the book's notes and quotes."

# Of each kind of a book's items: what is read in it.
READ = {
    Note: {"heading": LINE, "body": "prose"},
    Term: {"heading": LINE, "definition": "prose", "source": LINE},
    Question: {"text": LINE, "source": LINE},
    Quote: {"text": QUOTE, "locator": FACT},
    Reading: {"title": LINE, "why": LINE},
}


class Proof:
    """What there is to look at in a write-up and what goes out with it. Eight queries, however much it is."""

    def __init__(self, writeup, club):
        self.writeup, self.club = writeup, club
        self.notes = list(writeup.session_notes.all())
        self.texts = list(self._texts())
        self.findings = proofread(self.texts, names_to_guard(self.notes, club))

    @property
    def groups(self):
        """(title, [Entry, …]) of each kind that has any."""
        return [
            (TITLES[kind], [Entry(finding, self) for finding in findings])
            for kind, findings in groupby(self.findings, lambda finding: finding.kind)
        ]

    @property
    def offer_count(self):
        return sum(finding.fix is not None for finding in self.findings)

    def text_at(self, model, key, field):
        """The Text of this write-up that stands there; None where it has no such text."""
        return next((text for text in self.texts if where(text.place) == (model, key, field)), None)

    def _texts(self):
        writeup = self.writeup
        yield text_of(writeup, "title", "the title", LINE)
        yield text_of(writeup, "standfirst", "the standfirst", LINE, wanted=NO_STANDFIRST)
        yield text_of(writeup, "pull_quote", "the pull quote", LINE)
        yield text_of(writeup, "body", "the write-up", "prose", wanted=NO_WORDS)
        yield from self._photos()
        yield from self._book()
        yield from self._session_notes()

    def _photos(self):
        for number, photo in enumerate(self.writeup.photos.all(), 1):
            name = f"photo {number}"
            yield text_of(photo, "alt", name, LINE, wanted="" if photo.is_decorative else NO_ALT)
            yield text_of(photo, "caption", f"the caption of {name}", LINE)

    def _book(self):
        book = self.writeup.book
        if book is None:
            return
        yield Text(Place("books.book", book.pk, "cover", "the cover"), book.cover.name or "", FACT, NO_COVER)
        for model, fields in READ.items():
            for number, item in enumerate(model.objects.filter(book=book).there_when(self.writeup), 1):
                yield from item_texts(item, number, fields)

    def _session_notes(self):
        for number, note in enumerate(self.notes, 1):
            yield text_of(note, "text", f"session note {number}", LINE)
            shown = note.name_for(AnonymousUser(), self.club)
            yield Text(Place("meetups.sessionnote", note.pk, "name", f"session note {number}"), shown, NAME)


def item_texts(item, number, fields):
    name = f"{item._meta.verbose_name} {number}"
    for field, kind in fields.items():
        wanted = NO_LOCATOR if field == "locator" else ""
        note = item.emphasis_note if field == "definition" else ""
        yield text_of(item, field, name, kind, wanted=wanted, emphasis_note=note)


def text_of(row, field, name, kind, **more):
    return Text(Place(row._meta.label_lower, row.pk, field, name), getattr(row, field), kind, **more)


def names_to_guard(notes, club):
    """Names of the session notes that everybody is not to see, and their first names."""
    hidden = [note.speaker for note in notes if note.speaker and not note.name_for(AnonymousUser(), club)]
    return [*hidden, *(name.split(" ")[0] for name in hidden)]


def where(place):
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
        return digest(self.proof.text_at(*where(self.place)).words)

    @property
    def address(self):
        """The field where the text is typed."""
        place, writeup = self.place, self.proof.writeup
        if place.model == "meetups.sessionnote":
            number = [note.pk for note in self.proof.notes].index(place.key)
            return f"{change_page(writeup)}#id_session_notes-{number}-{place.field}"
        page = f"admin:{place.model.replace('.', '_')}_change"
        return f"{reverse(page, args=[place.key])}#id_{place.field}"


def change_page(writeup):
    return reverse("admin:meetups_writeup_change", args=[writeup.pk])


def digest(words):
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class ProofPages:
    """For the ModelAdmin of write-ups: the check list on its pages, and a page of its own where offers are taken.

    They are not taken on the form's page: what is typed there and not yet saved would be lost.
    """

    def get_urls(self):
        page = self.admin_site.admin_view(self.proof_page)
        return [path("<int:pk>/proof/", page, name="meetups_writeup_proof"), *super().get_urls()]

    def render_change_form(self, request, context, **options):
        if obj := options.get("obj"):
            context["proof"] = Proof(self._as_stored(obj.pk), request.club)
        return super().render_change_form(request, context, **options)

    def _as_stored(self, pk):
        return WriteUp.objects.select_related("book").with_session_notes().get(pk=pk)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def proof_page(self, request, pk):
        writeup = get_object_or_404(self.get_queryset(request).select_related("book").with_session_notes(), pk=pk)
        if not self.has_change_permission(request, writeup):
            raise PermissionDenied
        if request.method == "POST":
            self.take_offer(request, writeup)
            return redirect("admin:meetups_writeup_proof", pk)
        context = self.admin_site.each_context(request) | {
            "title": "Proof-reader",
            "opts": self.opts,
            "writeup": writeup,
            "proof": Proof(writeup, request.club),
        }
        return TemplateResponse(request, "admin/meetups/writeup/proof.html", context)

    def take_offer(self, request, writeup):
        """Change the one place that was asked for, and say so, or why not."""
        sent = request.POST
        text = Proof(writeup, request.club).text_at(sent.get("model"), number(sent.get("key")), sent.get("field"))
        try:
            fix = replace(text, number(sent.get("start")), sent.get("digest"), request.user)
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), "warning")
        else:
            self.message_user(request, f"In {text.place.name}, {fix.old} is now {fix.new.strip()}.")


def replace(text, start, seen, user):
    """Take the offer at `start` of a stored text, and return its Fix. All else stays to the letter. One transaction.

    Raises ValidationError where the text is no longer the one that was `seen` (its digest), or can't become what is
    offered; PermissionDenied where it is not `user`'s to change.
    """
    if text is None or digest(text.words) != seen:
        raise ValidationError(MOVED)
    model, field = apps.get_model(text.place.model), text.place.field
    if not user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}"):
        raise PermissionDenied
    with transaction.atomic():
        row = in_reach(model.objects.select_for_update(), user).filter(pk=text.place.key).first()
        fix = next((each.fix for each in offers(text) if each.fix.start == start), None)
        if row is None or fix is None or getattr(row, field) != text.words:
            raise ValidationError(MOVED)
        setattr(row, field, fix.apply(text.words))
        row.clean_fields(exclude=[each.name for each in model._meta.fields if each.name != field])
        row.save()
    return fix


def number(text):
    return int(text) if text and text.isdecimal() and len(text) < 18 else None
