"""Letters for search engines: see `bookclub.core.structured_data`."""

from django.urls import reverse
from django.utils import timezone

from bookclub.core.structured_data import (
    CLUB_ID,
    build_absolute_url,
    describe_breadcrumbs,
    describe_club,
    make_node,
    make_reference,
)


def describe_issue_page(issue, club):
    article = make_node(
        "Article",
        f"{issue.get_absolute_url()}#letter",
        headline=issue.frozen_subject,
        url=build_absolute_url(issue.get_absolute_url()),
        datePublished=timezone.localtime(issue.published_at).isoformat(),
        author=make_reference(CLUB_ID),
        publisher=make_reference(CLUB_ID),
    )
    trail = describe_breadcrumbs(("Newsletter", reverse("newsletter:issue_list")), (f"Letter {issue.number}", ""))
    return [article, describe_club(club), trail]
