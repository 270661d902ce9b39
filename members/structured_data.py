"""Authors of write-ups for search engines: see `bookclub.core.structured_data`."""

from bookclub.core.structured_data import get_absolute, make_node


def get_author_id(author):
    return f"{author.get_absolute_url()}#person"


def name_author(author):
    """Return a node for pages that only name the author."""
    return make_node("Person", get_author_id(author), name=author.name, url=get_absolute(author.get_absolute_url()))


def describe_author(author):
    """Return the author with the contact that they chose to show."""
    return name_author(author) | make_node(
        "Person",
        jobTitle=author.job_title,
        image=get_absolute(author.photo.fallback_url) if author.photo else None,
        email=author.shown_email,
        telephone=author.shown_phone,
        sameAs=author.website,
    )
