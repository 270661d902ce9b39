"""A small HTTP server that answers as Open Library does, and in wrong ways."""

import contextlib
import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from PIL import Image

ISBN = "9781138844230"
EDITION = {
    "title": "Smart Urbanism",
    "subtitle": "Utopian Vision or False Dawn?",
    "publishers": ["Routledge"],
    "publish_date": "October 2016",
    "authors": [{"key": "/authors/OL1A", "name": "Simon Marvin"}, {"key": "/authors/OL2A", "name": "Colin McFarlane"}],
    "covers": [41],
    "works": [{"key": "/works/OL1W"}],
}
# What the covers server sends where it has none and is not asked for a 404: a GIF of one pixel.
BLANK = bytes.fromhex("47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b")


def jpeg(size):
    out = io.BytesIO()
    Image.new("RGB", size, "#7a2e1d").save(out, "JPEG")
    return out.getvalue()


COVER = jpeg((300, 450))


class Library(ThreadingHTTPServer):
    """`asked` holds (path with query, headers) of each request, in order."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Shelf)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.editions, self.works, self.covers, self.others, self.asked = {}, {}, {}, {}, []

    def has(self, isbn=ISBN, cover=None, **fields):
        """Serve an edition like EDITION with other `fields`; fields that are None are left out."""
        self.editions[f"ISBN:{isbn}"] = {name: value for name, value in (EDITION | fields).items() if value is not None}
        self.covers[41] = COVER if cover is None else cover

    def answers(self, path, *, status=200, body=b"", **headers):
        """Serve `body` at any path that begins with `path`; a function as body writes to the open connection itself."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.others[path] = (status, named, body)

    def handle_error(self, request, client_address):
        """Ignore closed connections: tests close them on purpose."""


class Shelf(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        for start, answer in self.server.others.items():
            if self.path.startswith(start):
                self.send(*answer)
                return
        parts = urlsplit(self.path)
        if parts.path == "/api/books":
            self.send_books(parse_qs(parts.query))
        else:
            self.send_cover(parts)

    def send_books(self, query):
        key, command = query["bibkeys"][0], query["jscmd"][0]
        shelf = {"details": self.server.editions, "data": self.server.works}[command]
        book = shelf.get(key)
        found = {"bib_key": key, "details": book} if command == "details" else book
        self.send(200, {"Content-Type": "application/json"}, json.dumps({key: found} if book else {}).encode())

    def send_cover(self, parts):
        number = int(parts.path.removeprefix("/b/id/").removesuffix("-L.jpg"))
        cover = self.server.covers.get(number)
        missing = (404, {}, b"") if parts.query == "default=false" else (200, {"Content-Type": "image/gif"}, BLANK)
        self.send(*((200, {"Content-Type": "image/jpeg"}, cover) if cover else missing))

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if callable(body):
            body(self.wfile)
        else:
            self.wfile.write(body)

    def log_message(self, *args):
        """Log nothing: tests read `asked`."""


@contextlib.contextmanager
def open_library():
    server = Library()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def dripping(line):
    """Write a byte now and then, without end."""
    while True:
        line.write(b" ")
        time.sleep(0.05)


def silent(line):
    time.sleep(30)


def endless(line):
    while True:
        line.write(b" " * 65_536)
