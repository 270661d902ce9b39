"""The page that imports a list of addresses: it shows a report first, then imports."""

import hashlib
import secrets

from django import forms
from django.contrib import messages
from django.core.cache import caches
from django.core.validators import FileExtensionValidator
from django.shortcuts import redirect

from newsletter.csv_import import import_rows, open_text, pack_rows, read_addresses, unpack_rows

FILE_LIMIT_BYTES = 10 * 1024 * 1024
KEPT_SECONDS = 60 * 60
EXPIRED = "This list is not here any more: it is kept for an hour, or until it is brought in."


class ImportForm(forms.Form):
    file = forms.FileField(
        label="The list",
        help_text="A CSV file, up to 10 MB, with a column of addresses. Other columns are not read.",
        validators=[FileExtensionValidator(["csv", "txt"], "Save it as CSV first.")],
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
        """Return the packed rows."""
        file = self.cleaned_data["file"]
        rows = pack_rows(read_addresses(open_text(file.file))) if file.size <= FILE_LIMIT_BYTES else None
        if rows is None or len(rows) > FILE_LIMIT_BYTES:
            raise forms.ValidationError("That is more than 10 MB. Send it in two halves.", code="too_large")
        return rows


class PendingImport:
    """The addresses of an uploaded list, kept for an hour until the same organiser imports them."""

    def __init__(self, token, consent, rows):
        self.token, self.consent, self.rows = token, consent, rows

    @classmethod
    def keep(cls, user, consent, file):
        """Store the packed rows, `file` in the form."""
        token = secrets.token_urlsafe(16)
        caches["unsaved"].set(cls._key(token), {"user": user.pk, "consent": consent, "rows": file}, KEPT_SECONDS)
        return cls(token, consent, file)

    @classmethod
    def get(cls, user, token):
        """Return the pending import, or None if it has expired or belongs to another user."""
        kept = caches["unsaved"].get(cls._key(token))
        return cls(token, kept["consent"], kept["rows"]) if kept and kept["user"] == user.pk else None

    @staticmethod
    def _key(token):
        return f"list-{hashlib.sha256(token.encode()).hexdigest()}"

    def report(self):
        return import_rows(unpack_rows(self.rows), consent=self.consent)

    def run(self):
        """Import the rows, each judged again."""
        report = import_rows(unpack_rows(self.rows), consent=self.consent, is_dry=False)
        caches["unsaved"].delete(self._key(self.token))
        return report


def get_urls(model_admin):
    return [model_admin.page("list/", import_list, "import", permission="newsletter.add_subscriber", takes_files=True)]


def import_list(model_admin, request):
    """Show the report on an uploaded list; the button below it imports the new addresses."""
    if "kept" in request.POST:
        return confirm_import(model_admin, request)
    form = ImportForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    kept = PendingImport.keep(request.user, **form.cleaned_data) if form.is_bound and form.is_valid() else None
    return render_import(model_admin, request, form, kept=kept, report=kept and kept.report())


def confirm_import(model_admin, request):
    kept = PendingImport.get(request.user, request.POST["kept"])
    if kept is None:
        model_admin.message_user(request, f"{EXPIRED} Choose the file once more.", messages.WARNING)
        return redirect(model_admin.reverse("import"))
    report = kept.run()
    model_admin.message_user(request, f"Brought in: {report.counts['new']:,}. No mail was sent.")
    return render_import(model_admin, request, ImportForm(), report=report)


def render_import(model_admin, request, form, kept=None, report=None):
    template = "admin/newsletter/subscriber/import.html"
    return model_admin.render_page(request, template, title="Bring in a list", form=form, kept=kept, report=report)
