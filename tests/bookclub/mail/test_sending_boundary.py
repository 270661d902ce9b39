"""No view sends mail: it queues a row, even if the mail server is down."""

import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend

from bookclub.mail.models import OutgoingMail
from tests.factories import make_meetup, make_member, make_rsvp
from tests.serving import free_port
from tests.sink import Sink, point

HERE = {"headers": {"Origin": "http://testserver"}}
# Actions of a visitor that queue mail, and the recipients.
BY_VISITORS = {
    "code": ("/accounts/login/", {"email": "bob@example.org"}, "bob@example.org"),
    "code for a stranger": ("/accounts/login/", {"email": "new@example.org"}, None),
    "password": ("/accounts/password/reset/", {"email": "bob@example.org"}, "bob@example.org"),
    "joining": ("/accounts/signup/", {"email": "new@example.org", "name": "Nora New"}, "new@example.org"),
    "letter": ("/newsletter/subscription/", {"email": "new@example.org"}, "new@example.org"),
}


class Touched(BaseEmailBackend):
    def __init__(self, *args, **options):
        raise AssertionError("A page has asked for a line to the mail server")


@pytest.fixture(params=["down", "never asked"])
def no_mail_server(settings, request):
    cache.clear()
    if request.param == "down":
        point(settings, Sink(port=free_port()))
    else:
        settings.EMAIL_BACKEND = f"{__name__}.Touched"


@pytest.mark.parametrize("form", BY_VISITORS)
def test_visitor_forms_enqueue_mail_without_mail_server(client, bob, no_mail_server, form):
    address, fields, to = BY_VISITORS[form]

    response = client.post(address, fields, follow=True, **HERE)

    assert response.status_code == 200
    if to:
        assert OutgoingMail.objects.filter(to=to).exists()


def test_member_rsvp_enqueues_mail_without_mail_server(client, bob, no_mail_server):
    meetup = make_meetup(slug="soon", capacity=1)
    client.force_login(bob)
    make_rsvp(meetup, bob)
    waits = make_rsvp(meetup, make_member("waits@example.org"))

    response = client.post("/meetups/soon/rsvp/", {"answer": "not_going"}, **HERE)

    assert response.status_code == 302
    waits.refresh_from_db()
    assert waits.answer == "going"
    assert OutgoingMail.objects.filter(to="waits@example.org", kind="rsvp-promoted").exists()


def test_only_the_worker_sends_mail():
    allowed = {"bookclub/mail/sender.py", "bookclub/mail/transport.py"}
    sends = re.compile(
        r"\b(send_mail|send_mass_mail|mail_admins|mail_managers|get_connection|send_messages)\(|\.send\(\)"
    )
    files = [path for app in ("bookclub", "members", "books", "meetups", "newsletter")
             for path in (settings.BASE_DIR / app).rglob("*.py")]  # fmt: skip

    found = {
        str(path.relative_to(settings.BASE_DIR))
        for path in files
        if any(sends.search(line) and "def " not in line and "self.send_mail(" not in line
               for line in path.read_text(encoding="utf-8").splitlines())
    }  # fmt: skip

    assert found == allowed
