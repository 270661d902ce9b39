import io

import pytest

from bookclub import error_pages
from bookclub.core.middleware import set_default_headers
from tests.pages import soup_of, text_of

TEN_KILOBYTES = 10_000


@pytest.mark.parametrize("status", error_pages.TEXTS)
def test_error_page_makes_no_query_and_says_what_to_do(db, django_assert_num_queries, status):
    with django_assert_num_queries(0):
        response = error_pages.render_error_page(status)

    soup = soup_of(response)
    assert response.status_code == status
    assert len(response.content) < TEN_KILOBYTES
    assert [text_of(soup.h1), text_of(soup.select_one(".lede"))] == list(error_pages.TEXTS[status])
    assert soup.select_one('main a[href="/"]')
    assert "Retry-After" not in response.headers


def test_error_page_shows_the_error_id_and_when_to_try_again():
    response = error_pages.render_error_page(503, error_id="ab12cd34", retry_after_seconds=30)

    page = text_of(soup_of(response).main)
    assert response.headers["Retry-After"] == "30"
    assert "Nothing was saved." in page
    assert "Try again in 30 seconds." in page
    assert "give this number: ab12cd34" in page


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "a second"), (30, "30 seconds"), (60, "a minute"), (61, "2 minutes"), (300, "5 minutes")]
)
def test_waiting_time_is_in_words(seconds, words):
    assert error_pages.format_wait(seconds) == words


def test_error_page_escapes_its_texts():
    response = error_pages.render_error_page(400, title="<script>", advice="<b>", error_id="<i>")

    assert not soup_of(response).select("script, b, i")


def test_error_page_falls_back_to_one_line_of_html(settings, tmp_path):
    """The template is missing, as after a half-finished upgrade."""
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]

    response = error_pages.render_error_page(503, retry_after_seconds=30)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert soup_of(response).h1.string == "Something went wrong"


@pytest.mark.parametrize("is_secure", [True, False])
def test_error_page_outside_of_the_middleware_has_the_usual_headers(client, db, settings, is_secure):
    settings.SECURE_HSTS_SECONDS = 60
    usual = client.get("/no-such-page/").headers

    headers = set_default_headers(error_pages.render_error_page(413), is_secure=is_secure).headers

    policy = headers["Content-Security-Policy"].split("; ")
    assert sorted(policy) == sorted(usual["Content-Security-Policy"].split("; "))  # django-csp gives them no order
    names = {"X-Frame-Options", "Permissions-Policy", "Cross-Origin-Opener-Policy"}
    names |= {"Cross-Origin-Resource-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"}
    assert {name: headers[name] for name in names} == {name: usual[name] for name in names}
    assert headers.get("Strict-Transport-Security") == ("max-age=60" if is_secure else None)


def test_refused_method_has_a_page_and_is_one_line(client, db, log):
    response = client.post("/")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert text_of(soup_of(response).h1) == "This address can't be used like that"
    assert log.lines == ["WARNING django.request: Method Not Allowed (POST): POST /"]


def test_failed_stream_is_logged_with_its_route_whatever_its_path(rf, db, log):
    request = rf.get("/bücher/one\nERROR another line")

    try:
        raise RuntimeError
    except RuntimeError as error:
        response = error_pages.stream_error(request, error)

    error_id = soup_of(response).main.strong.string
    assert response.status_code == 500
    assert log.lines[0] == f"ERROR django.request: Internal Server Error: GET (unknown) [error {error_id}]"
    assert "another line" not in log.text


class BrokenConnection(io.RawIOBase):
    def read(self, size=-1):
        raise ConnectionResetError("Connection reset by peer")


def test_form_whose_connection_breaks_is_one_line(client, db, log):
    client.raise_request_exception = False
    headers = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}

    response = client.post(
        "/newsletter/subscription/", {"email": "ann@example.org"}, headers=headers, **{"wsgi.input": BrokenConnection()}
    )

    assert response.status_code == 400
    assert log.lines == ["WARNING django.request: Bad Request: POST /newsletter/subscription/"]
