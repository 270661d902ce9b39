"""Searchable models of the newsletter: the issues in the archive, as they were sent."""

from bookclub.search.entries import html_to_words
from bookclub.search.registry import Document, Searchable
from newsletter.models import Issue


def build_issue_document(issue):
    text = html_to_words(issue.frozen_body)
    return Document(issue.get_absolute_url(), issue.frozen_subject, text, f"Letter {issue.number}")


SEARCHABLES = [
    Searchable(
        Issue,
        "letter",
        ("number", "frozen_at", "frozen_subject", "frozen_body"),
        rows=Issue.objects.sent,
        build_document=build_issue_document,
        visible_to=lambda user: Issue.objects.sent().visible_to(user),
        day="frozen_at",
    )
]
