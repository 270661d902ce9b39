"""Looking before publishing: the form leads to the page and back, and a secret link lets a reader without an account in."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from bookclub.desk.moments import goes_live
from bookclub.desk.reach import in_reach
from meetups.models import PreviewLink, WriteUp


class DaysForm(forms.Form):
    days = forms.IntegerField(
        min_value=1,
        max_value=PreviewLink.DAYS_AT_MOST,
        initial=PreviewLink.DAYS,
        help_text="After so many days it opens nothing any more.",
    )


class Looking:
    """For the ModelAdmin of write-ups."""

    def response_post_save_add(self, request, obj):
        return redirect(obj) if "_look" in request.POST else super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj):
        return redirect(obj) if "_look" in request.POST else super().response_post_save_change(request, obj)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/preview-link/", view(self.link_view), name="meetups_writeup_preview_link"),
            path(
                "<int:pk>/preview-link/revocation/",
                view(require_POST(self.revoke_view)),
                name="meetups_writeup_revoke_link",
            ),
            *super().get_urls(),
        ]

    def link_view(self, request, pk):
        """The write-up's secret link; a POST makes a new one."""
        writeup = self.changeable(request, pk)
        form = DaysForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            link = PreviewLink.objects.renew(writeup, form.cleaned_data["days"])
            self.log_change(request, writeup, f"New preview link, good for {form.cleaned_data['days']} days.")
            self.message_user(request, f"The link works until {goes_live(link.expires_at)}. Earlier ones do not.")
            return redirect("admin:meetups_writeup_preview_link", pk)
        context = self.admin_site.each_context(request) | {
            "title": "Preview link",
            "opts": self.opts,
            "writeup": writeup,
            "link": PreviewLink.objects.filter(writeup=writeup).first(),
            "form": form,
        }
        return TemplateResponse(request, "admin/meetups/writeup/preview_link.html", context)

    def revoke_view(self, request, pk):
        writeup = self.changeable(request, pk)
        PreviewLink.objects.filter(writeup=writeup).delete()
        self.log_change(request, writeup, "Preview link revoked.")
        self.message_user(request, "The link opens nothing any more. Make a new one whenever you like.")
        return redirect("admin:meetups_writeup_preview_link", pk)

    def changeable(self, request, pk):
        writeup = self.get_object(request, str(pk))
        if writeup is None or not self.has_change_permission(request, writeup):
            raise PermissionDenied
        return writeup


def way_back(writeup, user):
    """The address of the write-up's form, for those who may change it; else nothing. One query for an author."""
    if not user.is_staff or not user.has_perm("meetups.change_writeup"):
        return ""
    is_theirs = in_reach(WriteUp.objects.filter(pk=writeup.pk), user).exists()
    return reverse("admin:meetups_writeup_change", args=[writeup.pk]) if is_theirs else ""
