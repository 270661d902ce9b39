"""The two admin pages of a paste: the form for the text, and the review. Nothing is stored before it is saved."""

from django.contrib import admin
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from bookclub.admin_base.session_recovery import discard_saved_form, get_saved_form, sign_form_owner
from books.models import Book
from meetups.paste.destinations import MoreOfWriteUp, NewWriteUp, PasteDestination, Questions, Quotes, SessionNotes
from meetups.paste.importer.builder import OWN_HEADING
from meetups.paste.importer.report import Import, Refused
from meetups.paste.kinds import KINDS
from meetups.paste.parser import Unreadable
from meetups.paste.review import Review, Unreviewable, review_from_form
from meetups.paste.save import SavePermissions
from meetups.paste.upload import Pasted, read_upload

IS_BACK = "You were no longer signed in when you sent this. Nothing was saved, and nothing is lost: go on from here."
MAX_FORM_BYTES = 1_900_000  # below settings.DATA_UPLOAD_MAX_MEMORY_SIZE
TOO_MUCH = "There is too much text to look through on one page. Paste the first half now, and the rest by “Paste more”."


def get_urls(model_admin):
    """Return the URLs for the ModelAdmin of write-ups, including the pages for a book's quotes and questions."""
    return [
        *paste_form_and_review(model_admin, "paste/", "paste", find_new_writeup),
        *paste_form_and_review(model_admin, "<int:pk>/paste/", "paste_more", find_writeup_to_extend),
        *paste_form_and_review(model_admin, "<int:pk>/paste/session-notes/", "paste_notes", find_notes),
        *paste_form_and_review(model_admin, "paste/book/<int:pk>/quotes/", "paste_quotes", find_quotes),
        *paste_form_and_review(model_admin, "paste/book/<int:pk>/questions/", "paste_questions", find_questions),
    ]


def paste_form_and_review(model_admin, route, name, find_target):
    """Return both pages of one destination, which `find_target(model_admin, request, **kwargs)` returns."""

    def paste_form(model_admin, request, **keys):
        return show_paste_form(model_admin, request, find_target(model_admin, request, **keys))

    def review(model_admin, request, **keys):
        return show_review(model_admin, request, find_target(model_admin, request, **keys))

    return [
        model_admin.page(route, paste_form, name, takes_files=True),
        model_admin.page(f"{route}review/", review, f"{name}_review"),
    ]


def find_new_writeup(model_admin, request):
    model_admin.check_permission(request, "add")
    return NewWriteUp()


def find_writeup_to_extend(model_admin, request, pk):
    return MoreOfWriteUp(model_admin.get_row_or_404(request, pk))


def find_notes(model_admin, request, pk):
    return SessionNotes(model_admin.get_row_or_404(request, pk))


def find_quotes(model_admin, request, pk):
    return Quotes(find_book(model_admin, request, pk, "books.add_quote"))


def find_questions(model_admin, request, pk):
    return Questions(find_book(model_admin, request, pk, "books.add_question"))


def find_book(model_admin, request, pk, permission):
    book = model_admin.admin_site.get_model_admin(Book).get_row_or_404(request, pk)
    model_admin.check_permission(request, permission)
    return book


def show_paste_form(model_admin, request, target: PasteDestination):
    if request.method != "POST":
        saved = take_saved_form(model_admin, request)
        return render_paste_form(model_admin, request, target, Pasted(saved.get("text", ""), saved.get("html", "")))
    given = Pasted()
    try:
        given = read_upload(request.POST, request.FILES)
        review = target.review(given.document())
        check_size(review)
    except (Unreadable, Unreviewable, Refused) as error:
        return render_paste_form(model_admin, request, target, getattr(error, "pasted", given), error)
    return render_review(model_admin, request, target, review, target.form_class(user=request.user, review=review))


