"""Adapters of allauth: texts, mails as rows, and actions at login and logout."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.urls import reverse
from django.utils.safestring import mark_safe

from bookclub.core.safe_http.ip_addresses import normalize_ip
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest
from members import emails, sessions
from members.approval import approve_or_notify_organisers
from members.login_by_code import get_local_path, is_code_sufficient

REAUTHENTICATION_LABELS = {
    "reauthenticate": "Use my password",
    "mfa_reauthenticate": "Use the app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}
NAME_MISSING = "You are in. One thing more: what shall we call you?"
AWAITING_APPROVAL = "You are in. An organiser approves everybody who is new, and then we write to you."
# By allauth's template name. allauth's other messages are not shown: the next page says the same, and a visitor who
# has just logged out gets no cookie for a message.
MESSAGES = {
    "account/messages/email_confirmation_failed.txt": "Somebody else has this address here. Yours is unchanged.",
    "account/messages/password_changed.txt": "Your password is changed.",
    "account/messages/password_set.txt": "Your password is set.",
    "mfa/messages/recovery_codes_generated.txt": "You have new recovery codes.",
    "mfa/messages/totp_activated.txt": "The app is set up.",
    "mfa/messages/totp_deactivated.txt": "The app is off.",
    "mfa/messages/webauthn_added.txt": "Your passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
    "socialaccount/messages/account_connected_other.txt": "That account belongs to another account here.",
    "socialaccount/messages/account_disconnected.txt": "You can’t sign in with it any more.",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. Write to us if that is a mistake.",
        "duplicate_email": "This is your address already.",
        "email_password_mismatch": "The email address and password do not match. Check both and try again.",
        "email_taken": "Somebody else has this address here. Take another.",
        "enter_current_password": "This is not the password you have now. Type it again.",
        "incorrect_code": "This is not the code. Look at the mail again.",
        "incorrect_password": "This is not your password. Type it again.",
        "invalid_password_reset": "This link has been used or is too old. Ask for a new one.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, then try again.",
        "rate_limited": "Too many tries. Wait a minute, then try again.",
    }

    def add_message(self, request, level, message_template=None, *args, message=None, **kwargs):
        words = message or MESSAGES.get(message_template)
        if words:
            messages.add_message(request, level, words)

    def get_client_ip(self, request):
        """Return IPv4 addresses as such: as ::ffff:a.b.c.d, all of them would be one network of IPv6."""
        return normalize_ip(super().get_client_ip(request))

    # --- login and logout

    def is_open_for_signup(self, request):
        """Close allauth's own sign-up: `members.login_by_code` creates the accounts."""
        return False

    def get_login_stages(self):
        """Leave out the stage that confirms the address: a login code does it, and a password can exist before that."""
        return ["allauth.account.stages.LoginByCodeStage", "members.login_by_code.SecondFactorStage"]

    def login(self, request, user):
        with transaction.atomic():
            super().login(request, user)
            approve_or_notify_organisers(user)
            sessions.record_sign_in(request, user)
        request.session.set_expiry(None)
        if user.approved_at is None:
            messages.info(request, AWAITING_APPROVAL)

    def logout(self, request):
        sessions.delete_sign_in(request)
        super().logout(request)

    def get_login_redirect_url(self, request):
        if request.user.name:
            return super().get_login_redirect_url(request)
        messages.info(request, NAME_MISSING)
        return reverse("members:profile")

    def get_email_verification_redirect_url(self, email_address):
        return reverse("account_email")

    def is_safe_url(self, url):
        return bool(get_local_path(url))

    def get_reauthentication_methods(self, user):
        methods = [
            method | {"description": REAUTHENTICATION_LABELS[method["id"]]}
            for method in super().get_reauthentication_methods(user)
        ]
        if user.is_authenticated and is_code_sufficient(user):
            url = reverse("account_reauthentication_code")
            methods.append({"id": "code", "description": "Use a code from a mail", "url": url})
        return methods

    # --- mail

    def send_mail(self, template_prefix, email, context):
        """Queue the mail in the outbox. A mail that strangers can request is rate-limited."""
        template = template_prefix.removesuffix("_signup")
        name = template.rpartition("/")[2]
        if name == "unknown_account":
            # Queue and delete it, so that the response takes as long as for a known address.
            code_request = emails.request_mail("password", email, self.request)
            code_request.queue_mail(template, **context)
            OutgoingMail.objects.filter(key=code_request.key, kind="unknown-account").delete()
        elif name == "password_reset_key":
            emails.request_mail("password", email, self.request).queue_mail(template, **context)
        elif name in {"email_confirmation", "account_already_exists"}:
            is_within_limit = MailRequest.objects.record(
                "new-address", email, self.request, emails.RATE_LIMIT
            ).is_within
            state = OutgoingMail.State.QUEUED if is_within_limit else OutgoingMail.State.HELD
            emails.queue_mail(template, email, context, state=state)
        else:
            emails.queue_mail(template, email, context)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Notify the account's address; if the address has changed, the old and the new one."""
        addresses = {email or user.email} | ({user.email} if template_prefix.endswith("email_changed") else set())
        for address in sorted(addresses):
            self.send_mail(template_prefix, address, {"user": user} | (context or {}))

    def get_reset_password_from_key_url(self, key):
        """Build the URL from SITE_URL, as the sender of a request can choose its host."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.SITE_URL + path


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "These are not the right figures. Wait for the next ones, and type those.",
    }

    def get_totp_issuer(self):
        """Return the name that the authenticator app shows beside the code."""
        return context.request.club.name

    def get_public_key_credential_rp_entity(self):
        """Return the relying party, whose name the browser shows beside a passkey."""
        return super().get_public_key_credential_rp_entity() | {"name": context.request.club.name}

    def build_totp_svg(self, url):
        """Return an inline <svg>: an image with a `data:` URL would need a looser Content-Security-Policy."""
        _, _, drawing = super().build_totp_svg(url).partition("?>")
        return mark_safe(drawing.strip())  # noqa: S308 - drawn by qrcode, which escapes what it draws

    def generate_authenticator_name(self, user, type):  # noqa: A002 - allauth's name
        """Return the initial name in the form for a new passkey."""
        return "Passkey"
