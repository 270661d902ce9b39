"""The pages to send or schedule an issue, to pause and cancel it, and to settle unknown and failed deliveries."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone

from bookclub.core.formatting import count_noun, format_future_moment
from bookclub.core.visibility import Audience
from bookclub.mail.backends import has_mail_server
from newsletter import delivery
from newsletter.admin.issue_review import SendingForm, find_issue, show_issue
from newsletter.checks import check_issue
from newsletter.models import Delivery, Subscriber
from newsletter.rendering import render_issue

CANCEL_WARNING = (
    "{sent} went out and can’t be called back. {queued} would not be sent. This can’t be undone: a new letter goes to "
    "all, also to those who have this one. To think it over, pause it."
)
ALREADY_SETTLED = "Somebody has settled this already."
SITE_AUDIENCES = {
    "public": "Everybody may read it among the past letters.",
    "members": "Members alone may read it among the past letters.",
    "nobody": "It is off the site. What arrived by mail stays there.",
}


def get_urls(model_admin):
    page = model_admin.page
    options = {"permission": "newsletter.send_issue"}
    post_options = options | {"is_post_only": True}
    return [
        page("<int:pk>/sending/", send_issue, "send", **options),
        page("<int:pk>/draft/", unschedule_issue, "unschedule", **post_options),
        page("<int:pk>/pause/", pause_or_resume, "pause", **post_options),
        page("<int:pk>/cancellation/", cancel_issue, "cancel", **post_options),
        page("<int:pk>/unknown/", settle_unknown, "settle_unknown", **post_options),
        page("<int:pk>/failed/", retry_failed, "retry_failed", **post_options),
        page("<int:pk>/readers/", choose_site_audience, "site_audience", **post_options),
    ]


def redirect_with_message(model_admin, request, issue, words, level=messages.SUCCESS):
    """Show `words` on the review page; log them, too, if `level` is SUCCESS."""
    if level == messages.SUCCESS:
        model_admin.log_change(request, issue, words)
    model_admin.message_user(request, words, level)
    return redirect(model_admin.reverse("review", issue.pk))


def confirm_action(model_admin, request, issue, act, **options):
    """Show a confirmation page, then run `act`, which returns what it did, in words, for the log."""

    def act_and_log():
        words = act()
        model_admin.log_change(request, issue, words)
        return words

    url = model_admin.reverse("review", issue.pk)
    return model_admin.confirm(request, act_and_log, row=issue, back_url=url, is_opened_by_post=True, **options)


def send_issue(model_admin, request, pk):
    """Ask with the number of readers and the findings; send or schedule on the confirming POST."""
    issue = find_issue(model_admin, request, pk)
    if issue.frozen_at or issue.cancelled_at:
        words = "This letter was cancelled." if issue.cancelled_at else "It has been sent already."
        return redirect_with_message(model_admin, request, issue, words, messages.WARNING)
    form = SendingForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return show_issue(model_admin, request, pk, form)
    at = form.cleaned_data["at"]
    findings = check_issue(issue, render_issue(issue))
    is_blocked = any(finding.is_blocking for finding in findings)

    def act():
        sent = delivery.send_issue(issue, request.user, at)
        words = "is on its way" if sent.frozen_at else f"goes out {format_future_moment(sent.send_at)}"
        return f"“{sent.subject}” {words}."

    return confirm_action(
        model_admin,
        request,
        issue,
        act,
        title="Send this letter",
        button="Send it then" if at else "Send it now",
        back_label="Not yet",
        hidden=[(name, form.data.get(name, "")) for name in ("at_0", "at_1")] if at else [],
        post_url=model_admin.reverse("send", pk),
        is_refused=is_blocked,
        template="admin/newsletter/issue/confirm_send.html",
        at=at,
        reader_count=Subscriber.objects.wanting(issue.topic).count(),
        findings=findings,
        has_mail_server=has_mail_server(),
    )


def unschedule_issue(model_admin, request, pk):
    issue = find_issue(model_admin, request, pk)
    if not delivery.unschedule_issue(issue):
        return redirect_with_message(model_admin, request, issue, "It has been sent already.", messages.WARNING)
    return redirect_with_message(model_admin, request, issue, "It is a draft again, and goes out when you say so.")


def pause_or_resume(model_admin, request, pk):
    issue = find_issue(model_admin, request, pk)
    if issue.frozen_at is None:
        return redirect_with_message(model_admin, request, issue, "It is not on its way yet.", messages.WARNING)
    action, words = (delivery.resume_issue, "goes on") if issue.paused_at else (delivery.pause_issue, "is paused")
    action(issue)
    return redirect_with_message(model_admin, request, issue, f"Sending {words}.")


def cancel_issue(model_admin, request, pk):
    """Ask first, then cancel; a scheduled issue becomes a draft at once."""
    issue = find_issue(model_admin, request, pk)
    if issue.frozen_at is None:
        return unschedule_issue(model_admin, request, pk)
    numbers = delivery.count_states(issue)

    def act():
        if not delivery.cancel_issue(issue):
            raise ValidationError("Nothing of it waits any more: it has gone out.")
        return "The letter is cancelled. What had not gone out stays here."

    sent, queued = count_noun(numbers["sent"], "mail"), count_noun(numbers["queued"], "mail")
    return confirm_action(
        model_admin,
        request,
        issue,
        act,
        title="Cancel this letter",
        text=CANCEL_WARNING.format(sent=sent, queued=queued),
        button="Cancel the letter",
    )


def choose_site_audience(model_admin, request, pk):
    """Set who may read a sent issue on the site."""
    issue, shown_to = find_issue(model_admin, request, pk), request.POST.get("shown_to")
    if issue.frozen_at is None or shown_to not in SITE_AUDIENCES:
        return redirect_with_message(model_admin, request, issue, "Choose who may read it.", messages.WARNING)
    delivery.set_site_audience(issue, shown_to if shown_to in Audience.values else None)
    return redirect_with_message(model_admin, request, issue, SITE_AUDIENCES[shown_to])


def settle_unknown(model_admin, request, pk):
    """Send one unknown delivery or all of them again, or count them as sent, by the organiser's answer."""
    issue = find_issue(model_admin, request, pk)
    rows = issue.deliveries.filter(state=Delivery.State.UNKNOWN)
    is_again = request.POST.get("answer") == "again"
    is_one = "delivery" in request.POST
    if is_one:
        rows = rows.filter(pk=parse_id(request.POST["delivery"]))

    def act():
        sent_fields = {"state": Delivery.State.SENT, "sent_at": timezone.now(), "error": ""}
        number = rows.requeue() if is_again else rows.update(**sent_fields)
        if not number:
            raise ValidationError(ALREADY_SETTLED)
        return f"{count_copies(number)} that may have gone out: {'sent again' if is_again else 'counted as sent'}."

    if is_one or not is_again:
        return act_at_once(model_admin, request, issue, act)
    return confirm_action(
        model_admin,
        request,
        issue,
        act,
        title="Send them again",
        text=f"{count_noun(rows.count(), 'mail')} may have arrived already. Whoever has one gets it twice.",
        button="Send them all again",
        back_label="Leave them as they are",
        hidden=[("answer", "again")],
    )


def act_at_once(model_admin, request, issue, act):
    try:
        return redirect_with_message(model_admin, request, issue, act())
    except ValidationError as error:
        return redirect_with_message(model_admin, request, issue, error.message, messages.WARNING)


def retry_failed(model_admin, request, pk):
    """Queue the failed deliveries again, except to addresses that get no mail any more."""
    issue = find_issue(model_admin, request, pk)
    number = delivery.retry_failed_deliveries(issue)
    if not number:
        return redirect_with_message(model_admin, request, issue, "None of them can be tried again.", messages.WARNING)
    return redirect_with_message(model_admin, request, issue, f"{count_copies(number)} that had failed: tried again.")


def count_copies(number):
    return f"{number} cop{'y' if number == 1 else 'ies'}"


def parse_id(text):
    """Return the id, or 0, which no row has, for invalid text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
