"""The application that the web server runs, in each of its processes."""

import os
import resource

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - Django is set up first

from bookclub.http.handler import PooledHandler  # noqa: E402

# Each connection is an open file. Many systems allow 1,024 by default, and more to those that ask.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

application = PooledHandler(
    threads=settings.WEB_THREADS,
    lock_wait_seconds=settings.WEB_LOCK_WAIT_SECONDS,
    bodies=2_000,
    large_bodies=8,
)
application.open_connections()
