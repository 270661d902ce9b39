"""`manage.py migrate` in processes of its own, on databases of their own."""

import pytest
from django.db.migrations.loader import MigrationLoader

from bookclub.core.database.exclusive_transaction import WAITING
from tests.databases import empty_database, list_tables, query_database
from tests.serving import environment_in
from tests.small_project import run, start, write_small_project

pytestmark = pytest.mark.both_databases
CREATE = """
migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel("Copy", [
    ("id", models.BigAutoField(primary_key=True)),
    ("title", models.CharField(max_length=40)),
    ("shelf", models.ForeignKey("shelves.Shelf", models.CASCADE, related_name="copies")),
]),
"""
FILL = """
migrations.RunPython(lambda apps, editor: apps.get_model("shelves", "Copy").objects.create(
    title="Persuasion", shelf={shelf},
)),
"""
NEW_SHELF = 'apps.get_model("shelves", "Shelf").objects.create()'
ALTER = 'migrations.AlterField("Copy", "title", models.CharField(max_length=80, db_index=True)),'
FAIL = 'migrations.RunSQL("SELECT something FROM nowhere"),'


@pytest.fixture
def environment(tmp_path):
    with empty_database(tmp_path) as url:
        yield environment_in(tmp_path, DATABASE_URL=url)


@pytest.fixture
def write_migrations(environment, tmp_path):
    """Return a function that writes a small project, with one migration for each argument."""
    return lambda *operations: write_small_project(environment, tmp_path, operations)


def migrate(environment, *options):
    return run(environment, "manage.py", "migrate", *options)


def test_migrate_killed_before_a_record_leaves_nothing_and_can_be_run_again(environment, write_migrations):
    write_migrations(CREATE, FILL.format(shelf=NEW_SHELF), ALTER)

    for count in (1, 3):
        assert run(environment, "-m", "tests.migrating", "kill", str(count))[0] == -9
        assert list_tables(environment["DATABASE_URL"]) == []

    assert migrate(environment, "-v0") == (0, "", "")
    assert migrate(environment, "--check") == (0, "", "")


@pytest.mark.all_tests
def test_migrate_says_what_to_do_after_a_kill_of_an_earlier_version(environment, write_migrations):
    write_migrations(CREATE)
    assert run(environment, "-m", "tests.migrating", "kill", "1", "--django")[0] == -9

    code, _, errors = migrate(environment, "-v0")

    assert code == 1
    assert errors.startswith("CommandError: Migration shelves.0001 finds that what it adds is there already (")
    assert "“manage.py migrate shelves 0001 --fake”" in errors
    assert "Traceback" not in errors
    assert migrate(environment, "shelves", "0001", "--fake", "-v0") == (0, "", "")
    assert migrate(environment, "-v0") == (0, "", "")


def test_second_migrate_waits_for_the_first_and_finds_nothing_to_do(environment, write_migrations, tmp_path):
    write_migrations(CREATE)
    go_on = tmp_path / "go-on"
    first = start(environment, "-m", "tests.migrating", "pause", str(go_on))
    assert first.stdout.readline() == "paused\n"

    second = start(environment, "manage.py", "migrate")
    assert second.stderr.readline() == f"{WAITING}\n"
    go_on.touch()

    output, errors = second.communicate()
    first.communicate()
    assert (first.returncode, second.returncode, errors) == (0, 0, "")
    assert "No migrations to apply." in output


@pytest.mark.all_tests
def test_migrations_started_at_once_all_succeed(environment, write_migrations):
    """Without a file yet, one of them has to switch SQLite to WAL as well."""
    write_migrations(CREATE)

    processes = [start(environment, "manage.py", "migrate", "-v0") for _ in range(6)]

    errors = [process.communicate()[1].replace(f"{WAITING}\n", "") for process in processes]
    assert errors == [""] * 6
    assert [process.returncode for process in processes] == [0] * 6


def test_failing_migration_leaves_the_database_as_it_was(environment, write_migrations):
    write_migrations(CREATE, FILL.format(shelf=NEW_SHELF), FAIL)

    code, _, errors = migrate(environment, "-v0")

    assert code == 1
    sentence, _, traceback = errors.partition("Traceback")
    assert sentence == "\nMigration shelves.0003 failed, for the reason below. The database is as it was before.\n"
    assert "nowhere" in traceback
    assert list_tables(environment["DATABASE_URL"]) == []


@pytest.mark.all_tests
def test_data_migration_before_a_change_of_the_same_table(environment, write_migrations):
    write_migrations(CREATE, FILL.format(shelf=NEW_SHELF), ALTER)

    assert migrate(environment, "-v0") == (0, "", "")
    assert query_database(environment["DATABASE_URL"], "SELECT title FROM shelves_copy") == [("Persuasion",)]


@pytest.mark.all_tests
def test_broken_foreign_key_rolls_everything_back(environment, write_migrations):
    write_migrations(CREATE, FILL.format(shelf='apps.get_model("shelves", "Shelf")(pk=999)'))

    code, _, errors = migrate(environment, "-v0")

    assert code == 1
    assert "IntegrityError" in errors
    assert list_tables(environment["DATABASE_URL"]) == []


def test_no_migration_needs_to_run_outside_of_a_transaction():
    migrations = MigrationLoader(None).disk_migrations

    assert [str(migration) for migration in migrations.values() if not migration.atomic] == []


@pytest.mark.all_tests
def test_site_prepared_twice_at_once(environment):
    processes = [start(environment | {"SAMPLE": "1"}, "manage.py", "prepare") for _ in range(2)]

    errors = [process.communicate()[1].replace(f"{WAITING}\n", "") for process in processes]

    assert errors == ["", ""]
    assert [process.returncode for process in processes] == [0, 0]
