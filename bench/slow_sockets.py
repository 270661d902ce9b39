"""Hold 200 slow connections of each kind open, and ask for pages meanwhile: how many are answered, and how fast?

    python -m bench.slow_sockets [--sockets 200] [--requests 200] [--tenth]

Kinds: request headers, urlencoded bodies and multipart bodies to every form, and reading, each a byte at a time. Exits
with 1 where less than 99 % of the good requests are answered, or one takes over 1.5 s.
"""

import argparse
import asyncio
import http.client
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.serving import environment_in, sample_in, serving

FORMS = [
    "/newsletter/subscription/",
    "/newsletter/leave/x/",
    "/accounts/login/",
    "/accounts/login/password/",
    "/accounts/login/code/confirm/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/logout/",
    "/members/me/",
    "/members/me/deletion/",
    "/admin/login/",
    "/admin/meetups/writeup/paste/",
    "/admin/newsletter/subscriber/list/",
    "/admin/books/book/add/",
    "/hooks/mail/brevo/tracking/",
    "/",
]
PAGES = ["/", "/write-ups/", "/books/", "/meetups/", "/quotes/", "/healthz", "/newsletter/"]
TYPES = {"urlencoded": "application/x-www-form-urlencoded", "multipart": "multipart/form-data; boundary=x"}
LEAST_SHARE, WORST_SECONDS = 0.99, 1.5
BYTE_SECONDS = 1


def make_request_head(kind, number):
    """Return what a slow client of this kind sends at once."""
    if kind == "headers":
        return b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    if kind == "reading":
        return f"GET {PAGES[number % 5]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    path = FORMS[number % len(FORMS)]
    size = [1_000, 60_000, 10_000_000][number % 3]
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {TYPES[kind]}\r\nContent-Length: {size}\r\n\r\n"
    return head.encode()


async def be_slow(port, kind, number, opened):
    """Send or read a byte a second, and begin again when the server ends it."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        try:
            writer.write(make_request_head(kind, number))
            await writer.drain()
            if kind == "reading":
                await reader.read(1)  # the page is made by now
            opened.add(number)
            while True:
                await asyncio.sleep(BYTE_SECONDS)
                if kind == "reading":
                    await reader.read(1)
                else:
                    writer.write(b"a")
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


def request_page(port, path):
    """Return the seconds until the whole answer was there, or None without a good one."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return time.monotonic() - began if response.status == 200 else None


async def measure_kind(port, kind, sockets, requests):
    opened = set()
    tasks = [asyncio.create_task(be_slow(port, kind, number, opened)) for number in range(sockets)]
    while len(opened) < sockets:
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    times = []
    for number in range(requests):
        times.append(await asyncio.to_thread(request_page, port, PAGES[number % len(PAGES)]))
        await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return times


def try_all_kinds(given):
    with tempfile.TemporaryDirectory() as folder:
        data = shutil.copytree(sample_in(Path(folder)), Path(folder, "data"))
        with serving(environment_in(data)) as port:
            for page in PAGES * 4:
                request_page(int(port), page)
            results = [judge_kind(kind, port, given) for kind in (None, "headers", *TYPES, "reading")]
    return all(results)


def judge_kind(kind, port, given):
    times = asyncio.run(measure_kind(int(port), kind, given.sockets if kind else 0, given.requests))
    good = [seconds for seconds in times if seconds is not None]
    worst, share = max(good, default=0), len(good) / len(times)
    label = f"{given.sockets} slow: {kind}" if kind else "no slow sockets"
    print(f"{label:28} {len(good)} of {len(times)} answered, worst {worst:.2f} s", flush=True)
    return share >= LEAST_SHARE and worst <= WORST_SECONDS


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--tenth", action="store_true", help="a tenth of the requests, beside as many slow sockets")
    given = parser.parse_args()
    if given.tenth:
        given.requests //= 10
    sys.exit(0 if try_all_kinds(given) else 1)
