"""The sample's retelling of an evening makes way for the club's own write-up, as long as nobody has changed it."""

import hashlib

from django.core import serializers
from django.db import transaction

from books.models import ITEMS
from meetups.models import WriteUp

from .report import Import

TYPED = ("title", "standfirst", "body", "pull_quote")
OF_AUTHOR = ("bio", "job_title", "phone", "email", "website")


def mark(writeup: WriteUp) -> None:
    """Remember a sample's write-up as it is now."""
    writeup.sample_fingerprint = fingerprint(writeup)
    writeup.save(update_fields=["sample_fingerprint"])


def is_untouched(writeup: WriteUp) -> bool:
    """Whether it came with the sample, and every word of it and of what went out with it is as it came."""
    return writeup.sample_fingerprint != "" and writeup.sample_fingerprint == fingerprint(writeup)


def make_way(done: Import, writeup: WriteUp) -> None:
    """Delete an untouched sample's write-up with what went out with it; its meetup and its book stay."""
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


def fingerprint(writeup: WriteUp) -> str:
    """A hash over all the words that would go, 64 hexadecimal digits."""
    rows = [*writeup.session_notes.all(), *writeup.photos.all(), *items_of(writeup)]
    typed = [getattr(writeup, name) for name in TYPED] + [getattr(writeup.author, name) for name in OF_AUTHOR]
    return hashlib.sha256("\x1f".join([*typed, serializers.serialize("json", rows)]).encode()).hexdigest()


def items_of(writeup):
    """What its book got from it: the items that bear its moment."""
    if not (writeup.book_id and writeup.published_at):
        return []
    return [
        item for model in ITEMS for item in model.objects.filter(book=writeup.book, published_at=writeup.published_at)
    ]
