"""Count the database queries of the sample club's pages for a visitor: `python -m bench.queries`."""

import io
import os
import re
import tempfile

import django
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.serving import environment_in


def query_count(client, path):
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)


def main():
    client = Client(SERVER_NAME="localhost")
    call_command("prepare", stdout=io.StringIO())
    sitemap = client.get("/sitemap.xml").content.decode()
    print("queries  path")
    for path in re.findall(r"<loc>http://[^/]+(/[^<]*)</loc>", sitemap):
        print(f"{query_count(client, path):7}  {path}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= environment_in(folder, SAMPLE="1")
        django.setup()
        main()
