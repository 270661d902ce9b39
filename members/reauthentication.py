"""Reauthentication: somebody who finds an open browser must not change the account.

allauth asks only accounts with a password or a second factor. `require_recent_login` asks everybody; an account without
either gets a code by mail, as at login.
"""

import time
from functools import wraps

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import transaction
from django.shortcuts import redirect
from django.utils.http import urlencode

from members import emails
from members.allauth_internals import record_authentication
from members.verification_codes import MailedCode, get_initial_state

RECENT_SECONDS = 15 * 60


def require_recent_login(view):
    """Raise ReauthenticationRequired, which allauth's middleware redirects, unless the last login is recent."""

    @wraps(view)
    def guarded_view(request, *args, **kwargs):
        if has_recent_login(request):
            return view(request, *args, **kwargs)
        raise ReauthenticationRequired

    return guarded_view


def redirect_to_reauthentication(member, next_url: str):
    """Redirect to the page that asks who this is. It goes on to `next_url` and does not repeat the present request."""
    method = get_adapter().get_reauthentication_methods(member)[0]
    return redirect(f"{method['url']}?{urlencode({REDIRECT_FIELD_NAME: next_url})}")


def has_recent_login(request):
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < RECENT_SECONDS for record in records)


class ReauthenticationCode(MailedCode):
    purpose = "reauthentication"
    session_key = "reauthentication_code"

    def __init__(self, request, state):
        self.request, self.state = request, state

    @classmethod
    def from_request(cls, request):
        """Return the pending code of the session, or None."""
        state = request.session.get(cls.session_key)
        return state and cls(request, state)

    @classmethod
    def send(cls, request):
        """Queue a mail with a code to the address of the account."""
        previous = cls.from_request(request)
        with transaction.atomic():
            code_request = emails.request_mail(cls.purpose, request.user.email, request)
            code_request.queue_mail("account/email/reauthentication_code")
        cls(request, get_initial_state(code_request, previous)).persist()

    def persist(self):
        self.request.session[self.session_key] = self.state

    def finish(self):
        record_authentication(self.request, self.request.user, method="code", reauthenticated=True)
        del self.request.session[self.session_key]
