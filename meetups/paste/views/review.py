"""The review of a stored paste: every button keeps the corrections, one of them saves the rows."""

import json
from copy import deepcopy

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect

from bookclub.admin_base.edit_comparison import load_digests
from meetups.models import Paste
from meetups.paste.conflicts import MergedCorrections, dump_digests, merge_corrections
from meetups.paste.corrections import (
    ORDER,
    Rejected,
    apply_corrections,
    join_numbers,
    read_corrections,
    relocate_corrections,
    with_sources,
)
from meetups.paste.destinations import DESTINATIONS, NewWriteUp, PasteDestination
from meetups.paste.importer.report import Refused
from meetups.paste.outcome import describe_outcome, digest_form
from meetups.paste.pieces import KINDS
from meetups.paste.review import Review, Unreviewable
from meetups.paste.save import SavePermissions
from meetups.paste.sources import Unreadable
from meetups.paste.upload import Pasted
from meetups.paste.views.outcome import report_saved, show_outcome
from meetups.paste.views.rendering import (
    admin_url,
    error_message,
    find_target,
    link_own_addresses,
    render_paste_form,
    render_step,
    take_saved_form,
)

OPENED = "opened"
TARGET_IS_GONE = "What you pasted this into was deleted. Here is your text: it can become a new write-up."
KEPT = "Your corrections are kept. Come back to them from the dashboard until {}."
READ_AS_TEXT = "Your text is now read as plain text: stars and other marks are shown as typed."
CHANGED_MEANWHILE = "This was changed in another window, or by somebody else. Look at what is marked, then go on."


class PasteReview:
    """The review of a paste as the site makes it today, and the stored corrections."""

    def __init__(self, paste: Paste, target: PasteDestination, user):
        """Raise Unreviewable, or Unreadable, if a later version of the site can't show it."""
        self.paste, self.target, self.user = paste, target, user
        document = Pasted(paste.text, paste.html, paste.details, paste.reports).document()
        self.is_guessed_markdown = document.kind == "markdown" and not paste.details
        self.made = target.review(document, user)
        form = target.form_class(user=user, review=self.made)
        self.defaults = {name: as_posted(form[name].value()) for name in form.fields}
        self.stored, lost = relocate_corrections(paste.corrections, self.made)
        self.made.reports += lost

    def read(self, data) -> dict[str, str]:
        """Return the corrections of a posted form. Raise Rejected."""
        return read_corrections(data, self.made, self.target.kinds, self.defaults)

    def merge(self, posted, data) -> MergedCorrections:
        """Put the posted corrections together with what others have stored since the page was opened."""
        return merge_corrections(posted, self.stored, load_digests(data.get(OPENED, "")), self.made, self.defaults)

    def build(self, corrections, *, is_bound=False):
        """Return (review, form) with the corrections."""
        review = deepcopy(self.made)
        apply_corrections(review, corrections)
        data = {name: corrections.get(name, value) for name, value in self.defaults.items()} if is_bound else None
        return review, self.target.form_class(data, user=self.user, review=review)


def as_posted(value) -> str:
    return "" if value is None else str(value)


def show_paste(model_admin, request, pk):
    paste = find_paste(request, pk)
    if paste.is_saved:
        return show_outcome(model_admin, request, paste)
    row = paste.writeup or paste.book
    destination = DESTINATIONS[paste.destination]
    if destination is not NewWriteUp and row is None:
        target = find_target(model_admin, request, NewWriteUp)
        return render_paste_form(model_admin, request, target, Pasted(paste.text, paste.html), TARGET_IS_GONE)
    target = find_target(model_admin, request, destination, row and row.pk)
    try:
        page = PasteReview(paste, target, request.user)
    except (Unreviewable, Unreadable) as error:
        return render_paste_form(model_admin, request, target, Pasted(paste.text, paste.html), str(error))
    if request.method == "POST" and "plain" in request.POST and page.is_guessed_markdown:
        return read_again_as_text(model_admin, request, page)
    if request.method == "POST":
        return receive_review(model_admin, request, page)
    return show_stored(model_admin, request, page)


def find_paste(request, pk) -> Paste:
    pastes = Paste.objects.visible_to(request.user).select_related("owner", "writeup", "book")
    return get_object_or_404(pastes, pk=pk)


def show_stored(model_admin, request, page: PasteReview):
    """Show the stored corrections, with those of a form that was posted after the session had ended."""
    unsaved = take_saved_form(model_admin, request)
    if not unsaved:
        return render_review(model_admin, request, page, page.stored)
    try:
        merged = page.merge(page.read(unsaved), unsaved)
    except Rejected as error:
        return render_review(model_admin, request, page, page.stored, error=str(error))
    return render_review(model_admin, request, page, merged.values, conflicts=merged.conflicts)


