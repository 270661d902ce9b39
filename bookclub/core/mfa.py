"""Multi-factor authentication: the types of a second factor, and a CSP that allows scripts for passkeys."""

from csp.constants import SELF
from csp.decorators import csp_update

# Types of allauth's Authenticator. Recovery codes alone are no second factor.
SECOND_FACTORS = ("totp", "webauthn")


def allow_own_scripts(view):
    return csp_update({"script-src": [SELF]})(view)
