"""What the owner of the domain has to write down so that our mail is believed: SPF, DKIM, DMARC and the server's name.

Made from the settings of this installation, in words for whoever runs the domain. Asks no network.
"""

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

# What each provider asks to be named in SPF; the others bring names of their own, under which they send.
INCLUDES = {"mailgun": "mailgun.org", "mailjet": "spf.mailjet.com", "sparkpost": "sparkpostmail.com"}
DKIM_AT = {
    "brevo": "Senders, Domains & Dedicated IPs → Domains",
    "mailersend": "Domains → Manage",
    "mailgun": "Sending → Domain settings → DNS records",
    "mailjet": "Account settings → Sender domains & addresses",
    "postmark": "Sender signatures → the domain → DNS settings",
    "resend": "Domains → the domain",
    "sendgrid": "Settings → Sender authentication",
    "sparkpost": "Configuration → Domains",
}


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
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    found = [spf(domain), dkim(domain), dmarc(domain, contact)]
    return found if provider() else [*found, ptr()]


def is_nowhere():
    """Whether our mail goes no further than a folder of this machine."""
    return settings_backend() == "bookclub.mail.FolderBackend"


def provider():
    """“mailgun”, or nothing where mail goes to a mail server of one's own."""
    parts = settings_backend().split(".")
    return parts[2] if parts[0] == "anymail" else ""


def settings_backend():
    mailers = getattr(settings, "MAILERS", None)
    return mailers["default"]["BACKEND"] if mailers else settings.EMAIL_BACKEND


def mail_host():
    mailers = getattr(settings, "MAILERS", None)
    return mailers["default"].get("OPTIONS", {}).get("host", "") if mailers else settings.EMAIL_HOST


def spf(domain):
    part = f"include:{INCLUDES[provider()]}" if provider() in INCLUDES else "" if provider() else f"a:{mail_host()}"
    value = f"v=spf1 {part} ~all" if part else ""
    why = (
        "Says which servers may send for the domain. There may be only one such record: if one is there, put "
        f"“{part}” into it before its last word."
        if part
        else "Says which servers may send for the domain. Your provider brings its own, under a name of its own."
    )
    return Record("SPF", "TXT", domain, value, why)


def dkim(domain):
    at = DKIM_AT.get(provider())
    where = f"Your provider shows the record at “{at}”." if at else "Whoever runs the mail server has the key."
    return Record("DKIM", "TXT or CNAME", f"…._domainkey.{domain}", "", f"The signature on each mail. {where}")


def dmarc(domain, contact):
    value = f"v=DMARC1; p=none; rua=mailto:{contact}" if contact else "v=DMARC1; p=none"
    why = (
        "Says what to do with mail that is neither. Begin with “none”; once the reports have been clean for some weeks, "
        "make it “quarantine”. Large mailbox providers want to see one."
    )
    return Record("DMARC", "TXT", f"_dmarc.{domain}", value, why)


def ptr():
    host = mail_host()
    why = f"The address of the mail server must lead back to its name, {host}. Whoever rents out the server sets it."
    return Record("PTR", "PTR", f"the IP address of {host}", host, why)
