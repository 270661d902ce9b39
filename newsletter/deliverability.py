"""What the owner of the domain has to write down so that our mail is believed: SPF, DKIM, DMARC and the server's name.

Made from the settings of this installation, in words for whoever runs the domain. Asks no network.
"""

import ipaddress
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from bookclub.providers import backend_in_use, in_use

# Mail servers of large companies, by the end of their names, and what each asks to be included in SPF.
RELAYS = {
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
BEGIN = "There may be only one such record: if one is there, put “{}” into it before its last word."


@dataclass(frozen=True)
class Record:
    """A DNS record: what it is called, where it stands, what it says; `value` is empty where somebody else knows it."""

    name: str
    kind: str
    where: str
    value: str
    why: str


def records(contact="") -> list[Record]:
    """`contact` gets the daily reports on DMARC. None, where no mail leaves this machine."""
    if is_nowhere():
        return []
    return [*map(spf, envelope_domains()), dkim(sending_domain()), dmarc(from_domain(), contact), *ptr(), *mx()]


def is_nowhere():
    """Whether our mail goes no further than a folder of this machine."""
    return backend_in_use() == "bookclub.mail.FolderBackend"


def counts_readers():
    """The provider that counts who opens a mail unless its account says otherwise; nothing, where none does."""
    provider = in_use()
    return provider.title if provider and provider.counts else ""


def from_domain():
    return domain_of(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])


def sending_domain():
    """Mailgun has one of its own for what it sends."""
    return settings.ANYMAIL.get("MAILGUN_SENDER_DOMAIN") or from_domain()


def envelope_domains():
    """Those that the sender given to the mail server may have: SPF is about them, RFC 7208 section 2.4."""
    back = [domain_of(settings.INBOUND_EMAIL)] if settings.INBOUND_EMAIL and not in_use() else []
    return list(dict.fromkeys([sending_domain(), *back]))


def domain_of(address):
    return address.rpartition("@")[2]


def mail_host():
    """As the world knows it: where our mail goes through this very machine, by the site's name."""
    mailers = getattr(settings, "MAILERS", None)
    host = mailers["default"].get("OPTIONS", {}).get("host", "") if mailers else settings.EMAIL_HOST
    try:
        is_ours = not ipaddress.ip_address(host).is_global
    except ValueError:
        is_ours = "." not in host
    return settings.SITE_HOST if is_ours else host


def relay():
    """What a large company's mail server asks to be included; nothing, where it may be one of our own."""
    return next((name for end, name in RELAYS.items() if f".{mail_host()}".endswith(end)), "")


def spf(domain):
    provider, include = in_use(), relay()
    if provider or include:
        include = provider.spf if provider else include
        part = f"include:{include}" if include else ""
    else:
        part = f"ip4:{mail_host()}" if mail_host().replace(".", "").isdigit() else f"a:{mail_host()}"
    return Record("SPF", "TXT", domain, f"v=spf1 {part} ~all" if part else "", " ".join(why_spf(part)))


def why_spf(part):
    yield "Says which servers may send for the domain."
    if not part:
        yield "Your provider brings its own, under a name of its own."
        return
    yield BEGIN.format(part)
    if not part.startswith("include:"):
        yield "That holds for a mail server of your own. A company that runs one for you says in its help what to put there."


def dkim(domain):
    provider = in_use()
    where = (
        f"Your provider shows the record at “{provider.dkim_at}”."
        if provider
        else "Whoever runs the mail server has the key."
    )
    return Record("DKIM", "TXT or CNAME", f"…._domainkey.{domain}", "", f"The signature on each mail. {where}")


def dmarc(domain, contact):
    value = f"v=DMARC1; p=none; rua=mailto:{contact}" if contact else "v=DMARC1; p=none"
    why = (
        "Says what to do with mail in the domain’s name that neither SPF nor DKIM vouches for. Begin with “none”; once the "
        "reports have been clean for some weeks, make it “quarantine”. Large mailbox providers want to see one."
    )
    return Record("DMARC", "TXT", f"_dmarc.{domain}", value, why)


def ptr():
    if in_use() or relay():
        return
    host = mail_host()
    why = f"The address of the mail server must lead back to its name, {host}. Whoever rents out the server sets it."
    yield Record("PTR", "PTR", f"the IP address of {host}", host, why)


def mx():
    if settings.INBOUND_EMAIL:
        why = (
            f"Says which server takes mail for {settings.INBOUND_EMAIL}: the one that hands it to the site. What comes "
            "back, and who leaves by mail, arrives there."
        )
        yield Record("MX", "MX", domain_of(settings.INBOUND_EMAIL), "", why)
