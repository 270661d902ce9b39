"""allauth's pages of the second factor, and the rule that keeps staff without one out of the desk.

Passkeys need a script, so the pages that ask for one may run our own scripts, and no other page may.
"""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages

WITH_PASSKEYS = {"mfa_authenticate", "mfa_add_webauthn", "mfa_reauthenticate_webauthn"}
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
NEEDS_ONE = (
    "The desk opens to those alone who have a second factor. Set up an authenticator app or a passkey here; "
    "it takes two minutes, and then the desk is open to you."
)


def run_scripts(view):
    """Let the page run our own scripts, and nobody else's."""
    return csp_update({"script-src": [SELF]})(view)


def lacks_second_factor(request):
    """Whether the person at the desk must set one up first; says so to them. One query, where it is asked for."""
    if not settings.STAFF_NEEDS_SECOND_FACTOR or get_adapter().is_mfa_enabled(request.user, FACTORS):
        return False
    messages.warning(request, NEEDS_ONE)
    return True
