"""Commands with a DATA_DIR that is not the site's: real processes, since settings are read at their start."""

import fcntl
import shutil
import subprocess
import sys

import pytest

from bookclub.environment import BASE_DIR
from tests.serving import environment_in


def run(environment, *arguments):
    """Return (exit code, errors) of `manage.py` with these arguments."""
    command = [sys.executable, "manage.py", *arguments]
    process = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, timeout=120)
    return process.returncode, process.stderr


COMMANDS = [
    ["serve"],
    pytest.param(["work"], marks=pytest.mark.all_tests),
    pytest.param(["createsuperuser", "--noinput", "--email", "olga@example.org"], marks=pytest.mark.all_tests),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_command_without_the_data_folder_says_so_and_creates_nothing(tmp_path, command):
    missing = tmp_path / "unmounted"
    code, errors = run(environment_in(missing), *command)

    assert code == 1
    assert errors.removeprefix("CommandError: ") == (
        f"DATA_DIR is {missing}, and there is no such folder. Is its disk mounted? Else set DATA_DIR to the folder of"
        " your site, in the environment or in .env; `manage.py prepare` creates a new one.\n"
    )
    assert not missing.exists()


@pytest.mark.all_tests
@pytest.mark.parametrize("command", COMMANDS)
def test_command_without_a_club_says_so(tmp_path, command):
    code, errors = run(environment_in(tmp_path), *command)

    assert code == 1
    assert errors.removeprefix("CommandError: ") == (
        f"There is no club in the database {tmp_path}/db.sqlite3. Set DATA_DIR or DATABASE_URL to those of your site, in"
        " the environment or in .env; `manage.py prepare` creates a new club.\n"
    )


@pytest.mark.all_tests
def test_prepare_refuses_a_database_in_memory_and_changes_nothing(tmp_path):
    (tmp_path / "organiser.txt").write_text("Password: of the club in the file")

    code, errors = run(environment_in(tmp_path, DATABASE_URL="sqlite://"), "prepare")

    assert code == 1
    assert errors.startswith("CommandError: DATABASE_URL names a database in memory, and nothing in it would last.")
    assert [path.name for path in tmp_path.iterdir()] == ["organiser.txt"]
    assert (tmp_path / "organiser.txt").read_text() == "Password: of the club in the file"


@pytest.mark.all_tests
def test_prepare_says_that_it_begins_a_new_club_and_does_not_create_the_folder_above(tmp_path):
    begun = subprocess.run(
        [sys.executable, "manage.py", "prepare"], env=environment_in(tmp_path / "club", DEBUG="1"), cwd=BASE_DIR, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    code, errors = run(environment_in(tmp_path / "mnt" / "club"), "prepare")

    assert begun.stdout.startswith(f"A new club begins in {tmp_path}/club.\n")
    assert (tmp_path / "club").stat().st_mode & 0o777 == 0o700
    assert code == 1
    assert errors == (
        f"CommandError: DATA_DIR is {tmp_path}/mnt/club, which is not there and can't be created (No such file or"
        " directory). Is its disk mounted? Else create the folder above it, or set DATA_DIR to another folder, in the"
        " environment or in .env.\n"
    )
    assert not (tmp_path / "mnt").exists()


@pytest.mark.parametrize("command", ["prepare", pytest.param("serve", marks=pytest.mark.all_tests)])
def test_second_site_on_a_folder_says_so(sample, tmp_path, command):
    folder = shutil.copytree(sample, tmp_path / "data")
    with (folder / "serve.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, errors = run(environment_in(folder), command)

    assert code == 1
    assert errors == (
        f"CommandError: The site runs already from DATA_DIR, {folder} (process 4711). Stop it first, or set DATA_DIR to"
        " another folder, in the environment or in .env.\n"
    )
