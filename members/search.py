"""What can be found of people: the authors of write-ups. Members are never found."""

from bookclub.search.entries import html_to_words
from bookclub.search.registry import Document, Searchable
from members.models import Author


def write_author(author):
    texts = [author.job_title, html_to_words(author.bio_html)]
    return Document(author.get_absolute_url(), author.name, ". ".join(filter(None, texts)))


SEARCHABLES = [
    Searchable(
        Author,
        "person",
        ("name", "slug", "job_title", "bio_html"),
        rows=Author.objects.all,
        write=write_author,
        visible_to=lambda user: Author.objects.visible_to(user),
    )
]
