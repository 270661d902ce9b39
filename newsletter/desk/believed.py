"""Whether our mail is believed: what the domain has to say, and a mail to oneself with its headers."""

from email.utils import format_datetime

from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from bookclub import providers
from bookclub.models import OutgoingMail
from newsletter import deliverability
from newsletter.desk.common import LetterDesk
from newsletter.letter import TOKEN
from newsletter.models.delivery import list_headers

SELF_TEST = """This is a test of the mail of {name}, sent at {at}.

Where did it arrive: in the inbox, or among the junk?

Your mail program can show the headers of a mail (“show original”, “view source”). In the line that begins with
Authentication-Results look for spf=pass, dkim=pass and dmarc=pass. Where one of them says something else, that record
is still missing or wrong.
"""


class BelievedPages(LetterDesk):
    """For the ModelAdmin of issues."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [path("mail/", view(self.mail_view), name="newsletter_issue_mail"), *super().get_urls()]

    def mail_view(self, request):
        self.check_may_send(request)
        if request.method == "POST":
            self.send_self_test(request)
            return redirect("admin:newsletter_issue_mail")
        last = OutgoingMail.objects.filter(kind="self-test", to=request.user.email).order_by("-pk").first()
        return self.shown(
            request,
            "mail",
            "Is our mail believed?",
            is_nowhere=deliverability.is_nowhere(),
            records=deliverability.records(request.club.contact_email),
            counts=deliverability.counts_readers(),
            last=last,
            headers=headers_of(last) if last and last.sent_at else [],
        )

    def send_self_test(self, request):
        now = timezone.localtime()
        OutgoingMail.objects.write(
            key=f"self-test:{request.user.pk}:{now.isoformat()}",
            kind="self-test",
            to=request.user.email,
            subject=f"A test of {request.club.name}’s mail",
            text=SELF_TEST.format(name=request.club.name, at=f"{now:%H:%M:%S}"),
            headers=list_headers(TOKEN),
            rank=OutgoingMail.Rank.AT_ONCE,
        )
        self.message_user(request, f"A test is on its way to {request.user.email}.")


def headers_of(mail):
    """Pairs, as `mail` went out with them; its Date is that of the answer, which came in the same second or the next."""
    message = mail.as_message()
    if provider := providers.in_use():
        provider.adapt(message)
    message.extra_headers["Date"] = format_datetime(mail.sent_at)
    return message.message().items()
