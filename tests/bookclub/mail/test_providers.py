"""Mail by providers' APIs, against a local imitation: requests, and outcomes by response."""

import pytest

from bookclub.mail.backends import MailServerDown, MailServerRefusesUs
from bookclub.mail.models import OutgoingMail
from bookclub.mail.sender import MAX_DISCONNECTS, MailSender
from tests.api import URLS, Api
from tests.factories import make_mail

pytestmark = pytest.mark.django_db
CALENDAR = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def states():
    return list(OutgoingMail.objects.order_by("pk").values_list("state", "attempts"))


def send_all():
    return MailSender([OutgoingMail.objects.all()]).send_due()


@pytest.mark.parametrize("name", URLS)
def test_provider_gets_calendar_and_no_tracking(settings, name):
    make_mail(to="bob@example.org", subject="See “you”", text="At eight.\n", html="<p>At eight.</p>", calendar=CALENDAR)

    with Api(name) as api:
        api.serve(settings)
        send_all()

    [got] = api.mails
    assert (got.to, got.subject, got.text, got.html) == (
        "bob@example.org",
        "See “you”",
        "At eight.\n",
        "<p>At eight.</p>",
    )
    assert got.headers["Auto-Submitted"] == "auto-generated"
    assert len(got.files) == 1
    assert got.counts is False
    assert states() == [("sent", 1)]


@pytest.mark.parametrize(("status", "state"), [(400, "failed"), (422, "failed"), (500, "unknown"), (408, "unknown")])
def test_provider_error_status_decides_state(settings, status, state):
    make_mail()

    with Api("brevo", answers=[(status, {"message": "No"})]) as api:
        api.serve(settings)
        send_all()

    assert states() == [(state, 1)]
    assert f"{status}" in OutgoingMail.objects.get().error


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(401, MailServerRefusesUs), (402, MailServerRefusesUs), (403, MailServerRefusesUs), (404, MailServerRefusesUs),
     (429, MailServerDown), (503, MailServerDown)],
)  # fmt: skip
def test_provider_refusal_keeps_mail_queued(settings, status, trouble):
    make_mail()

    with Api("mailgun", answers=[(status, {"message": "No"})]) as api:
        api.serve(settings)
        with pytest.raises(trouble) as error:
            send_all()

    assert error.type is trouble
    assert states() == [("queued", 0)]


def test_provider_unreachable_keeps_mail_queued(settings):
    make_mail()
    with Api("postmark") as api:
        api.serve(settings)

    with pytest.raises(MailServerDown):
        send_all()

    assert states() == [("queued", 0)]


def test_provider_disconnect_makes_mail_unknown(settings):
    make_mail()

    with Api("resend", cuts=1) as api:
        api.serve(settings)
        send_all()

    assert len(api.mails) == 1
    assert states() == [("unknown", 1)]


def test_provider_server_errors_make_few_mails_unknown(settings):
    for _ in range(9):
        make_mail()

    with Api("sparkpost", answers=[(500, {})] * 9) as api:
        api.serve(settings)
        with pytest.raises(MailServerDown):
            send_all()

    assert [state for state, _ in states()] == ["unknown"] * MAX_DISCONNECTS + ["queued"] * (9 - MAX_DISCONNECTS)


@pytest.mark.parametrize("name", URLS)
def test_provider_spelling_of_address_is_ignored(settings, name):
    make_mail(to="Bob.B@Exämple.org")

    with Api(name) as api:
        api.serve(settings)
        send_all()

    assert len(api.mails) == 1
    assert states() == [("sent", 1)]


@pytest.mark.parametrize("name", ["postmark", "mailjet"])
def test_provider_rejected_address_fails(settings, name):
    make_mail(to="gone@example.org")

    with Api(name, drops=["gone@example.org"]) as api:
        api.serve(settings)
        send_all()

    assert states() == [("failed", 1)]
    assert OutgoingMail.objects.get().error.startswith(("5.1.0 The provider does not write", "The provider says: "))
