"""Settings are read once, at the start, so these tests start other Python processes."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bookclub.environment import BASE_DIR, read_env_file
from bookclub.make_env import write_env
from tests.sampling import first_ones

EXAMPLE = (BASE_DIR / ".env.example").read_text(encoding="utf-8")
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


MISTAKES = [
    ("SECRET_KEY", "", "SECRET_KEY is missing: set it to at least 50 random characters"),
    ("SECRET_KEY", "a-short-one", "SECRET_KEY is invalid: set it to at least 50 random characters"),
    ("SECRET_KEY", "x" * 60, "SECRET_KEY is invalid: set it to at least 50 random characters"),
    ("DEBUG", "perhaps", "DEBUG is invalid: set it to 1 or 0"),
    ("SITE_URL", "club.example.org", "SITE_URL is invalid: set it to the site's address, such as https://"),
    (
        "SITE_URL",
        "https://club.example.org/books",
        "SITE_URL is invalid: set it to the site's address, such as https://",
    ),
    ("SITE_URL", "http://host:abc", "SITE_URL is invalid"),
    ("SITE_URL", "http://host:99999", "SITE_URL is invalid"),
    ("SITE_URL", "https://host#part", "SITE_URL is invalid"),
    ("SITE_URL", "https://x y", "SITE_URL is invalid"),
    ("SITE_URL", 'https://ex"ample', "SITE_URL is invalid"),
    ("DATABASE_URL", "mysql://u:p@h/n", "DATABASE_URL is invalid"),
    ("DATABASE_URL", "timescale://u:p@h/n", "DATABASE_URL is invalid"),
    ("DATABASE_URL", "postgis://u:p@h/n", "DATABASE_URL is invalid"),
    ("DATABASE_URL", "spatialite:///file", "DATABASE_URL is invalid"),
    ("DATABASE_URL", "postgres://u:p@h:port/n", "DATABASE_URL is invalid"),
    ("DEFAULT_FROM_EMAIL", "garbage", "DEFAULT_FROM_EMAIL is invalid: set it to the sender of our mail"),
    ("DEFAULT_FROM_EMAIL", "A <", "DEFAULT_FROM_EMAIL is invalid: set it to the sender of our mail"),
    ("ALLOWED_HOSTS", "https://club.example.org", "ALLOWED_HOSTS is invalid: set it to the host names"),
    ("DATA_DIR", "/dev/null/var", "DATA_DIR is invalid: set it to a folder that this process may write to"),
    ("PORT", "eighty", "PORT is invalid: set it to a port number from 1 to 65535"),
    ("PORT", "70000", "PORT is invalid: set it to a port number from 1 to 65535"),
    ("DATABASE_URL", "my database", "DATABASE_URL is invalid: set it to an address such as postgres://"),
    ("CACHE_URL", "nowhere://", "CACHE_URL is invalid: set it to an address such as redis://"),
    ("CACHE_URL", "memcached://127.0.0.1:11211", "CACHE_URL is invalid: set it to an address such as redis://"),
    ("CACHE_URL", "pymemcache://127.0.0.1:11211", "CACHE_URL is invalid: set it to an address such as redis://"),
    ("CACHE_URL", "elasticache://127.0.0.1:11211", "CACHE_URL is invalid: set it to an address such as redis://"),
    ("CACHE_URL", "locmem://", "CACHE_URL is invalid"),
    ("CACHE_URL", "dummy://", "CACHE_URL is invalid"),
    ("CACHE_URL", "file:///tmp/cache", "CACHE_URL is invalid"),
    ("CACHE_URL", "hiredis://localhost/0", "CACHE_URL is invalid"),
    ("CACHE_URL", "redis://", "CACHE_URL is invalid"),
    ("CACHE_URL", "redis://localhost:port/0", "CACHE_URL is invalid"),
    ("CACHE_URL", "redis://localhost:99999/0", "CACHE_URL is invalid"),
    ("CACHE_URL", "redis://localhost/zero", "CACHE_URL is invalid"),
    ("CACHE_URL", "redis://localhost/0?lib=redis-cache", "CACHE_URL is invalid"),
    ("CACHE_URL", "redis://localhost/0?socket_timeout=soon", "CACHE_URL is invalid"),
    ("CACHE_URL", "rediss://localhost/0?ssl_cert_reqs=perhaps", "CACHE_URL is invalid"),
    ("CACHE_URL", "unix://", "CACHE_URL is invalid"),
    ("CACHE_URL", "db://", "CACHE_URL is invalid"),
    ("CACHE_URL", "db://my table", "CACHE_URL is invalid"),
    ("CACHE_URL", "localhost:6379", "CACHE_URL is invalid"),
    ("EMAIL_URL", "submission://", "EMAIL_URL is invalid: set it to an address such as submission://"),
    ("EMAIL_URL", "smtps://user:password@", "EMAIL_URL is invalid: set it to an address such as submission://"),
    ("EMAIL_URL", "submission://user:password@host:port", "EMAIL_URL is invalid"),
    ("EMAIL_URL", "submission://host?timeout=soon", "EMAIL_URL is invalid"),
    ("EMAIL_URL", "sendgrid://KEY@", "EMAIL_URL is invalid"),
    ("EMAIL_URL", "mail.example.org", "EMAIL_URL is invalid: set it to an address such as submission://"),
    ("SENTRY_DSN", "sentry.example.org", "SENTRY_DSN is invalid: set it to the DSN of a project, such as https://KEY@"),
    ("SENTRY_DSN", "https://sentry.example.org/1", "SENTRY_DSN is invalid"),
    ("SENTRY_DSN", "https://key@sentry.example.org/", "SENTRY_DSN is invalid"),
    ("SENTRY_DSN", "http://key@sentry.example.org/1", "SENTRY_DSN is invalid"),
    ("SENTRY_DSN", "https://key@sentry.example.org:port/1", "SENTRY_DSN is invalid"),
    ("TIME_ZONE", "London", "TIME_ZONE is invalid: set it to a time zone such as Europe/London"),
    ("LANGUAGE_CODE", "english", "LANGUAGE_CODE is invalid: set it to a language code such as en-gb"),
    (
        "OPEN_LIBRARY_URL",
        "http://openlibrary.org",
        "OPEN_LIBRARY_URL is invalid: set it to an address such as https://",
    ),
    ("OPEN_LIBRARY_COVERS_URL", "file:///etc", "OPEN_LIBRARY_COVERS_URL is invalid: set it to an address such as"),
    ("OPEN_LIBRARY_REDIRECT_HOSTS", "*", "OPEN_LIBRARY_REDIRECT_HOSTS is invalid: set it to host names, such as"),
    ("TRUSTED_PROXY_COUNT", "all", "TRUSTED_PROXY_COUNT is invalid: set it to the number of proxies"),
    ("TRUSTED_PROXY_COUNT", "-1", "TRUSTED_PROXY_COUNT is invalid: set it to the number of proxies"),
]
# Read the settings anew in each environment, and print some of them, or the message with which they stop: one Python for
# all, as a start takes half a second.
READ_SETTINGS = """
import json, os, sys
own = dict(os.environ)
results = []
for environment in json.loads(os.environ["ENVIRONMENTS"]):
    os.environ.clear()
    os.environ.update(own | environment)
    for module in ("bookclub.settings", "bookclub.environment"):
        sys.modules.pop(module, None)
    try:
        import bookclub.settings
        results.append({name: value for name in %r if (value := getattr(bookclub.settings, name, None)) is not None})
    except SystemExit as stop:
        results.append(stop.code)
