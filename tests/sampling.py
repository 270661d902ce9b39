"""Fewer cases for `make test`, where several take the same way through the code."""

import pytest


def first_ones(cases, count):
    """Return the cases for `parametrize`; those after the first `count` run in `make test-all` alone."""
    cases = list(cases)
    return cases[:count] + [mark_case(case) for case in cases[count:]]


def mark_case(case):
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.all_tests)
