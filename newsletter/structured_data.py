"""Letters for search engines: see `bookclub.core.structured_data`."""

from django.urls import reverse
from django.utils import timezone

from bookclub.core.structured_data import CLUB_ID, describe_club, describe_trail, get_absolute, make_node, refer_to


def describe_issue_page(issue, club):
    article = make_node(
        "Article",
        f"{issue.get_absolute_url()}#letter",
        headline=issue.frozen_subject,
        url=get_absolute(issue.get_absolute_url()),
        datePublished=timezone.localtime(issue.published_at).isoformat(),
        author=refer_to(CLUB_ID),
        publisher=refer_to(CLUB_ID),
    )
    trail = describe_trail(("Newsletter", reverse("newsletter:issue_list")), (f"Letter {issue.number}", ""))
    return [article, describe_club(club), trail]
