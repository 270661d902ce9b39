"""The DNS records that the domain needs, by the mail settings."""

import pytest

from newsletter.deliverability import get_dns_records


@pytest.fixture
def build_records(settings):
    """Return a function that changes the mail settings and returns the record values by (name, where)."""
    settings.DEFAULT_FROM_EMAIL = "Book Club <letters@club.example>"
    settings.SITE_HOST = "www.club.example"

    def build(host="", provider="", **more):
        settings.EMAIL_BACKEND = (
            f"anymail.backends.{provider}.EmailBackend" if provider else "bookclub.mail.backends.SMTPBackend"
        )
        settings.EMAIL_HOST = host
        settings.ANYMAIL = more.pop("ANYMAIL", {})
        settings.INBOUND_EMAIL = more.pop("INBOUND_EMAIL", "")
        return {(each.name, each.where): each.value for each in get_dns_records("hello@club.example")}

    return build


@pytest.mark.parametrize(
    ("host", "spf", "ptr"),
    [
        ("mail.club.example", "v=spf1 a:mail.club.example ~all", "mail.club.example"),
        ("localhost", "v=spf1 a:www.club.example ~all", "www.club.example"),
        ("127.0.0.1", "v=spf1 a:www.club.example ~all", "www.club.example"),
        ("10.0.0.5", "v=spf1 a:www.club.example ~all", "www.club.example"),
        ("8.8.8.8", "v=spf1 ip4:8.8.8.8 ~all", "8.8.8.8"),
        ("smtp.gmail.com", "v=spf1 include:_spf.google.com ~all", None),
        ("smtp.office365.com", "v=spf1 include:spf.protection.outlook.com ~all", None),
        ("notgmail.com", "v=spf1 a:notgmail.com ~all", "notgmail.com"),
    ],
)
def test_spf_and_ptr_depend_on_mail_server(build_records, host, spf, ptr):
    records = build_records(host)

    assert records[("SPF", "club.example")] == spf
    assert [value for (name, _), value in records.items() if name == "PTR"] == ([ptr] if ptr else [])
    assert records[("DMARC", "_dmarc.club.example")] == "v=DMARC1; p=none; rua=mailto:hello@club.example"


@pytest.mark.parametrize(
    ("provider", "spf"),
    [("mailjet", "v=spf1 include:spf.mailjet.com ~all"), ("postmark", ""), ("brevo", ""), ("resend", "")],
)
def test_spf_depends_on_provider(build_records, provider, spf):
    records = build_records(provider=provider)

    assert records[("SPF", "club.example")] == spf
    assert not any(name == "PTR" for name, _ in records)


def test_records_use_sending_domain_of_provider(build_records):
    records = build_records(provider="mailgun", ANYMAIL={"MAILGUN_SENDER_DOMAIN": "mg.club.example"})

    assert list(records) == [
        ("SPF", "mg.club.example"),
        ("DKIM", "…._domainkey.mg.club.example"),
        ("DMARC", "_dmarc.club.example"),
    ]


def test_inbound_domain_gets_spf_and_mx_records(build_records):
    records = build_records("mail.club.example", INBOUND_EMAIL="letters@in.example")

    assert records[("SPF", "in.example")] == "v=spf1 a:mail.club.example ~all"
    assert ("MX", "in.example") in records


def test_no_records_without_mail_server(settings):
    settings.EMAIL_BACKEND = "bookclub.mail.backends.FolderBackend"

    assert get_dns_records() == []
