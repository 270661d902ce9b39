"""Add the attribute `integrity` to the script elements of pages: browsers then run a script only if it is unchanged.

https://developer.mozilla.org/en-US/docs/Web/Security/Subresource_Integrity
"""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage

SCRIPT = re.compile(rb'<script\b([^>]*)\bsrc="([^"]+)"')


def integrity_middleware(get_response):
    def middleware(request):
        response = get_response(request)
        if not response.streaming and b"<script" in response.content and has_fixed_files():
            response.content = SCRIPT.sub(add_integrity, response.content)
        return response

    return middleware


def has_fixed_files():
    """Return whether static files have the hash of their content in their name, and so never change."""
    return isinstance(staticfiles_storage, ManifestFilesMixin)


def add_integrity(found):
    integrity = find_integrity(found[2].decode())
    return found[0] + (f' integrity="{integrity}"'.encode() if integrity else b"")


@lru_cache(maxsize=500)
def find_integrity(url: str) -> str:
    """Return the hash of one of our static files, or "" for other URLs, such as a script that a view makes."""
    if not url.startswith(settings.STATIC_URL):
        return ""
    path = Path(settings.STATIC_ROOT, url.removeprefix(settings.STATIC_URL))
    if not path.is_file():
        return ""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
