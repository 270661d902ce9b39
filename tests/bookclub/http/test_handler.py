import asyncio
import errno
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path

from bookclub.http import body_limits, request_body
from newsletter.models import Subscriber
from tests.bookclub.http.asgi_client import FORM, make_handler, run, send, trickle

KIB, MIB = 1024, 1024 * 1024
SIGN_UP = "/newsletter/subscription/"
TOO_LARGE = b"message=" + b"some+words+" * 10_000


def request(method, path, chunks=(), headers=None, *, handler=None, extensions=None, query_end=b""):
    handler = handler or make_handler()
    return run(send(handler, method, path, chunks, headers, extensions, query_end))


def test_body_over_limit_is_refused_with_typed_text_whatever_its_length_header_says(db, log):
    answer = request("POST", SIGN_UP, [TOO_LARGE], FORM | {"Content-Length": "10"})

    assert answer.status == 413
    assert "That is too much for one form" in answer.text
    assert "some words some words" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert log.lines == [f"WARNING django.request: Request Entity Too Large: POST {SIGN_UP}"]


def test_refused_form_shows_no_password_and_nothing_from_other_sites(db):
    body = b"password=correct+horse&csrfmiddlewaretoken=a+b&" + TOO_LARGE

    ours = request("POST", SIGN_UP, [body], FORM)
    foreign = request("POST", SIGN_UP, [body], FORM | {"Origin": "https://evil.example"})

    assert "some words" in ours.text
    assert "correct horse" not in ours.text
    assert "a b" not in ours.text
    assert foreign.status == 413
    assert "some words" not in foreign.text


def test_refused_multipart_form_shows_text_before_its_cut_file(db):
    head = b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nwhat I typed\r\n'
    file = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n' + b"a" * 100 * KIB

    answer = request("POST", SIGN_UP, [head, file], {"Content-Type": "multipart/form-data; boundary=x"})

    assert answer.status == 413
    assert "what I typed" in answer.text


def test_no_more_than_the_limit_is_kept_of_an_endless_body(db, monkeypatch):
    monkeypatch.setattr(request_body, "DRAIN_BYTES", MIB)
    sizes = []

    async def endless():
        while True:
            sizes.append(64 * KIB)
            yield b"a" * 64 * KIB

    answer = request("POST", SIGN_UP, endless(), FORM)

    assert answer.status == 413
    assert sum(sizes) <= 2 * MIB


def test_slow_body_is_refused_at_its_deadline(db, monkeypatch, log):
    monkeypatch.setattr(body_limits, "SMALL_BODY_SECONDS", 0.1)

    answer = request("POST", SIGN_UP, trickle(), FORM)

    assert answer.status == 408
    assert log.lines == [f"WARNING django.request: Request Timeout: POST {SIGN_UP}"]
    assert "one word and another" in answer.text


def test_disconnect_during_body_ends_request_without_an_answer(db):
    async def scenario():
        messages = [{"type": "http.request", "body": b"a=", "more_body": True}, {"type": "http.disconnect"}]
        sent = []

        async def receive():
            return messages.pop(0)

        async def send_message(message):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": SIGN_UP, "headers": []}
        await make_handler()(scope, receive, send_message)
        return sent

    assert run(scenario()) == []


def test_slow_bodies_hold_no_thread_and_only_their_own_places(db):
    handler = make_handler(threads=1, bodies=3)

    async def scenario():
        slow = [asyncio.create_task(send(handler, "POST", SIGN_UP, trickle(), FORM)) for _ in range(3)]
        while handler.body_reader.slots.free:
            await asyncio.sleep(0.01)
        page = await send(handler, "GET", "/robots.txt")
        form = await send(handler, "POST", "/robots.txt", [b"email="], FORM)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return page, form, await send(handler, "POST", "/robots.txt", [b"email="], FORM)

    page, refused, later = run(scenario())

    assert page.status == 200
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert later.status == 403, "Django has seen it"


@pytest.mark.django_db(transaction=True)
def test_strangers_can_send_text_to_admin_but_no_files(olga, client):
    client.force_login(olga)
    cookies = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    multipart, address = {"Content-Type": "multipart/form-data; boundary=x"}, "/admin/books/book/add/"
    file = b'--x\r\nContent-Disposition: form-data; name="cover"; filename="a.jpg"\r\n\r\n' + b"a" * 5 * MIB

    assert request("POST", address, [b"a=" + b"a" * 3 * MIB], FORM).status == 403
    assert request("POST", address, [file], multipart).status == 413
    assert request("POST", address, [file], multipart | {"Cookie": "sessionid=forged"}).status == 413
    assert request("POST", address, [file], multipart | cookies).status == 403, "its view asks for the CSRF token"


