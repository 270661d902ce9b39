"""The DNS records that make receivers trust our mail: SPF, DKIM, DMARC and the server's name.

Built from the settings, with explanations for whoever manages the domain. Makes no network request.
"""

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from bookclub.core.safe_http.ip_addresses import is_public
from bookclub.mail.providers import active_provider

# Mail servers of large companies, by the end of the host name, and the SPF include of each.
RELAY_INCLUDES = {
    ".amazonaws.com": "amazonses.com",
    ".fastmail.com": "spf.messagingengine.com",
    ".gmail.com": "_spf.google.com",
    ".mailgun.org": "mailgun.org",
    ".mailjet.com": "spf.mailjet.com",
    ".office365.com": "spf.protection.outlook.com",
    ".outlook.com": "spf.protection.outlook.com",
    ".sendgrid.net": "sendgrid.net",
    ".sparkpostmail.com": "sparkpostmail.com",
}
ONE_SPF_RECORD = "There may be only one such record: if one is there, put “{}” into it before its last word."


@dataclass(frozen=True)
class DNSRecord:
    """A DNS record; `where` is its host name, `value` is empty if only the provider or server operator knows it."""

    name: str
    kind: str
    where: str
    value: str
    why: str


def get_dns_records(contact="") -> list[DNSRecord]:
    """Return the records, empty if no mail leaves this machine; DMARC reports go to `contact`."""
    if has_no_mail_server():
        return []
    return [
        *map(build_spf, get_envelope_domains()),
        build_dkim(get_sending_domain()),
        build_dmarc(get_from_domain(), contact),
        *build_ptr_records(),
        *build_mx_records(),
    ]


def has_no_mail_server():
    """Return whether mail is only written to a folder of this machine."""
    return settings.EMAIL_BACKEND == "bookclub.mail.backends.FolderBackend"


def get_tracking_provider():
    """Return the title of a provider that tracks readers unless that is switched off in its account; else empty."""
    provider = active_provider()
    return provider.title if provider and provider.tracks_readers else ""


def get_from_domain():
    return get_domain(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])


def get_sending_domain():
    """Return the domain of the sender: with Mailgun, its own sender domain."""
    return settings.ANYMAIL.get("MAILGUN_SENDER_DOMAIN") or get_from_domain()


def get_envelope_domains():
    """Return the domains of the envelope senders, which SPF is about: RFC 7208 section 2.4."""
    return_domains = [get_domain(settings.INBOUND_EMAIL)] if settings.INBOUND_EMAIL and not active_provider() else []
    return list(dict.fromkeys([get_sending_domain(), *return_domains]))


def get_domain(address):
    return address.rpartition("@")[2]


def get_mail_host():
    """Return the public name of the mail server: the site's host if mail goes through this machine."""
    host = settings.EMAIL_HOST
    try:
        is_local = not is_public(host)
    except ValueError:
        is_local = "." not in host
    return settings.SITE_HOST if is_local else host


def get_relay_include():
    """Return the SPF include of a large company's mail server; an empty string where the server may be our own."""
    return next((name for end, name in RELAY_INCLUDES.items() if f".{get_mail_host()}".endswith(end)), "")


def build_spf(domain):
    provider, include = active_provider(), get_relay_include()
    if provider or include:
        include = provider.spf_include if provider else include
        part = f"include:{include}" if include else ""
    else:
        part = f"ip4:{get_mail_host()}" if get_mail_host().replace(".", "").isdigit() else f"a:{get_mail_host()}"
    return DNSRecord("SPF", "TXT", domain, f"v=spf1 {part} ~all" if part else "", " ".join(explain_spf(part)))


def explain_spf(part):
    yield "Says which servers may send for the domain."
    if not part:
        yield "Your provider has its own record, under a name of its own."
        return
    yield ONE_SPF_RECORD.format(part)
    if not part.startswith("include:"):
        yield (
            "That holds for a mail server of your own. A company that runs one for you says in its help what to put "
            "there."
        )


def build_dkim(domain):
    provider = active_provider()
    where = (
        f"Your provider shows the record at “{provider.dkim_page}”."
        if provider
        else "Whoever runs the mail server has the key."
    )
    return DNSRecord("DKIM", "TXT or CNAME", f"…._domainkey.{domain}", "", f"The signature on each mail. {where}")


def build_dmarc(domain, contact):
    value = f"v=DMARC1; p=none; rua=mailto:{contact}" if contact else "v=DMARC1; p=none"
    why = (
        "Says what to do with mail in the domain’s name that neither SPF nor DKIM vouches for. Begin with “none”; once "
        "the reports have been clean for some weeks, make it “quarantine”. Large mailbox providers want to see one."
    )
    return DNSRecord("DMARC", "TXT", f"_dmarc.{domain}", value, why)


def build_ptr_records():
    if active_provider() or get_relay_include():
        return
    host = get_mail_host()
    why = f"The address of the mail server must lead back to its name, {host}. Whoever rents out the server sets it."
    yield DNSRecord("PTR", "PTR", f"the IP address of {host}", host, why)


def build_mx_records():
    if settings.INBOUND_EMAIL:
        why = (
            f"Says which server takes mail for {settings.INBOUND_EMAIL}: the one that hands it to the site. What comes "
            "back, and who leaves by mail, arrives there."
        )
        yield DNSRecord("MX", "MX", get_domain(settings.INBOUND_EMAIL), "", why)
