"""List and end the sessions of a member: one SignIn row for each, without IP address.

Login asks for the second factor of those who have one. Their sessions that were opened before end when they add it, so
every session of theirs has used it, and `Member.has_perm` need not know the session.
"""

import re

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from members.models import Member, SignIn

SIGN_IN_KEY = "sign_in"
# The first match counts: most browsers also send the names of those that they imitate.
BROWSER_PATTERNS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
]
SYSTEM_PATTERNS = [
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
]


def describe_browser(user_agent: str) -> str:
    """Return a text such as “Firefox on Windows”. It contains only our own words, nothing of `user_agent`."""
    browser, system = (
        next((name for name, pattern in patterns if re.search(pattern, user_agent)), "")
        for patterns in (BROWSER_PATTERNS, SYSTEM_PATTERNS)
    )
    return " on ".join(filter(None, [browser or "A browser", system]))


def record_sign_in(request: HttpRequest, member: Member):
    """Create the SignIn of the session, or update it after the session key has changed."""
    if request.session.session_key is None:
        request.session.save()
    browser = describe_browser(request.headers.get("User-Agent", ""))
    key = request.session.session_key
    existing = SignIn.objects.filter(pk=request.session.get(SIGN_IN_KEY), member=member)
    if not existing.update(session_key=key):
        request.session[SIGN_IN_KEY] = SignIn.objects.create(session_key=key, member=member, browser=browser).pk


def delete_sign_in(request: HttpRequest):
    """Delete the SignIn of a session that is about to end."""
    SignIn.objects.filter(session_key=request.session.session_key).delete()


def end_sign_in(member: Member, pk: int) -> bool:
    """End one session of `member`. Return False if it is not theirs."""
    return end_sessions(member.sign_ins.filter(pk=pk)) > 0


def end_other_sign_ins(request: HttpRequest) -> int:
    """End all sessions of the member except this one; return their number."""
    return end_sessions(request.user.sign_ins.exclude(session_key=request.session.session_key))


def end_all_sign_ins(member: Member) -> int:
    return end_sessions(member.sign_ins.all())


def end_sessions(sign_ins: QuerySet) -> int:
    with transaction.atomic():
        keys = list(sign_ins.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        return SignIn.objects.filter(session_key__in=keys).delete()[0]


def handle_password_change(request, user, **_):
    """Receiver of allauth's signals, after Django has ended all other sessions and changed the key of this one."""
    record_sign_in(request, user)
    end_other_sign_ins(request)


def handle_new_authenticator(request, user, authenticator, **_):
    """Receiver of allauth's signal: end the sessions that were opened without the new second factor.

    Of members who are no staff only where permissions need a factor: they may have some.
    """
    is_needed = user.is_staff or settings.STAFF_NEEDS_SECOND_FACTOR
    if is_needed and authenticator.type in user.second_factor_types:
        end_other_sign_ins(request)


def handle_password_reset(user, **_):
    """Receiver of allauth's signal: end all sessions, as a stranger may be the reason for the reset."""
    end_all_sign_ins(user)
