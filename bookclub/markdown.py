"""Typed text to safe HTML: Markdown first, an allow-list after. The only place that may call HTML safe.

Three renderings. `prose` is Markdown: paragraphs, lists, headings, quotations, links, emphasis. `line` keeps emphasis
alone: questions and session notes are somebody's words, and a "1." or a "#" in them is a word too. `quote` is a line
whose editorial [brackets] are set apart. In all, `<` and `&` are letters: HTML typed by a person is shown as typed.
"""

import re

import nh3
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import (
    LINK_RE,
    REFERENCE_RE,
    LinkInlineProcessor,
    ReferenceInlineProcessor,
    ShortReferenceInlineProcessor,
    SubstituteTagInlineProcessor,
)
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

# What is within these renders in some 0.2 s at worst: `python -m bench.hostile_markdown`.
SIZE_LIMIT_BYTES = 64 * 1024
ROWS_LIMIT = 3_000
RULES_LIMIT = 500
MARK_LIMITS = dict.fromkeys("*_><!\\", 2_000) | {"[": 400, "`": 1_000}
MARKS_RUN = re.compile(r"([\[*_><`!(])(?:\s?\1){60}")
DEPTH_LIMIT = 12
LEVELS_LIMIT = 12_000
LINK_LENGTH_LIMIT = 1_000

PROSE_TAGS = {
    "p",
    "br",
    "em",
    "strong",
    "a",
    "ul",
    "ol",
    "li",
    "blockquote",
    "h3",
    "h4",
    "h5",
    "h6",
    "code",
    "pre",
    "hr",
}
LINE_TAGS = {"p", "br", "em", "strong"}

# What may start something in Markdown, wherever it stands / at the start of a line.
ESCAPED_ANYWHERE = re.compile(r"[\\`*_\[\]]")
ESCAPED_AT_START = re.compile(r"^([#>+\-=]|\d+(?=[.)]))", re.MULTILINE)
CONTROLS = dict.fromkeys([*range(0x09), *range(0x0E, 0x1F), 0x7F]) | {0x1F: " "}
AMPERSAND = "\x1a"  # one of the CONTROLS, so nobody can have typed it
EDITORIAL = re.compile(r"\[[^\[\]<>]*\]")


def prose(text: str) -> SafeString:
    """HTML of Markdown `text`; headings start at h3, below the page's own. Raises ValidationError as `check` does."""
    check(text)
    return _clean(_convert(_printable(text), Prose), PROSE_TAGS)


def line(text: str) -> SafeString:
    """HTML of `text` with *emphasis* and **strong emphasis** alone; blank lines part paragraphs, line ends stay.

    Raises ValidationError as `check` does.
    """
    check(text)
    return _clean(_convert(_printable(text), Line), LINE_TAGS)


def quote(text: str) -> SafeString:
    """HTML of `text` as `line` gives it, with what the club put in [brackets] in `<span class="ed">`."""
    return mark_safe(EDITORIAL.sub(r'<span class="ed">\g<0></span>', line(text)))  # noqa: S308 - adds two fixed tags


def rendered_before(html: str | None) -> SafeString | None:
    """What one of the renderings made earlier and the database kept: as safe as on the day it was rendered."""
    return None if html is None else mark_safe(html)  # noqa: S308 - only RenderedField calls this, for its own column


RENDERINGS = {"prose": prose, "line": line, "quote": quote}


def check(text: str) -> None:
    """Refuse what would take the parser minutes, by counting, before anything is parsed.

    Raises ValidationError with a sentence that says what to change.
    """
    if len(text.encode("utf-8", "replace")) > SIZE_LIMIT_BYTES:
        raise ValidationError("This text is longer than 64 KB. Split it in two.", code="too_long")
    text = _printable(text)
    rows = text.split("\n")
    if len(rows) > ROWS_LIMIT:
        raise ValidationError("This text has more than 3,000 lines. Split it in two.", code="too_many_rows")
    is_dense = any(text.count(mark) > limit for mark, limit in MARK_LIMITS.items())
    rules = sum(bool(row) and not row.strip(" -=*_") for row in rows)
    if is_dense or rules > RULES_LIMIT or re.search(MARKS_RUN, text):
        raise ValidationError(
            "This text has too many of the marks [ * _ > < ` \\ = - to be read as prose.", code="too_dense"
        )
    depths = [_depth(row) for row in rows]
    if max(depths) > DEPTH_LIMIT or sum(depths) > LEVELS_LIMIT:
        raise ValidationError("Lists or quotations in this text are nested too deeply.", code="too_deep")


