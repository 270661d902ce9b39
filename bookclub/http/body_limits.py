"""The largest request body that a route accepts, and the time that a client has for sending it."""

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.urls import Resolver404, resolve

SMALL_BODY_BYTES = 64 * 1024  # forms of visitors and members
ADMIN_TEXT_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # forms without files
ADMIN_FILES_BYTES = 48 * 1024 * 1024  # several pictures of at most 10 MiB

SMALL_BODY_SECONDS = 20
BYTES_PER_SECOND = 64 * 1024  # the slowest connection that can send a large body


def find_body_limit(path):
    """Return the most bytes that the route of `path` accepts. Unknown paths accept a small body."""
    try:
        match = resolve(path)
    except Resolver404:
        return SMALL_BODY_BYTES
    if (limit := getattr(match.func, "max_body_bytes", None)) is not None:
        return limit
    if match.namespaces[:1] != [admin.site.name]:
        return SMALL_BODY_BYTES
    model_admin = getattr(match.func, "model_admin", None)
    return ADMIN_FILES_BYTES if model_admin and has_file_field(model_admin) else ADMIN_TEXT_BYTES


def has_file_field(model_admin):
    """Return whether the forms of `model_admin`, with its inlines, may hold a file."""
    models_of_form = [model_admin.model, *(inline.model for inline in model_admin.inlines)]
    return any(isinstance(field, models.FileField) for model in models_of_form for field in model._meta.fields)


def get_deadline_seconds(limit):
    """Return the seconds that a client has for the whole body."""
    return SMALL_BODY_SECONDS + (limit - SMALL_BODY_BYTES) / BYTES_PER_SECOND
