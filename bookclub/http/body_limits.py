"""The largest request body that a route accepts, and the time that a client has for sending it."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.asgi import ASGIRequest
from django.db import models
from django.urls import Resolver404, resolve

from bookclub.core.decorators import MAX_FILES_BYTES

SMALL_BODY_BYTES = 64 * 1024  # forms of visitors and members
ADMIN_TEXT_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # forms without files; strangers can't send more

SMALL_BODY_SECONDS = 20
BYTES_PER_SECOND = 64 * 1024  # the slowest connection that can send a large body


def find_limit_and_sender(scope):
    """Return the most bytes that a request may have, and whether its sender is signed in. At most one query."""
    limit = find_body_limit(scope["path"])
    if limit <= SMALL_BODY_BYTES:
        return limit, False
    if is_signed_in(scope):
        return limit, True
    return min(limit, ADMIN_TEXT_BYTES), False


def is_signed_in(scope):
    session_key = ASGIRequest(scope | {"query_string": b""}, None).COOKIES.get(settings.SESSION_COOKIE_NAME)
    return session_key is not None and SESSION_KEY in SessionStore(session_key)


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
    return MAX_FILES_BYTES if model_admin and has_file_field(model_admin) else ADMIN_TEXT_BYTES


def has_file_field(model_admin):
    """Return whether the forms of `model_admin`, with its inlines, may hold a file."""
    models_of_form = [model_admin.model, *(inline.model for inline in model_admin.inlines)]
    is_stored = any(isinstance(field, models.FileField) for model in models_of_form for field in model._meta.fields)
    own_fields = getattr(model_admin.form, "declared_fields", {}).values()
    return is_stored or any(isinstance(field, forms.FileField) for field in own_fields)


def get_deadline_seconds(limit):
    """Return the seconds that a client has for the whole body."""
    return SMALL_BODY_SECONDS + (limit - SMALL_BODY_BYTES) / BYTES_PER_SECOND
