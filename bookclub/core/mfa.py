"""Pages of multi-factor authentication: a Content-Security-Policy that allows our scripts, for passkeys."""

from csp.constants import SELF
from csp.decorators import csp_update


def allow_own_scripts(view):
    return csp_update({"script-src": [SELF]})(view)
