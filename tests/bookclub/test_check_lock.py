import re
import shutil
import subprocess

import pytest

from bookclub.check_lock import LOCKS, find_problems, read_lock
from bookclub.environment import BASE_DIR
from tests.sampling import first_ones

REQUIREMENTS = ["requirements.txt", "requirements-optional.txt", "requirements-dev.txt"]


@pytest.fixture
def folder(tmp_path):
    """A copy of the locks and of what they are made from."""
    for name in [*REQUIREMENTS, *LOCKS]:
        shutil.copy(BASE_DIR / name, tmp_path)
    return tmp_path


def edit(path, pattern, replacement):
    text, count = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


def test_locks_agree_with_requirements_and_with_what_is_installed():
    assert find_problems(BASE_DIR) == []


@pytest.mark.parametrize(
    ("name", "pattern", "replacement", "problem"),
    first_ones([
        ("requirements.txt", r"^django==5\.2\.\d+", "django==5.2.99", "but ==5.2.99 is asked for."),
        ("requirements.txt", r"\A", "segno==1.6.6\n", "requirements.lock lacks segno."),
        ("requirements.lock", r"^whitenoise==(\S+) \\\n.*\n.*", r"whitenoise==\1", "has no hash for whitenoise."),
        ("requirements.lock", r"\A", "./nh3-0.3.8-py3-none-any.whl\n", "has a line that is not a pin with hashes"),
        ("requirements.txt", r"^nh3==.*\n", "", "requirements.lock has nh3, which nothing needs."),
        ("requirements.txt", r"\[mfa,socialaccount\]", "[mfa]", "requirements.lock has oauthlib, which nothing needs."),
        ("requirements.txt", r"anymail\[resend\]", "anymail[resend,amazon-ses]", "requirements.lock lacks boto3."),
        ("requirements-optional.txt", r"^sentry-sdk==\S+", "sentry-sdk==1.0", "but ==1.0 is asked for."),
        ("requirements-dev.txt", r"\A", "moto==5.0.0\n", "requirements-dev.lock lacks moto."),
        ("requirements.lock", r"^sqlparse==[^ ]+", "sqlparse==0.0.1", "but >=0.3.1 is asked for."),
        ("requirements.lock", r"^idna==[^ ]+", "idna==3.0", "requirements-dev.lock lacks idna==3.0, which"),
        ("requirements.lock", r"(?<=^async-timeout==5\.0\.1 ; python_full_version < ')3", "2", "lacks async-timeout."),
        ("requirements.lock", r"\A", "--index-url https://mirror.example.org/\n", "has a line that is not a pin"),
    ], 4),
)  # fmt: skip
def test_edit_without_make_lock_is_a_problem(folder, name, pattern, replacement, problem):
    edit(folder / name, pattern, replacement)

    problems = find_problems(folder)

    assert any(problem in each for each in problems), problems


def test_version_that_is_not_installed_is_a_problem(folder):
    for lock in LOCKS:
        edit(folder / lock, r"^markdown==[^ ]+", "markdown==3.0")
    edit(folder / "requirements.txt", r"^markdown==[^ ]+", "markdown==3.0")

    problems = find_problems(folder)

    assert any(each.startswith("requirements.lock has markdown 3.0, and 3.") for each in problems), problems


def test_locks_have_hashes_of_files_for_other_systems():
    pins = {pin.name: hashes for pin, hashes in read_lock(BASE_DIR / "requirements.lock")}

    # Wheels of five Pythons for Linux, macOS and Windows, on two processors each, and the source.
    assert len(pins["cffi"]) > 30
    assert min(map(len, pins.values())) >= 1


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_each_requirement_is_pinned_and_says_where_it_is_used(name):
    lines = [line for line in (BASE_DIR / name).read_text().splitlines() if not line.startswith("#")]

    for line in lines:
        assert re.match(r"[a-z0-9-]+(\[[a-z,-]+\])?==[\w.]+ +# \S", line), line
        for path in re.findall(r"[\w./-]+/[\w./-]*", line.partition("#")[2]):
            assert (BASE_DIR / path).exists(), line


def test_make_installs_from_locks_and_checks_them():
    commands = {
        target: subprocess.run(
            ["/usr/bin/env", "make", "--dry-run", "--always-make", target],
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for target in (".venv/site", "check")
    }

    assert "--require-hashes -r requirements.lock" in commands[".venv/site"]
    assert "python -m bookclub.check_lock" in commands["check"]