def receive_review(model_admin, request, page: PasteReview):
    try:
        posted = page.read(request.POST)
    except Rejected as error:
        return render_review(model_admin, request, page, page.stored, error=str(error))
    with transaction.atomic():
        page.paste = lock_paste(page.paste)
        if page.paste.is_saved:
            return show_outcome(model_admin, request, page.paste)
        page.stored, _ = relocate_corrections(page.paste.corrections, page.made)
        merged = page.merge(posted, request.POST)
        if merged.conflicts:
            return render_review(model_admin, request, page, merged.values, conflicts=merged.conflicts)
        values = change_kind(page, merged.values, request.POST.get("as", ""))
        page.stored = move_piece(page, values, request.POST.get("move", ""))
        page.paste.keep_corrections(page.stored, is_extended="keep" in request.POST)
        if "save" in request.POST:
            return save_review(model_admin, request, page)
    address = model_admin.reverse("paste_review", page.paste.pk)
    if "keep" in request.POST:
        model_admin.message_user(request, KEPT.format(page.paste.last_day_in_words), "success")
    touched = (request.POST.get("move") or request.POST.get("as") or "").partition(":")[0]
    return redirect(f"{address}#piece-{touched}" if touched.isdecimal() else address)


def lock_paste(paste: Paste) -> Paste:
    locked = Paste.objects.select_for_update().filter(pk=paste.pk).first()
    if locked is None:
        raise Http404
    return locked


def change_kind(page: PasteReview, corrections, value: str):
    """Return the corrections with another kind for a piece: “12:prose” makes the twelfth piece of the document prose."""
    number, _, kind = value.partition(":")
    known = number.isdecimal() and 0 < int(number) <= len(page.made.pieces)
    if not known or kind not in page.target.kinds:
        return corrections
    rest = {key: each for key, each in corrections.items() if key != f"kind-{number}"}
    changed = {} if page.made.pieces[int(number) - 1].kind == kind else {f"kind-{number}": kind}
    return with_sources(rest | changed, page.made)


def read_again_as_text(model_admin, request, page: PasteReview):
    """Take the box for plain text, though it was recognised as Markdown. Corrections of equal pieces stay."""
    page.paste.details = {"is_markdown": False}
    page.paste.save(update_fields=["details"])
    model_admin.message_user(request, READ_AS_TEXT, "success")
    return redirect(model_admin.reverse("paste_review", page.paste.pk))


def move_piece(page: PasteReview, corrections, value: str):
    """Return the corrections with a piece moved: “12:-1” moves the twelfth piece of the document up by one."""
    number, _, steps = value.partition(":")
    if not (number.isdecimal() and steps.lstrip("-").isdecimal() and len(value) < 12):
        return corrections
    review, _ = page.build(corrections)
    review.move(int(number), int(steps))
    order = join_numbers(review)
    rest = {key: each for key, each in corrections.items() if key != ORDER}
    return rest if order == join_numbers(page.made) else rest | {ORDER: order}


def save_review(model_admin, request, page: PasteReview):
    """Save the rows and forget the document, or show what to correct. Call it with the paste locked."""
    review, form = page.build(page.stored, is_bound=True)
    if not form.is_valid():
        return render_review(model_admin, request, page, page.stored, form=form)
    try:
        done = page.target.save(review, form, get_permissions(model_admin, request))
    except Refused as error:
        return render_review(model_admin, request, page, page.stored, refused=error)
    row = done.writeup or page.target.row
    outcome = describe_outcome(done) | {"digests": digest_form(request.POST)}
    page.paste.mark_saved(row, outcome)
    report_saved(model_admin, request, page.paste, page.target, done, row)
    return redirect(admin_url(row, "change"), row.pk)


def get_permissions(model_admin, request) -> SavePermissions:
    site = model_admin.admin_site

    def of(row):
        return site.get_model_admin(type(row)) if site.is_registered(type(row)) else None

    return SavePermissions(
        may_change=lambda row: of(row).has_change_permission(request, row),
        may_add=lambda row: of(row) is None or of(row).has_add_permission(request),
    )


def render_review(
    model_admin, request, page: PasteReview, corrections, *, form=None, error="", refused=None, conflicts=()
):
    review, unbound = page.build(corrections)
    if refused:
        mark_refused(review, refused)
    return render_step(
        model_admin,
        request,
        "review",
        page.target,
        paste=page.paste,
        review=review,
        is_guessed_markdown=page.is_guessed_markdown,
        reports=[link_own_addresses(report) for report in review.reports],
        form=form or unbound,
        kinds=[(kind.value, KINDS[kind].label) for kind in page.target.kinds],
        order=join_numbers(review),
        shown_flags=",".join(str(piece.number) for piece in review.pieces if piece.is_question),
        opened=json.dumps(dump_digests(page.stored)),
        error=error_message(refused) if refused else error or (CHANGED_MEANWHILE if conflicts else ""),
        conflicts=conflicts,
    )


def mark_refused(review: Review, error: Refused) -> None:
    """Show the error beside its piece, too."""
    for number, piece in review.numbered:
        piece.error = error.sentence if number == error.line else ""
