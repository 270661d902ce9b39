"""The admin pages around the review: unfinished pastes, throwing one away, and what became of a saved one."""

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator

from bookclub.core.formatting import count_noun
from meetups.models import Paste
from meetups.paste.destinations import DESTINATIONS, MoreOfWriteUp, NewWriteUp, PasteDestination
from meetups.paste.importer.report import Import
from meetups.paste.outcome import list_differences
from meetups.paste.views.rendering import admin_url, link_own_addresses

SAVED_BEFORE = "This paste was saved already, and nothing was saved again."
MESSAGE_LENGTH = 500  # of a text that was left out
LISTED = 5  # messages about what was left out; the rest stands on the page of the paste


def list_unfinished_pastes(model_admin, request):
    pastes = Paste.objects.visible_to(request.user).unfinished().for_lists()
    context = {"title": "Unfinished pastes", "pastes": pastes}
    return model_admin.render_page(request, "admin/meetups/paste/unfinished.html", **context)


def discard_paste(model_admin, request, pk):
    paste = get_object_or_404(Paste.objects.visible_to(request.user).for_lists(), pk=pk)
    back = model_admin.reverse("paste_review", paste.pk)

    def discard():
        paste.delete()
        return f"“{paste}” is thrown away."

    return model_admin.confirm(
        request,
        discard,
        title=f"Throw away “{paste}”?",
        text="The text and your corrections are deleted. What was saved from it stays."
        if paste.is_saved
        else "The text and the corrections are deleted, and can’t be brought back.",
        button="Throw away",
        back_url=back,
        back_label="Keep it",
        success_url=model_admin.reverse("unfinished_pastes"),
    )


def show_outcome(model_admin, request, paste: Paste):
    """Lead to what was made of a saved paste, or show what was left out of it.

    A form that was posted after another one was saved is shown where it differs.
    """
    row = find_row(model_admin, request, paste)
    differences = list_differences(request.POST, paste.outcome.get("digests", {})) if request.method == "POST" else []
    if request.method == "POST" and row and not differences:
        model_admin.message_user(request, SAVED_BEFORE, "warning")
        return redirect(admin_url(row, "change"), row.pk)
    left_out = [(each["text"], link_own_addresses(each["reason"])) for each in paste.outcome.get("left_out", [])]
    context = {"paste": paste, "differences": differences, "left_out": left_out}
    return model_admin.render_page(
        request,
        "admin/meetups/paste/outcome.html",
        title=f"What became of “{paste}”",
        links=list_links(model_admin, request, row),
        target=find_destination_of_more(paste, row),
        **context,
    )


def find_row(model_admin, request, paste: Paste):
    """Return the write-up or the book of a saved paste, or None if it is gone or the user may not open it."""
    row = paste.writeup or paste.book
    return row if row and may_open(model_admin, request, row) else None


def may_open(model_admin, request, row) -> bool:
    return model_admin.admin_site.get_model_admin(type(row)).has_view_permission(request, row)


def find_destination_of_more(paste: Paste, row) -> PasteDestination:
    """Return where what was left out can be pasted again."""
    if row is None:
        return NewWriteUp()
    is_new = paste.destination == Paste.Destination.NEW_WRITEUP
    return (MoreOfWriteUp if is_new else DESTINATIONS[paste.destination])(row)


def list_links(model_admin, request, row):
    """Return (noun, name, address) of the write-up, its book and its meetup, or the book, where the user may open it."""
    rows = [row, getattr(row, "book", None), getattr(row, "meetup", None)]
    return [
        (str(each._meta.verbose_name).capitalize(), str(each), reverse(admin_url(each, "change"), args=[each.pk]))
        for each in rows
        if each and may_open(model_admin, request, each)
    ]


def report_saved(model_admin, request, paste: Paste, target: PasteDestination, done: Import, row):
    """Log what was saved, and show messages with links to it and to what was left out."""
    counts = ", ".join(f"{number} {names[number != 1]}" for names, number in done.made.items()) or "prose"
    if target.row is None:
        model_admin.log_addition(request, row, "Pasted.")
    else:
        model_admin.log_change(request, row, f"Pasted: {counts}.")
    links = format_html_join("", ' {}: <a href="{}">{}</a>.', (
        (noun, address, name) for noun, name, address in list_links(model_admin, request, row)[1:]
    ))  # fmt: skip
    words = f"Saved from what you pasted: {counts}. {target.afterwards}".strip()
    model_admin.message_user(request, format_html("{}{}", words, links), "success")
    for sentence in list_notes(done):
        model_admin.message_user(request, link_own_addresses(sentence), "warning")
    report_left_out(model_admin, request, paste)


def list_notes(done: Import) -> list[str]:
    """Return sentences on rows found and doubts that arose while saving, after the review."""
    here = [f"Here already, and used: {'; '.join(done.found)}."] if done.found else []
    return here + list(dict.fromkeys(doubt.sentence for doubt in sorted(set(done.doubts))))


def report_left_out(model_admin, request, paste: Paste):
    left_out = paste.outcome["left_out"]
    for each in left_out[:LISTED]:
        text = Truncator(each["text"]).chars(MESSAGE_LENGTH)
        words = format_html("Left out: “{}” – {}.", text, link_own_addresses(each["reason"]))
        model_admin.message_user(request, words, "warning")
    if left_out:
        address = model_admin.reverse("paste_review", paste.pk)
        words = f"{count_noun(len(left_out), 'piece')} of your document left out"
        model_admin.message_user(
            request, format_html('{}: <a href="{}">see why, and put back what you miss</a>.', words, address), "warning"
        )
