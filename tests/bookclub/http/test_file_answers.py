"""Files that are answered on the event loop, as Django has answered them before."""

import gzip
import threading
from contextlib import contextmanager

import pytest

from bookclub.http import file_answers
from tests.bookclub.http.asgi_client import make_handler, run, send
from tests.factories import make_member, make_picture_file

PICTURE = "/media/photos/0123456789abcdef-480.webp"
SERVER_READS_FILES = {"http.response.pathsend": {}}


@pytest.fixture
def sheet(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    sheet = settings.STATIC_ROOT / "site.css"
    sheet.write_bytes(b"p { margin: 0 }\n" * 100)
    sheet.with_name("site.css.gz").write_bytes(gzip.compress(sheet.read_bytes()))
    return sheet


@pytest.fixture
def picture(media):
    path = media / "photos" / PICTURE.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    path.write_bytes(b"pixels" * 100)
    return path


@pytest.fixture
def handler(sheet):
    return make_handler(threads=1)


def get(handler, path, headers=None, *, method="GET", extensions=SERVER_READS_FILES, scheme="http"):
    return run(send(handler, method, path, headers=headers, extensions=extensions, scheme=scheme))


@contextmanager
def taken_thread(handler):
    """Hold the handler's only thread, so that it can answer nothing but what needs none."""
    may_end = threading.Event()
    held = handler.pool.submit(may_end.wait, 60)
    yield
    assert not held.done()
    may_end.set()


@pytest.mark.parametrize("size", [0, 600, 128 * 1024, 128 * 1024 + 1])
def test_second_request_for_a_picture_has_the_same_answer_without_a_thread(handler, picture, size):
    picture.write_bytes(b"p" * size)
    first = get(handler, PICTURE)

    with taken_thread(handler):
        second = get(handler, PICTURE)

    assert second == first
    assert first.status == 200
    assert first.headers["content-length"] == str(size)
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["content-security-policy"]
    assert first.body == (str(picture).encode() if size > 128 * 1024 else picture.read_bytes())


def test_large_picture_is_sent_whole_where_the_server_reads_no_files(handler, picture):
    picture.write_bytes(b"pixels" * 100_000)

    answers = [get(handler, PICTURE, extensions={}) for _ in range(2)]

    assert [answer.body for answer in answers] == [picture.read_bytes()] * 2


def test_style_sheet_has_an_answer_for_each_encoding(handler, sheet):
    headers = [{}, {"Accept-Encoding": "gzip"}] * 2

    answers = [get(handler, "/static/site.css", each) for each in headers]

    assert answers[:2] == answers[2:]
    assert [answer.headers.get("content-encoding") for answer in answers[:2]] == [None, "gzip"]
    assert [answer.body for answer in answers[:2]] == [sheet.read_bytes(), gzip.compress(sheet.read_bytes())]
    assert [answer.headers["vary"] for answer in answers] == ["Accept-Encoding"] * 4


def test_picture_that_changed_or_is_gone_is_not_answered_as_before(db, handler, picture):
    get(handler, PICTURE)

    picture.write_bytes(b"others" * 100)
    changed = get(handler, PICTURE)
    again = get(handler, PICTURE)
    picture.unlink()
    gone = get(handler, PICTURE)

    assert changed == again
    assert changed.body == b"others" * 100
    assert gone.status == 404
    assert "This page has fallen out" in gone.text


@pytest.mark.django_db(transaction=True)
def test_photo_of_a_member_is_asked_for_each_time(handler, client):
    ada, bob = make_member(photo=make_picture_file()), make_member()
    client.force_login(bob)
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}

    seen = get(handler, ada.photo.url, cookie)
    unseen = get(handler, ada.photo.url)
    seen_again = get(handler, ada.photo.url, cookie)
    bob.is_active = False
    bob.save()
    unseen_later = get(handler, ada.photo.url, cookie)

    assert [answer.status for answer in (seen, unseen, seen_again, unseen_later)] == [200, 404, 200, 404]


@pytest.mark.parametrize(("path", "refusal"), [("/static/site.css", 405), (PICTURE, 403)])
def test_conditions_and_methods_are_heard_after_an_answer(db, handler, picture, path, refusal):
    whole = get(handler, path)

    unchanged = get(handler, path, {"If-Modified-Since": whole.headers["last-modified"]})
    posted = get(handler, path, method="POST")
    head = get(handler, path, method="HEAD")

    assert (unchanged.status, unchanged.body) == (304, b"")
    assert posted.status == refusal
    assert head.headers == whole.headers


def test_part_of_a_style_sheet_is_sent_after_the_whole(handler, sheet):
    get(handler, "/static/site.css")

    part = get(handler, "/static/site.css", {"Range": "bytes=0-3"})

    assert (part.status, part.body) == (206, b"p { ")


def test_picture_for_a_foreign_host_is_refused_after_an_answer(db, handler, picture):
    assert get(handler, PICTURE).status == 200
    assert get(handler, PICTURE, {"Host": "evil.example"}).status == 400


def test_https_alone_has_strict_transport_security(handler, picture, settings):
    settings.SECURE_HSTS_SECONDS = 60

    answers = [get(handler, PICTURE, scheme=scheme) for scheme in ("http", "https") * 2]

    headers = [answer.headers.get("strict-transport-security") for answer in answers]
    assert headers == [None, "max-age=60"] * 2


def test_number_of_answers_is_limited(handler, sheet, monkeypatch):
    monkeypatch.setattr(file_answers, "MOST_ANSWERS", 3)

    for number in range(10):
        get(handler, "/static/site.css", {"Accept-Encoding": f"x{number}"})

    assert 0 < len(handler.file_answers.answers) <= 3
