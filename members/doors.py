"""The pages of coming in: signing in, joining, the code. What they do stands in `members.entrance`."""

from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.account.views import ConfirmEmailVerificationCodeView, LoginView
from allauth.core.ratelimit import consume, respond_429
from allauth.decorators import rate_limit
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookclub.models import Club
from members.entrance import SignInCode, enter
from members.forms import CodeForm, JoinForm, PasswordForm, SignInForm
from members.same_person import SamePersonCode

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@page_with_form
@never_cache
@rate_limit(action="login")
def sign_in(request):
    next_url = get_next_redirect_url(request) or ""
    if request.user.is_authenticated:
        return redirect(next_url or "home")
    form = SignInForm(request.POST or None)
    if form.is_valid():
        return enter(request, email=form.cleaned_data["email"], next_url=next_url)
    context = {"form": form, "passkey_form": LoginWebAuthnForm(), "others": others(request, next_url)}
    return render(request, "account/login.html", context | {"next_url": next_url})


def others(request, next_url):
    """Who else may say who somebody is: names and addresses, as SOCIAL_LOGIN has them."""
    if not settings.SOCIAL_LOGIN:
        return []
    providers = get_social_adapter().list_providers(request)
    return [(each.name, each.get_login_url(request, process="login", next=next_url or "/")) for each in providers]


class AnotherWay:
    """For who has asked for a code and then thinks better of it: they are not led back to the page for the code."""

    def _redirect_to_pending_stage(self, request, stage):
        return None


class PasswordPage(AnotherWay, LoginView):
    """For who has set one."""

    template_name = "account/login_password.html"

    def get_form_class(self):
        return PasswordForm


class PasskeyAnswer(AnotherWay, LoginWebAuthnView):
    """Asks the browser for a passkey, and takes it."""


@page_with_form
@never_cache
@rate_limit(action="signup")
def join(request):
    next_url = get_next_redirect_url(request) or ""
    if request.user.is_authenticated:
        return redirect(next_url or "home")
    if request.club.joining == Club.Joining.CLOSED:
        return render(request, "account/signup_closed.html")
    form = JoinForm(request.POST or None)
    if form.is_valid():
        return enter(request, **form.cleaned_data, next_url=next_url)
    return render(request, "account/signup.html", {"form": form, "next_url": next_url})


@page_with_form
@never_cache
def sign_in_code(request):
    code = SignInCode.of(request)
    if code is None:
        return redirect("home" if request.user.is_authenticated else "account_login")
    if "ask_again" in request.POST:
        return enter(request, email=code.state["email"], name=code.state["name"], next_url=code.state["next_url"])
    form = CodeForm(code, request.POST or None)
    if form.is_valid():
        return code.finish()
    return render(request, "account/confirm_login_code.html", {"form": form, "code": code})


@page_with_form
@never_cache
@login_required
def same_person_code(request):
    code = SamePersonCode.of(request)
    if "ask_again" in request.POST:
        if not consume(request, action="reauthenticate", user=request.user):
            return respond_429(request)
        SamePersonCode.send(request)
        return redirect(passthrough_next_redirect_url(request, request.path, "next"))
    form = CodeForm(code, request.POST if code and request.POST else None)
    if form.is_valid():
        code.finish()
        return resume_request(request) or redirect("members:me")
    context = {"form": form, "code": code, "next_url": get_next_redirect_url(request) or ""}
    return render(request, "account/same_person_code.html", context)


class NewAddressCode(ConfirmEmailVerificationCodeView):
    """After a third wrong code one begins again where one has come from."""

    def _verify_form_invalid(self, form):
        response = super()._verify_form_invalid(form)
        return response if response.status_code == 200 else redirect("account_email")
