"""All that this site takes from allauth beyond its documented interface: docs/decisions/0011-allauth-internals.md.

Read this module again with every upgrade of allauth; no other module imports its internals or overrides its private
methods.
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
    """Return what the session keeps of a form that waits for reauthentication: what was typed, without passwords.

    allauth's own keeps all of `request.META` in the session, and so in the database: the person's address and cookie
    and, as our server passes its environment on with each request, the site's keys.
    """
    typed = request.POST.copy()
    for name in [name for name in typed if "password" in name]:
        del typed[name]
    return json.dumps(json.loads(httpkit.serialize_request(request)) | {"META": {}, "POST": typed.urlencode()})


def deserialize_request(text, request):
    """Make `request`, which has just reauthenticated, the one that waited; its META stays that of the later request."""
    later = request.META
    request = httpkit.deserialize_request(text, request)
    address = {"PATH_INFO": request.path_info, "QUERY_STRING": request.GET.urlencode()}
    request.META = later | address | {"REQUEST_METHOD": request.method}
    return request


def patch_suspended_requests():
    """allauth has no setting for what it keeps of a suspended request."""
    reauthentication.serialize_request = serialize_request
    reauthentication.deserialize_request = deserialize_request


class IgnorePendingCodeMixin:
    """For a login view: whoever has asked for a code may still log in another way, and is not led back to the code."""

    def _redirect_to_pending_stage(self, request, stage):
        return None


class RestartEmailChangeMixin:
    """For the view of the code for a new address: after the last wrong code one begins again where one came from."""

    def _verify_form_invalid(self, form):
        response = super()._verify_form_invalid(form)
        return response if response.status_code == 200 else redirect("account_email")


class PasswordFieldMixin:
    """For allauth's login form, which drops its password field where nobody needs a password to sign up."""

    def _setup_password_field(self):
        pass
