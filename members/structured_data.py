"""Authors of write-ups for search engines: see `bookclub.core.structured_data`."""

from bookclub.core.structured_data import build_absolute_url, make_node


def get_author_id(author):
    return f"{author.get_absolute_url()}#person"


def make_author_node(author):
    """Return a node for pages that only name the author."""
    return make_node(
        "Person", get_author_id(author), name=author.name, url=build_absolute_url(author.get_absolute_url())
    )


def describe_author(author):
    """Return the author with the contact that they chose to show."""
    return make_author_node(author) | make_node(
        "Person",
        jobTitle=author.job_title,
        image=build_absolute_url(author.photo.fallback_url) if author.photo else None,
        email=author.shown_email,
        telephone=author.shown_phone,
        sameAs=author.website,
    )
