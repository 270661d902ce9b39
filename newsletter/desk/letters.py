"""A letter at the desk, beyond its form: from a button to a draft, look at it, and try it on oneself."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from bookclub.desk.moments import goes_live
from bookclub.models import Fence, OutgoingMail
from bookclub.publishing import Audience
from meetups.models import Meetup, WriteUp
from newsletter import delivery
from newsletter.desk.believed import BelievedPages
from newsletter.desk.common import as_it_stands
from newsletter.desk.sending import SendingForm, SendingPages
from newsletter.drafting import draft_letter, draft_note
from newsletter.letter import TOKEN, weight_of
from newsletter.lint import lint
from newsletter.models import Delivery, Subscriber
from newsletter.models.delivery import list_headers

# A mail bears its styles on its elements; it is shown by itself, with nothing else allowed.
MAIL_ALONE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups"
SHOWN = 50


class LetterPages(SendingPages, BelievedPages):
    """For the ModelAdmin of issues."""

    def get_urls(self):
        view, post = self.admin_site.admin_view, lambda verb: self.admin_site.admin_view(require_POST(verb))
        name = "newsletter_issue_{}".format
        return [
            path("draft/<int:pk>/", post(self.draft_view), name=name("draft")),
            path("note/<int:pk>/", post(self.note_view), name=name("note")),
            path("<int:pk>/letter/", view(self.letter_view), name=name("letter")),
            path("<int:pk>/letter/html/", view(self.html_view), name=name("html")),
            path("<int:pk>/test/", post(self.test_view), name=name("test")),
            *super().get_urls(),
        ]

    def view_on_site(self, issue):
        """Only what was sent has a page."""
        return issue.get_absolute_url() if issue.number else None

    def draft_view(self, request, pk):
        """From a published write-up to a letter that is nearly done."""
        writeup = WriteUp.objects.published().filter(pk=pk).first()
        if writeup is None or not self.has_add_permission(request):
            raise PermissionDenied
        if writeup.audience != Audience.PUBLIC:
            words = "This write-up is for members, and the letter goes to everybody on the list: it can’t tell of it."
            self.message_user(request, words, messages.WARNING)
            return redirect("admin:meetups_writeup_change", pk)
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

    def letter_view(self, request, pk, form=None):
        """How it looks, what to look at again, who gets it; once it is sent, what became of it."""
        issue = self.sendable(request, pk)
        letter = as_it_stands(issue)
        rows = issue.deliveries.select_related("subscriber").order_by("pk")
        form = form or SendingForm(initial={"at": issue.send_at})
        return self.shown(
            request,
            "letter",
            "What became of it" if issue.frozen_at else "Look and send",
            issue=issue,
            letter=letter,
            size=weight_of(letter) / 1000,
            findings=[] if issue.frozen_at else lint(issue, letter),
            reader_count=Subscriber.objects.wanting(issue.topic).count(),
            numbers=delivery.numbers(issue),
            fence=Fence.objects.first(),
            unknown=rows.filter(state=Delivery.State.UNKNOWN)[:SHOWN],
            failed=rows.filter(state=Delivery.State.FAILED)[:SHOWN],
            form=form,
            media=self.media + form.media,
        )

    def html_view(self, request, pk):
        letter = as_it_stands(self.sendable(request, pk))
        return HttpResponse(
            letter.html, headers={"Content-Security-Policy": MAIL_ALONE, "X-Frame-Options": "SAMEORIGIN"}
        )

    def test_view(self, request, pk):
        """The letter as it stands, to the organiser's own address, through the same outbox."""
        issue = self.sendable(request, pk)
        letter = as_it_stands(issue)
        OutgoingMail.objects.write(
            key=f"letter-test:{issue.pk}:{timezone.now().isoformat()}",
            kind="letter-test",
            to=request.user.email,
            subject=f"Test: {letter.subject}",
            text=letter.text,
            html=letter.html,
            headers=list_headers(TOKEN),
            rank=OutgoingMail.Rank.AT_ONCE,
        )
        words = f"A copy is on its way to {request.user.email}. Its links to leave belong to nobody."
        self.message_user(request, words)
        return redirect("admin:newsletter_issue_letter", pk)


def state_of(issue):
    """In words, for a list; `issue` comes from `saying_how_they_stand()`."""
    if issue.cancelled_at:
        return "Cancelled"
    if issue.frozen_at is None:
        return state_of_unsent(issue)
    if issue.paused_at:
        return "Refused: look at it" if issue.paused_because else "Paused"
    return "Being sent" if issue.is_open else "Sent"


def state_of_unsent(issue):
    if issue.is_held_back:
        return "Held back: look at it"
    if issue.send_at is None:
        return "Draft"
    return "Missed its moment: look at it" if issue.is_missed else f"Goes out {goes_live(issue.send_at)}"
