"""Read settings from the environment or `.env`. A missing or invalid value ends the process with one sentence.

A function `read_…(name, default)` returns the value of the variable `name`, or raises ValueError, KeyError or OSError.
"""

import importlib.util
import re
import stat
import sys
import zoneinfo
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf.global_settings import LANGUAGES
from django.utils.module_loading import import_string
from environs import Env, EnvError

from bookclub.mail.providers import PROVIDERS

# The schemes that CACHE_URL may have, and those that the package redis knows them by.
REDIS_SCHEMES = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix"}

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()


def read_env_file(path: Path):
    """Read settings from the file, except those that are in the environment.

    Raises SystemExit with a sentence if the file is there and can't be read.
    """
    try:
        content = path.read_bytes()
        text = content.decode()
    except FileNotFoundError:
        return
    except IsADirectoryError:
        sys.exit(f"{path} is a folder: remove it, and put the settings into a file of that name (see .env.example).")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        sys.exit(f"{path} is not in UTF-8: save it in that encoding, or correct its line {line}.")
    except OSError as error:
        sys.exit(f"{path} can't be read ({error.strerror}): make it readable for the user that runs the site.")
    if text.startswith("\ufeff"):
        sys.exit(f"{path} begins with a byte order mark: save it in UTF-8 without one.")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        sys.exit(f"{path} has a NUL character in its line {line}: delete it, or save the file in UTF-8.")
    env.read_env(str(path), recurse=False)


read_env_file(BASE_DIR / ".env")


def get_setting(name: str, read: Callable, default=..., *, put: str):
    """Return the environment variable `name`, as `read(name, default)` returns it; without a default it is required.

    Raises SystemExit with a sentence that names the variable and says what to set it to.
    """
    try:
        return read(name, default)
    except (EnvError, ValueError, KeyError, OSError):
        state = "is invalid" if env.str(name, "") else "is missing"
        sys.exit(f"{name} {state}: set it to {put}, in the environment or in .env.")


def read_secret_key(name, default):
    value = env.str(name, default)
    if len(value) < 50 or len(set(value)) < 5:
        raise ValueError(name)
    return value


