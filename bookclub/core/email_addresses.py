"""One form for each mailbox, in which email addresses are stored, looked for and compared.

The domain is written in lower case and in ASCII, as in the DNS (RFC 5891): büro.example and XN--BRO-HOA.example are one.
"""

import unicodedata

import idna
from django.db.models import Value
from django.db.models.functions import Lower


def normalize_address(address: str) -> str:
    """Return the address as it is stored, without spaces around it and the dot behind the domain.

    The part before the @ stays as typed; beyond ASCII it is in lower case, as databases compare that differently.
    """
    name, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not name.isascii():
        name = unicodedata.normalize("NFC", name.lower())
    return f"{name}{at}{normalize_domain(domain)}"


def normalize_domain(domain: str) -> str:
    """Return the domain in ASCII; an invalid one, such as "a..b", in lower case alone."""
    lowered = domain.lower()
    if lowered.isascii() and "xn--" not in lowered:
        return lowered.removesuffix(".")
    try:
        return idna.encode(domain, uts46=True).decode().lower().removesuffix(".")
    except idna.IDNAError:
        return lowered.removesuffix(".")


def get_address_key(address: str) -> str:
    """Return one key for all spellings of a mailbox. Case never matters, although RFC 5321 lets hosts tell it apart."""
    return normalize_address(address).lower()


def is_same_address(one: str, other: str) -> bool:
    return get_address_key(one) == get_address_key(other)


def format_readable_address(address: str) -> str:
    """Return the address with its domain in Unicode: büro.example for xn--bro-hoa.example."""
    name, at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        return f"{name}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def normalize_search_words(text: str) -> str:
    """Return typed search words, with each address among them in its stored form."""
    return " ".join(normalize_address(word) if "@" in word else word for word in text.split())


def get_spellings(address: str) -> list[str]:
    """Return the key of the address first, then the other spelling in which it may have been stored or hashed."""
    key = get_address_key(address)
    readable = format_readable_address(key)
    return [key] if readable == key else [key, readable]


def filter_by_address(rows, address: str, field: str = "email"):
    """Return the rows of a queryset whose `field` is this mailbox, as the unique constraints on Lower() compare it."""
    key = Lower(Value(normalize_address(address)))
    return rows.alias(**{f"{field}_in_lower_case": Lower(field)}).filter(**{f"{field}_in_lower_case": key})
