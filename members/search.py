"""Searchable models of people: the authors of write-ups, and no members."""

from bookclub.search.entries import html_to_words
from bookclub.search.registry import Document, Searchable
from members.models import Author


def build_author_document(author):
    texts = [author.job_title, html_to_words(author.bio_html)]
    return Document(author.get_absolute_url(), author.name, ". ".join(filter(None, texts)))


SEARCHABLES = [
    Searchable(
        Author,
        "person",
        ("name", "slug", "job_title", "bio_html"),
        rows=Author.objects.all,
        build_document=build_author_document,
        visible_to=Author.objects.visible_to,
    )
]
