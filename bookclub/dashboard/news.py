"""What happened lately: the last letter's figures, and new members."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from bookclub.dashboard.entries import Group, build_group
from members.models import Member
from newsletter.models import Delivery, Issue

NEW_FOR = dt.timedelta(days=30)


@dataclass
class LastLetter:
    issue: Issue
    url: str
    figures: list[tuple[int, str]]  # (number, label)


def find_last_letter(user):
    """Return the LastLetter, or None without one. Two queries."""
    if not user.has_perm("newsletter.send_issue"):
        return None
    issue = Issue.objects.sent().newest_first().only("number", "subject", "frozen_at", "frozen_subject").first()
    if issue is None:
        return None
    State = Delivery.State
    states = {"sent": Q(state=State.SENT), "waiting": Q(state__in=[State.QUEUED, State.SENDING])}
    states |= {"unknown": Q(state=State.UNKNOWN), "failed": Q(state=State.FAILED), "came back": ~Q(bounced_at=None)}
    names = {name.replace(" ", "_"): name for name in states}
    counts = issue.deliveries.aggregate(**{key: Count("pk", filter=states[name]) for key, name in names.items()})
    figures = [(counts[key], name) for key, name in names.items() if counts[key] or name == "sent"]
    return LastLetter(issue, reverse("admin:newsletter_issue_review", args=[issue.pk]), figures)


def find_new_members(user):
    """Return a Group of those who became members in the last 30 days, latest first. One query."""
    if not user.has_perm("members.view_member"):
        return Group("New members", [])
    new = Member.objects.filter(is_active=True, joined_at__gt=timezone.now() - NEW_FOR).exclude(approved_at=None)
    return build_group("New members", new.order_by("-joined_at", "-pk"))
