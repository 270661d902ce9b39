"""Tools that some tests need and that pip doesn't install: browsers, servers, validators."""

import os

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def skip_unless_ci(reason):
    """Skip the test on a developer's machine; fail it in CI, where nothing may be left out."""
    (pytest.fail if IN_CI else pytest.skip)(reason)
