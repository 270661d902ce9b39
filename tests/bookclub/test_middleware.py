import pytest
from django.conf import settings as live_settings
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from tests.factories import make_book, make_club, make_meetup, make_quote, make_writeup

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
handler500 = "bookclub.views.server_error"


@pytest.fixture
def pages():
    """Addresses of every kind of public page, with something to show on it."""
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


def test_a_visitor_gets_no_cookie_and_pages_that_any_cache_may_keep(client, pages):
    responses = [client.get(page) for page in [*pages, "/no-such-page/"]]

    assert [response.status_code for response in responses] == [200] * len(pages) + [404]
    assert [dict(response.cookies) for response in responses] == [{}] * len(responses)
    assert {response.headers["Cache-Control"] for response in responses} == {PUBLIC}
    assert dict(client.cookies) == {}


def test_who_carries_a_session_gets_pages_that_no_cache_may_keep(client, pages, bob):
    client.force_login(bob)

    responses = [client.get(page) for page in [*pages, "/no-such-page/"]]

    assert {response.headers["Cache-Control"] for response in responses} == {PRIVATE}


def test_who_carries_a_session_that_is_over_does_too(client, pages):
    client.cookies[live_settings.SESSION_COOKIE_NAME] = "over"

    assert client.get(pages[0]).headers["Cache-Control"] == PRIVATE


@pytest.mark.urls(__name__)
def test_a_page_that_sets_a_cookie_may_not_be_kept(client):
    assert client.get("/cookie/").headers["Cache-Control"] == PRIVATE


def test_a_form_with_a_token_may_not_be_kept(client):
    response = client.get("/accounts/login/")

    assert set(response.cookies) == {live_settings.CSRF_COOKIE_NAME}
    assert "no-store" in response.headers["Cache-Control"]
    assert "public" not in response.headers["Cache-Control"]


def test_what_was_asked_about_is_answered_without_being_sent_again(client, pages):
    first = client.get(pages[0])

    again = client.get(pages[0], headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == PUBLIC


def test_what_was_taken_back_is_gone_at_the_next_question(client):
    writeup = make_writeup()
    first = client.get(writeup.get_absolute_url())

    writeup.take_back()

    again = client.get(writeup.get_absolute_url(), headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 404


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Tokyo"])
def test_the_zone_of_the_club_is_on_for_one_request_and_off_after_it(client, zone):
    make_club(time_zone=zone)

    with timezone.override("America/New_York"):
        during = client.get("/zone/").content.decode()
        after = timezone.get_current_timezone_name()

    assert (during, after) == (zone, "America/New_York")


@pytest.mark.urls(__name__)
def test_the_zone_is_off_after_a_request_that_failed(client):
    make_club(time_zone="Asia/Tokyo")
    client.raise_request_exception = False

    client.get("/fails/")

    assert timezone.get_current_timezone_name() == live_settings.TIME_ZONE


def test_a_view_that_needs_no_club_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/robots.txt")

    assert response.status_code == 200
