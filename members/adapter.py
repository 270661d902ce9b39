from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import mark_safe


class Adapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. Write to us if that is a mistake.",
        "email_password_mismatch": "The email address and password do not match. Check both and try again.",
        "enter_current_password": "This is not the password you have now. Type it again.",
        "incorrect_password": "This is not your password. Type it again.",
        "invalid_password_reset": "This link has been used or is too old. Ask for a new one.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, then try again.",
        "rate_limited": "Too many tries. Wait a minute, then try again.",
    }

    def is_open_for_signup(self, request):
        """Organisers make the accounts."""
        return False

    def get_reset_password_from_key_url(self, key):
        """Never by the host of the request, which whoever sends it chooses."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.SITE_URL + path

    def format_email_subject(self, subject):
        """As written: the sender's name says whose mail it is."""
        return subject


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "These are not the right figures. Wait for the next ones, and type those.",
    }

    def get_totp_issuer(self):
        """What the app shows beside the figures."""
        return context.request.club.name

    def build_totp_svg(self, url):
        """The drawing alone, to stand in the page itself: a picture by `data:` would need a looser policy."""
        _, _, drawing = super().build_totp_svg(url).partition("?>")
        return mark_safe(drawing.strip())  # noqa: S308 - drawn by qrcode, whose letters are all its own
