"""Save all pages and mails of the sample club into a folder: started by `bench.compare_pages`, on a site of its own."""

import io
import itertools
import json
import logging
import os
import random
import secrets
import string
import sys
import uuid
from pathlib import Path
from urllib.parse import unquote

import time_machine

from bench.page_text import HEX_TOKEN_MARK, URL_TOKEN_MARK, replace_random, write_html, write_plain

SITE = "http://localhost:8000"
NOW = "2026-03-02T10:00:00+00:00"
# Of no interest, or another one each time.
HIDDEN_HEADERS = {"Content-Length", "ETag", "Last-Modified", "Set-Cookie"}
MAX_NAME_LENGTH = 180


def environment_in(folder):
    """Return an environment with SQLite and all data in `folder`, without the settings of the shell."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "bookclub.settings",
        "SECRET_KEY": "only-to-compare-pages-" + "abcdefghijklmnopqrstuvwxyz" * 2,
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "CACHE_URL": "db://cache",
        "DEBUG": "0",
        "SAMPLE": "1",
        "SITE_URL": SITE,
        "ALLOWED_HOSTS": "localhost",
        "TIME_ZONE": "Europe/London",
        "LANGUAGE_CODE": "en-gb",
        "OPEN_LIBRARY_URL": "http://127.0.0.1:9",
        "OPEN_LIBRARY_COVERS_URL": "http://127.0.0.1:9",
    }


def mark_tokens():
    """Let random tokens stay random, and begin so that `bench.page_text` knows them wherever they stand."""
    letters, source = string.ascii_letters + string.digits, random.SystemRandom()

    def token_urlsafe(nbytes=32):
        length = -(-nbytes * 4 // 3) - len(URL_TOKEN_MARK)
        return URL_TOKEN_MARK + "".join(source.choices(letters, k=length))

    def token_hex(nbytes=32):
        return HEX_TOKEN_MARK + "".join(source.choices("0123456789abcdef", k=2 * nbytes - len(HEX_TOKEN_MARK)))

    numbers = itertools.count(1)
    secrets.token_urlsafe, secrets.token_hex = token_urlsafe, token_hex
    uuid.uuid4 = lambda: uuid.UUID(int=next(numbers))


class Folder:
    """The folder of the pages: one file for each address, named after it."""

    def __init__(self, path):
        self.path = path
        self.counts = {}

    def save_response(self, role, address, response, method="GET"):
        head = [f"{method} {replace_random(unquote(address))}", f"{response.status_code}"]
        head += [f"-> {replace_random(path)}" for path, _ in getattr(response, "redirect_chain", [])]
        head += sorted(
            f"{name}: {replace_random(value)}" for name, value in response.items() if name not in HIDDEN_HEADERS
        )
        self.write(role, address, "\n".join(head) + "\n\n" + body_of(response))

    def write(self, role, name, text):
        name = replace_random(unquote(name)).strip("/").replace("/?", "?") or "index"
        name = "/".join(part[:MAX_NAME_LENGTH] for part in f"{role}/{name}".split("/"))
        for ending in ["", *(f"~{number}" for number in range(2, 1000))]:
            path = self.path / f"{name}{ending}.txt"
            if not path.exists():
                break
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        self.counts[role] = self.counts.get(role, 0) + 1


def body_of(response):
    kind = response.get("Content-Type", "").partition(";")[0]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if kind == "text/html":
        return write_html(content.decode())
    if kind == "application/json":
        return write_plain(json.dumps(json.loads(content), indent=1, ensure_ascii=False))
    if kind.startswith("text/") or kind.endswith("xml"):
        return write_plain(content.decode())
    return f"({kind})\n"


def main(target):
    mark_tokens()
    with time_machine.travel(NOW, tick=False) as clock:
        import django  # noqa: PLC0415 - the clock stands still before anything is imported

        django.setup()
        logging.disable(logging.CRITICAL)
        from bench.page_scenes import act_out  # noqa: PLC0415 - needs Django

        folder = Folder(Path(target))
        call_command("prepare")
        act_out(folder, clock)
    for role, count in sorted(folder.counts.items()):
        print(f"{count:6} {role}")
    print(f"{sum(folder.counts.values()):6} in all")


def call_command(*words, **options):
    from django.core import management  # noqa: PLC0415 - needs Django

    management.call_command(*words, stdout=io.StringIO(), stderr=io.StringIO(), **options)


if __name__ == "__main__":
    main(sys.argv[1])
