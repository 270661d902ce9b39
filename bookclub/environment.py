"""Settings from the environment or `.env`. What is missing or malformed stops the start with one sentence."""

import re
import sys
import zoneinfo
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf.global_settings import LANGUAGES
from environs import Env, EnvError

from bookclub.providers import PROVIDERS

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def setting(name: str, read: Callable, default=..., *, put: str):
    """The value of the environment variable `name`, read by `read(name, default)`; without a default it must be there.

    Raises SystemExit with a sentence that names the variable and says what to put there.
    """
    try:
        return read(name, default)
    except (EnvError, ValueError, KeyError, OSError):
        state = "is not right" if env.str(name, "") else "is missing"
        sys.exit(f"{name} {state}: put {put} there, in the environment or in .env.")


def secret_key(name, default):
    value = env.str(name, default)
    if len(value) < 50 or len(set(value)) < 5:
        raise ValueError(name)
    return value


def site_url(name, default):
    """Scheme and host, without a path or a closing slash."""
    value = env.str(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or value != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(name)
    if parts.username or not re.fullmatch(r"[\w.\-]+|[0-9a-f:]+", parts.hostname or "") or parts.port == 0:
        raise ValueError(name)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def other_site(name, default):
    """As `site_url`, by https, unless it stands on this machine."""
    value = site_url(name, default)
    parts = urlsplit(value)
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError(name)
    return value


def port(name, default):
    value = env.int(name, default)
    if not 0 < value < 65536:
        raise ValueError(name)
    return value


def count(name, default):
    value = env.int(name, default)
    if not 0 <= value < 10:
        raise ValueError(name)
    return value


def rate(name, default):
    value = env.float(name, default)
    if not 0 <= value <= 10_000:
        raise ValueError(name)
    return value


def time_zone(name, default):
    value = env.str(name, default)
    if value not in zoneinfo.available_timezones():
        raise ValueError(name)
    return value


def language(name, default):
    value = env.str(name, default).lower()
    if value not in dict(LANGUAGES):
        raise ValueError(name)
    return value


def hosts(name, default):
    value = [host.strip() for host in env.list(name, default) if host.strip()]
    if not value or any(not re.fullmatch(r"\*|[\w.\-:\[\]]+", host) for host in value):
        raise ValueError(name)
    return value


def domains(name, default):
    """Host names, each alone or, with a dot in front, with all below it; never every host there is."""
    value = hosts(name, default)
    if "*" in value:
        raise ValueError(name)
    return value


def social_login(name, default):
    """Those that say of an address whether it is confirmed, and have been tried here."""
    value = [each.strip().lower() for each in env.list(name, default) if each.strip()]
    if set(value) - {"google", "github"} or len(set(value)) < len(value):
        raise ValueError(name)
    return value


def words(name, default):
    """Anything but nothing."""
    value = env.str(name, default).strip()
    if not value:
        raise ValueError(name)
    return value


def folder(name, default):
    """An absolute path; the folder is made, for its owner alone, if it is not there."""
    path = (BASE_DIR / (env.str(name, "") or default)).resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def database(name, default):
    """SQLite or PostgreSQL: what the suite runs on."""
    value = env.dj_db_url(name, default)
    if value["ENGINE"].rpartition(".")[2] not in {"sqlite3", "postgresql"} or not value["NAME"]:
        raise ValueError(name)
    return value


def sender(name, default):
    value = env.str(name, "") or default
    address = parseaddr(value)[1]
    if not re.fullmatch(r"[^@\s<>]+@[\w.\-]+", address) or len(value.splitlines()) > 1:
        raise ValueError(name)
    return value


def mail(name, default):
    """Django's EMAIL_* settings by their names, or ANYMAIL for a provider; without an address, mail goes to a folder."""
    address = env.str(name, "")
    if not address:
        return {"EMAIL_BACKEND": default}
    if urlsplit(address).scheme in PROVIDERS:
        return provider(urlsplit(address))
    value = env.dj_email_url(name)
    if not value.get("EMAIL_BACKEND"):
        raise ValueError(name)
    return value | ({"EMAIL_BACKEND": "bookclub.mail.SMTPBackend"} if ".smtp." in value["EMAIL_BACKEND"] else {})


def provider(parts):
    """“mailgun://KEY@mg.example.org?region=eu”: the key as the user, percent-encoded.

    Raises ValueError where a part is missing, KeyError for a region that it does not have.
    """
    each = PROVIDERS[parts.scheme]
    given = {name: unquote(getattr(parts, part) or "") for part, name in each.given.items()}
    if not all(given.values()):
        raise ValueError(parts.scheme)
    if region := dict(parse_qsl(parts.query)).get("region"):
        given[f"{each.name.upper()}_API_URL"] = each.regions[region]
    if not each.counts:
        given["SEND_DEFAULTS"] = {"track_opens": False, "track_clicks": False}
    return {"EMAIL_BACKEND": f"anymail.backends.{each.name}.EmailBackend", "ANYMAIL": given | each.settings}


def webhook_key(name, default):
    """Under the name that the provider in EMAIL_URL has for it, as a part of ANYMAIL."""
    each, key = PROVIDERS.get(urlsplit(env.str("EMAIL_URL", "")).scheme), env.str(name, "")
    if not key or each is None:
        return default
    if not each.is_signed and ":" not in key:
        raise ValueError(name)
    return {each.webhook_key: key}


def address(name, default):
    """One e-mail address without a name, or nothing. What we put behind its name must fit: RFC 5321 section 4.5.3.1.1."""
    value = env.str(name, "") or default
    if value and not re.fullmatch(r"[^@+\s<>]{1,14}@[\w.\-]+", value):
        raise ValueError(name)
    return value


def as_mailer(email: dict) -> dict:
    """The same as Django 6.1 and later want it, as an entry of MAILERS."""
    names = {"HOST": "host", "PORT": "port", "HOST_USER": "username", "HOST_PASSWORD": "password"}
    names |= {"USE_TLS": "use_tls", "USE_SSL": "use_ssl", "TIMEOUT": "timeout"}
    given = {option: email.get(f"EMAIL_{name}") for name, option in names.items()}
    options = {option: value for option, value in given.items() if value not in (None, False, "")}
    return {"BACKEND": email["EMAIL_BACKEND"], "OPTIONS": options}
