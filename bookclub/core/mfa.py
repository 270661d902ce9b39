"""Multi-factor authentication: requirement for staff by a setting, and a CSP that allows scripts for passkeys."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
MFA_REQUIRED = (
    "Admin opens only to people with a second factor. Set up an authenticator app or a passkey here; "
    "it takes two minutes, and then Admin is open to you."
)


def allow_own_scripts(view):
    return csp_update({"script-src": [SELF]})(view)


def must_set_up_mfa(request):
    """Return whether this staff user must set up a second factor; if so, add a message. At most one query."""
    if not settings.STAFF_NEEDS_SECOND_FACTOR or get_adapter().is_mfa_enabled(request.user, FACTORS):
        return False
    messages.warning(request, MFA_REQUIRED)
    return True
