"""A list of addresses from elsewhere, at the desk: looked at first, then brought in."""

import hashlib
import secrets

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.validators import FileExtensionValidator
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from newsletter.importing import addresses_in, import_rows, packed, text_of, unpacked

FILE_LIMIT_BYTES = 10 * 1024 * 1024
SECONDS_KEPT = 60 * 60
NOT_KEPT = "What you looked at is not here any more: it is kept for an hour, and until it is brought in."


class ListForm(forms.Form):
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
        """Its rows, packed."""
        file = self.cleaned_data["file"]
        rows = packed(addresses_in(text_of(file.file))) if file.size <= FILE_LIMIT_BYTES else None
        if rows is None or len(rows) > FILE_LIMIT_BYTES:
            raise forms.ValidationError("That is more than 10 MB. Send it in two halves.", code="too_large")
        return rows


class KeptList:
    """The addresses of a list that was looked at, for who looked at it to bring in: in the cache, for an hour."""

    def __init__(self, token, consent, rows):
        self.token, self.consent, self.rows = token, consent, rows

    @classmethod
    def keep(cls, user, consent, file):
        """`file` is its packed rows."""
        token = secrets.token_urlsafe(16)
        cache.set(cls._key(token), {"user": user.pk, "consent": consent, "rows": file}, SECONDS_KEPT)
        return cls(token, consent, file)

    @classmethod
    def get(cls, user, token):
        """None where there is none, or somebody else looked at it."""
        kept = cache.get(cls._key(token))
        return cls(token, kept["consent"], kept["rows"]) if kept and kept["user"] == user.pk else None

    @staticmethod
    def _key(token):
        return f"list-{hashlib.sha256(token.encode()).hexdigest()}"

    def report(self):
        return import_rows(unpacked(self.rows), consent=self.consent)

    def bring_in(self):
        """Each row is judged anew."""
        report = import_rows(unpacked(self.rows), consent=self.consent, is_dry=False)
        cache.delete(self._key(self.token))
        return report


class ImportPages:
    """A list is looked at first: what each row is. Then a button brings the new ones in."""

    def import_view(self, request):
        self.check_may(request, "add")
        if "kept" in request.POST:
            return self.bring_in(request)
        form = ListForm(*(request.POST, request.FILES) if request.method == "POST" else ())
        kept = KeptList.keep(request.user, **form.cleaned_data) if form.is_bound and form.is_valid() else None
        return self.list_page(request, form, kept=kept, report=kept and kept.report())

    def bring_in(self, request):
        kept = KeptList.get(request.user, request.POST["kept"])
        if kept is None:
            self.message_user(request, f"{NOT_KEPT} Choose the file once more.", messages.WARNING)
            return redirect("admin:newsletter_subscriber_import")
        report = kept.bring_in()
        self.message_user(request, f"Brought in: {report.counts['new']:,}. No mail was sent.")
        return self.list_page(request, ListForm(), report=report)

    def list_page(self, request, form, kept=None, report=None):
        context = self.admin_site.each_context(request) | {
            "title": "Bring in a list",
            "opts": self.opts,
            "form": form,
            "kept": kept,
            "report": report,
        }
        return TemplateResponse(request, "admin/newsletter/subscriber/import.html", context)
