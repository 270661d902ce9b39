"""Login and sign-up pages; the logic is in `members.login_by_code`."""

from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.account.views import ConfirmEmailVerificationCodeView, LoginView
from allauth.decorators import rate_limit
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookclub.core.cache import CacheUnavailable
from bookclub.core.models import Club
from members.allauth_internals import IgnorePendingCodeMixin, RestartEmailChangeMixin, resume_request
from members.forms.account import LoginForm, MailedCodeForm, PasswordLoginForm, SignupForm
from members.login_by_code import LoginCode, start_login_by_code
from members.rate_limits import refuse_excess
from members.reauthentication import ReauthenticationCode


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@rate_limit(action="login")
def login(request):
    next_url = get_next_redirect_url(request) or ""
    if request.user.is_authenticated:
        return redirect(next_url or "home")
    form = LoginForm(request.POST or None)
    if form.is_valid():
        return start_login_by_code(request, email=form.cleaned_data["email"], next_url=next_url)
    context = {
        "form": form,
        "passkey_form": LoginWebAuthnForm(),
        "provider_links": get_provider_links(request, next_url),
        "next_url": next_url,
    }
    return render(request, "account/login.html", context)


def get_provider_links(request, next_url):
    """Return [(name, login URL), …] of the providers in SOCIAL_LOGIN."""
    if not settings.SOCIAL_LOGIN:
        return []
    providers = get_social_adapter().list_providers(request)
    return [(each.name, each.get_login_url(request, process="login", next=next_url or "/")) for each in providers]


class PasswordLoginView(IgnorePendingCodeMixin, LoginView):
    """Login by password, for members who have set one."""

    template_name = "account/login_password.html"

    def get_form_class(self):
        return PasswordLoginForm

    def post(self, request, *args, **kwargs):
        """Show the form with the address that was typed on the other page, from which it comes without a password."""
        if "password" in request.POST or "email" not in request.POST:
            return super().post(request, *args, **kwargs)
        options = self.get_form_kwargs() | {"data": None, "files": None, "initial": {"login": request.POST["email"]}}
        return self.render_to_response(self.get_context_data(form=self.get_form_class()(**options)))


class PasskeyLoginView(IgnorePendingCodeMixin, LoginWebAuthnView):
    """Login by passkey: GET returns the browser's request options as JSON, POST takes its answer."""

    def dispatch(self, request, *args, **kwargs):
        """Limit the attempts, unless they can't be counted: a passkey can't be guessed."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except CacheUnavailable:
            return super(LoginWebAuthnView, self).dispatch(request, *args, **kwargs)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@rate_limit(action="signup")
def signup(request):
    next_url = get_next_redirect_url(request) or ""
    if request.user.is_authenticated:
        return redirect(next_url or "home")
    if request.club.joining == Club.Joining.CLOSED:
        return render(request, "account/signup_closed.html")
    form = SignupForm(request.POST or None)
    if form.is_valid():
        return start_login_by_code(request, **form.cleaned_data, next_url=next_url)
    return render(request, "account/signup.html", {"form": form, "next_url": next_url})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm_login_code(request):
    code = LoginCode.from_request(request)
    if code is None:
        return redirect("home" if request.user.is_authenticated else "account_login")
    if "resend" not in request.POST and (refusal := refuse_excess(request, "guess_code", "guess_code_often")):
        return refusal
    if "resend" in request.POST:
        fields = {name: code.state[name] for name in ("email", "name", "next_url")}
        return start_login_by_code(request, **fields)
    form = MailedCodeForm(code, request.POST or None)
    if form.is_valid():
        return code.finish()
    return render(request, "account/confirm_login_code.html", {"form": form, "code": code})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def reauthentication_code(request):
    code = ReauthenticationCode.from_request(request)
    actions = ["reauthenticate"] if "resend" in request.POST else ["guess_code", "guess_code_often"]
    if refusal := refuse_excess(request, *actions, user=request.user):
        return refusal
    if "resend" in request.POST:
        ReauthenticationCode.send(request)
        return redirect(passthrough_next_redirect_url(request, request.path, "next"))
    form = MailedCodeForm(code, request.POST if code and request.POST else None)
    if form.is_valid():
        code.finish()
        return resume_request(request) or redirect("members:profile")
    context = {"form": form, "code": code, "next_url": get_next_redirect_url(request) or ""}
    return render(request, "account/reauthentication_code.html", context)


class EmailChangeCodeView(RestartEmailChangeMixin, ConfirmEmailVerificationCodeView):
    """Asks for the code that confirms a new address of an account."""
