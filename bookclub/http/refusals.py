"""Answers to requests that are refused before Django sees them."""

from django.http import HttpResponse


def refuse_large_body(scope, received):
    return HttpResponse("too large", status=413)


def refuse_slow_body(scope, received):
    return HttpResponse("too slow", status=408)


def refuse_too_many(scope):
    return HttpResponse("busy", status=503, headers={"Retry-After": "5"})
