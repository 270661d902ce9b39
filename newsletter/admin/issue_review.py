"""The pages to draft an issue, to review it, and to send a test to oneself."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from bookclub.admin_base.datetime_fields import ClubDateTimeField
from bookclub.core.formatting import format_future_moment
from bookclub.core.visibility import Audience
from bookclub.mail.backends import has_mail_server
from bookclub.mail.models import MailRequest, OutgoingMail, SendingPause
from bookclub.mail.rate_limits import DAY, HOUR, RateLimit
from meetups.models import Meetup, WriteUp
from newsletter import delivery
from newsletter.checks import check_issue
from newsletter.drafts import draft_date_note, draft_issue
from newsletter.forms import INVALID_ADDRESS
from newsletter.models import Delivery, Subscriber
from newsletter.models.delivery import build_list_headers
from newsletter.rendering import TOKEN_PLACEHOLDER, measure_mail_bytes, render_issue

# A mail has inline styles; its preview allows nothing else.
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups"
MAX_DELIVERIES_SHOWN = 50
TEST_REASON = "an organiser sends you this test"
# An organiser may send a test to a stranger, so a stranger must not be flooded by it.
TEST_LIMIT = RateLimit(
    per_address=((HOUR, 5), (DAY, 20)), per_network=((HOUR, 20), (DAY, 60)), per_site=((HOUR, 20), (DAY, 60))
)
TOO_MANY_TESTS = "No test was sent to {}: many were sent within the hour or the day. Try again later."


class SendingForm(forms.Form):
    at = ClubDateTimeField(label="Send it at", required=False)

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at and at <= timezone.now():
            raise ValidationError("That moment is past. Choose one ahead, or send it now.", code="past")
        return at


class TestForm(forms.Form):
    to = forms.EmailField(max_length=254, required=False, error_messages={"invalid": INVALID_ADDRESS})


def get_urls(model_admin):
    page = model_admin.page
    options = {"permission": "newsletter.send_issue"}
    return [
        page("draft/<int:pk>/", draft_from_writeup, "draft_from_writeup", permission="add", is_post_only=True),
        page("note/<int:pk>/", draft_from_meetup, "draft_from_meetup", permission="add", is_post_only=True),
        page("<int:pk>/letter/", show_issue, "review", **options),
        page("<int:pk>/letter/html/", show_html, "mail_html", **options),
        page("<int:pk>/test/", send_test, "send_test", is_post_only=True, **options),
    ]


def draft_from_writeup(model_admin, request, pk):
    """Draft an issue about a published write-up."""
    writeup = WriteUp.objects.published().filter(pk=pk).first()
    if writeup is None:
        raise PermissionDenied
    if writeup.audience != Audience.PUBLIC:
        words = "This write-up is for members, but the letter goes to everybody on the list."
        model_admin.message_user(request, words, messages.WARNING)
        return redirect("admin:meetups_writeup_change", pk)
    return open_draft(model_admin, request, *draft_issue(writeup))


def draft_from_meetup(model_admin, request, pk):
    """Draft a date note about an upcoming meetup."""
    meetup = Meetup.objects.published().upcoming().going_ahead().exclude(date=None).filter(pk=pk).first()
    if meetup is None:
        raise PermissionDenied
    return open_draft(model_admin, request, *draft_date_note(meetup))


def open_draft(model_admin, request, issue, is_new):
    if is_new:
        model_admin.log_addition(request, issue, "Drafted by a button.")
    words = "Here it is, nearly done." if is_new else "It has been drafted already: here it is."
    model_admin.message_user(request, f"{words} Change what you like, then look at it and send it.")
    return redirect(model_admin.reverse("change", issue.pk))


def find_issue(model_admin, request, pk):
    issue = model_admin.get_object(request, str(pk))
    if issue is None:
        raise PermissionDenied
    return issue


def get_rendered_issue(issue, reason=""):
    """Return the text as sent or, for a draft, as it would be sent now, to a reader of whom we have no name.

    `reason` completes “You get this because …”; by default the reader asked for it.
    """
    rendered = issue.rendered if issue.frozen_at else render_issue(issue)
    return rendered.for_reader(TOKEN_PLACEHOLDER, reason or issue.get_reason_for())


def show_issue(model_admin, request, pk, form=None):
    """Show the issue with its problems and recipients; once it is sent, with its results."""
    issue = find_issue(model_admin, request, pk)
    rendered = get_rendered_issue(issue)
    rows = issue.deliveries.select_related("subscriber").order_by("pk")
    return model_admin.render_page(
        request,
        "admin/newsletter/issue/review.html",
        title="What became of it" if issue.frozen_at else "Look and send",
        row=issue,
        issue=issue,
        rendered=rendered,
        size=measure_mail_bytes(rendered) / 1000,
        findings=[] if issue.frozen_at else check_issue(issue, rendered),
        reader_count=Subscriber.objects.wanting(issue.topic).count(),
        numbers=delivery.count_states(issue),
        pause=SendingPause.objects.first(),
        has_mail_server=has_mail_server(),
        unknown=rows.filter(state=Delivery.State.UNKNOWN)[:MAX_DELIVERIES_SHOWN],
        failed=rows.filter(state=Delivery.State.FAILED)[:MAX_DELIVERIES_SHOWN],
        form=form or SendingForm(initial={"at": issue.send_at}),
    )


def show_html(model_admin, request, pk):
    rendered = get_rendered_issue(find_issue(model_admin, request, pk))
    headers = {"Content-Security-Policy": MAIL_CSP, "X-Frame-Options": "SAMEORIGIN"}
    return HttpResponse(rendered.html, headers=headers)


def send_test(model_admin, request, pk):
    """Send the current text to the typed address, by default the organiser's own. It counts as no delivery."""
    issue = find_issue(model_admin, request, pk)
    form = TestForm(request.POST)
    to = form.cleaned_data["to"] or request.user.email if form.is_valid() else ""
    if not to:
        model_admin.message_user(request, " ".join(form.errors["to"]), messages.ERROR)
    elif enqueue_test(request, issue, to):
        words = f"A test is on its way to {to}. Its unsubscribe links do nothing."
        model_admin.message_user(request, words, messages.SUCCESS)
    else:
        model_admin.message_user(request, TOO_MANY_TESTS.format(to), messages.ERROR)
    return redirect(model_admin.reverse("review", pk))


