"""Convert typed text to safe HTML: Markdown, then an allow-list. The only module that may mark typed text as safe.

Three renderings: `prose` is Markdown with paragraphs, lists, headings, quotations, tables, footnotes, links, emphasis.
`line` has emphasis only, because in a question or a session note "1." or "#" is plain text. `quote` is a line with
marked editorial [brackets]. In all of them `<` and `&` are plain characters: typed HTML is shown as typed.
"""

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.extensions import Extension

from bookclub.core.markdown.escaping import escape_line, escape_markdown
from bookclub.core.markdown.extensions import LineExtension, ProseExtension
from bookclub.core.markdown.limits import check_markdown
from bookclub.core.markdown.normalization import normalize_markdown

__all__ = [
    "RENDERINGS",
    "check_markdown",
    "escape_line",
    "escape_markdown",
    "mark_stored_html",
    "render_line",
    "render_prose",
    "render_quote",
]

LINE_TAGS = {"p", "br", "em", "strong"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
PROSE_TAGS = LINE_TAGS | TABLE_TAGS | {"a", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "h6", "code", "pre"}
PROSE_TAGS |= {"hr", "sup"}
OUTER_BLOCKS = {"p", "ul", "ol", "blockquote", "h3", "h4", "h5", "h6", "pre", "table"}
ATTRIBUTES = {tag: {"dir"} for tag in OUTER_BLOCKS}
ATTRIBUTES |= {"a": {"href", "title"}, "ol": {"dir", "start"}, "li": {"id"}}
BRACKETS = re.compile(r"\[[^\[\]<>]*\]")
# A wide table scrolls by itself on a phone; who uses a keyboard has to reach it.
TABLE_START = '<div class="table-scroll" role="group" aria-label="Table" tabindex="0">'


def render_prose(text: str) -> SafeString:
    """Render Markdown; headings start at h3, below the page's own. Raises ValidationError as `check_markdown`."""
    check_markdown(text)
    html = _sanitize_html(_convert_markdown(normalize_markdown(text), ProseExtension), PROSE_TAGS)
    # nh3 escapes each other "<", in words and in attributes.
    html = html.replace("<table", f"{TABLE_START}<table").replace("</table>", "</table></div>")
    return mark_safe(html)  # noqa: S308 - adds a fixed tag


def render_line(text: str) -> SafeString:
    """Render *emphasis* and **strong emphasis** only; blank lines separate paragraphs, line ends stay.

    Raises ValidationError as `check_markdown`.
    """
    check_markdown(text)
    return _sanitize_html(_convert_markdown(normalize_markdown(text), LineExtension), LINE_TAGS)


def render_quote(text: str) -> SafeString:
    """Render as `render_line`, with the editors' [brackets] in `<span class="editorial">`."""
    return mark_safe(BRACKETS.sub(r'<span class="editorial">\g<0></span>', render_line(text)))  # noqa: S308 - adds two fixed tags


def mark_stored_html(html: str | None) -> SafeString | None:
    """Mark stored HTML that was made by one of the renderings as safe."""
    return None if html is None else mark_safe(html)  # noqa: S308 - only the fields of rendered HTML call this


RENDERINGS = {"prose": render_prose, "line": render_line, "quote": render_quote}


def _sanitize_html(html, tags):
    # nh3 allows `title` and `lang` on every element unless "*" says otherwise.
    sanitized = nh3.clean(
        html,
        tags=tags,
        attributes={"*": set()} | {tag: names for tag, names in ATTRIBUTES.items() if tag in tags},
        allowed_classes={"ol": {"footnotes"}} if "ol" in tags else {},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return mark_safe(sanitized)  # noqa: S308 - from nh3's allow-list


def _convert_markdown(text, extension):
    """Convert with a pooled parser, as creating one is slow. A parser in use is out of the pool (threads)."""
    parser = _idle_parsers.pop(extension, None) or Markdown(
        extensions=["sane_lists", extension()], output_format="html"
    )
    html = parser.reset().convert(text)
    _idle_parsers[extension] = parser  # not after an error, which may leave the parser in an inconsistent state
    return html


_idle_parsers: dict[type[Extension], Markdown] = {}