def _depth(row):
    lead = re.match(r"(?:\s|>|[*+\-](?=\s)|\d+[.)](?=\s))*", row).group()
    return len(re.findall(r">|[*+\-]|\d+[.)]| {4}|\t", lead))


def escape(text: str) -> str:
    """Markdown that `prose` renders to the very words of plain `text`."""
    text = "\n".join(row.strip() for row in _printable(text).split("\n"))
    return ESCAPED_AT_START.sub(_escape_start, ESCAPED_ANYWHERE.sub(r"\\\g<0>", text))


def _escape_start(found):
    mark = found.group()
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def escape_line(text: str) -> str:
    """What `line` renders to the very words of plain `text`."""
    return re.sub(r"[\\*_]", r"\\\g<0>", text)


def _printable(text):
    """`text` with "\\n" for every kind of line end and lone surrogates as a mark.

    Without control characters, which mean nothing on a page, much to the parser, and hide marks from `check`.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "\n".join(text.splitlines()).translate(CONTROLS)


def _clean(html, tags):
    safe = nh3.clean(
        html,
        tags=tags,
        attributes={"a": {"href", "title"}, "ol": {"start"}} if "a" in tags else {},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return mark_safe(safe)  # noqa: S308 - behind nh3's allow-list, the one place that may say so


def _convert(text, extension):
    """By a parser that nobody else has meanwhile, and that is kept for the next: making one takes longer than a line."""
    parser = _idle.pop(extension, None) or Markdown(extensions=["sane_lists", extension()], output_format="html")
    html = parser.reset().convert(text)
    _idle[extension] = parser  # not after an error, which may leave it in the middle of a list
    return html


_idle: dict[type[Extension], Markdown] = {}


class HideAmpersands(Preprocessor):
    """`&` is a letter: `&lt;` typed is `&lt;` shown. So the parser, to which it is more, doesn't get to see it."""

    def run(self, lines):
        return [line.replace("&", AMPERSAND) for line in lines]


class ShowAmpersands(Postprocessor):
    def run(self, text):
        return text.replace(AMPERSAND, "&amp;")


class Near:
    """Looks only so far ahead for the end of a link: else 400 open brackets make it read the whole text 400 times."""

    def getText(self, data, index):
        return super().getText(data[: index + LINK_LENGTH_LIMIT], index)

    def getLink(self, data, index):
        return super().getLink(data[: index + LINK_LENGTH_LIMIT], index)


class NearLink(Near, LinkInlineProcessor):
    pass


class NearReference(Near, ReferenceInlineProcessor):
    pass


class NearShortReference(Near, ShortReferenceInlineProcessor):
    pass


class LowerHeadings(Treeprocessor):
    """Typed headings start at h3: the page has its h1, the section its h2."""

    def run(self, root):
        for element in root.iter():
            if re.fullmatch("h[1-6]", element.tag):
                element.tag = f"h{min(int(element.tag[1]) + 2, 6)}"


class Prose(Extension):
    def extendMarkdown(self, md):
        md.preprocessors.deregister("html_block")
        for pattern in ("html", "autolink", "automail", "image_link", "image_reference", "short_image_ref"):
            md.inlinePatterns.deregister(pattern)
        md.inlinePatterns.deregister("entity")
        md.ESCAPED_CHARS.append("=")
        md.preprocessors.register(HideAmpersands(md), "hide_ampersands", 20)
        md.postprocessors.register(ShowAmpersands(md), "show_ampersands", 20)
        md.inlinePatterns.register(NearReference(REFERENCE_RE, md), "reference", 170)
        md.inlinePatterns.register(NearLink(LINK_RE, md), "link", 160)
        md.inlinePatterns.register(NearShortReference(REFERENCE_RE, md), "short_reference", 130)
        md.treeprocessors.register(LowerHeadings(md), "lower_headings", 5)


class Line(Prose):
    def extendMarkdown(self, md):
        super().extendMarkdown(md)
        for processor in [each.name for each in md.parser.blockprocessors._priority if each.name != "paragraph"]:  # noqa: SLF001
            md.parser.blockprocessors.deregister(processor)
        keep = {"escape", "not_strong", "em_strong", "em_strong2", "linebreak"}
        for pattern in [each.name for each in md.inlinePatterns._priority if each.name not in keep]:  # noqa: SLF001
            md.inlinePatterns.deregister(pattern)
        md.inlinePatterns.register(SubstituteTagInlineProcessor(r"\n", "br"), "line_end", 5)
