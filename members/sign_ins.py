"""Where a member is signed in: a row for each session, which they can recognise and end. Without an IP address."""

import re

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from members.models import Member, SignIn

KEY = "sign_in"
# The first that fits: most browsers also name those whom they want to be taken for.
BROWSERS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
]
SYSTEMS = [
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
]


def in_words(user_agent: str) -> str:
    """“Firefox on Windows”, as far as the browser says; words of our own alone, whatever it says."""
    browser, system = (
        next((name for name, mark in marks if re.search(mark, user_agent)), "") for marks in (BROWSERS, SYSTEMS)
    )
    return " on ".join(filter(None, [browser or "A browser", system]))


def note(request: HttpRequest, member: Member):
    """That `request` has just signed `member` in, or has changed its session's key."""
    if request.session.session_key is None:
        request.session.save()
    row = {"member": member, "browser": in_words(request.headers.get("User-Agent", ""))}
    key = request.session.session_key
    old = SignIn.objects.filter(pk=request.session.get(KEY), member=member)
    if not old.update(session_key=key):
        request.session[KEY] = SignIn.objects.create(session_key=key, **row).pk


def forget(request: HttpRequest):
    """For a session that is about to end."""
    SignIn.objects.filter(session_key=request.session.session_key).delete()


def end_sign_in(member: Member, pk: int) -> bool:
    """Sign `member` out where they signed in so. False where there is no such place of theirs."""
    return end(member.sign_ins.filter(pk=pk)) > 0


def end_other_sign_ins(request: HttpRequest) -> int:
    """Sign out everywhere but here; how many places that were."""
    return end(request.user.sign_ins.exclude(session_key=request.session.session_key))


def end_all(member: Member) -> int:
    return end(member.sign_ins.all())


def end(sign_ins: QuerySet) -> int:
    with transaction.atomic():
        keys = list(sign_ins.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        return SignIn.objects.filter(session_key__in=keys).delete()[0]


def after_new_password(request, user, **_):
    """For allauth's signals: Django has ended all other sessions, and given this one another key."""
    note(request, user)
    end_other_sign_ins(request)


def after_reset(user, **_):
    """By a link in a mail, perhaps because a stranger was in."""
    end_all(user)
