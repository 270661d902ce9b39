"""Mail providers that take mail over their own interface: what each needs, can do, and can't.

By their documentation of November 2026; django-anymail speaks with them. Only those are here that take the headers of
RFC 8058 from every account, tell of what came back in a report that names our copy, and that django-anymail still
tries. Any other provider can be reached by SMTP.
"""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string

# How many mails go out by one call, where they can: Mailjet takes no more. So many are unknown where a call breaks off.
MAILS_PER_CALL = 50


@dataclass(frozen=True)
class Provider:
    """`name` stands in EMAIL_URL; `given` says which part of EMAIL_URL is which of django-anymail's settings."""

    title: str
    given: dict
    webhook_key: str = "WEBHOOK_SECRET"  # the setting for what it signs reports with; this one is USER:PASSWORD
    regions: dict = field(default_factory=dict)  # by the word in EMAIL_URL?region=, where its interface is then
    # How a mail to many writes what is another word for each reader; empty: it takes one mail at a time.
    place_holder: str = ""
    reads: str = "$^"  # a regular expression: what it would take for a place holder, and write something else for
    always_reads: bool = False  # in a mail to one reader, too
    counts: bool = False  # opened mails and followed links, as its account says: no mail can say otherwise
    refuses: frozenset = frozenset()  # headers that it sets itself, or takes no mail with
    adds: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)  # django-anymail's esp_extra
    merge_options: dict = field(default_factory=dict)  # the same, of a mail to many
    settings: dict = field(default_factory=dict)  # more of django-anymail's
    spf: str = ""  # what it asks to be included
    dkim_at: str = ""  # where it shows the record

    @property
    def name(self):
        return self.title.lower()

    @property
    def is_signed(self):
        return self.webhook_key != "WEBHOOK_SECRET"

    def adapt(self, message):
        """Make `message` one that it takes."""
        message.extra_headers = self.without_refused(message.extra_headers) | self.adds
        is_merged = hasattr(message, "merge_data")
        if is_merged:
            message.merge_headers = {to: self.without_refused(own) for to, own in message.merge_headers.items()}
        message.esp_extra = self.options | (self.merge_options if is_merged else {})

    def without_refused(self, headers):
        return {name: value for name, value in headers.items() if name not in self.refuses}


PROVIDERS = {
    each.name: each
    for each in [
        Provider(
            "Brevo",
            {"username": "BREVO_API_KEY"},
            place_holder="{{params.reader}}",
            reads=r"\{[{%]",
            always_reads=True,
            counts=True,
            refuses=frozenset({"Message-ID"}),
            dkim_at="Senders, Domains & Dedicated IPs → Domains",
        ),
        Provider(
            "Mailgun",
            {"username": "MAILGUN_API_KEY", "hostname": "MAILGUN_SENDER_DOMAIN"},
            webhook_key="MAILGUN_WEBHOOK_SIGNING_KEY",
            regions={"eu": "https://api.eu.mailgun.net/v3"},
            place_holder="%recipient.reader%",
            reads=r"%(recipient|[a-z_]*unsubscribe)",
            always_reads=True,
            spf="mailgun.org",
            dkim_at="Sending → Domain settings → DNS records",
        ),
        Provider(
            "Mailjet",
            {"username": "MAILJET_API_KEY", "password": "MAILJET_SECRET_KEY"},
            place_holder="{{var:reader}}",
            reads=r"\{[{%]",
            refuses=frozenset({"Message-ID", "List-Id"}),
            merge_options={"Globals": {"TemplateLanguage": True}},
            spf="spf.mailjet.com",
            dkim_at="Account settings → Sender domains & addresses",
        ),
        Provider(
            "Postmark",
            {"username": "POSTMARK_SERVER_TOKEN"},
            adds={"X-PM-KeepID": "true"},
            dkim_at="Sender signatures → the domain → DNS settings",
        ),
        Provider(
            "Resend",
            {"username": "RESEND_API_KEY"},
            webhook_key="RESEND_SIGNING_SECRET",
            settings={"RESEND_VERIFY_ATTACHMENT_EXTENSIONS": False},  # it takes “text/calendar; method=…” for a mistake
            counts=True,
            refuses=frozenset({"Message-ID"}),
            dkim_at="Domains → the domain",
        ),
        Provider(
            "SparkPost",
            {"username": "SPARKPOST_API_KEY"},
            regions={"eu": "https://api.eu.sparkpost.com/api/v1"},
            place_holder="{{reader}}",
            reads=r"\{\{",
            always_reads=True,
            refuses=frozenset({"Message-ID"}),
            options={"options": {"transactional": True}},  # else it puts a List-Unsubscribe of its own in place of ours
            spf="sparkpostmail.com",
            dkim_at="Configuration → Domains",
        ),
    ]
}


def backend_in_use() -> str:
    """The dotted path, which Django 6.1 keeps elsewhere."""
    mailers = getattr(settings, "MAILERS", None)
    return mailers["default"]["BACKEND"] if mailers else settings.EMAIL_BACKEND


def in_use() -> Provider | None:
    parts = backend_in_use().split(".")
    return PROVIDERS[parts[2]] if parts[0] == "anymail" else None


def reports_view():
    """The view for reports of the provider in use, and the path that it is told: of no other, as their keys are not set."""
    provider = in_use()
    view = import_string(f"anymail.webhooks.{provider.name}.{provider.title}TrackingWebhookView")
    return f"hooks/mail/{provider.name}/tracking/", view.as_view()


def of_line(line) -> Provider | None:
    """By an open backend; None where it is no provider's."""
    return PROVIDERS.get(getattr(line, "esp_name", "").lower())
