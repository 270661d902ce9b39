"""A letter at the desk, beyond its form: look at it, try it on oneself, send it, and see what became of it."""

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from bookclub.desk.moments import Moment, goes_live
from bookclub.models import OutgoingMail
from meetups.models import Meetup, WriteUp
from newsletter import deliverability, delivery
from newsletter.drafting import draft_letter, draft_note
from newsletter.letter import put_together, weight_of
from newsletter.lint import lint
from newsletter.models import Delivery, Subscriber

# A mail bears its styles on its elements; it is shown by itself, with nothing else allowed.
MAIL_ALONE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox allow-popups"
SHOWN = 50
SELF_TEST = """This is a test of the mail of {name}, sent at {at}.

Where did it arrive: in the inbox, or among the junk?

Your mail program can show the headers of a mail ("show original", "view source"). In the line that begins with
Authentication-Results look for spf=pass, dkim=pass and dmarc=pass. Where one of them says something else, that record
is still missing or wrong.
"""


class SendingForm(forms.Form):
    at = Moment(label="Send it at", required=False, widget=AdminSplitDateTime)

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at and at <= timezone.now():
            raise ValidationError("That moment is past. Choose one ahead, or send it now.", code="past")
        return at


class LetterPages:
    """For the ModelAdmin of issues."""

    def get_urls(self):
        view, post = self.admin_site.admin_view, lambda verb: self.admin_site.admin_view(require_POST(verb))
        name = "newsletter_issue_{}".format
        return [
            path("mail/", view(self.mail_view), name=name("mail")),
            path("draft/<int:pk>/", post(self.draft_view), name=name("draft")),
            path("note/<int:pk>/", post(self.note_view), name=name("note")),
            path("<int:pk>/letter/", view(self.letter_view), name=name("letter")),
            path("<int:pk>/letter/html/", view(self.html_view), name=name("html")),
            path("<int:pk>/test/", post(self.test_view), name=name("test")),
            path("<int:pk>/sending/", post(self.send_view), name=name("send")),
            path("<int:pk>/pause/", post(self.pause_view), name=name("pause")),
            path("<int:pk>/cancellation/", post(self.cancel_view), name=name("cancel")),
            path("<int:pk>/unknown/", post(self.unknown_view), name=name("unknown")),
            path("<int:pk>/failed/", post(self.failed_view), name=name("failed")),
            *super().get_urls(),
        ]

    def draft_view(self, request, pk):
        """From a published write-up to a letter that is nearly done."""
        writeup = WriteUp.objects.published().filter(pk=pk).first()
        if writeup is None or not self.has_add_permission(request):
            raise PermissionDenied
        return self.drafted(request, *draft_letter(writeup))

    def note_view(self, request, pk):
        """From a meetup with a date to a note for those who want to hear of it."""
        meetup = Meetup.objects.published().upcoming().exclude(date=None).filter(pk=pk, cancelled_at=None).first()
        if meetup is None or not self.has_add_permission(request):
            raise PermissionDenied
        return self.drafted(request, *draft_note(meetup))

    def drafted(self, request, issue, is_new):
        if is_new:
            self.log_addition(request, issue, "Drafted by a button.")
        words = "Here it is, nearly done." if is_new else "It has been drafted already: here it is."
        self.message_user(request, f"{words} Change what you like, then look at it and send it.")
        return redirect("admin:newsletter_issue_change", issue.pk)

    def mail_view(self, request):
        """Whether our mail is believed: what the domain has to say, and a mail to oneself, with its headers as sent."""
        self.check_may_send(request)
        if request.method == "POST":
            now = timezone.localtime()
            text = SELF_TEST.format(name=request.club.name, at=f"{now:%H:%M:%S}")
            key = f"self-test:{request.user.pk}:{now.isoformat()}"
            subject = f"A test of {request.club.name}’s mail"
            fields = {"kind": "self-test", "subject": subject, "text": text, "rank": OutgoingMail.Rank.AT_ONCE}
            OutgoingMail.objects.write(key=key, to=request.user.email, **fields)
            self.message_user(request, f"A test is on its way to {request.user.email}.")
            return redirect("admin:newsletter_issue_mail")
        tests = OutgoingMail.objects.filter(kind="self-test", to=request.user.email)
        last = tests.order_by("-pk").first()
        context = self.admin_site.each_context(request) | {
            "title": "Is our mail believed?",
            "opts": self.opts,
            "is_nowhere": deliverability.is_nowhere(),
            "records": deliverability.records(request.club.contact_email),
            "last": last,
            "headers": last.as_message().message().items() if last else [],
        }
        return TemplateResponse(request, "admin/newsletter/issue/mail.html", context)

    def letter_view(self, request, pk, form=None):
        """How it looks, what to look at again, who gets it; once it is sent, what became of it."""
        issue = self.sendable(request, pk)
        letter = issue.letter if issue.frozen_at else put_together(issue)
        context = self.admin_site.each_context(request) | {
            "title": "Look and send" if not issue.frozen_at else "What became of it",
            "opts": self.opts,
            "issue": issue,
            "letter": letter,
            "size": weight_of(letter) / 1000,
            "findings": [] if issue.frozen_at else lint(issue, letter),
            "reader_count": Subscriber.objects.wanting(issue.topic).count(),
            "numbers": delivery.numbers(issue),
            "unknown": issue.deliveries.filter(state=Delivery.State.UNKNOWN).select_related("subscriber")[:SHOWN],
            "failed": issue.deliveries.filter(state=Delivery.State.FAILED).select_related("subscriber")[:SHOWN],
            "form": form or SendingForm(),
            "media": self.media + SendingForm().media,
        }
        return TemplateResponse(request, "admin/newsletter/issue/letter.html", context)

    def html_view(self, request, pk):
        issue = self.sendable(request, pk)
        letter = issue.letter if issue.frozen_at else put_together(issue)
        return HttpResponse(letter.html, headers={"Content-Security-Policy": MAIL_ALONE})

    def test_view(self, request, pk):
        """The letter as it stands, to the organiser's own address, through the same outbox."""
        issue = self.sendable(request, pk)
        letter = issue.letter if issue.frozen_at else put_together(issue)
        OutgoingMail.objects.write(
            key=f"letter-test:{issue.pk}:{timezone.now().isoformat()}",
            kind="letter-test",
            to=request.user.email,
            subject=f"Test: {letter.subject}",
            text=letter.text,
            html=letter.html,
            rank=OutgoingMail.Rank.AT_ONCE,
        )
        self.message_user(
            request, f"A copy is on its way to {request.user.email}. Its links to leave belong to nobody."
        )
        return redirect("admin:newsletter_issue_letter", pk)

    def send_view(self, request, pk):
        """Asks first, with the number of readers and what was found; sends once that was confirmed."""
        issue = self.sendable(request, pk)
        form = SendingForm(request.POST)
        if not form.is_valid():
            return self.letter_view(request, pk, form)
        at = form.cleaned_data["at"]
        findings = [] if issue.frozen_at else lint(issue, put_together(issue))
        is_barred = any(finding.is_grave for finding in findings)
        if "confirmed" not in request.POST or is_barred:
            return self.confirm(request, issue, form, findings, is_barred=is_barred)
        issue = delivery.send(issue, request.user, at)
        words = f"is sent {goes_live(issue.send_at)}" if issue.frozen_at is None else "is on its way"
        self.log_change(request, issue, f"Letter {words}.")
        self.message_user(request, f"“{issue.subject}” {words}.")
        return redirect("admin:newsletter_issue_letter", pk)

    def confirm(self, request, issue, form, findings, *, is_barred):
        context = self.admin_site.each_context(request) | {
            "title": "Send this letter",
            "opts": self.opts,
            "issue": issue,
            "at": form.cleaned_data["at"],
            "form": form,
            "findings": findings,
            "is_barred": is_barred,
            "reader_count": Subscriber.objects.wanting(issue.topic).count(),
        }
        return TemplateResponse(request, "admin/newsletter/issue/confirm.html", context)

    def pause_view(self, request, pk):
        issue = self.sendable(request, pk)
        verb, words = (delivery.resume, "goes on") if issue.paused_at else (delivery.pause, "is paused")
        verb(issue)
        self.log_change(request, issue, f"Sending {words}.")
        self.message_user(request, f"Sending {words}.")
        return redirect("admin:newsletter_issue_letter", pk)

    def cancel_view(self, request, pk):
        """Asks first where mail is on its way already."""
        issue = self.sendable(request, pk)
        if "confirmed" not in request.POST:
            context = self.admin_site.each_context(request) | {
                "title": "Cancel this letter",
                "opts": self.opts,
                "issue": issue,
                "numbers": delivery.numbers(issue),
            }
            return TemplateResponse(request, "admin/newsletter/issue/cancel.html", context)
        delivery.cancel(issue)
        self.log_change(request, issue, "Cancelled.")
        self.message_user(request, "The letter is cancelled. What had not gone out stays here.")
        return redirect("admin:newsletter_issue_letter", pk)

    def unknown_view(self, request, pk):
        """A person says of one copy, or of all, whether it is to go out once more, or counts as sent."""
        issue = self.sendable(request, pk)
        rows = issue.deliveries.filter(state=Delivery.State.UNKNOWN)
        is_again = request.POST.get("answer") == "again"
        if "delivery" in request.POST:
            rows = rows.filter(pk=number_in(request.POST["delivery"]))
        elif is_again and "confirmed" not in request.POST:
            return self.confirm_again(request, issue, rows.count())
        arrived = {"state": Delivery.State.SENT, "sent_at": timezone.now(), "error": ""}
        if number := rows.queue_again() if is_again else rows.update(**arrived):
            words = f"{copies(number)} that may have gone out: {'sent again' if is_again else 'counted as sent'}."
            self.log_change(request, issue, words)
            self.message_user(request, words)
        else:
            self.message_user(request, "Somebody has settled this already.", messages.WARNING)
        return redirect("admin:newsletter_issue_letter", pk)

    def confirm_again(self, request, issue, number):
        context = self.admin_site.each_context(request) | {
            "title": "Send them again",
            "opts": self.opts,
            "issue": issue,
            "number": number,
        }
        return TemplateResponse(request, "admin/newsletter/issue/again.html", context)

    def failed_view(self, request, pk):
        """What was refused goes into the line once more, but for addresses that take no mail."""
        issue = self.sendable(request, pk)
        number = delivery.try_failed_again(issue)
        self.log_change(request, issue, f"{copies(number)} that had failed: tried again.")
        level = messages.SUCCESS if number else messages.WARNING
        self.message_user(request, f"{copies(number)} will be tried again.", level)
        return redirect("admin:newsletter_issue_letter", pk)

    def sendable(self, request, pk):
        self.check_may_send(request)
        issue = self.get_object(request, str(pk))
        if issue is None:
            raise PermissionDenied
        return issue

    def check_may_send(self, request):
        if not request.user.has_perm("newsletter.send_issue"):
            raise PermissionDenied


def copies(number):
    return f"{number} cop{'y' if number == 1 else 'ies'}"


def number_in(text):
    """0, which is nobody's, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def state_of(issue):
    """In words, for a list; `issue` comes from `saying_how_they_stand()`."""
    if issue.cancelled_at:
        return "Cancelled"
    if issue.frozen_at is None:
        if issue.send_at is None:
            return "Draft"
        return "Missed its moment: look at it" if issue.is_missed else f"Sent {goes_live(issue.send_at)}"
    if issue.paused_at:
        return "Refused: look at it" if issue.paused_because else "Paused"
    return "Being sent" if issue.is_open else "Sent"