def show_review(model_admin, request, target: PasteDestination):
    data = request.POST if request.method == "POST" else take_saved_form(model_admin, request)
    if not data:
        return redirect(target.address)
    try:
        review = review_from_form(data)
    except Unreviewable as error:
        return render_paste_form(model_admin, request, target, Pasted(), error)
    form = target.form_class(data, user=request.user, review=review)
    if "move" in request.POST:
        move_piece(review, request.POST["move"])
    elif "save" in request.POST and form.is_valid():
        return save_review(model_admin, request, target, review, form)
    return render_review(model_admin, request, target, review, form)


def take_saved_form(model_admin, request):
    """Return, and discard, a form that was posted after the session had ended."""
    saved = get_saved_form(request) or {}
    if saved:
        discard_saved_form(request)
        model_admin.message_user(request, IS_BACK, "warning")
    return saved


def save_review(model_admin, request, target, review, form):
    try:
        done = target.save(review, form, get_permissions(model_admin, request))
    except Refused as error:
        for number, piece in review.numbered:
            piece.error = error.sentence if number == error.line else ""
        return render_review(model_admin, request, target, review, form, error)
    row = done.writeup or target.row
    report_saved(model_admin, request, target, done, row)
    return redirect(admin_url(row, "change"), row.pk)


def get_permissions(model_admin, request) -> SavePermissions:
    site = model_admin.admin_site

    def of(row):
        return site.get_model_admin(type(row)) if site.is_registered(type(row)) else None

    return SavePermissions(
        may_change=lambda row: of(row).has_change_permission(request, row),
        may_add=lambda row: of(row) is None or of(row).has_add_permission(request),
    )


def report_saved(model_admin, request, target, done: Import, row):
    counts = ", ".join(f"{number} {names[number != 1]}" for names, number in done.made.items())
    if target.row is None:
        model_admin.log_addition(request, row, "Pasted.")
    else:
        model_admin.log_change(request, row, f"Pasted: {counts or 'prose'}.")
    words = f"Saved from what you pasted: {counts or 'prose'}. {target.afterwards}".strip()
    model_admin.message_user(request, words)
    for sentence in list_saved_notes(done):
        model_admin.message_user(request, sentence, "warning")
    for one in done.left_out:
        if one.reason != OWN_HEADING:
            model_admin.message_user(request, f"Left out: “{one.text}” – {one.reason}.", "warning")


def render_paste_form(model_admin, request, target, given: Pasted, error=None):
    return render_step(model_admin, request, "paste_form", target, pasted=given, error=error_message(error))


def render_review(model_admin, request, target, review: Review, form, error=None):
    kinds = [(kind.value, KINDS[kind].label) for kind in target.kinds]
    return render_step(
        model_admin, request, "review", target, review=review, form=form, kinds=kinds, error=error_message(error)
    )


def render_step(model_admin, request, name, target, **context):
    about = {"title": target.title, "opts": target.opts, "form_owner": sign_form_owner(request.user)}
    template = f"admin/meetups/paste/{name}.html"
    return model_admin.render_page(request, template, target=target, **about, **context)


def list_saved_notes(done: Import) -> list[str]:
    """Return sentences on rows found and doubts that arose while saving, after the review."""
    here = [f"Here already, and used: {'; '.join(done.found)}."] if done.found else []
    return here + list(dict.fromkeys(doubt.sentence for doubt in sorted(set(done.doubts))))


def check_size(review: Review) -> None:
    """Raise Unreviewable if the review would be too large to be posted in one form."""
    typed = sum(
        len(value.encode()) for piece in review.pieces for value in (piece.text, piece.heading, piece.where, piece.why)
    )
    if typed + len(review.state) > MAX_FORM_BYTES:
        raise Unreviewable(TOO_MUCH)


def move_piece(review: Review, value: str) -> None:
    """Move a piece: “12:-1” moves the twelfth piece up by one."""
    number, _, steps = value.partition(":")
    if number.isdecimal() and steps.lstrip("-").isdecimal() and len(value) < 12:
        review.move(int(number), int(steps))


def error_message(error):
    """Return the error's sentence, with links to the row that is in the way."""
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
