"""Replace an unchanged write-up of the sample by the club's own."""

import hashlib

from django.core import serializers
from django.db import transaction

from books.models import ITEMS
from meetups.models import WriteUp
from meetups.paste.importer.report import Import

TYPED = ("title", "standfirst", "body", "pull_quote")
OF_AUTHOR = ("bio", "job_title", "phone", "email", "website")


def mark_as_sample(writeup: WriteUp) -> None:
    """Store the fingerprint of a sample's write-up."""
    writeup.sample_fingerprint = hash_sample(writeup)
    writeup.save(update_fields=["sample_fingerprint"])


def is_untouched(writeup: WriteUp) -> bool:
    """Return whether it is of the sample, and neither it nor the items published with it have changed."""
    return writeup.sample_fingerprint != "" and writeup.sample_fingerprint == hash_sample(writeup)


def delete_sample(done: Import, writeup: WriteUp) -> None:
    """Delete an unchanged sample write-up with the items published with it; its meetup and book stay."""
    done.found.append(f"the sample’s retelling “{writeup.title}”, which makes way for this one")
    items, files = items_of(writeup), [photo.image for photo in writeup.photos.all()]
    transaction.on_commit(lambda: [file.storage.delete(file.name) for file in files])
    writeup.delete()
    for item in items:
        item.delete()
    for name in OF_AUTHOR:
        setattr(writeup.author, name, "")
    writeup.author.shows_email = writeup.author.shows_phone = False
    writeup.author.save()


def hash_sample(writeup: WriteUp) -> str:
    """Return a SHA-256 hex digest of all texts that would be deleted."""
    rows = [*writeup.session_notes.all(), *writeup.photos.all(), *items_of(writeup)]
    typed = [getattr(writeup, name) for name in TYPED] + [getattr(writeup.author, name) for name in OF_AUTHOR]
    return hashlib.sha256("\x1f".join([*typed, serializers.serialize("json", rows)]).encode()).hexdigest()


def items_of(writeup):
    """Return the items of its book with the same `published_at`."""
    if not (writeup.book_id and writeup.published_at):
        return []
    return [
        item for model in ITEMS for item in model.objects.filter(book=writeup.book, published_at=writeup.published_at)
    ]
