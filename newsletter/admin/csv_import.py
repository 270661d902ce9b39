"""The pages that import a list of addresses: upload, report on each row, import. The worker does the long lists."""

from functools import partial

from django import forms
from django.contrib import messages
from django.shortcuts import redirect

from bookclub.mail.models import Worker
from newsletter.csv_import import STORED_VERDICTS
from newsletter.list_import import (
    FILE_LIMIT_BYTES,
    TOO_LARGE,
    answer_questions,
    confirm_import,
    get_columns,
    get_report,
    start_import,
)
from newsletter.lists.files import NoAddresses
from newsletter.models import SubscriberImport

EXPIRED = "This list is not here any more: it is kept for an hour, or until it is brought in."
REFRESH_SECONDS = 3


class ImportForm(forms.Form):
    file = forms.FileField(
        label="The list",
        help_text="CSV or Excel (.xlsx), up to 10 MB, with a column of addresses. Export all columns: those that say who "
        "left or never confirmed are read, too.",
        error_messages={"required": "Choose the file.", "empty": "There is nothing in this file. Choose another."},
    )
    consent = forms.CharField(
        label="Where they agreed",
        max_length=180,
        help_text="“List at the door, 12 October 2026.” It is kept beside each address, as the proof.",
        error_messages={
            "required": "Say where they agreed.",
            "max_length": "Say it in %(limit_value)d characters: these are %(show_value)d.",
        },
        widget=forms.TextInput({"class": "vTextField"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > FILE_LIMIT_BYTES:
            raise forms.ValidationError(TOO_LARGE, code="too_large")
        return file

    def start_import(self, owner) -> SubscriberImport | None:
        """Return None, with an error, if the list can't be read."""
        try:
            return start_import(owner, self.cleaned_data["consent"], self.cleaned_data["file"])
        except NoAddresses as error:
            self.add_error("file", error)
            return None


def get_urls(model_admin):
    options = {"permission": "newsletter.add_subscriber"}
    return [
        model_admin.page("list/", import_list, "import", takes_files=True, **options),
        model_admin.page("list/<int:pk>/", show_import, "import_progress", **options),
    ]


def import_list(model_admin, request):
    """Show the report on an uploaded list; the button below it imports the new addresses."""
    if "kept" in request.POST:
        return import_kept_list(model_admin, request)
    form = ImportForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    kept = form.start_import(request.user) if form.is_bound and form.is_valid() else None
    if kept and kept.is_working:
        return redirect(model_admin.reverse("import_progress", kept.pk))
    return render_import(model_admin, request, form, kept)


def import_kept_list(model_admin, request):
    key = request.POST["kept"]
    lists = SubscriberImport.objects.kept_for(request.user)
    kept = lists.filter(pk=key).first() if key.isascii() and key.isdecimal() and len(key) < 19 else None
    act = (
        partial(answer_questions, answers=read_answers(kept, request.POST))
        if "answered" in request.POST
        else confirm_import
    )
    if kept is None or not act(kept):
        model_admin.message_user(request, f"{EXPIRED} Choose the file once more.", messages.WARNING)
        return redirect(model_admin.reverse("import"))
    if kept.is_working:
        return redirect(model_admin.reverse("import_progress", kept.pk))
    return render_import(model_admin, request, ImportForm(), kept)


def read_answers(kept, data) -> dict:
    """Return the posted answers to the questions about the columns; without the address column if none was chosen."""
    if kept is None or not kept.columns:
        return {}
    columns = get_columns(kept)
    offered = {answer for _, values in columns.refusal_questions for answer, _, _ in values}
    answers = {"refusals": [each for each in data.getlist("refusal") if each in offered]}
    chosen = [column for column, _, _ in columns.address_question if str(column) == data.get("address")]
    return answers | ({"address": chosen[0]} if chosen else {})


def show_import(model_admin, request, pk):
    """Show how far the worker is, or the report. The page loads itself again while the worker is busy."""
    kept = SubscriberImport.objects.kept_for(request.user).filter(pk=pk).first()
    if kept is None:
        model_admin.message_user(request, f"{EXPIRED} Choose the file once more.", messages.WARNING)
        return redirect(model_admin.reverse("import"))
    return render_import(model_admin, request, ImportForm(), kept)


def render_import(model_admin, request, form, kept=None):
    unfinished = SubscriberImport.objects.kept_for(request.user).exclude(pk=kept and kept.pk)
    columns = get_columns(kept) if kept and kept.columns else None
    context = {
        "title": "Bring in a list",
        "form": form,
        "kept": kept,
        "has_silent_worker": bool(kept and kept.is_working) and Worker.objects.is_silent(),
        "report": get_report(kept) if kept and not kept.is_working else None,
        "columns": columns,
        "columns_read": columns.describe(kept.answers) if columns else [],
        "has_open_questions": bool(columns and columns.has_open_questions(kept.answers)),
        "stored_count": sum(get_report(kept).counts[verdict] for verdict in STORED_VERDICTS) if kept else 0,
        "unfinished": unfinished,
        "import_url": model_admin.reverse("import"),
    }
    response = model_admin.render_page(request, "admin/newsletter/subscriber/import.html", **context)
    if kept and kept.is_working:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response
