"""Answer requests for static files and public pictures on the event loop, as Django has answered them before.

The first request for a file goes through Django's middleware and view. The headers of that response are kept, and sent
again with the content of the file, as long as the file is the same. So who may see a file is decided in one place: only
what Django calls public is kept.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from bookclub.http.response_body import SMALL_FILE_BYTES, encode_headers, is_file, reads_files

MOST_ANSWERS = 2_000  # of some 1,500 bytes
# The headers of a request on which Django's answer depends. With the others, it has to look at the request.
SELECTING = frozenset({b"host", b"accept-encoding", b"x-forwarded-proto"})
CONDITIONAL = frozenset(
    {b"range", b"if-match", b"if-modified-since", b"if-none-match", b"if-range", b"if-unmodified-since"}
)


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """`version` tells whether the file at `path` is still the one with these headers."""

    start: dict
    path: str
    version: tuple


class FileAnswers:
    """The answers of one process. Used on the event loop alone, so it needs no lock."""

    def __init__(self):
        self.prefixes = (settings.STATIC_URL, settings.MEDIA_URL)
        self.answers = {}

    def get_key(self, scope):
        """Return what the answer depends on, or None if each request needs an answer of its own."""
        if scope["method"] != "GET" or scope.get("query_string") or not scope["path"].startswith(self.prefixes):
            return None
        selecting = [header for header in scope["headers"] if header[0] in SELECTING]
        if any(name in CONDITIONAL for name, _ in scope["headers"]):
            return None
        return scope["path"], scope.get("scheme"), *selecting

    def find(self, key, scope):
        """Return the two messages that answer the request, or None if Django has to."""
        answer = self.answers.get(key)
        if answer is None:
            return None
        body = read_body(answer, scope)
        if body is None:
            del self.answers[key]
            return None
        return answer.start, body

    def keep(self, key, response):
        """Keep Django's answer to the requests of this key, if it is a file for everybody."""
        if not is_public_file(response):
            return
        file = response.file_to_stream
        version = get_version(os.fstat(file.fileno()))
        if len(self.answers) >= MOST_ANSWERS:
            self.answers.clear()
        start = {"type": "http.response.start", "status": 200, "headers": encode_headers(response)}
        self.answers[key] = FileAnswer(start, str(Path(file.name).absolute()), version)


def is_public_file(response):
    return (
        is_file(response)
        and response.status_code == 200
        and "public" in response.get("Cache-Control", "")
        and response.get("Vary", "Accept-Encoding") == "Accept-Encoding"
        and not response.cookies
        and isinstance(getattr(response.file_to_stream, "name", None), str)
    )


def get_version(stat):
    return stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev


def read_body(answer, scope):
    """Return the message with the content of the file, or None if the file has changed or can't be read.

    Reading a small file takes less time than handing it over to a thread. The server itself reads a larger one.
    """
    try:
        descriptor = os.open(answer.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if get_version(os.fstat(descriptor)) != answer.version:
            return None
        size = answer.version[0]
        if size > SMALL_FILE_BYTES:
            return {"type": "http.response.pathsend", "path": answer.path} if reads_files(scope) else None
        content = os.read(descriptor, size + 1)
        return {"type": "http.response.body", "body": content} if len(content) == size else None
    except OSError:
        return None
    finally:
        os.close(descriptor)