print(json.dumps(results))
"""


READ_ENV_FILE = """
import sys
from pathlib import Path
from bookclub.environment import env, read_env_file
read_env_file(Path(sys.argv[1]))
print(ascii(env.str("OWN_ONE")), env.str("OWN_TWO"))
"""


def read_settings(environments, names=()):
    """Return for each environment its settings of these names, or the message with which the start stops."""
    process = start("-c", READ_SETTINGS % (names,), ENVIRONMENTS=json.dumps(environments))
    return json.loads(process.stdout)


def test_invalid_setting_stops_with_one_sentence():
    messages = read_settings([{name: value} for name, value, _ in MISTAKES])

    for (name, value, sentence), message in zip(MISTAKES, messages, strict=True):
        assert message.startswith(sentence), (name, value)
        assert "\n" not in message, (name, value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("# Für uns\nPORT=1\n".encode("latin-1"), "{path} is not in UTF-8: save it in that encoding, or correct its line 1."),
        (b"PORT=1\nSITE_URL=http://b\xfccher\n", "{path} is not in UTF-8: save it in that encoding, or correct its line 2."),
        ("PORT=1\n".encode("utf-16"), "{path} is not in UTF-8: save it in that encoding, or correct its line 1."),
        ("PORT=1\n".encode("utf-16-le"), "{path} has a NUL character in its line 1: delete it, or save the file in UTF-8."),
        (b"PORT=1\nSITE_URL=a\0b\n", "{path} has a NUL character in its line 2: delete it, or save the file in UTF-8."),
        ("PORT=1\n".encode("utf-8-sig"), "{path} begins with a byte order mark: save it in UTF-8 without one."),
        (None, "{path} is a folder: remove it, and put the settings into a file of that name (see .env.example)."),
    ],
)  # fmt: skip
def test_unreadable_env_file_stops_with_one_sentence(tmp_path, content, sentence):
    path = tmp_path / ".env"
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(SystemExit) as stop:
        read_env_file(path)

    assert stop.value.code == sentence.format(path=path)


def test_env_file_sets_what_the_environment_does_not(tmp_path):
    (tmp_path / ".env").write_text("OWN_ONE=“one”\nOWN_TWO=2\n", encoding="utf-8")

    process = start("-c", READ_ENV_FILE, str(tmp_path / ".env"), OWN_TWO="two")

    assert process.stdout == ascii("“one”") + " two\n"


def test_database_is_in_its_folder_whatever_the_name(tmp_path):
    folder = tmp_path / "a b#c?d=1%20e+Büro"
    script = "import os; del os.environ['DATABASE_URL']; from bookclub.settings import DATABASES as d; print(ascii(d['default']['NAME']))"

    process = start("-c", script, DATA_DIR=str(folder))

    assert process.stdout == ascii(f"{folder}/db.sqlite3") + "\n"
    assert not folder.exists(), "reading settings creates nothing"


@pytest.mark.parametrize(
    ("command", "name", "value", "sentence"),
    [
        ("check", "PORT", "eighty", "PORT is invalid: set it to a port number from 1 to 65535"),
        pytest.param(
            "serve",
            "HOST",
            "999.1.1.1",
            "CommandError: Cannot listen on 999.1.1.1, port ",
            marks=pytest.mark.all_tests,
        ),
        (
            "prepare",
            "DATABASE_URL",
            "postgres://nobody@127.0.0.1:1/none",
            "CommandError: The database server does not answer.",
        ),
    ],
)
def test_command_reports_an_invalid_setting_without_a_traceback(command, name, value, sentence):
    process = start("manage.py", command, **{name: value})

    assert process.returncode == 1
    assert process.stderr.startswith(sentence)
    assert "Traceback" not in process.stderr


@pytest.mark.all_tests
def test_prepare_reports_an_invalid_sample_value(sample, tmp_path):
    folder = shutil.copytree(sample, tmp_path / "data")
    own = {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3"}

    process = start("manage.py", "prepare", SAMPLE="maybe", **own)

    assert process.returncode == 1
    assert process.stderr.startswith("SAMPLE is invalid: set it to 1 or 0")


def test_cache_url_names_a_table_or_redis_or_valkey():
    urls = {
        "": ("DatabaseCache", "cache"),
        "db://counts": ("DatabaseCache", "counts"),
        "redis://localhost": ("RedisCache", ["redis://localhost"]),
        "redis://user:p%40ss%2Cword@cache.example.org:6380/2": (
            "RedisCache",
            ["redis://user:p%40ss%2Cword@cache.example.org:6380/2"],
        ),
        "rediss://cache.example.org/0?ssl_cert_reqs=required": (
            "RedisCache",
            ["rediss://cache.example.org/0?ssl_cert_reqs=required"],
        ),
        "valkey://localhost:6379/0": ("RedisCache", ["redis://localhost:6379/0"]),
        "valkeys://localhost/0": ("RedisCache", ["rediss://localhost/0"]),
        "unix:///run/redis.sock?db=1": ("RedisCache", ["unix:///run/redis.sock?db=1"]),
    }

    settings = read_settings([{"CACHE_URL": url} for url in urls], ["CACHES"])

    caches = [each["CACHES"]["default"] for each in settings]
    assert [(each["BACKEND"].rpartition(".")[2], each["LOCATION"]) for each in caches] == list(urls.values())


@pytest.mark.parametrize(
    ("package", "environment"),
    first_ones(
        [
            ("redis", {"CACHE_URL": "redis://localhost/0"}),
            ("sentry_sdk", {"SENTRY_DSN": "https://key@sentry.example.org/1"}),
            ("psycopg2", {"DATABASE_URL": "postgres://user:password@localhost/name"}),
            ("anymail", {"EMAIL_URL": "postmark://TOKEN@"}),
            ("svix", {"EMAIL_WEBHOOK_KEY": "whsec_key", "EMAIL_URL": "resend://KEY@"}),
        ],
        2,
    ),
)
def test_setting_whose_package_is_missing_stops_with_the_command_that_installs_it(package, environment):
    process = start("-c", f"import sys; sys.modules['{package}'] = None; import bookclub.settings", **environment)

    lock = "requirements-optional.lock" if package == "sentry_sdk" else "requirements.lock"
    assert process.returncode == 1
    assert process.stderr == (
        f"{next(iter(environment))} needs the package {package}, which is not installed. Install it: "
        f"{sys.executable} -m pip install --require-hashes -r {BASE_DIR}/{lock}\n"
    )


def test_site_url_and_proxy_count_decide_about_cookies_and_headers():
    names = [
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SECURE_PROXY_SSL_HEADER",
    ]
    https = {"SITE_URL": "https://club.example.org", "ALLOWED_HOSTS": "club.example.org"}
    http = {"SITE_URL": "http://localhost:8000"}

    by_https, by_http, behind_proxy = read_settings([https, http, http | {"TRUSTED_PROXY_COUNT": "1"}], names)

    assert by_https == {
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
    }
    assert by_http == {}
    assert behind_proxy == {"SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]}


def test_https_site_url_redirects_and_sends_hsts():
    process = start("-c", ASK, SITE_URL="https://club.example.org", ALLOWED_HOSTS="club.example.org")

    (plain_status, plain), (secure_status, secure) = json.loads(process.stdout)
    assert (plain_status, plain["Location"]) == (301, "https://club.example.org/robots.txt")
    assert (secure_status, secure["Strict-Transport-Security"]) == (200, "max-age=31536000")


def test_env_example_lists_every_variable():
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(BASE_DIR, "bookclub").rglob("*.py")))
    read = set(re.findall(r'setting\(\s*"([A-Z_]+)"', code))
    read |= {f"{name}_{part}" for name in ("GOOGLE", "GITHUB") for part in ("CLIENT_ID", "SECRET")}  # by SOCIAL_LOGIN

    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == read


def test_make_env_writes_a_private_file_with_a_random_key(tmp_path):
    write_env(tmp_path / ".env", EXAMPLE)

    assert re.search(r"^SECRET_KEY=\S{60,}$", (tmp_path / ".env").read_text(), re.MULTILINE)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_env(tmp_path / ".env", EXAMPLE)
