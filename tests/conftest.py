"""What is different in tests, before Django reads its settings; then the cast, which is always the same.

The values stand in the environment, where they win over a developer's `.env`.
"""

import gc
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

FOLDER = tempfile.mkdtemp(prefix="bookclub-tests-")
tests_so_far = itertools.count(1)
Path(FOLDER, "static").mkdir()  # whitenoise warns where there is none

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "bookclub.settings",
    "SECRET_KEY": "for-tests-only-" + "abcdefghijklmnopqrstuvwxyz" * 2,
    "DEBUG": "0",
    "SITE_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "DATA_DIR": FOLDER,
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{FOLDER}/db.sqlite3",
    "CACHE_URL": "db://cache",
    "TIME_ZONE": "Europe/London",
    "LANGUAGE_CODE": "en-gb",
    # Nothing listens there: a test that wants an Open Library brings its own.
    "OPEN_LIBRARY_URL": "http://127.0.0.1:9",
    "OPEN_LIBRARY_COVERS_URL": "http://127.0.0.1:9",
    "TRUSTED_PROXY_COUNT": "0",
}
IS_SQLITE = "sqlite3" in settings.DATABASES["default"]["ENGINE"]
if IS_SQLITE:
    # A file: in memory, the threads of a live server end in "table is locked".
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{FOLDER}/test.sqlite3"
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Parallel test processes inherit this environment, and are to come through this file before they read the settings.
del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure():
    shutil.rmtree(FOLDER, ignore_errors=True)


def pytest_collection_finish():
    """What is there by now stays to the end; Python needn't look through it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL run the tests that ask a database; the others would be the same again as on SQLite, and so would
    those that say that one will do.
    """
    if not IS_SQLITE:
        config.hook.pytest_deselected(items=[item for item in items if not asks_a_database(item)])
        items[:] = [item for item in items if asks_a_database(item)]


def asks_a_database(item):
    names = {"db", "transactional_db", "live_server", "django_db_setup"}
    asks = bool(names & set(item.fixturenames) or item.get_closest_marker("django_db"))
    return asks and not item.get_closest_marker("one_database")


def pytest_terminal_summary(terminalreporter):
    """What was not tried, and why, where nobody overlooks it."""
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])}
    if reasons:
        terminalreporter.section("NOT TRIED HERE", sep="!", red=True, bold=True)
    for reason in sorted(reasons):
        terminalreporter.line(reason, red=True, bold=True)


@pytest.fixture(scope="session", autouse=True)
def roles_outlive_a_flush():
    """A test that may not roll back empties the tables after it, and with them what the migrations put there."""
    signals = import_string("django.db.models.signals.post_migrate")
    signals.connect(import_string("tests.roles.make_again"), dispatch_uid="roles")


@pytest.fixture(scope="session", autouse=True)
def pages_are_read_as_html():
    """Django's test client keeps a copy of the context of every template, of which an admin page has hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.client.store_rendered_templates", lambda *args, **kwargs: None)
        yield


@pytest.fixture(autouse=True)
def media(settings):
    """The uploads of one test, and of no other. Not in its `tmp_path`, which takes longer than many a test."""
    folder = Path(FOLDER, str(next(tests_so_far)))
    folder.mkdir()
    settings.MEDIA_ROOT = folder / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(scope="session")
def sample(tmp_path_factory, worker_id):
    """The folder of a prepared sample club, one for all test processes: copy it."""
    own = tmp_path_factory.getbasetemp()
    return import_string("tests.serving.sample_in")(own if worker_id == "master" else own.parent)


def factory(name):
    # By name: models can be imported once Django is set up, which is after this file.
    return import_string(f"tests.factories.{name}")


@pytest.fixture
def alice(db):
    """Hosts."""
    return factory("make_member")(name="Alice Adeyemi", email="alice@example.org")


@pytest.fixture
def bob(db):
    """A member."""
    return factory("make_member")(name="Bob Baptiste", email="bob@example.org")


@pytest.fixture
def olga(db):
    """Organises: opens the admin, sees every draft."""
    return factory("make_organiser")(name="Olga Okafor", email="olga@example.org")


@pytest.fixture
def visitor():
    """Has no account."""
    return import_string("django.contrib.auth.models.AnonymousUser")()
