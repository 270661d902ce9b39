"""The files of a stored image: their names, writing them with their row and deleting them."""

import re
import secrets
import weakref
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.db import transaction

from bookclub.images.processing import encode_image, shrink_to_width

STORED_NAME = re.compile(r"(?P<stem>.+)-(?P<width>\d+)\.webp")
EXTENSIONS = ("webp", "jpg")


def stored_widths(name: str, widths: Sequence[int]) -> list[int]:
    """Return the widths of the stored files, the widest last; an empty list for a single file."""
    match = STORED_NAME.fullmatch(name)
    if not match:
        return []
    widest = int(match["width"])
    return [*(width for width in widths if width < widest), widest]


def variant_name(name: str, width: int, extension: str) -> str:
    return STORED_NAME.sub(rf"\g<stem>-{width}.{extension}", name)


def stored_names(name: str, widths: Sequence[int]) -> list[str]:
    """Return the names of all files of a stored image."""
    return [
        variant_name(name, width, extension) for width in stored_widths(name, widths) for extension in EXTENSIONS
    ] or [name]


def random_name(width: int) -> str:
    return f"{secrets.token_hex(8)}-{width}.webp"


def store_files(storage, name: str, image, widths: Sequence[int]) -> None:
    """Write all files of a NormalizedImage; they are deleted again unless the transaction is committed."""
    delete_on_rollback(storage, stored_names(name, widths))
    write_files(storage, name, image, widths)


def write_files(storage, name, image, widths):
    storage.save(name, image)
    for width in stored_widths(name, widths):
        pixels = shrink_to_width(image.pixels, width)
        for extension in EXTENSIONS:
            variant = variant_name(name, width, extension)
            if variant != name:
                storage.save(variant, ContentFile(encode_image(pixels, extension)))


def delete_on_rollback(storage, names):
    """Delete the files if the transaction is rolled back, for which Django has no hook.

    A rollback drops the on_commit callbacks, and with them the last reference to the object that is finalized. A
    process that is killed leaves its files: `manage.py check_images` finds them.
    """
    marker = RollbackMarker()
    deletion = weakref.finalize(marker, delete_files, storage, names)
    deletion.atexit = False
    transaction.on_commit(lambda: marker.cancel(deletion))


class RollbackMarker:
    def cancel(self, deletion):
        deletion.detach()


def delete_files(storage, names):
    for name in names:
        storage.delete(name)
