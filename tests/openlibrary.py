"""A local HTTP server that imitates Open Library, with valid and invalid answers."""

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
# Sent for a missing cover, unless the request has ?default=false: a GIF of one pixel.
BLANK_GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b")


def jpeg(size):
    out = io.BytesIO()
    Image.new("RGB", size, "#7a2e1d").save(out, "JPEG")
    return out.getvalue()


COVER = jpeg((300, 450))


class OpenLibraryServer(ThreadingHTTPServer):
    """Its `requests` are [(path with query, headers), …], in order."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), OpenLibraryHandler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.editions, self.works, self.covers, self.fixed_answers, self.requests = {}, {}, {}, {}, []

    def add_book(self, isbn=ISBN, cover=None, **fields):
        """Serve an edition like EDITION with other `fields`; fields that are None are left out."""
        self.editions[f"ISBN:{isbn}"] = {name: value for name, value in (EDITION | fields).items() if value is not None}
        self.covers[41] = COVER if cover is None else cover

    def set_answer(self, path, *, status=200, body=b"", **headers):
        """Serve `body` at any path that begins with `path`; a callable body writes to the stream itself."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.fixed_answers[path] = (status, named, body)

    def handle_error(self, request, client_address):
        """Ignore closed connections: tests close them on purpose."""


class OpenLibraryHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        for start, answer in self.server.fixed_answers.items():
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
        books = {"details": self.server.editions, "data": self.server.works}[command]
        book = books.get(key)
        found = {"bib_key": key, "details": book} if command == "details" else book
        self.send(200, {"Content-Type": "application/json"}, json.dumps({key: found} if book else {}).encode())

    def send_cover(self, parts):
        number = int(parts.path.removeprefix("/b/id/").removesuffix("-L.jpg"))
        cover = self.server.covers.get(number)
        missing = (404, {}, b"") if parts.query == "default=false" else (200, {"Content-Type": "image/gif"}, BLANK_GIF)
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
        """Log nothing: tests read `requests`."""


@contextlib.contextmanager
def open_library():
    server = OpenLibraryServer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def drip_bytes(stream):
    """Write one byte every 50 ms, endlessly."""
    while True:
        stream.write(b" ")
        time.sleep(0.05)


def send_nothing(stream):
    """Keep the connection open for a minute."""
    time.sleep(60)


def send_endlessly(stream):
    while True:
        stream.write(b" " * 65_536)
