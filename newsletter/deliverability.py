"""What the owner of the domain has to write down so that our mail is believed: SPF, DKIM, DMARC and the server's name.

Made from the settings of this installation, in words for whoever runs the domain. Asks no network.
"""

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from bookclub.providers import backend_in_use, in_use


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
    return found if in_use() else [*found, ptr()]


def is_nowhere():
    """Whether our mail goes no further than a folder of this machine."""
    return backend_in_use() == "bookclub.mail.FolderBackend"


def counts_readers():
    """The provider that counts who opens a mail unless its account says otherwise; nothing, where none does."""
    provider = in_use()
    return provider.title if provider and provider.counts else ""


def mail_host():
    mailers = getattr(settings, "MAILERS", None)
    return mailers["default"].get("OPTIONS", {}).get("host", "") if mailers else settings.EMAIL_HOST


def spf(domain):
    provider = in_use()
    part = f"a:{mail_host()}" if provider is None else f"include:{provider.spf}" if provider.spf else ""
    value = f"v=spf1 {part} ~all" if part else ""
    why = (
        "Says which servers may send for the domain. There may be only one such record: if one is there, put "
        f"“{part}” into it before its last word."
        if part
        else "Says which servers may send for the domain. Your provider brings its own, under a name of its own."
    )
    return Record("SPF", "TXT", domain, value, why)


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
        "Says what to do with mail that is neither. Begin with “none”; once the reports have been clean for some weeks, "
        "make it “quarantine”. Large mailbox providers want to see one."
    )
    return Record("DMARC", "TXT", f"_dmarc.{domain}", value, why)


def ptr():
    host = mail_host()
    why = f"The address of the mail server must lead back to its name, {host}. Whoever rents out the server sets it."
    return Record("PTR", "PTR", f"the IP address of {host}", host, why)
