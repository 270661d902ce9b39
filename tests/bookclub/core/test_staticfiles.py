"""`collectstatic` after a full disk or a kill, in processes of its own."""

import gzip
import re
import resource
import signal

import pytest
from rcssmin import cssmin

from bookclub.environment import BASE_DIR
from tests.serving import environment_in
from tests.small_project import run, write_small_project

PRINT_REMOVED = """
import sys
from django.core.management import execute_from_command_line


def print_removed(event, details):
    if event == "os.remove" and not details[0].endswith(".unfinished"):
        print(details[0])

sys.addaudithook(print_removed)
execute_from_command_line(sys.argv[1:])
"""
COLLECT = ("manage.py", "collectstatic", "--no-input", "-v0")


@pytest.fixture
def environment(tmp_path):
    environment = environment_in(tmp_path)
    write_small_project(environment, tmp_path, [])
    return environment


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))


def kill_at_file_size():
    limit_file_size()
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def read_folder(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.all_tests
@pytest.mark.parametrize("stop", [pytest.param(limit_file_size, marks=pytest.mark.all_tests), kill_at_file_size])
def test_collectstatic_that_was_stopped_can_be_run_again(environment, tmp_path, stop):
    """A process stops at its first file of 10,000 bytes; the font has 33,920."""
    assert run(environment, *COLLECT, preexec_fn=stop)[0] != 0

    assert run(environment, *COLLECT) == (0, "", "")

    collected = read_folder(tmp_path / "static")
    source = read_folder(BASE_DIR / "static")
    fonts = [name for name in source if name.endswith(".woff2")]
    assert len(fonts) == 2
    for name in fonts:
        copies = [text for copy, text in collected.items() if copy.startswith(name.removesuffix("woff2"))]
        assert copies == [source[name]] * 2  # with and without a hash in its name
    for name in [name for name in collected if name.endswith(".gz")]:
        assert gzip.decompress(collected[name]) == collected[name.removesuffix(".gz")]


def test_collectstatic_again_removes_no_file(environment):
    """A server that starts meanwhile would have no style sheet until its next start."""
    assert run(environment, *COLLECT)[0] == 0

    assert run(environment, "-c", PRINT_REMOVED, *COLLECT) == (0, "", "")


@pytest.mark.parametrize("path", sorted((BASE_DIR / "static/css").glob("*.css")), ids=lambda path: path.name)
def test_minified_style_sheet_selects_the_same_elements(path):
    """In a nested block rcssmin takes “a :is(b)” for a property, and makes “a:is(b)” of it. Write “a *:is(b)”."""
    descendant = re.compile(r"[\w)\]] :(?:is|where|not|has|first-|last-|nth-)")
    style = path.read_text()

    assert len(descendant.findall(cssmin(style))) == len(descendant.findall(style))
