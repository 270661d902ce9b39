"""Sending a letter at the desk: now or at a moment, stopping it, and settling what became of it."""

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from bookclub.desk.moments import Moment, goes_live
from bookclub.publishing import Audience
from newsletter import delivery
from newsletter.desk.common import LetterDesk
from newsletter.letter import put_together
from newsletter.lint import lint
from newsletter.models import Delivery, Subscriber

SHOWN_TO = {
    "public": "Everybody may read it among the past letters.",
    "members": "Members alone may read it among the past letters.",
    "nobody": "It is off the site. What arrived by mail stays there.",
}


class SendingForm(forms.Form):
    at = Moment(label="Send it at", required=False, widget=AdminSplitDateTime)

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at and at <= timezone.now():
            raise ValidationError("That moment is past. Choose one ahead, or send it now.", code="past")
        return at


class SendingPages(LetterDesk):
    """For the ModelAdmin of issues."""

    def get_urls(self):
        view, post = self.admin_site.admin_view, lambda verb: self.admin_site.admin_view(require_POST(verb))
        name = "newsletter_issue_{}".format
        return [
            path("<int:pk>/sending/", view(self.send_view), name=name("send")),
            path("<int:pk>/draft/", post(self.unschedule_view), name=name("unschedule")),
            path("<int:pk>/pause/", post(self.pause_view), name=name("pause")),
            path("<int:pk>/cancellation/", post(self.cancel_view), name=name("cancel")),
            path("<int:pk>/unknown/", post(self.unknown_view), name=name("unknown")),
            path("<int:pk>/failed/", post(self.failed_view), name=name("failed")),
            path("<int:pk>/readers/", post(self.readers_view), name=name("readers")),
            *super().get_urls(),
        ]

    def back(self, request, issue, words, level=messages.SUCCESS):
        """To the letter's page, with `words`; they are in the log, too, where something has changed."""
        if level == messages.SUCCESS:
            self.log_change(request, issue, words)
        self.message_user(request, words, level)
        return redirect("admin:newsletter_issue_letter", issue.pk)

    def send_view(self, request, pk):
        """A GET asks, with the number of readers and what was found; a POST that confirms it sends."""
        issue = self.sendable(request, pk)
        if issue.frozen_at or issue.cancelled_at:
            words = "This letter was cancelled." if issue.cancelled_at else "It has been sent already."
            return self.back(request, issue, words, messages.WARNING)
        form = SendingForm(request.POST if request.method == "POST" else request.GET)
        if not form.is_valid():
            return self.letter_view(request, pk, form)
        findings = lint(issue, put_together(issue))
        is_barred = any(finding.is_grave for finding in findings)
        if "confirmed" not in request.POST or is_barred:
            return self.confirm(request, issue, form, findings=findings, is_barred=is_barred)
        return self.sent(request, issue, form.cleaned_data["at"])

    def sent(self, request, issue, at):
        try:
            issue = delivery.send(issue, request.user, at)
        except ValidationError as error:  # cancelled by somebody else at this moment
            return self.back(request, issue, error.message, messages.ERROR)
        words = "is on its way" if issue.frozen_at else f"goes out {goes_live(issue.send_at)}"
        return self.back(request, issue, f"“{issue.subject}” {words}.")

    def confirm(self, request, issue, form, **found):
        return self.shown(
            request,
            "confirm",
            "Send this letter",
            issue=issue,
            at=form.cleaned_data["at"],
            form=form,
            reader_count=Subscriber.objects.wanting(issue.topic).count(),
            **found,
        )

    def unschedule_view(self, request, pk):
        issue = self.sendable(request, pk)
        if not delivery.unschedule(issue):
            return self.back(request, issue, "It has been sent already.", messages.WARNING)
        return self.back(request, issue, "It is a draft again, and goes out when you say so.")

    def pause_view(self, request, pk):
        issue = self.sendable(request, pk)
        if issue.frozen_at is None:
            return self.back(request, issue, "It is not on its way yet.", messages.WARNING)
        verb, words = (delivery.resume, "goes on") if issue.paused_at else (delivery.pause, "is paused")
        verb(issue)
        return self.back(request, issue, f"Sending {words}.")

    def cancel_view(self, request, pk):
        """Asks first: some mail is on its way already."""
        issue = self.sendable(request, pk)
        if issue.frozen_at is None:
            return self.unschedule_view(request, pk)
        numbers = delivery.numbers(issue)
        if "confirmed" not in request.POST:
            return self.shown(request, "cancel", "Cancel this letter", issue=issue, numbers=numbers)
        if not delivery.cancel(issue):
            return self.back(request, issue, "Nothing of it waits any more: it has gone out.", messages.WARNING)
        return self.back(request, issue, "The letter is cancelled. What had not gone out stays here.")

    def readers_view(self, request, pk):
        """Who may read it on the site, once it is sent."""
        issue, shown_to = self.sendable(request, pk), request.POST.get("shown_to")
        if issue.frozen_at is None or shown_to not in SHOWN_TO:
            return self.back(request, issue, "Choose who may read it.", messages.WARNING)
        delivery.show_on_site(issue, shown_to if shown_to in Audience.values else None)
        return self.back(request, issue, SHOWN_TO[shown_to])

    def unknown_view(self, request, pk):
        """A person says of one copy, or of all, whether it is to go out once more, or counts as sent."""
        issue = self.sendable(request, pk)
        rows = issue.deliveries.filter(state=Delivery.State.UNKNOWN)
        is_again = request.POST.get("answer") == "again"
        if "delivery" in request.POST:
            rows = rows.filter(pk=number_in(request.POST["delivery"]))
        elif is_again and "confirmed" not in request.POST:
            return self.shown(request, "again", "Send them again", issue=issue, number=rows.count())
        arrived = {"state": Delivery.State.SENT, "sent_at": timezone.now(), "error": ""}
        number = rows.queue_again() if is_again else rows.update(**arrived)
        if not number:
            return self.back(request, issue, "Somebody has settled this already.", messages.WARNING)
        verb = "sent again" if is_again else "counted as sent"
        return self.back(request, issue, f"{copies(number)} that may have gone out: {verb}.")

    def failed_view(self, request, pk):
        """What was refused goes into the line once more, but for addresses that take no mail."""
        issue = self.sendable(request, pk)
        number = delivery.try_failed_again(issue)
        if not number:
            return self.back(request, issue, "None of them can be tried again.", messages.WARNING)
        return self.back(request, issue, f"{copies(number)} that had failed: tried again.")


def copies(number):
    return f"{number} cop{'y' if number == 1 else 'ies'}"


def number_in(text):
    """0, which is nobody's, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
