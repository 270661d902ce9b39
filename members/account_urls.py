"""The URLs below /accounts/: our own pages for login and sign-up, allauth's views for the rest.

allauth's URLs are listed one by one, under the names that it reverses, because most of its views need a decorator:
`atomic_post`, `require_recent_login`, or one that allows the scripts for passkeys.
"""

from functools import wraps

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.urls import include, path, re_path
from django.views.decorators.http import require_http_methods

from bookclub.core.mfa import allow_own_scripts
from members.rate_limits import limit_network
from members.reauthentication import require_recent_login
from members.views import login

# Browsers also check `form-action` for the redirects that follow a form.
PROVIDER_ORIGINS = {"google": "https://accounts.google.com", "github": "https://github.com"}


def atomic_post(view):
    """Run a POST in one transaction: its changes and the mail about them are committed together."""

    @wraps(view)
    def atomic_view(request, *args, **kwargs):
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return atomic_view


def after_recent_login(view):
    """Require a recent login to add a login method. allauth doesn't ask accounts without password and second factor."""
    return login_required(require_recent_login(atomic_post(view)))


def allow_login_methods(view):
    """Allow our own scripts, for passkeys, and redirects of forms to the providers in SOCIAL_LOGIN."""
    origins = [PROVIDER_ORIGINS[name] for name in settings.SOCIAL_LOGIN]
    return csp_update({"script-src": [SELF], "form-action": origins})(view)


login_patterns = [
    path("login/", allow_login_methods(login.login), name="account_login"),
    path("login/password/", login.PasswordLoginView.as_view(), name="account_login_password"),
    path("login/code/confirm/", login.confirm_login_code, name="account_confirm_login_code"),
    path("signup/", login.signup, name="account_signup"),
    path("logout/", atomic_post(account.logout), name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", atomic_post(account.reauthenticate), name="account_reauthenticate"),
    path("reauthenticate/code/", login.reauthentication_code, name="account_reauthentication_code"),
]
email_patterns = [
    path("email/", after_recent_login(account.email), name="account_email"),
    path(
        "confirm-email/",
        limit_network("guess_code", "guess_code_often")(atomic_post(login.EmailChangeCodeView.as_view())),
        name="account_email_verification_sent",
    ),
]
password_patterns = [
    path("change/", atomic_post(account.password_change), name="account_change_password"),
    path("set/", after_recent_login(account.password_set), name="account_set_password"),
    path("reset/", atomic_post(account.password_reset), name="account_reset_password"),
    path("reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        require_http_methods(["GET", "HEAD", "POST"])(atomic_post(account.password_reset_from_key)),
        name="account_reset_password_from_key",
    ),
    path("reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]
mfa_patterns = [
    path("", mfa.index, name="mfa_index"),
    path(
        "authenticate/",
        limit_network("second_factor")(allow_own_scripts(atomic_post(mfa.authenticate))),
        name="mfa_authenticate",
    ),
    path("reauthenticate/", atomic_post(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("totp/activate/", after_recent_login(totp.activate_totp), name="mfa_activate_totp"),
    path("totp/deactivate/", atomic_post(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/generate/",
        atomic_post(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("recovery-codes/download/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("webauthn/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("webauthn/add/", allow_own_scripts(after_recent_login(webauthn.add_webauthn)), name="mfa_add_webauthn"),
    path("webauthn/login/", login.PasskeyLoginView.as_view(), name="mfa_login_webauthn"),
    path(
        "webauthn/reauthenticate/",
        allow_own_scripts(atomic_post(webauthn.reauthenticate_webauthn)),
        name="mfa_reauthenticate_webauthn",
    ),
    path("webauthn/keys/<int:pk>/edit/", atomic_post(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("webauthn/keys/<int:pk>/remove/", atomic_post(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
]
urlpatterns = [
    *login_patterns,
    *email_patterns,
    path("password/", include(password_patterns)),
    path("2fa/", include(mfa_patterns)),
]

if settings.SOCIAL_LOGIN:
    urlpatterns += [
        path("elsewhere/", include("allauth.socialaccount.urls")),
        *(path("", include(f"allauth.socialaccount.providers.{name}.urls")) for name in settings.SOCIAL_LOGIN),
    ]
