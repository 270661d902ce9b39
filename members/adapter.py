"""What allauth asks of this site: its words, its mails as rows, and what happens when somebody comes in or goes."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.urls import reverse
from django.utils.safestring import mark_safe

from bookclub.budgets import MailRequest
from bookclub.outbox import OutgoingMail
from members import mails, sign_ins
from members.entrance import own_path
from members.joining import welcome
from members.stages import opens_by_code

WAYS = {
    "reauthenticate": "Use my password",
    "mfa_reauthenticate": "Use the app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}
NO_NAME = "You are in. One thing more: what shall we call you?"
WAITS_FOR_YES = "You are in. An organiser says yes to everybody who is new, and then we write to you."


class Adapter(DefaultAccountAdapter):
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

    # --- coming in and going

    def is_open_for_signup(self, request):
        """Through `members.entrance` alone."""
        return False

    def get_login_stages(self):
        """Without that of confirming an address: a code does, and an organiser may set a password before any mail."""
        return ["allauth.account.stages.LoginByCodeStage", "members.stages.SecondFactor"]

    def login(self, request, user):
        with transaction.atomic():
            super().login(request, user)
            welcome(user)
            sign_ins.note(request, user)
        request.session.set_expiry(None)
        if user.approved_at is None:
            messages.info(request, WAITS_FOR_YES)

    def logout(self, request):
        sign_ins.forget(request)
        super().logout(request)

    def get_login_redirect_url(self, request):
        if request.user.name:
            return super().get_login_redirect_url(request)
        messages.info(request, NO_NAME)
        return reverse("members:me")

    def get_email_verification_redirect_url(self, email_address):
        return reverse("account_email")

    def is_safe_url(self, url):
        return bool(own_path(url))

    def get_reauthentication_methods(self, user):
        methods = [way | {"description": WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]
        if user.is_authenticated and opens_by_code(user):
            address = reverse("account_same_person_code")
            methods.append({"id": "code", "description": "Use a code from a mail", "url": address})
        return methods

    # --- mail

    def send_mail(self, template_prefix, email, context):
        """A row in the outbox, within its budget where anybody may ask for it. Nothing is sent from here."""
        template_prefix = template_prefix.removesuffix("_signup")
        name = template_prefix.rpartition("/")[2]
        if name == "unknown_account":
            # It takes as long as a mail to somebody we know, and a stranger gets none.
            asked = mails.ask("password", email, self.request)
            asked.write(template_prefix, **context)
            OutgoingMail.objects.filter(key=asked.key, kind="unknown-account").delete()
        elif name == "password_reset_key":
            mails.ask("password", email, self.request).write(template_prefix, **context)
        elif name in {"email_confirmation", "account_already_exists"}:
            is_within = MailRequest.objects.ask("new-address", email, self.request, mails.BUDGET)
            state = OutgoingMail.State.QUEUED if is_within else OutgoingMail.State.HELD
            mails.write(template_prefix, email, context, state=state)
        else:
            mails.write(template_prefix, email, context)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """To the account's address; of a new one both are told."""
        addresses = {email or user.email} | ({user.email} if template_prefix.endswith("email_changed") else set())
        for address in sorted(addresses):
            self.send_mail(template_prefix, address, {"user": user} | (context or {}))

    def get_reset_password_from_key_url(self, key):
        """Never by the host of the request, which whoever sends it chooses."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.SITE_URL + path


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "These are not the right figures. Wait for the next ones, and type those.",
    }

    def get_totp_issuer(self):
        """What the app shows beside the figures."""
        return context.request.club.name

    def get_public_key_credential_rp_entity(self):
        """What the browser shows beside a passkey."""
        return super().get_public_key_credential_rp_entity() | {"name": context.request.club.name}

    def build_totp_svg(self, url):
        """The drawing alone, to stand in the page itself: a picture by `data:` would need a looser policy."""
        _, _, drawing = super().build_totp_svg(url).partition("?>")
        return mark_safe(drawing.strip())  # noqa: S308 - drawn by qrcode, whose letters are all its own

    def generate_authenticator_name(self, user, type):  # noqa: A002 - allauth's word
        """For the form of a new passkey, which is to be named by who knows what it is."""
        return "Passkey"
