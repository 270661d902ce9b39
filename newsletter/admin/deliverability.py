"""The admin page on deliverability: the DNS records that the domain needs, and a test mail to oneself."""

from email.utils import format_datetime

from django.shortcuts import redirect
from django.utils import timezone

from bookclub.mail import providers
from bookclub.mail.models import OutgoingMail
from bookclub.mail.transport import get_return_path_refusal
from newsletter import deliverability
from newsletter.models.delivery import build_list_headers
from newsletter.rendering import TOKEN_PLACEHOLDER

SELF_TEST = """This is a test of the mail of {name}, sent at {at}.

Where did it arrive: in the inbox, or among the junk?

Your mail program can show the headers of a mail (“show original”, “view source”). In the line that begins with
Authentication-Results look for spf=pass, dkim=pass and dmarc=pass. Where one of them says something else, that record
is still missing or wrong.
"""


def get_urls(model_admin):
    template = "admin/newsletter/issue/deliverability.html"
    return [
        model_admin.page(
            "mail/", show_deliverability, "deliverability", permission="newsletter.send_issue", template=template
        )
    ]


def show_deliverability(model_admin, request):
    if request.method == "POST":
        send_self_test(model_admin, request)
        return redirect(model_admin.reverse("deliverability"))
    last = OutgoingMail.objects.filter(kind="self-test", to=request.user.email).order_by("-pk").first()
    return {
        "title": "Is our mail believed?",
        "has_no_mail_server": deliverability.has_no_mail_server(),
        "records": deliverability.get_dns_records(request.club.contact_email),
        "return_path_refusal": get_return_path_refusal(),
        "counts": deliverability.get_tracking_provider(),
        "last": last,
        "headers": get_sent_headers(last) if last and last.sent_at else [],
    }


def send_self_test(model_admin, request):
    now = timezone.localtime()
    OutgoingMail.objects.enqueue(
        key=f"self-test:{request.user.pk}:{now.isoformat()}",
        kind="self-test",
        to=request.user.email,
        subject=f"A test of {request.club.name}’s mail",
        text=SELF_TEST.format(name=request.club.name, at=f"{now:%H:%M:%S}"),
        headers=build_list_headers(TOKEN_PLACEHOLDER, request.club.lasting_host),
        priority=OutgoingMail.Priority.URGENT,
    )
    model_admin.message_user(request, f"A test is on its way to {request.user.email}.")


def get_sent_headers(mail):
    """Return the (name, value) headers of the sent mail. Date is `sent_at`, up to a second after the real one."""
    message = mail.build_message()
    if provider := providers.active_provider():
        provider.adapt_message(message)
    message.extra_headers["Date"] = format_datetime(mail.sent_at)
    return message.message().items()