def enqueue_test(request, issue, to) -> bool:
    """Queue the test; return False if so many were sent that this one would be too many."""
    rendered = get_rendered_issue(issue, reason=TEST_REASON)
    with transaction.atomic():
        if not MailRequest.objects.record("letter-test", to, request, TEST_LIMIT).is_within:
            return False
        return OutgoingMail.objects.enqueue(
            key=f"letter-test:{issue.pk}:{timezone.now().isoformat()}",
            kind="letter-test",
            to=to,
            subject=f"Test: {rendered.subject}",
            text=rendered.text,
            html=rendered.html,
            headers=build_list_headers(TOKEN_PLACEHOLDER, request.club.lasting_host),
            priority=OutgoingMail.Priority.URGENT,
        )


def describe_state(issue):
    """Return the state in words; `issue` needs the annotation of `with_is_open()`."""
    if issue.cancelled_at:
        return "Cancelled"
    if issue.frozen_at is None:
        return describe_unsent_state(issue)
    if issue.paused_at:
        return "Refused: look at it" if issue.pause_reason else "Paused"
    return "Being sent" if issue.is_open else "Sent"


def describe_unsent_state(issue):
    if issue.is_held_back:
        return "Held back: look at it"
    if issue.send_at is None:
        return "Draft"
    return "Missed its moment: look at it" if issue.is_missed else f"Goes out {format_future_moment(issue.send_at)}"
