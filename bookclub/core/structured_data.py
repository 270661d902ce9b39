"""JSON-LD (https://www.w3.org/TR/json-ld11/) in the vocabulary of schema.org, for search engines.

Each node has an `@id`, a path of this site, by which other nodes refer to it. Long texts of the page, such as the words of
a quote, are not repeated: the `@id` ends with the anchor of the text.
"""

import json

from django.conf import settings
from django.utils.safestring import mark_safe

CLUB_ID = "/#club"
# Within a script element these could end it, or begin a comment or a character reference.
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def make_node(kind: str, identifier: str = "", **properties) -> dict:
    """Return a node without its empty properties."""
    head = {"@type": kind} | ({"@id": identifier} if identifier else {})
    return head | {name: value for name, value in properties.items() if value not in (None, "", [], {})}


def make_reference(identifier: str) -> dict:
    return {"@id": identifier}


def build_absolute_url(path: str) -> str:
    return f"{settings.SITE_URL}{path}" if path.startswith("/") else path


def describe_club(club, **properties) -> dict:
    return make_node("Organization", CLUB_ID, name=club.name, url=build_absolute_url("/"), **properties)


def describe_breadcrumbs(*steps: tuple[str, str]) -> dict:
    """Return a BreadcrumbList; each step is (name, path), with an empty path for the current page."""
    items = [
        make_node("ListItem", position=number, name=name, item=path and build_absolute_url(path))
        for number, (name, path) in enumerate(steps, 1)
    ]
    return make_node("BreadcrumbList", itemListElement=items)


def render_graph(nodes: list[dict]) -> str:
    """Return the script element with `nodes`: a data block, which browsers don't run and policies don't forbid."""
    graph = {"@context": "https://schema.org", "@graph": nodes}
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped above
