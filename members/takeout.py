"""All that is kept of a person, in one ZIP file for them.

data.json is for programs (its form is described in docs/members-and-privacy.md), index.html for eyes; both say the
same. Pictures lie beside them.
"""

import datetime as dt
import json
import tempfile
import zipfile
from pathlib import PurePosixPath

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format

from members.parts import parts

FORMAT = 1
LONG = 300  # characters, which the page folds away
IN_MEMORY = 2 * 1024 * 1024  # bytes; what is larger lies on the disk for as long as it is sent


def takeout(member, club):
    """An open ZIP file of all that is kept of `member`, times in the zone that is active."""
    data = {"format": FORMAT, "made_at": timezone.now(), "club": club.name, "site": settings.SITE_URL}
    the_site, *apps = parts()
    for part in [*apps, the_site]:
        data |= part.export(member)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(plain(data), ensure_ascii=False, indent=2))
        archive.writestr("index.html", page_of(data, club))
        for picture in pictures_in(data):
            put(archive, picture)
    file.seek(0)
    return file


def page_of(data, club):
    sections = [(label(key), readable(value)) for key, value in data.items() if isinstance(value, dict | list)]
    return render_to_string("members/takeout.html", {"sections": sections, "club": club, "made_at": data["made_at"]})


def put(archive, picture):
    """A row may outlive its file."""
    try:
        with picture.open("rb"):
            archive.writestr(path_of(picture), picture.read())
    except FileNotFoundError:
        pass


def path_of(picture):
    return f"pictures/{PurePosixPath(picture.name).name}"


def pictures_in(value):
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from pictures_in(each)
    elif isinstance(value, FieldFile) and value:
        yield value


def plain(value):
    """As JSON has it: moments with their zone, pictures by their path."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, FieldFile):
        return path_of(value) if value else None
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def readable(value):
    """For members/_takeout.html: `pairs`, `entries`, `picture` or `words`."""
    if isinstance(value, dict):
        return {"pairs": [(label(key), readable(each)) for key, each in value.items()]}
    if isinstance(value, list):
        return {"entries": [readable(each) for each in value]}
    if isinstance(value, FieldFile) and value:
        return {"picture": path_of(value)}
    words = in_words(value)
    return {"words": words, "is_long": len(words) > LONG}


def in_words(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i T")
    if isinstance(value, dt.date):
        return date_format(value, "j F Y")
    return str(value) if value or value == 0 else "–"


def label(key):
    return key.replace("_", " ").capitalize()
