import pytest

from bookclub.http.body_limits import find_body_limit, get_deadline_seconds

KIB, MIB = 1024, 1024 * 1024
LIMITS = {
    "/": 64 * KIB,
    "/no-such-page/": 64 * KIB,
    "/newsletter/subscription/": 64 * KIB,
    "/newsletter/leave/token/": 64 * KIB,
    "/meetups/any/rsvp/": 64 * KIB,
    "/accounts/login/": 64 * KIB,
    "/accounts/password/reset/": 64 * KIB,
    "/members/me/deletion/": 64 * KIB,
    "/members/me/": 48 * MIB,
    "/admin/": 4 * MIB,
    "/admin/login/": 4 * MIB,
    "/admin/books/quote/add/": 4 * MIB,
    "/admin/books/quote/": 4 * MIB,
    "/admin/books/book/add/": 48 * MIB,
    "/admin/books/book/1/change/": 48 * MIB,
    "/admin/meetups/writeup/paste/": 48 * MIB,
    "/admin/meetups/writeup/paste/1/": 4 * MIB,
    "/admin/newsletter/subscriber/list/": 48 * MIB,
}


@pytest.mark.parametrize(("path", "limit"), LIMITS.items())
def test_body_limit_follows_the_route(path, limit):
    assert find_body_limit(path) == limit


@pytest.mark.parametrize(("limit", "seconds"), [(64 * KIB, 20), (4 * MIB, 83), (48 * MIB, 787)])
def test_deadline_grows_with_the_limit(limit, seconds):
    assert round(get_deadline_seconds(limit)) == seconds
