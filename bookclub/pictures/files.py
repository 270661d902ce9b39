"""The files of a picture: their names, and that they come and go with their row."""

import re
import secrets
import weakref
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.db import transaction

from bookclub.pictures.pixels import encoded, narrowed

STORED = re.compile(r"(?P<stem>.+)-(?P<width>\d+)\.webp")
ENDINGS = ("webp", "jpg")


def widths_of(name: str, widths: Sequence[int]) -> list[int]:
    """The widths in which a stored picture lies there, the widest last; none where it is one file alone."""
    found = STORED.fullmatch(name)
    if not found:
        return []
    widest = int(found["width"])
    return [*(width for width in widths if width < widest), widest]


def sibling(name: str, width: int, ending: str) -> str:
    return STORED.sub(rf"\g<stem>-{width}.{ending}", name)


def names_of(name: str, widths: Sequence[int]) -> list[str]:
    """All files of a stored picture."""
    return [sibling(name, width, ending) for width in widths_of(name, widths) for ending in ENDINGS] or [name]


def new_name(width: int) -> str:
    return f"{secrets.token_hex(8)}-{width}.webp"


def store(storage, name: str, picture, widths: Sequence[int]) -> None:
    """Write all files of a `Bare` picture; they go again unless the transaction is committed."""
    keep_if_committed(storage, names_of(name, widths))
    write(storage, name, picture, widths)


def write(storage, name, picture, widths):
    storage.save(name, picture)
    for width in widths_of(name, widths):
        pixels = narrowed(picture.pixels, width)
        for ending in ENDINGS:
            other = sibling(name, width, ending)
            if other != name:
                storage.save(other, ContentFile(encoded(pixels, ending)))


def keep_if_committed(storage, names):
    """Whatever the transaction may break on, what it would have run on its commit is dropped, and with it the promise.

    A process that is killed leaves its files: `manage.py check_pictures` finds them.
    """
    promise = Promise()
    deletion = weakref.finalize(promise, delete, storage, names)
    deletion.atexit = False
    transaction.on_commit(lambda: promise.keep(deletion))


class Promise:
    """That the files are deleted when nobody remembers it any more, unless it has been kept."""

    def keep(self, deletion):
        deletion.detach()


def delete(storage, names):
    for name in names:
        storage.delete(name)
