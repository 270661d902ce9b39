"""The pages at the desk: the box, and the review. Nothing is saved before the review is sent; it carries all it needs."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from bookclub.desk.resume import forget, given_to, kept_for
from books.models import Book
from meetups.importing.report import Import, Refused
from meetups.importing.rows import OWN_HEADING
from meetups.splitting import Unreadable

from .kinds import KINDS
from .reading import Pasted, pasted
from .review import Review, Unreviewable, posted
from .saving import Desk
from .targets import Evening, More, Questions, Quotes, SessionNotes, Target

IS_BACK = "You were no longer signed in when you sent this. Nothing was saved, and nothing is lost: go on from here."
MOST_FORM_BYTES = 1_900_000  # below settings.DATA_UPLOAD_MAX_MEMORY_SIZE
TOO_MUCH = "There is too much text to look through on one page. Paste the first half now, and the rest by “Paste more”."


class PastingPages:
    """For the write-ups' ModelAdmin, which lends its box to the books too."""

    def get_urls(self):
        pages = [
            *self._pages("paste/", "meetups_writeup_paste", self.paste_evening),
            *self._pages("<int:pk>/paste/", "meetups_writeup_paste_more", self.paste_more),
            *self._pages("<int:pk>/paste/session-notes/", "meetups_writeup_paste_notes", self.paste_notes),
            *self._pages("paste/book/<int:pk>/quotes/", "books_book_paste_quotes", self.paste_quotes),
            *self._pages("paste/book/<int:pk>/questions/", "books_book_paste_questions", self.paste_questions),
        ]
        return pages + super().get_urls()

    def _pages(self, route, name, target):
        """The box and, below it, the review."""

        def box(request, **keys):
            return self.box(request, target(request, **keys))

        def review(request, **keys):
            return self.review(request, target(request, **keys))

        return [
            path(route, self.admin_site.admin_view(box), name=name),
            path(f"{route}review/", self.admin_site.admin_view(review), name=f"{name}_review"),
        ]

    def paste_evening(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        return Evening()

    def paste_more(self, request, pk):
        return More(self._writeup(request, pk))

    def paste_notes(self, request, pk):
        return SessionNotes(self._writeup(request, pk))

    def paste_quotes(self, request, pk):
        return Quotes(self._book(request, pk, "books.add_quote"))

    def paste_questions(self, request, pk):
        return Questions(self._book(request, pk, "books.add_question"))

    def _writeup(self, request, pk):
        writeup = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, writeup):
            raise PermissionDenied
        return writeup

    def _book(self, request, pk, permission):
        books = self.admin_site.get_model_admin(Book)
        book = get_object_or_404(books.get_queryset(request), pk=pk)
        if not (request.user.has_perm(permission) and books.has_change_permission(request, book)):
            raise PermissionDenied
        return book

    def box(self, request, target: Target):
        if request.method != "POST":
            kept = self._kept(request)
            return self.show_box(request, target, Pasted(kept.get("text", ""), kept.get("html", "")))
        given = Pasted()
        try:
            given = pasted(request.POST, request.FILES)
            review = target.review(given.document())
            refuse_too_much(review)
        except (Unreadable, Unreviewable, Refused) as error:
            return self.show_box(request, target, getattr(error, "pasted", given), error)
        return self.show_review(request, target, review, target.form_class(user=request.user, review=review))

    def review(self, request, target: Target):
        data = request.POST if request.method == "POST" else self._kept(request)
        if not data:
            return redirect(target.address)
        try:
            review = posted(data)
        except Unreviewable as error:
            return self.show_box(request, target, Pasted(), error)
        form = target.form_class(data, user=request.user, review=review)
        if "move" in request.POST:
            moved(review, request.POST["move"])
        elif "save" in request.POST and form.is_valid():
            return self.save(request, target, review, form)
        return self.show_review(request, target, review, form)

    def _kept(self, request):
        """What was sent here after the session had ended: shown once more, and not kept any longer."""
        kept = kept_for(request) or {}
        if kept:
            forget(request)
            self.message_user(request, IS_BACK, "warning")
        return kept

    def save(self, request, target, review, form):
        try:
            done = target.save(review, form, self._desk(request))
        except Refused as error:
            for number, piece in review.numbered:
                piece.error = error.sentence if number == error.line else ""
            return self.show_review(request, target, review, form, error)
        row = done.writeup or target.row
        self.tell_pasted(request, target, done, row)
        opts = row._meta
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", row.pk)

    def _desk(self, request) -> Desk:
        def of(row):
            return self.admin_site.get_model_admin(type(row)) if self.admin_site.is_registered(type(row)) else None

        return Desk(
            may_change=lambda row: of(row).has_change_permission(request, row),
            may_add=lambda row: of(row) is None or of(row).has_add_permission(request),
        )

    def tell_pasted(self, request, target, done: Import, row):
        counts = ", ".join(f"{number} {names[number != 1]}" for names, number in done.made.items())
        if target.row is None:
            self.log_addition(request, row, "Pasted.")
        else:
            self.log_change(request, row, f"Pasted: {counts or 'prose'}.")
        self.message_user(request, f"Saved from what you pasted: {counts or 'prose'}. {target.afterwards}".strip())
        for sentence in found_and_doubted(done):
            self.message_user(request, sentence, "warning")
        for one in done.left_out:
            if one.reason != OWN_HEADING:
                self.message_user(request, f"Left out: “{one.text}” – {one.reason}.", "warning")

    def show_box(self, request, target, given: Pasted, error=None):
        context = self._context(request, target) | {"pasted": given, "error": said(error)}
        return TemplateResponse(request, "admin/meetups/paste/box.html", context)

    def show_review(self, request, target, review: Review, form, error=None):
        kinds = [(kind.value, KINDS[kind].label) for kind in target.kinds]
        context = self._context(request, target) | {
            "review": review, "form": form, "kinds": kinds, "error": said(error),
        }  # fmt: skip
        return TemplateResponse(request, "admin/meetups/paste/review.html", context)

    def _context(self, request, target):
        return self.admin_site.each_context(request) | {
            "title": target.title,
            "target": target,
            "opts": target.opts,
            "given_to": given_to(request.user),
        }


