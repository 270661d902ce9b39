import pytest
from django.conf import settings as live_settings
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from tests.factories import make_book, make_club, make_meetup, make_quote, make_writeup
from tests.pages import soup_of

pytestmark = pytest.mark.django_db

PUBLIC, PRIVATE = "public, no-cache", "private, no-store"


def zone_now(request):
    return HttpResponse(timezone.get_current_timezone_name())


def fail(request):
    raise RuntimeError("A view that fails")


def set_cookie(request):
    response = HttpResponse("A cookie")
    response.set_cookie("new", "1")
    return response


urlpatterns = [path("zone/", zone_now), path("fails/", fail), path("cookie/", set_cookie)]
handler500 = "bookclub.error_pages.server_error"


@pytest.fixture
def pages():
    """The address of a page of every kind, with content."""
    book = make_book(slug="book")
    quote = make_quote(book=book)
    make_writeup(slug="write-up", book=book, meetup=make_meetup(book=book, slug="meetup"))
    return [
        "/",
        reverse("meetups:writeup", args=["write-up"]),
        reverse("books:detail", args=["book"]),
        quote.get_absolute_url(),
        reverse("meetups:detail", args=["meetup"]),
        "/sitemap.xml",
        "/robots.txt",
    ]


def test_visitor_gets_cacheable_pages_without_a_cookie(client, pages):
    responses = [client.get(page) for page in [*pages, "/no-such-page/"]]

    assert [response.status_code for response in responses] == [200] * len(pages) + [404]
    assert [dict(response.cookies) for response in responses] == [{}] * len(responses)
    assert {response.headers["Cache-Control"] for response in responses} == {PUBLIC}
    assert dict(client.cookies) == {}


def test_page_with_a_session_is_not_cacheable(client, pages, bob):
    client.force_login(bob)

    responses = [client.get(page) for page in [*pages, "/no-such-page/"]]

    assert {response.headers["Cache-Control"] for response in responses} == {PRIVATE}


def test_page_with_an_expired_session_is_not_cacheable(client, pages):
    client.cookies[live_settings.SESSION_COOKIE_NAME] = "over"

    assert client.get(pages[0]).headers["Cache-Control"] == PRIVATE


@pytest.mark.urls(__name__)
def test_page_that_sets_a_cookie_is_not_cacheable(client):
    assert client.get("/cookie/").headers["Cache-Control"] == PRIVATE


def test_page_with_a_csrf_token_is_not_cacheable(client):
    response = client.get("/accounts/login/")

    assert set(response.cookies) == {live_settings.CSRF_COOKIE_NAME}
    assert "no-store" in response.headers["Cache-Control"]
    assert "public" not in response.headers["Cache-Control"]


def test_unchanged_page_is_answered_with_304(client, pages):
    first = client.get(pages[0])

    again = client.get(pages[0], headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == PUBLIC


def test_unpublished_page_is_gone_at_the_next_request(client):
    writeup = make_writeup()
    first = client.get(writeup.get_absolute_url())

    writeup.unpublish()

    again = client.get(writeup.get_absolute_url(), headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 404


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Tokyo"])
def test_club_time_zone_is_active_during_a_request_only(client, zone):
    make_club(time_zone=zone)

    with timezone.override("America/New_York"):
        during = client.get("/zone/").content.decode()
        after = timezone.get_current_timezone_name()

    assert (during, after) == (zone, "America/New_York")


@pytest.mark.urls(__name__)
def test_club_time_zone_is_reset_after_an_error(client):
    make_club(time_zone="Asia/Tokyo")
    client.raise_request_exception = False

    client.get("/fails/")

    assert timezone.get_current_timezone_name() == live_settings.TIME_ZONE


def test_view_without_a_club_makes_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/robots.txt")

    assert response.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/login/password/", "/robots.txt", "/nowhere/"])
def test_method_that_no_page_has_is_refused(client, path, method):
    response = client.generic(method, path)

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert soup_of(response).h1.get_text(strip=True) == "This address can't be used like that"


def test_head_has_the_etag_of_get(client, pages):
    assert client.head(pages[0]).headers["ETag"] == client.get(pages[0]).headers["ETag"]
