"""Environment variables for the tests, set before Django reads its settings, and shared fixtures.

The environment takes precedence over a developer's `.env`.
"""

import gc
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.utils.module_loading import import_string

FOLDER = tempfile.mkdtemp(prefix="bookclub-tests-")
tests_so_far = itertools.count(1)
Path(FOLDER, "static").mkdir()  # whitenoise warns if it is missing

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
    # A closed port: tests of Open Library use the fixture `open_library_server`.
    "OPEN_LIBRARY_URL": "http://127.0.0.1:9",
    "OPEN_LIBRARY_COVERS_URL": "http://127.0.0.1:9",
    "SENTRY_DSN": "",
    "TRUSTED_PROXY_COUNT": "0",
}
ALL_TESTS = os.environ.get("ALL_TESTS", "") == "1"
IS_SQLITE = "sqlite3" in settings.DATABASES["default"]["ENGINE"]
if IS_SQLITE:
    # A file: with an in-memory database the threads of a live server fail with "table is locked".
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{FOLDER}/test.sqlite3"
    # Faster: data survives killed processes, though not a power failure.
    settings.DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# `make test` tries a few generated examples per property, `make test-all` many. Tests don't set their own numbers.
hypothesis.settings.register_profile("ci", max_examples=20, deadline=None, derandomize=True)
hypothesis.settings.register_profile("nightly", max_examples=500, deadline=None)
hypothesis.settings.load_profile("nightly" if ALL_TESTS else "ci")
# Parallel test processes inherit this environment, and must run this file before they read the settings.
del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure():
    shutil.rmtree(FOLDER, ignore_errors=True)


def pytest_collection_finish():
    """Exclude all imported objects from garbage collection, which would scan them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_ignore_collect(collection_path):
    """On PostgreSQL don't import the test files that have no test for it: importing all takes seconds."""
    is_test_file = collection_path.match("test_*.py")
    if is_test_file and not IS_SQLITE and not ALL_TESTS and "both_databases" not in collection_path.read_text():
        return True
    return None


def pytest_collection_modifyitems(config, items):
    """Without ALL_TESTS=1 leave out the tests marked `all_tests`, and on PostgreSQL those not marked `both_databases`."""
    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    # The first tests stay in one process: one browser and one served sample club are enough.
    items[:] = sorted(
        filter(is_wanted, items), key=lambda item: ("port" in item.fixturenames, is_browser_test(item)), reverse=True
    )


def is_browser_test(item):
    return item.get_closest_marker("browser") is not None


def is_wanted(item):
    has_marker = item.get_closest_marker
    if ALL_TESTS:
        return IS_SQLITE or uses_database(item) or has_marker("both_databases") is not None
    return not has_marker("all_tests") and (IS_SQLITE or has_marker("both_databases") is not None)


def uses_database(item):
    names = {"db", "transactional_db", "live_server", "django_db_setup"}
    return bool(names & set(item.fixturenames) or item.get_closest_marker("django_db"))


def pytest_terminal_summary(terminalreporter):
    """List at the end, in red, why tests were skipped."""
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])}
    if reasons:
        terminalreporter.section("NOT TRIED HERE", sep="!", red=True, bold=True)
    for reason in sorted(reasons):
        terminalreporter.line(reason, red=True, bold=True)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb, django_db_modify_db_settings, django_db_blocker, tmp_path_factory, worker_id):
    """Let parallel test processes keep a copy of the SQLite database that the first of them migrated."""
    if not IS_SQLITE or worker_id == "master":
        return django_db_keepdb
    with django_db_blocker.unblock():
        import_string("tests.databases.copy_migrated_database")(
            tmp_path_factory.getbasetemp().parent, settings.DATABASES["default"]["TEST"]["NAME"]
        )
    return True


@pytest.fixture(scope="session", autouse=True)
def roles_outlive_a_flush():
    """Create the roles again after a transactional test, which empties the tables that migrations filled."""
    signals = import_string("django.db.models.signals.post_migrate")
    signals.connect(import_string("tests.roles.make_again"), dispatch_uid="roles")


@pytest.fixture(scope="session", autouse=True)
def pages_are_read_as_html():
    """Don't let Django's test client copy the context of every template: an admin page has hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.client.store_rendered_templates", lambda *args, **kwargs: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def logs_hold_no_secrets(roles_outlive_a_flush):
    """At the end, search all that was logged for the tokens, session keys and addresses of all rows that were saved."""
    log, collector = import_string("tests.logs.Log")(), import_string("tests.logs.SecretCollector")()
    import_string("django.db.models.signals.post_save").connect(collector, weak=False)
    yield
    log.close()
    leaks = import_string("tests.logs.find_leaks")(log.text, collector.secrets)
    assert leaks == set(), [line for line in log.lines if any(leak in line for leak in leaks)]


@pytest.fixture
def log():
    """The lines that the site logs during the test."""
    log = import_string("tests.logs.Log")()
    yield log
    log.close()


@pytest.fixture(autouse=True)
def media(settings):
    """A folder for the uploads of one test. `tmp_path` would take longer than many tests do."""
    folder = Path(FOLDER, str(next(tests_so_far)))
    folder.mkdir()
    settings.MEDIA_ROOT = folder / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(scope="session")
def sample(tmp_path_factory, worker_id):
    """The folder of a prepared sample club. All test processes share it, so copy it before you change anything."""
    own = tmp_path_factory.getbasetemp()
    return import_string("tests.serving.sample_in")(own if worker_id == "master" else own.parent)


def factory(name):
    # By name: models can be imported once Django is set up, which is after this file.
    return import_string(f"tests.factories.{name}")


@pytest.fixture
def alice(db):
    """A member."""
    return factory("make_member")(name="Alice Adeyemi", email="alice@example.org")


@pytest.fixture
def bob(db):
    """Another member."""
    return factory("make_member")(name="Bob Baptiste", email="bob@example.org")


@pytest.fixture
def olga(db):
    """An organiser: opens the admin, sees every draft."""
    return factory("make_organiser")(name="Olga Okafor", email="olga@example.org")


@pytest.fixture
def organiser_client(client, olga):
    """`client`, signed in as Olga."""
    client.force_login(olga)
    return client


@pytest.fixture
def ann(db):
    """A member with the role of an author."""
    return factory("make_writer")(name="Ann Ames", email="ann@example.org")


@pytest.fixture
def author_client(client, ann):
    """`client`, signed in as Ann."""
    client.force_login(ann)
    return client


@pytest.fixture
def visitor():
    """Somebody without an account."""
    return import_string("django.contrib.auth.models.AnonymousUser")()


@pytest.fixture
def open_library_server(settings):
    """A local server in place of Open Library."""
    with import_string("tests.openlibrary.open_library")() as server:
        settings.OPEN_LIBRARY_URL = settings.OPEN_LIBRARY_COVERS_URL = server.address
        settings.OPEN_LIBRARY_REDIRECT_HOSTS = [".archive.org"]
        yield server
