"""The list at the desk: bring addresses in, take them out as a table, and forget them."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import FileExtensionValidator
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from newsletter import exporting, signing_up
from newsletter.erasing import erase
from newsletter.importing import NoAddresses, import_list, text_of

FILE_LIMIT_BYTES = 10 * 1024 * 1024


class ListForm(forms.Form):
    file = forms.FileField(
        label="The list",
        help_text="A CSV file, up to 10 MB, with a column of addresses. Other columns are not read.",
        validators=[FileExtensionValidator(["csv", "txt"], "Save it as CSV first.")],
    )
    consent = forms.CharField(
        label="Where they agreed",
        max_length=180,
        help_text="“List at the door, 12 October 2026.” It is kept beside each address, as the proof.",
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > FILE_LIMIT_BYTES:
            raise forms.ValidationError("That is more than 10 MB. Send it in two halves.", code="too_large")
        return file

    def lines(self):
        return text_of(self.cleaned_data["file"].file)


class AddressForm(forms.Form):
    email = forms.EmailField(label="Address", max_length=254)


class ListPages:
    """For the ModelAdmin of subscribers."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("list/", view(self.import_view), name="newsletter_subscriber_import"),
            path("export/", view(self.export_view), name="newsletter_subscriber_export"),
            path("erasure/", view(self.erase_view), name="newsletter_subscriber_erase"),
            *super().get_urls(),
        ]

    def import_view(self, request):
        """The button that looks says what each row is; the one that brings in does the same, and brings in."""
        self.check_may(request, "add")
        form = ListForm(request.POST or None, request.FILES or None)
        report, is_dry = None, "bring_in" not in request.POST
        if request.method == "POST" and form.is_valid():
            try:
                report = import_list(form.lines(), consent=form.cleaned_data["consent"], is_dry=is_dry)
            except NoAddresses as error:
                form.add_error("file", error)
        if report and not is_dry:
            self.message_user(request, f"Brought in: {report.counts['new']}. No mail was sent.")
        context = self.admin_site.each_context(request) | {
            "title": "Bring in a list",
            "opts": self.opts,
            "form": form,
            "report": report,
            "is_dry": is_dry,
        }
        return TemplateResponse(request, "admin/newsletter/subscriber/import.html", context)

    def export_view(self, request):
        self.check_may(request, "view")
        headers = {"Content-Disposition": 'attachment; filename="subscribers.csv"'}
        return StreamingHttpResponse(exporting.lines(), content_type="text/csv; charset=utf-8", headers=headers)

    def erase_view(self, request):
        """The answer is the same whether the address was here or not."""
        self.check_may(request, "delete")
        form = AddressForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            erase(form.cleaned_data["email"])
            self.message_user(request, "The address is forgotten. It gets no mail, and no list brings it back.")
            return redirect("admin:newsletter_subscriber_changelist")
        context = self.admin_site.each_context(request) | {
            "title": "Forget an address",
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/newsletter/subscriber/erase.html", context)

    def check_may(self, request, action):
        if not request.user.has_perm(f"newsletter.{action}_subscriber"):
            raise PermissionDenied

    @admin.action(description="Take off the list", permissions=["change"])
    def take_off(self, request, queryset):
        for subscriber in queryset.subscribed():
            signing_up.leave(subscriber, f"an organiser ({request.user})"[:80])
        self.message_user(request, "They get no more letters.")

    @admin.action(description="Try the address again", permissions=["change"])
    def clear(self, request, queryset):
        number = queryset.exclude(suppressed_at=None).update(
            suppressed_at=None, suppressed_because="", bounce_count=0, diagnostic=""
        )
        level = messages.SUCCESS if number else messages.WARNING
        self.message_user(request, f"{number} addresses get letters again.", level)
