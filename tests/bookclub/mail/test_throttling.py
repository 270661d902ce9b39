"""The limit on mails per second."""

import itertools

import pytest

from bookclub.mail import throttling


@pytest.mark.parametrize(("per_second", "slept"), [(0, []), (4, [0.25, 0.25]), (0.5, [2.0, 2.0])])
def test_rate_limiter_spaces_mails(monkeypatch, per_second, slept):
    clock, sleeps = itertools.count(100, 0), []
    monkeypatch.setattr(throttling.time, "monotonic", lambda: next(clock) + sum(sleeps))
    monkeypatch.setattr(throttling.time, "sleep", sleeps.append)
    limiter = throttling.RateLimiter(per_second)

    for _ in range(3):
        limiter.wait(lambda: None)

    assert sleeps == slept
