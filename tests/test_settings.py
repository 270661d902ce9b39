"""Settings are read once, at the start: each of these starts a Python of its own."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bookclub.environment import BASE_DIR, as_mailer
from bookclub.first_run import write_env

EXAMPLE = (BASE_DIR / ".env.example").read_text(encoding="utf-8")
SHOW = "import json, bookclub.settings as s; print(json.dumps({n: getattr(s, n) for n in %r if hasattr(s, n)}))"
# A redirect and a header, as a reader's browser would meet them, from a page that needs no database.
ASK = """
import json, django
from django.test import Client
django.setup()
answers = [Client().get("/robots.txt", secure=secure, headers={"host": "club.example.org"}) for secure in (False, True)]
print(json.dumps([[answer.status_code, dict(answer.headers)] for answer in answers]))
"""


def start(*command, **environment):
    """A finished process in this environment; an empty value counts as missing, whatever `.env` says."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bookclub.settings"} | environment
    return subprocess.run([sys.executable, *command], env=environment, cwd=BASE_DIR, capture_output=True, text=True)


def settings_in(*names, **environment):
    return json.loads(start("-c", SHOW % (names,), **environment).stdout)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is missing: put at least 50 random characters there"),
        ("SECRET_KEY", "a-short-one", "SECRET_KEY is not right: put at least 50 random characters there"),
        ("SECRET_KEY", "x" * 60, "SECRET_KEY is not right: put at least 50 random characters there"),
        ("DEBUG", "perhaps", "DEBUG is not right: put 1 or 0 there"),
        ("SITE_URL", "club.example.org", "SITE_URL is not right: put the site's address, such as https://"),
        (
            "SITE_URL",
            "https://club.example.org/books",
            "SITE_URL is not right: put the site's address, such as https://",
        ),
        ("SITE_URL", "http://host:abc", "SITE_URL is not right"),
        ("SITE_URL", "http://host:99999", "SITE_URL is not right"),
        ("SITE_URL", "https://host#part", "SITE_URL is not right"),
        ("SITE_URL", "https://x y", "SITE_URL is not right"),
        ("SITE_URL", 'https://ex"ample', "SITE_URL is not right"),
        ("DATABASE_URL", "mysql://u:p@h/n", "DATABASE_URL is not right"),
        ("DEFAULT_FROM_EMAIL", "garbage", "DEFAULT_FROM_EMAIL is not right: put the sender of our mail"),
        ("DEFAULT_FROM_EMAIL", "A <", "DEFAULT_FROM_EMAIL is not right: put the sender of our mail"),
        ("ALLOWED_HOSTS", "https://club.example.org", "ALLOWED_HOSTS is not right: put the host names"),
        ("DATA_DIR", "/dev/null/var", "DATA_DIR is not right: put a folder that this process may write to"),
        ("PORT", "eighty", "PORT is not right: put a port number from 1 to 65535"),
        ("PORT", "70000", "PORT is not right: put a port number from 1 to 65535"),
        ("DATABASE_URL", "my database", "DATABASE_URL is not right: put an address such as postgres://"),
        ("CACHE_URL", "nowhere://", "CACHE_URL is not right: put an address such as redis://"),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL is not right: put an address such as submission://"),
        ("TIME_ZONE", "London", "TIME_ZONE is not right: put a time zone such as Europe/London"),
        ("LANGUAGE_CODE", "english", "LANGUAGE_CODE is not right: put a language code such as en-gb"),
        (
            "OPEN_LIBRARY_URL",
            "http://openlibrary.org",
            "OPEN_LIBRARY_URL is not right: put an address such as https://",
        ),
        ("OPEN_LIBRARY_COVERS_URL", "file:///etc", "OPEN_LIBRARY_COVERS_URL is not right: put an address such as"),
        ("OPEN_LIBRARY_REDIRECT_HOSTS", "*", "OPEN_LIBRARY_REDIRECT_HOSTS is not right: put host names, such as"),
        ("TRUSTED_PROXY_COUNT", "all", "TRUSTED_PROXY_COUNT is not right: put how many proxies"),
        ("TRUSTED_PROXY_COUNT", "-1", "TRUSTED_PROXY_COUNT is not right: put how many proxies"),
    ],
)
def test_a_mistake_stops_the_start_with_one_sentence(name, value, sentence):
    process = start("-c", "import bookclub.settings", **{name: value})

    assert process.returncode == 1
    assert process.stderr.startswith(sentence)
    assert process.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "name", "value", "sentence"),
    [
        ("check", "PORT", "eighty", "PORT is not right: put a port number from 1 to 65535"),
        ("serve", "HOST", "999.1.1.1", "CommandError: Nothing can listen on 999.1.1.1, port "),
        (
            "prepare",
            "DATABASE_URL",
            "postgres://nobody@127.0.0.1:1/none",
            "CommandError: The database does not answer;",
        ),
    ],
)
def test_a_command_says_so_too_and_shows_no_code(command, name, value, sentence):
    process = start("manage.py", command, **{name: value})

    assert process.returncode == 1
    assert process.stderr.startswith(sentence)
    assert "Traceback" not in process.stderr