@pytest.mark.django_db(transaction=True)
def test_large_bodies_of_strangers_take_no_places_of_the_signed_in(olga, client):
    client.force_login(olga)
    cookies = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"} | FORM
    handler, address = make_handler(large_bodies=1), "/admin/books/quote/add/"

    async def slow():
        yield b"a" * 100 * KIB
        await asyncio.Event().wait()

    async def scenario():
        attack = asyncio.create_task(send(handler, "POST", address, slow(), FORM))
        while handler.body_reader.large_slots[False].free:
            await asyncio.sleep(0.01)
        stranger = await send(handler, "POST", address, [b"a" * 100 * KIB], FORM)
        organiser = await send(handler, "POST", address, [b"a" * 100 * KIB], cookies)
        attack.cancel()
        await asyncio.gather(attack, return_exceptions=True)
        return stranger.status, organiser.status

    assert run(scenario()) == (503, 403)


def test_body_of_a_safe_method_is_not_read(db):
    assert request("GET", "/robots.txt", trickle()).status == 200


# --- writers and readers

inside, may_end, seen_threads = threading.Semaphore(0), threading.Semaphore(0), set()


def write(request):
    inside.release()
    may_end.acquire(timeout=60)
    return HttpResponse("written")


def read(request):
    seen_threads.add(threading.current_thread().name)
    return HttpResponse("read")


def numbers(request):
    seen_threads.add(threading.current_thread().name)
    return StreamingHttpResponse(f"{number}\n" for number in range(100_000))


def rows(request):
    return StreamingHttpResponse(f"{row.email}\n" for row in Subscriber.objects.iterator())


def break_off(request):
    def generate():
        yield "a line\n"
        raise OSError(errno.ENOSPC, "No space left on device")

    return StreamingHttpResponse(generate())


def download(request):
    return FileResponse(Path(request.GET["path"]).open("rb"), as_attachment=True)


urlpatterns = [path(f"{view.__name__}/", view) for view in (write, read, numbers, rows, break_off, download)]


