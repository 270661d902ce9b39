"""The addresses below /accounts/: our own pages of coming in, and allauth's for the rest, each with what it needs."""

from functools import wraps

from allauth.account.urls import urlpatterns as of_accounts
from allauth.mfa.urls import urlpatterns as of_second_factor
from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.urls import URLPattern, include, path

from bookclub.second_factor import WITH_PASSKEYS, run_scripts
from members import doors
from members.recently import signed_in_recently

# What allauth lets everybody do of whom it knows no password and no second factor; we ask for a code then.
FOR_THE_SAME_PERSON = {"account_email", "account_set_password", "mfa_add_webauthn", "mfa_activate_totp"}


def in_one_go(view):
    """What is changed and the mail that tells of it: both or neither."""

    @wraps(view)
    def whole(request, *args, **kwargs):
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return whole


def dress(patterns):
    """allauth's `patterns` and all below them, each with what it needs."""
    for pattern in patterns:
        if not isinstance(pattern, URLPattern):
            dress(pattern.url_patterns)
            continue
        pattern.callback = in_one_go(pattern.callback)
        if pattern.name in FOR_THE_SAME_PERSON:
            pattern.callback = login_required(signed_in_recently(pattern.callback))
        if pattern.name in WITH_PASSKEYS:
            pattern.callback = run_scripts(pattern.callback)
    return patterns


# Browsers ask where a form leads in the end.
HOSTS = {"google": "https://accounts.google.com", "github": "https://github.com"}


def door(view):
    """The page runs our own scripts, for a passkey, and its forms may lead to those whom SOCIAL_LOGIN names."""
    return csp_update({"script-src": [SELF], "form-action": [HOSTS[name] for name in settings.SOCIAL_LOGIN]})(view)


own = [
    path("login/", door(doors.sign_in), name="account_login"),
    path("login/password/", doors.PasswordPage.as_view(), name="account_login_password"),
    path("2fa/webauthn/login/", doors.PasskeyAnswer.as_view(), name="mfa_login_webauthn"),
    path("login/code/confirm/", doors.sign_in_code, name="account_confirm_login_code"),
    path("signup/", doors.join, name="account_signup"),
    path("reauthenticate/code/", doors.same_person_code, name="account_same_person_code"),
    path("confirm-email/", in_one_go(doors.NewAddressCode.as_view()), name="account_email_verification_sent"),
]
taken = {pattern.name for pattern in own}
urlpatterns = [
    *own,
    *dress([pattern for pattern in of_accounts if pattern.name not in taken]),
    path("2fa/", include(dress(of_second_factor))),
]

if settings.SOCIAL_LOGIN:
    urlpatterns += [
        path("elsewhere/", include("allauth.socialaccount.urls")),
        *(path("", include(f"allauth.socialaccount.providers.{name}.urls")) for name in settings.SOCIAL_LOGIN),
    ]
