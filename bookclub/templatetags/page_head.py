"""Tags for the head of a page: title, description and picture, for search engines and previews of shared links.

    <title>{% page_title %}{% block title %}{% endblock %}{% endpage_title %}</title>
    {% page_description %}{% block description %}{% endblock %}{% endpage_description %}

Each page says both once. A view may give `share_card`, the card of its row, or None for a row that is not public; other
pages have the club's own.
"""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from bookclub.core.structured_data import render_graph
from bookclub.share_cards.drawing import HEIGHT, WIDTH
from bookclub.share_cards.registry import get_card_link

register = template.Library()
register.simple_tag(render_graph, name="structured_data")
TITLE = "page_title"


@register.tag
def page_title(parser, token):
    return TitleNode(parse_until(parser, "endpage_title"))


@register.tag
def page_description(parser, token):
    return DescriptionNode(parse_until(parser, "endpage_description"))


def parse_until(parser, end):
    nodes = parser.parse((end,))
    parser.delete_first_token()
    return nodes


class TextNode(template.Node):
    def __init__(self, nodelist):
        self.nodelist = nodelist

    def render_text(self, context):
        """Return the text on one line; it is escaped already."""
        return mark_safe(" ".join(self.nodelist.render(context).split()))  # noqa: S308 - rendered by the template


class TitleNode(TextNode):
    def render(self, context):
        title = context.render_context[TITLE] = self.render_text(context)
        return title


class DescriptionNode(TextNode):
    def render(self, context):
        title, description, club = context.render_context[TITLE], self.render_text(context), context["club"]
        card = context["share_card"] if "share_card" in context else get_card_link(club, club)
        canonical_url = context["canonical_url"]
        tags = [
            ("title", title.removesuffix(format_html(": {}", club.name))),
            ("description", description),
            ("url", canonical_url),
            ("type", "article" if context.get("is_article") else "website"),
            ("site_name", club.name),
        ]
        if card:
            tags += [("image", card.url), ("image:width", WIDTH), ("image:height", HEIGHT)]
            tags.append(("image:alt", card.description))
        return format_html(
            '<meta name="description" content="{}">\n<link rel="canonical" href="{}">\n{}{}',
            description,
            canonical_url,
            format_html_join("\n", '<meta property="og:{}" content="{}">', tags),
            format_html('\n<meta name="twitter:card" content="{}">', "summary_large_image") if card else "",
        )
