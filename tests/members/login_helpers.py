"""Logging in as a person does: request a code for an address, read it in the mail, enter it in the same browser."""

import re

from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from bookclub.mail.models import OutgoingMail
from members.allauth_internals import record_authentication

LOGIN, CODE, SIGNUP = "/accounts/login/", "/accounts/login/code/confirm/", "/accounts/signup/"


def make_browser(ip="192.0.2.1", **options):
    return Client(REMOTE_ADDR=ip, **options)


def request_code(client, email, **fields):
    """Submit an address on the login page, or with a `name` on the sign-up page."""
    return client.post(SIGNUP if "name" in fields else LOGIN, {"email": email} | fields)


def list_mails(email=None):
    """Return the mails in the outbox, the latest last."""
    rows = OutgoingMail.objects.order_by("pk")
    return list(rows.filter(to=email) if email else rows)


def get_code(email):
    """Return the code in the latest mail to this address."""
    return re.search(r"^\s+([A-Z]{4}-[A-Z]{4})$", list_mails(email)[-1].text, re.MULTILINE).group(1)


def enter_code(client, code, **options):
    return client.post(CODE, {"code": code}, **options)


def log_in(client, email, **fields):
    """Request a code and enter it; return the response to the code."""
    request_code(client, email, **fields)
    return enter_code(client, get_code(email))


def log_in_recently(client, member):
    """Log in without a code, as `force_login` does, but so that it counts as a recent login."""
    client.force_login(member)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, member, method="code", reauthenticated=True)
    request.session.save()


def is_logged_in(client):
    return "_auth_user_id" in client.session


def get_reset_link(email):
    address = re.escape(settings.SITE_URL) + r"(/\S+)"
    return re.search(address, list_mails(email)[-1].text).group(1)