@pytest.fixture
def own_urls(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    seen_threads.clear()


async def start_writers(handler, count):
    writers = [asyncio.create_task(send(handler, "POST", "/write/")) for _ in range(count)]
    for _ in range(2):
        await asyncio.to_thread(inside.acquire, timeout=60)
    return writers


@pytest.mark.usefixtures("own_urls", "db")
def test_readers_are_answered_while_writers_wait_and_further_writers_wait_without_a_thread():
    handler = make_handler(threads=4)

    async def scenario():
        writers = await start_writers(handler, 6)
        pages = [await send(handler, "GET", "/read/") for _ in range(3)]
        began = inside.acquire(blocking=False)
        for _ in writers:
            may_end.release()
        written = await asyncio.gather(*writers)
        for _ in range(4):
            inside.acquire(timeout=60)
        return [page.text for page in pages], began, [answer.text for answer in written]

    assert run(scenario()) == (["read"] * 3, False, ["written"] * 6)


@pytest.mark.usefixtures("own_urls", "db")
def test_writer_that_waits_too_long_is_refused_with_retry_after():
    handler = make_handler(threads=4, lock_wait_seconds=0.1)

    async def scenario():
        writers = await start_writers(handler, 2)
        refused = await send(handler, "POST", "/write/")
        for _ in writers:
            may_end.release()
        await asyncio.gather(*writers)
        return refused

    refused = run(scenario())

    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert "Nothing was saved" in refused.text


@pytest.mark.usefixtures("own_urls", "db")
def test_many_requests_use_the_same_few_threads():
    handler = make_handler(threads=2)

    async def scenario():
        await asyncio.gather(*[send(handler, "GET", "/read/") for _ in range(40)])

    run(scenario())

    assert len(seen_threads) <= 2


@pytest.mark.usefixtures("own_urls", "db")
def test_stream_of_a_view_is_read_in_its_thread_and_sent_whole():
    answer = request("GET", "/numbers/")

    assert answer.text.split() == [str(number) for number in range(100_000)]


@pytest.mark.usefixtures("own_urls")
@pytest.mark.django_db(transaction=True)
def test_stream_of_a_view_may_query_the_database():
    Subscriber.objects.create(email="nina@example.org")

    assert request("GET", "/rows/").text == "nina@example.org\n"


@pytest.mark.usefixtures("own_urls", "db")
def test_stream_that_fails_is_a_page_and_a_line_in_the_log(log):
    answer = request("GET", "/break_off/")

    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert answer.headers["content-security-policy"]
    assert "a line" not in answer.text
    assert len(log.lines) == 1
    assert "Service Unavailable: GET /break_off/: The disk is full." in log.lines[0]


@pytest.mark.parametrize(("method", "chunks", "status"), [("GET", (), 400), ("POST", [TOO_LARGE], 413)])
def test_query_that_is_not_utf_8_is_a_page_with_headers(db, log, method, chunks, status):
    answer = request(method, f"{SIGN_UP}?q=", chunks, FORM, query_end=b"\xff")

    assert answer.status == status
    assert answer.headers["content-security-policy"]
    assert "Nothing was" in answer.text
    assert "Traceback" not in log.text


SERVER_READS_FILES = {"http.response.pathsend": {}}


@pytest.mark.usefixtures("own_urls", "db")
@pytest.mark.parametrize("size", [0, 1, 128 * KIB, 128 * KIB + 1, MIB])
def test_file_is_sent_whole(tmp_path, size):
    file = tmp_path / "file.bin"
    file.write_bytes(bytes(range(256)) * (size // 256) + b"a" * (size % 256))

    chunks = request("GET", f"/download/?path={file}")
    by_server = request("GET", f"/download/?path={file}", extensions=SERVER_READS_FILES)

    assert chunks.body == file.read_bytes()
    assert chunks.headers["content-disposition"] == 'attachment; filename="file.bin"'
    assert by_server.body == (str(file).encode() if size > 128 * KIB else file.read_bytes())


@pytest.fixture
def style_sheet(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    sheet = settings.STATIC_ROOT / "site.css"
    sheet.write_bytes(b"0123456789" * 20 * KIB)
    return sheet


@pytest.mark.parametrize("asked", ["bytes=10-19", "bytes=10-180009"])
def test_part_of_a_static_file_is_sent(style_sheet, asked):
    first, last = map(int, asked.removeprefix("bytes=").split("-"))

    answer = request("GET", "/static/site.css", headers={"Range": asked}, extensions=SERVER_READS_FILES)

    assert answer.status == 206
    assert answer.body == style_sheet.read_bytes()[first : last + 1]


def test_static_files_need_no_free_thread(style_sheet):
    handler, may_end = make_handler(threads=1), threading.Event()
    only_thread = handler.pool.submit(may_end.wait, 10)

    answer = request("GET", "/static/site.css", handler=handler)
    is_thread_taken = not only_thread.done()
    may_end.set()

    assert is_thread_taken
    assert (answer.status, answer.body) == (200, style_sheet.read_bytes())
    assert answer.headers["x-content-type-options"] == "nosniff"


def connection_id(request):
    return HttpResponse(str(id(connection.connection)) + str(connection.connection is None))


urlpatterns.append(path("connection/", connection_id))


@pytest.mark.usefixtures("own_urls")
@pytest.mark.django_db(transaction=True)
def test_connections_are_opened_before_the_first_request_and_stay_open():
    handler = make_handler(threads=2)

    handler.open_connections()
    connections = {request("GET", "/connection/", handler=handler).text for _ in range(20)}

    assert len(connections) <= 2
    assert [text for text in connections if text.endswith("True")] == []
    close_connections(handler)


@pytest.mark.usefixtures("own_urls")
@pytest.mark.django_db(transaction=True)
def test_handler_starts_while_the_database_is_away(monkeypatch, caplog):
    monkeypatch.setitem(connection.settings_dict, "NAME", "/no/such/folder/db.sqlite3")
    handler = make_handler(threads=2)

    handler.open_connections()

    assert "can't be opened or reached" in caplog.text
    assert request("GET", "/read/", handler=handler).text == "read"


def close_connections(handler):
    for closed in [handler.pool.submit(lambda: connection.close()) for _ in range(20)]:
        closed.result()
