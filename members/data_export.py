"""The personal data export: a ZIP file with all stored data of a member.

data.json is for programs (format: docs/members-and-privacy.md), index.html for people; both have the same content. The
folder pictures/ has the images.
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

from bookclub.core.privacy_registry import get_privacy_modules

FORMAT = 1
LONG_TEXT = 300  # characters; the page collapses longer text
MEMORY_LIMIT = 2 * 1024 * 1024  # bytes; a larger file is stored on disk while it is sent


def build_export_file(member, club):
    """Return an open ZIP file of all data of `member`, with times in the active zone. The caller closes it."""
    data = {"format": FORMAT, "made_at": timezone.now(), "club": club.name, "site": settings.SITE_URL}
    project, *apps = get_privacy_modules()
    for module in [*apps, project]:
        data |= module.export_data(member)
    file = tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT)  # noqa: SIM115 - whoever sends it closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(to_json(data), ensure_ascii=False, indent=2))
        archive.writestr("index.html", render_page(data, club))
        for picture in find_pictures(data):
            add_picture(archive, picture)
    file.seek(0)
    return file


def render_page(data, club):
    sections = [
        (format_label(key), to_template_value(value)) for key, value in data.items() if isinstance(value, dict | list)
    ]
    context = {"sections": sections, "club": club, "made_at": data["made_at"]}
    return render_to_string("members/data_export.html", context)


def add_picture(archive, picture):
    """Add the picture if its file exists."""
    try:
        with picture.open("rb"):
            archive.writestr(get_archive_path(picture), picture.read())
    except FileNotFoundError:
        pass


def get_archive_path(picture):
    return f"pictures/{PurePosixPath(picture.name).name}"


def find_pictures(value):
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from find_pictures(each)
    elif isinstance(value, FieldFile) and value:
        yield value


def to_json(value):
    """Return `value` as JSON types: times in ISO 8601 with their zone, pictures as their path in the archive."""
    if isinstance(value, dict):
        return {key: to_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [to_json(each) for each in value]
    if isinstance(value, FieldFile):
        return get_archive_path(value) if value else None
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def to_template_value(value):
    """Return a dict with one of `pairs`, `entries`, `picture` or `text`, for members/_export_value.html."""
    if isinstance(value, dict):
        return {"pairs": [(format_label(key), to_template_value(each)) for key, each in value.items()]}
    if isinstance(value, list):
        return {"entries": [to_template_value(each) for each in value]}
    if isinstance(value, FieldFile) and value:
        return {"picture": get_archive_path(value)}
    text = format_value(value)
    return {"text": text, "is_long": len(text) > LONG_TEXT}


def format_value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i T")
    if isinstance(value, dt.date):
        return date_format(value, "j F Y")
    return str(value) if value or value == 0 else "–"


def format_label(key):
    return key.replace("_", " ").capitalize()