def found_and_doubted(done: Import) -> list[str]:
    """What was settled while saving, and so stood on no review."""
    here = [f"Here already, and used: {'; '.join(done.found)}."] if done.found else []
    return here + list(dict.fromkeys(doubt.sentence for doubt in sorted(set(done.doubts))))


def refuse_too_much(review: Review) -> None:
    """What could not come back in one form is not shown as one."""
    typed = sum(
        len(value.encode()) for piece in review.pieces for value in (piece.text, piece.heading, piece.where, piece.why)
    )
    if typed + len(review.state) > MOST_FORM_BYTES:
        raise Unreviewable(TOO_MUCH)


def moved(review: Review, value: str) -> None:
    """“12:-1” moves the twelfth piece up by one."""
    number, _, steps = value.partition(":")
    if number.isdecimal() and steps.lstrip("-").isdecimal() and len(value) < 12:
        review.move(int(number), int(steps))


def said(error):
    """The sentence of a refusal, and the way to what stands in the way."""
    if error is None:
        return ""
    sentence, row = getattr(error, "sentence", str(error)), getattr(error, "row", None)
    if row is None:
        return sentence
    return format_html(
        '{}. <a href="{}">Open it</a> or <a href="{}">paste more into it</a>.',
        sentence.partition(", http")[0].rstrip("."),
        reverse(admin_url(row, "change"), args=[row.pk]),
        reverse("admin:meetups_writeup_paste_more", args=[row.pk]),
    )


def admin_url(row, page):
    return f"{admin.site.name}:{row._meta.app_label}_{row._meta.model_name}_{page}"
