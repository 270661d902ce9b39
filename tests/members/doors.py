"""Coming in, as a person does: the address, the mail, the code, in one browser."""

import re

from django.conf import settings
from django.test import Client

from bookclub.models import OutgoingMail

LOGIN, CODE, JOIN = "/accounts/login/", "/accounts/login/code/confirm/", "/accounts/signup/"


def browser(ip="192.0.2.1", **options):
    return Client(REMOTE_ADDR=ip, **options)


def ask(client, email, **fields):
    """Type an address into the sign-in page, or with a `name` into the page for joining."""
    return client.post(JOIN if "name" in fields else LOGIN, {"email": email} | fields)


def letters(email=None):
    """What waits to be sent, the latest last."""
    rows = OutgoingMail.objects.order_by("pk")
    return list(rows.filter(to=email) if email else rows)


def code_for(email):
    """The one in the latest mail to this address."""
    return re.search(r"^\s+([A-Z]{4}-[A-Z]{4})$", letters(email)[-1].text, re.MULTILINE).group(1)


def type_code(client, code, **options):
    return client.post(CODE, {"code": code}, **options)


def come_in(client, email, **fields):
    """The whole way; the answer to the code."""
    ask(client, email, **fields)
    return type_code(client, code_for(email))


def is_in(client):
    return "_auth_user_id" in client.session


def reset_link(email):
    address = re.escape(settings.SITE_URL) + r"(/\S+)"
    return re.search(address, letters(email)[-1].text).group(1)