def read_site_url(name, default):
    """Return scheme and host, without a path or a trailing slash."""
    value = env.str(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or value != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(name)
    if parts.username or not re.fullmatch(r"[\w.\-]+|[0-9a-f:]+", parts.hostname or "") or parts.port == 0:
        raise ValueError(name)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def read_service_url(name, default):
    """Return the URL of another site as `read_site_url` does; http is for services on this machine only."""
    value = read_site_url(name, default)
    parts = urlsplit(value)
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError(name)
    return value


def read_port(name, default):
    value = env.int(name, default)
    if not 0 < value < 65536:
        raise ValueError(name)
    return value


def read_count(name, default):
    value = env.int(name, default)
    if not 0 <= value < 10:
        raise ValueError(name)
    return value


def read_rate(name, default):
    value = env.float(name, default)
    if not 0 <= value <= 10_000:
        raise ValueError(name)
    return value


def read_time_zone(name, default):
    value = env.str(name, default)
    if value not in zoneinfo.available_timezones():
        raise ValueError(name)
    return value


def read_language(name, default):
    value = env.str(name, default).lower()
    if value not in dict(LANGUAGES):
        raise ValueError(name)
    return value


def read_hosts(name, default):
    value = [host.strip() for host in env.list(name, default) if host.strip()]
    if not value or any(not re.fullmatch(r"\*|[\w.\-:\[\]]+", host) for host in value):
        raise ValueError(name)
    return value


def read_domains(name, default):
    """Return host names; one that begins with a dot includes its subdomains. “*” is rejected."""
    value = read_hosts(name, default)
    if "*" in value:
        raise ValueError(name)
    return value


def read_social_login(name, default):
    """Return the names of social login providers; only tested ones that report whether an address is verified."""
    value = [each.strip().lower() for each in env.list(name, default) if each.strip()]
    if set(value) - {"google", "github"} or len(set(value)) < len(value):
        raise ValueError(name)
    return value


def read_text(name, default):
    """Return a text that is not empty."""
    value = env.str(name, default).strip()
    if not value:
        raise ValueError(name)
    return value


def read_folder(name, default):
    """Return the absolute path of a folder, which may not exist yet."""
    path = BASE_DIR / (env.str(name, "") or default)
    try:
        is_other = not stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        is_other = False
    if is_other:
        raise NotADirectoryError(path)
    return path.resolve()


def read_database(name, default):
    """Return an entry of DATABASES: SQLite or PostgreSQL, on which the tests run."""
    value = env.dj_db_url(name, default)
    if value["ENGINE"].removeprefix("django.db.backends.") not in {"sqlite3", "postgresql"} or not value["NAME"]:
        raise ValueError(name)
    if "postgresql" in value["ENGINE"]:
        require_package(name, "psycopg2")
    return value


def read_cache(name, default):
    """Return an entry of CACHES: a table of the database (db://TABLE), or Redis or Valkey by TCP, TLS or a socket."""
    url = env.str(name, "") or default
    parts = urlsplit(url)
    if parts.scheme == "db" and re.fullmatch(r"[A-Za-z_]\w{0,60}", parts.netloc) and not parts.path:
        return get_cache_table(parts.netloc)
    is_complete = parts.path if parts.scheme == "unix" else parts.hostname and re.fullmatch(r"(/\d*)?", parts.path)
    if parts.scheme not in REDIS_SCHEMES or not is_complete:
        raise ValueError(name)
    require_package(name, "redis")
    url = REDIS_SCHEMES[parts.scheme] + url.removeprefix(parts.scheme)
    check_redis_url(url)
    return {"BACKEND": "bookclub.core.cache.redis.RedisCache", "LOCATION": [url]}


def check_redis_url(url):
    """Raise ValueError for an option that the package redis does not know. Connects nowhere."""
    pool, error = import_string("redis.ConnectionPool"), import_string("redis.RedisError")
    try:
        pool.from_url(url).make_connection()
    except (TypeError, AttributeError, error) as reason:
        raise ValueError(str(reason)) from reason


def get_cache_table(table):
    # With Django's 300 a bot could evict the counters of its own attempts. A periodic task deletes expired entries.
    options = {"MAX_ENTRIES": 100_000}
    return {"BACKEND": "bookclub.core.cache.DatabaseCache", "LOCATION": table, "OPTIONS": options}


def read_sentry_dsn(name, default):
    """Return the address to which errors are reported, with a key and a project's number, or ""."""
    value = env.str(name, "") or default
    if not value:
        return ""
    parts = urlsplit(value)
    is_local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    is_complete = parts.username and parts.hostname and re.fullmatch(r"(/[\w-]+)*/\d+", parts.path)
    if parts.scheme not in ({"http", "https"} if is_local else {"https"}) or not is_complete or parts.port == 0:
        raise ValueError(name)
    require_package(name, "sentry_sdk", "requirements-optional.lock")
    return value


def require_package(name, package, requirements="requirements.lock"):
    """Stop the start with the command that installs `package`, which this value of the setting `name` needs."""
    if importlib.util.find_spec(package) is None:
        command = f"{sys.executable} -m pip install --require-hashes -r {BASE_DIR / requirements}"
        sys.exit(f"{name} needs the package {package}, which is not installed. Install it: {command}")


def read_sender(name, default):
    value = env.str(name, "") or default
    address = parseaddr(value)[1]
    if not re.fullmatch(r"[^@\s<>]+@[\w.\-]+", address) or len(value.splitlines()) > 1:
        raise ValueError(name)
    return value


def read_contacts(name, default):
    """Return URIs: those of mail addresses, and https addresses as they are."""
    contacts = [each.strip() for each in env.str(name, default).split(",") if each.strip()]
    return [read_contact(each) for each in contacts]


def read_contact(text):
    if re.fullmatch(r"https://[^\s/]+\S*", text):
        return text
    address = text.removeprefix("mailto:")
    if not re.fullmatch(r"[^@\s<>:]+@[\w.\-]+", address):
        raise ValueError(text)
    return f"mailto:{address}"


def read_email_server(name, default):
    """Return Django's EMAIL_* settings by name, and ANYMAIL for a provider; without a URL the backend is `default`."""
    address = env.str(name, "")
    if not address:
        return {"EMAIL_BACKEND": default}
    if urlsplit(address).scheme in PROVIDERS:
        return read_provider(urlsplit(address))
    value = env.dj_email_url(name)
    is_smtp = ".smtp." in value.get("EMAIL_BACKEND", "")
    if not value.get("EMAIL_BACKEND") or (is_smtp and not value["EMAIL_HOST"]):
        raise ValueError(name)
    return value | (
        {"EMAIL_BACKEND": "bookclub.mail.backends.SMTPBackend"} if ".smtp." in value["EMAIL_BACKEND"] else {}
    )


def read_provider(parts):
    """Return the settings for a URL such as “mailgun://KEY@mg.example.org?region=eu”, its key percent-encoded.

    Raises ValueError where a part is missing, KeyError for an unknown region.
    """
    require_package("EMAIL_URL", "anymail")
    each = PROVIDERS[parts.scheme]
    given = {name: unquote(getattr(parts, part) or "") for part, name in each.url_settings.items()}
    if not all(given.values()):
        raise ValueError(parts.scheme)
    if region := dict(parse_qsl(parts.query)).get("region"):
        given[f"{each.name.upper()}_API_URL"] = each.regions[region]
    if not each.tracks_readers:
        given["SEND_DEFAULTS"] = {"track_opens": False, "track_clicks": False}
    return {"EMAIL_BACKEND": f"anymail.backends.{each.name}.EmailBackend", "ANYMAIL": given | each.settings}


def read_webhook_key(name, default):
    """Return the key as a part of ANYMAIL, under the name that it has with the provider of EMAIL_URL."""
    each, key = PROVIDERS.get(urlsplit(env.str("EMAIL_URL", "")).scheme), env.str(name, "")
    if not key or each is None:
        return default
    if each.name == "resend":
        require_package(name, "svix")
    if not each.is_signed and ":" not in key:
        raise ValueError(name)
    return {each.webhook_key: key}


def read_email_address(name, default):
    """Return an email address without a display name, or "".

    The length of its local part is limited, so that our suffix fits: RFC 5321 section 4.5.3.1.1.
    """
    value = env.str(name, "") or default
    if value and not re.fullmatch(r"[^@+\s<>]{1,14}@[\w.\-]+", value):
        raise ValueError(name)
    return value
