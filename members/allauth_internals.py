"""All uses of allauth's undocumented interface: docs/decisions/0011-allauth-internals.md.

Review this module at every upgrade of allauth. No other module imports its internals or overrides private methods.
"""

import json

from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core.internal import httpkit
from allauth.mfa.stages import AuthenticateStage
from django.shortcuts import redirect

__all__ = [
    "AuthenticateStage",
    "Login",
    "LoginByCodeStage",
    "LoginCodeVerificationProcess",
    "LoginStageController",
    "record_authentication",
    "resume_request",
]


def serialize_request(request):
    """Return a suspended form for the session: its fields without passwords, and an empty META.

    allauth would store all of `request.META` in the session, and so in the database: IP address, cookies and, because
    our server passes its environment on with each request, the site's secret keys.
    """
    typed = request.POST.copy()
    for name in [name for name in typed if "password" in name]:
        del typed[name]
    return json.dumps(json.loads(httpkit.serialize_request(request)) | {"META": {}, "POST": typed.urlencode()})


def deserialize_request(text, request):
    """Return the suspended request, with the META of `request`, which has just reauthenticated."""
    later = request.META
    request = httpkit.deserialize_request(text, request)
    address = {"PATH_INFO": request.path_info, "QUERY_STRING": request.GET.urlencode()}
    request.META = later | address | {"REQUEST_METHOD": request.method}
    return request


def patch_suspended_requests():
    """Replace allauth's functions for suspended requests; there is no setting for them."""
    reauthentication.serialize_request = serialize_request
    reauthentication.deserialize_request = deserialize_request


class IgnorePendingCodeMixin:
    """For a login view: allow other login methods while a code is pending, instead of redirecting to its page."""

    def _redirect_to_pending_stage(self, request, stage):
        return None


class RestartEmailChangeMixin:
    """For the view that confirms a new address: after the last wrong code, redirect to the first page."""

    def _verify_form_invalid(self, form):
        response = super()._verify_form_invalid(form)
        return response if response.status_code == 200 else redirect("account_email")


class PasswordFieldMixin:
    """For allauth's login form: keep the password field, which allauth drops if sign-up needs no password."""

    def _setup_password_field(self):
        pass
