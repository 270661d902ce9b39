"""The admin page with the box for the text, which is stored and then looked over at an address of its own."""

from django.core.exceptions import ValidationError
from django.shortcuts import redirect

from meetups.models import Paste
from meetups.paste.destinations import PasteDestination
from meetups.paste.importer.report import Refused
from meetups.paste.review import Review, Unreviewable
from meetups.paste.sources import Unreadable
from meetups.paste.upload import Pasted, read_upload
from meetups.paste.views.rendering import error_message, render_paste_form, take_saved_form

MAX_FORM_BYTES = 1_900_000  # below settings.DATA_UPLOAD_MAX_MEMORY_SIZE
TOO_MUCH = "There is too much text to look through on one page. Paste the first half now, and the rest by “Paste more”."
PASTED_BEFORE = "You have pasted this before, and it is not saved yet. Your corrections are still here."


def show_paste_form(model_admin, request, target: PasteDestination):
    if request.method != "POST":
        saved = take_saved_form(model_admin, request)
        return render_paste_form(model_admin, request, target, Pasted(saved.get("text", ""), saved.get("html", "")))
    given = Pasted()
    try:
        given = read_upload(request.POST, request.FILES)
        paste, is_new = store_paste(request.user, target, given.without_invisible())
    except (Unreadable, Unreviewable, Refused, ValidationError) as error:
        pasted = getattr(error, "pasted", given)
        return render_paste_form(model_admin, request, target, pasted, error_message(error))
    if not is_new:
        model_admin.message_user(request, PASTED_BEFORE)
    return redirect(model_admin.reverse("paste_review", paste.pk))


def store_paste(owner, target: PasteDestination, given: Pasted) -> tuple[Paste, bool]:
    """Store what can be looked over. Raise Unreadable, Unreviewable, Refused or ValidationError for anything else."""
    review = target.review(given.document(), owner)
    check_size(review)
    target.check(review)
    row = {} if target.row is None else {target.model._meta.model_name: target.row}
    return Paste.objects.store(
        owner,
        target.key,
        text=given.text,
        html=given.html,
        details=given.details,
        reports=given.reports,
        title=review.title,
        **row,
    )


def check_size(review: Review) -> None:
    """Raise Unreviewable if the review would be too large to be posted in one form."""
    typed = sum(
        len(value.encode()) for piece in review.pieces for value in (piece.text, piece.heading, piece.where, piece.why)
    )
    if typed > MAX_FORM_BYTES:
        raise Unreviewable(TOO_MUCH)
