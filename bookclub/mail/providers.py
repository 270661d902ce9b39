"""Mail providers that are used by their API: settings, features and limits of each.

By their documentation of November 2026; django-anymail calls the APIs. This list has only providers that accept the
headers of RFC 8058 from every account, report bounces with our ID of the copy, and are tested by django-anymail. Any
other provider can be used by SMTP.
"""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string

MAX_BATCH_SIZE = 50  # mails in one call: Mailjet's limit. If a call is cut off, the results of all of them are unknown.


@dataclass(frozen=True)
class Provider:
    """`url_settings` maps parts of EMAIL_URL, whose scheme is `name`, to django-anymail's settings."""

    title: str
    url_settings: dict
    webhook_key: str = "WEBHOOK_SECRET"  # setting with the key that signs reports; the default's value is USER:PASSWORD
    regions: dict = field(default_factory=dict)  # {EMAIL_URL's ?region=: API address}
    # Placeholder for the individual part in a mail to many; empty if the provider takes one mail at a time.
    placeholder: str = ""
    placeholder_pattern: str = "$^"  # regular expression of text that the provider would take for a placeholder
    fills_single_mails: bool = False  # also replaces placeholders in a mail to one reader
    tracks_readers: bool = False  # tracks opens and clicks by an account setting that a mail can't override
    refused_headers: frozenset = frozenset()  # headers that it sets itself, or that make it reject a mail
    added_headers: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)  # django-anymail's esp_extra
    batch_options: dict = field(default_factory=dict)  # esp_extra for a mail to many
    settings: dict = field(default_factory=dict)  # more settings of django-anymail
    spf_include: str = ""  # domain to include in the SPF record
    dkim_page: str = ""  # page of the provider's site with the DKIM record

    @property
    def name(self):
        return self.title.lower()

    @property
    def is_signed(self):
        return self.webhook_key != "WEBHOOK_SECRET"

    def adapt_message(self, message):
        """Change headers and options of `message` for this provider."""
        message.extra_headers = self.without_refused_headers(message.extra_headers) | self.added_headers
        is_merged = hasattr(message, "merge_data")
        if is_merged:
            message.merge_headers = {to: self.without_refused_headers(own) for to, own in message.merge_headers.items()}
        message.esp_extra = self.options | (self.batch_options if is_merged else {})

    def without_refused_headers(self, headers):
        return {name: value for name, value in headers.items() if name not in self.refused_headers}


PROVIDERS = {
    each.name: each
    for each in [
        Provider(
            "Brevo",
            {"username": "BREVO_API_KEY"},
            placeholder="{{params.reader}}",
            placeholder_pattern=r"\{[{%]",
            fills_single_mails=True,
            tracks_readers=True,
            refused_headers=frozenset({"Message-ID"}),
            dkim_page="Senders, Domains & Dedicated IPs → Domains",
        ),
        Provider(
            "Mailgun",
            {"username": "MAILGUN_API_KEY", "hostname": "MAILGUN_SENDER_DOMAIN"},
            webhook_key="MAILGUN_WEBHOOK_SIGNING_KEY",
            regions={"eu": "https://api.eu.mailgun.net/v3"},
            placeholder="%recipient.reader%",
            placeholder_pattern=r"%(recipient|[a-z_]*unsubscribe)",
            fills_single_mails=True,
            spf_include="mailgun.org",
            dkim_page="Sending → Domain settings → DNS records",
        ),
        Provider(
            "Mailjet",
            {"username": "MAILJET_API_KEY", "password": "MAILJET_SECRET_KEY"},
            placeholder="{{var:reader}}",
            placeholder_pattern=r"\{[{%]",
            refused_headers=frozenset({"Message-ID", "List-Id"}),
            batch_options={"Globals": {"TemplateLanguage": True}},
            spf_include="spf.mailjet.com",
            dkim_page="Account settings → Sender domains & addresses",
        ),
        Provider(
            "Postmark",
            {"username": "POSTMARK_SERVER_TOKEN"},
            added_headers={"X-PM-KeepID": "true"},
            dkim_page="Sender signatures → the domain → DNS settings",
        ),
        Provider(
            "Resend",
            {"username": "RESEND_API_KEY"},
            webhook_key="RESEND_SIGNING_SECRET",
            settings={"RESEND_VERIFY_ATTACHMENT_EXTENSIONS": False},  # it would reject “text/calendar; method=…”
            tracks_readers=True,
            refused_headers=frozenset({"Message-ID"}),
            dkim_page="Domains → the domain",
        ),
        Provider(
            "SparkPost",
            {"username": "SPARKPOST_API_KEY"},
            regions={"eu": "https://api.eu.sparkpost.com/api/v1"},
            placeholder="{{reader}}",
            placeholder_pattern=r"\{\{",
            fills_single_mails=True,
            refused_headers=frozenset({"Message-ID"}),
            options={"options": {"transactional": True}},  # otherwise it replaces our List-Unsubscribe header
            spf_include="sparkpostmail.com",
            dkim_page="Configuration → Domains",
        ),
    ]
}


def active_provider() -> Provider | None:
    """Return the provider in EMAIL_URL, or None for SMTP and for files in a folder."""
    parts = settings.EMAIL_BACKEND.split(".")
    return PROVIDERS[parts[2]] if parts[0] == "anymail" else None


def webhook_path_and_view():
    """Return (path, view) of the active provider's webhook. Other providers have no key, and so no webhook."""
    provider = active_provider()
    view = import_string(f"anymail.webhooks.{provider.name}.{provider.title}TrackingWebhookView")
    return f"hooks/mail/{provider.name}/tracking/", view.as_view()
