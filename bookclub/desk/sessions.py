"""How long an organiser stays signed in."""

from django.utils import timezone

DAYS = 30
SLID_ON = "desk_slid_on"


def slide(session):
    """Counted from the last day at the desk. Written once a day, so that not every page writes.

    Who asked at sign-in not to be remembered keeps that: their session ends with the browser.
    """
    today = timezone.now().date().isoformat()
    if session.get(SLID_ON) == today:
        return
    session[SLID_ON] = today
    if not session.get_expire_at_browser_close():
        session.set_expiry(DAYS * 24 * 60 * 60)
