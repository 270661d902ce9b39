"""The records that the domain needs, by what this installation sends with."""

import pytest

from newsletter.deliverability import get_dns_records


@pytest.fixture
def sends_by(settings):
    """Says how mail leaves; returns what the records say, by their names and places."""
    settings.DEFAULT_FROM_EMAIL = "Book Club <letters@club.example>"
    settings.SITE_HOST = "www.club.example"

    def by(host="", provider="", **more):
        settings.EMAIL_BACKEND = (
            f"anymail.backends.{provider}.EmailBackend" if provider else "bookclub.mail.backends.SMTPBackend"
        )
        settings.EMAIL_HOST = host
        settings.ANYMAIL = more.pop("ANYMAIL", {})
        settings.INBOUND_EMAIL = more.pop("INBOUND_EMAIL", "")
        return {(each.name, each.where): each.value for each in get_dns_records("hello@club.example")}

    return by


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
def test_spf_and_ptr_depend_on_mail_server(sends_by, host, spf, ptr):
    found = sends_by(host)

    assert found[("SPF", "club.example")] == spf
    assert [value for (name, _), value in found.items() if name == "PTR"] == ([ptr] if ptr else [])
    assert found[("DMARC", "_dmarc.club.example")] == "v=DMARC1; p=none; rua=mailto:hello@club.example"


@pytest.mark.parametrize(
    ("provider", "spf"),
    [("mailjet", "v=spf1 include:spf.mailjet.com ~all"), ("postmark", ""), ("brevo", ""), ("resend", "")],
)
def test_spf_depends_on_provider(sends_by, provider, spf):
    found = sends_by(provider=provider)

    assert found[("SPF", "club.example")] == spf
    assert not any(name == "PTR" for name, _ in found)


def test_records_use_sending_domain_of_provider(sends_by):
    found = sends_by(provider="mailgun", ANYMAIL={"MAILGUN_SENDER_DOMAIN": "mg.club.example"})

    assert list(found) == [
        ("SPF", "mg.club.example"),
        ("DKIM", "…._domainkey.mg.club.example"),
        ("DMARC", "_dmarc.club.example"),
    ]


def test_inbound_domain_gets_spf_and_mx_records(sends_by):
    found = sends_by("mail.club.example", INBOUND_EMAIL="letters@in.example")

    assert found[("SPF", "in.example")] == "v=spf1 a:mail.club.example ~all"
    assert ("MX", "in.example") in found


def test_no_records_without_mail_server(settings):
    settings.EMAIL_BACKEND = "bookclub.mail.backends.FolderBackend"

    assert get_dns_records() == []