def test_prepare_asks_for_a_proper_sample_value(sample, tmp_path):
    folder = shutil.copytree(sample, tmp_path / "data")
    own = {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"}

    process = start("manage.py", "prepare", SAMPLE="maybe", **own)

    assert process.returncode == 1
    assert process.stderr.startswith("SAMPLE is not right: put 1 or 0 there")


def test_an_https_address_makes_cookies_secure():
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "ALLOWED_HOSTS"]

    assert settings_in(*names, SITE_URL="https://club.example.org", ALLOWED_HOSTS="club.example.org") == {
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "ALLOWED_HOSTS": ["club.example.org"],
    }
    assert settings_in(*names[:4], SITE_URL="http://localhost:8000") == {}


def test_an_https_address_redirects_and_sends_hsts():
    process = start("-c", ASK, SITE_URL="https://club.example.org", ALLOWED_HOSTS="club.example.org")

    (plain_status, plain), (secure_status, secure) = json.loads(process.stdout)
    assert (plain_status, plain["Location"]) == (301, "https://club.example.org/robots.txt")
    assert (secure_status, secure["Strict-Transport-Security"]) == (200, "max-age=31536000")


def test_a_proxy_is_believed_only_where_one_is_named():
    assert settings_in("SECURE_PROXY_SSL_HEADER", TRUSTED_PROXY_COUNT="0") == {}
    assert settings_in("SECURE_PROXY_SSL_HEADER", TRUSTED_PROXY_COUNT="1") != {}


def test_every_variable_has_its_line_in_the_example():
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(BASE_DIR, "bookclub").rglob("*.py")))
    read = set(re.findall(r'setting\(\s*"([A-Z_]+)"', code))
    read |= {f"{name}_{part}" for name in ("GOOGLE", "GITHUB") for part in ("CLIENT_ID", "SECRET")}  # by SOCIAL_LOGIN

    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == read


def test_the_first_run_writes_a_key_for_its_owner_alone(tmp_path):
    write_env(tmp_path / ".env", EXAMPLE)

    assert re.search(r"^SECRET_KEY=\S{60,}$", (tmp_path / ".env").read_text(), re.MULTILINE)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_env(tmp_path / ".env", EXAMPLE)


def test_a_mail_server_s_address_reads_the_same_for_newer_versions_of_django():
    email = {"EMAIL_BACKEND": "smtp", "EMAIL_HOST": "mail.example.org", "EMAIL_PORT": 587, "EMAIL_HOST_USER": "u"}
    email |= {"EMAIL_HOST_PASSWORD": "p", "EMAIL_USE_TLS": True, "EMAIL_USE_SSL": False, "EMAIL_TIMEOUT": None}

    assert as_mailer(email) == {
        "BACKEND": "smtp",
        "OPTIONS": {"host": "mail.example.org", "port": 587, "username": "u", "password": "p", "use_tls": True},
    }
