"""Measure the bytes of a first visit to a page: its HTML and style sheets, each with `gzip -9`.

    python -m bench.page_weight                          the sample's first write-up
    python -m bench.page_weight --import FILE            a write-up brought in from a file, on its own
    python -m bench.page_weight /books/ --port 8000      a page of a site that is running

Exits with 1 above the limit.
"""

import argparse
import gzip
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

from tests.serving import BASE_DIR, environment_in, fetch, served

LIMIT = 14_600  # ten packets of 1,460 bytes: what a server may send before it waits for the browser
SAMPLE = "/write-ups/a-smart-cities-special/"


class Answer(NamedTuple):
    path: str
    encoding: str
    body: int
    head: int


def ask(port, path):
    """A response: its transferred size and its text."""
    response, _ = plain = fetch(port, path)
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status}")
    response, _ = fetch(port, path, {"Accept-Encoding": "gzip"})
    head = sum(len(f"{name}: {value}\r\n") for name, value in response.getheaders())
    # Django adds up to 100 random bytes to each answer, against guessing by its length.
    body = len(gzip.compress(plain[1], 9))
    return Answer(path, response.headers.get("Content-Encoding", "none"), body, head), plain[1].decode()


def weigh(port, path):
    """Return the response of the page, then one for each of its style sheets."""
    page, html = ask(port, path)
    sheets = re.findall(r'<link[^>]*rel="?stylesheet"?[^>]*href="?([^" >]+)', html)
    return [page, *(ask(port, sheet)[0] for sheet in sheets)]


def report(answers):
    """Print the sizes; return whether they stay within the limit."""
    print(f"{'bytes':>7} {'headers':>8}  encoding  path")
    for answer in answers:
        print(f"{answer.body:7,} {answer.head:8,}  {answer.encoding:8}  {answer.path}")
    total = sum(answer.body for answer in answers)
    print(f"{total:7,} {sum(answer.head for answer in answers):8,}  of at most {LIMIT:,} bytes, headers apart")
    return total <= LIMIT


def import_and_find(folder, file):
    """Import the file and return the path of its write-up."""
    command = [sys.executable, "manage.py", "import_writeup", file, "--publish"]
    subprocess.run(command, env=environment_in(folder), cwd=BASE_DIR, check=True, stdout=subprocess.DEVNULL)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", default=SAMPLE)
    parser.add_argument("--port", help="of a site that is running here")
    parser.add_argument("--import", dest="file", help="a write-up in plain text")
    return parser.parse_args()


def main(path, port, file):
    if port:
        return report(weigh(port, path))
    with tempfile.TemporaryDirectory() as folder, served(folder, SAMPLE="0" if file else "1") as port:
        if file:
            import_and_find(folder, file)
            _, sitemap = fetch(port, "/sitemap.xml")
            path = re.search(r"(/write-ups/[^<]+/)<", sitemap.decode())[1]
        return report(weigh(port, path))


if __name__ == "__main__":
    sys.exit(not main(**vars(arguments())))
