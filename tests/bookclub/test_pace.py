"""No more mails a second than the mail server takes."""

import itertools

import pytest

from bookclub import post


@pytest.mark.parametrize(("per_second", "slept"), [(0, []), (4, [0.25, 0.25]), (0.5, [2.0, 2.0])])
def test_mails_leave_at_their_pace(monkeypatch, per_second, slept):
    clock, sleeps = itertools.count(100, 0), []
    monkeypatch.setattr(post.time, "monotonic", lambda: next(clock) + sum(sleeps))
    monkeypatch.setattr(post.time, "sleep", sleeps.append)
    pace = post.Pace(per_second)

    for _ in range(3):
        pace.wait(lambda: None)

    assert sleeps == slept
