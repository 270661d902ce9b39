"""Send a response on the event loop, so that a client that reads slowly never holds a thread."""

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

from django.http import FileResponse

CHUNK_BYTES = 64 * 1024
MEMORY_BYTES = 1024 * 1024
SMALL_FILE_BYTES = 128 * 1024  # handing it over would take longer than reading it
SECONDS_PER_CHUNK = 60


def collect_stream(response):
    """Read the stream of a view in this thread, as it may query the database; files are left to `send_response`.

    Return a file, or None if there is nothing to read before sending.
    """
    if not response.streaming or is_file(response):
        return None
    file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - `send_response` closes it
    try:
        for part in response:
            file.write(part)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def is_file(response):
    return isinstance(response, FileResponse) and response.file_to_stream is not None


async def send_response(response, file, scope, send):
    """Send `response`, with the content of `file` in place of its own if there is one."""
    await send({"type": "http.response.start", "status": response.status_code, "headers": encode_headers(response)})
    if file is None and is_file(response):
        await send_file(response.file_to_stream, scope, send)
    elif file is None:
        await send({"type": "http.response.body", "body": b"" if response.streaming else response.content})
    else:
        with closing(file):
            await send_chunks(file, send)


def reads_files(scope):
    """Return whether the server reads files from the disk itself, if it is told their path."""
    return "http.response.pathsend" in scope.get("extensions", {})


def encode_headers(response):
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    cookies = [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    return headers + cookies


async def send_file(file, scope, send):
    """Send a small file at once; let the server read a larger one from the disk, if it offers that."""
    content = file.read(SMALL_FILE_BYTES + 1)
    if len(content) <= SMALL_FILE_BYTES:
        await send({"type": "http.response.body", "body": content})
        return
    path = getattr(file, "name", None)
    if reads_files(scope) and isinstance(path, str) and file.tell() == len(content):
        await send({"type": "http.response.pathsend", "path": str(Path(path).absolute())})
        return
    await send({"type": "http.response.body", "body": content, "more_body": True})
    await send_chunks(file, send)


async def send_chunks(file, send):
    """Send the rest of `file`. A client that takes no chunk for a minute is disconnected."""
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        async with asyncio.timeout(SECONDS_PER_CHUNK):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})
