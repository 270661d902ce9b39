"""Convert typed text to safe HTML: Markdown, then an allow-list. The only module that may mark typed text as safe.

Three renderings: `prose` is Markdown with paragraphs, lists, headings, quotations, links, emphasis. `line` has emphasis
only, because in a question or a session note "1." or "#" is plain text. `quote` is a line with marked editorial
[brackets]. In all of them `<` and `&` are plain characters: typed HTML is shown as typed.
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

# Within these limits no text takes more than about 0.2 s to render: `python -m bench.hostile_markdown`.
SIZE_LIMIT_BYTES = 64 * 1024
LINES_LIMIT = 3_000
RULE_LINES_LIMIT = 500
CHARACTER_LIMITS = dict.fromkeys("*_><!\\", 2_000) | {"[": 400, "`": 1_000}
REPEATED_CHARACTER = re.compile(r"([\[*_><`!(])(?:\s?\1){60}")
NESTING_LIMIT = 12
NESTING_SUM_LIMIT = 12_000
LINK_LENGTH_LIMIT = 1_000

LINE_TAGS = {"p", "br", "em", "strong"}
PROSE_TAGS = LINE_TAGS | {"a", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "h6", "code", "pre", "hr"}

# Characters with a meaning in Markdown: anywhere, and at the start of a line.
ESCAPED_ANYWHERE = re.compile(r"[\\`*_\[\]]")
ESCAPED_AT_START = re.compile(r"^([#>+\-=]|\d+(?=[.)]))", re.MULTILINE)
CONTROL_TRANSLATION = dict.fromkeys([*range(0x09), *range(0x0E, 0x1F), 0x7F]) | {0x1F: " "}
AMPERSAND = "\x1a"  # placeholder; `_normalize` removes control characters from the text
BRACKETS = re.compile(r"\[[^\[\]<>]*\]")


def render_prose(text: str) -> SafeString:
    """Render Markdown; headings start at h3, below the page's own. Raises ValidationError as `check_markdown`."""
    check_markdown(text)
    return _sanitize(_convert(_normalize(text), ProseExtension), PROSE_TAGS)


def render_line(text: str) -> SafeString:
    """Render *emphasis* and **strong emphasis** only; blank lines separate paragraphs, line ends stay.

    Raises ValidationError as `check_markdown`.
    """
    check_markdown(text)
    return _sanitize(_convert(_normalize(text), LineExtension), LINE_TAGS)


def render_quote(text: str) -> SafeString:
    """Render as `render_line`, with the editors' [brackets] in `<span class="editorial">`."""
    return mark_safe(BRACKETS.sub(r'<span class="editorial">\g<0></span>', render_line(text)))  # noqa: S308 - adds two fixed tags


def mark_stored_html(html: str | None) -> SafeString | None:
    """Mark stored HTML that was made by one of the renderings as safe."""
    return None if html is None else mark_safe(html)  # noqa: S308 - only the fields of rendered HTML call this


RENDERINGS = {"prose": render_prose, "line": render_line, "quote": render_quote}


def check_markdown(text: str) -> None:
    """Raise ValidationError, with advice for the author, for text that would take the parser minutes.

    Counts marks and nesting without parsing.
    """
    if len(text.encode("utf-8", "replace")) > SIZE_LIMIT_BYTES:
        raise ValidationError("This text is longer than 64 KB. Split it in two.", code="too_long")
    text = _normalize(text)
    lines = text.split("\n")
    if len(lines) > LINES_LIMIT:
        raise ValidationError("This text has more than 3,000 lines. Split it in two.", code="too_many_rows")
    is_dense = any(text.count(character) > limit for character, limit in CHARACTER_LIMITS.items())
    rule_lines = sum(bool(line) and not line.strip(" -=*_") for line in lines)
    if is_dense or rule_lines > RULE_LINES_LIMIT or re.search(REPEATED_CHARACTER, text):
        raise ValidationError(
            "This text has too many of the marks [ * _ > < ` \\ = - to be read as prose.", code="too_dense"
        )
    depths = [_nesting_depth(line) for line in lines]
    if max(depths) > NESTING_LIMIT or sum(depths) > NESTING_SUM_LIMIT:
        raise ValidationError("Lists or quotations in this text are nested too deeply.", code="too_deep")


def _nesting_depth(line):
    start = re.match(r"(?:\s|>|[*+\-](?=\s)|\d+[.)](?=\s))*", line).group()
    return len(re.findall(r">|[*+\-]|\d+[.)]| {4}|\t", start))


def escape_markdown(text: str) -> str:
    """Return Markdown that `render_prose` renders to the plain `text`."""
    text = "\n".join(line.strip() for line in _normalize(text).split("\n"))
    return ESCAPED_AT_START.sub(_escape_start, ESCAPED_ANYWHERE.sub(r"\\\g<0>", text))


def _escape_start(found):
    mark = found.group()
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def escape_line(text: str) -> str:
    """Return what `render_line` renders to the plain `text`."""
    return re.sub(r"[\\*_]", r"\\\g<0>", text)


def _normalize(text):
    """Return `text` with "\\n" for every kind of line end, lone surrogates replaced, and no control characters.

    The parser uses control characters as placeholders, and they would hide Markdown from `check_markdown`.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "\n".join(text.splitlines()).translate(CONTROL_TRANSLATION)


def _sanitize(html, tags):
    # nh3 allows `title` and `lang` on every element unless "*" says otherwise.
    attributes = {"*": set(), "a": {"href", "title"}, "ol": {"start"}}
    sanitized = nh3.clean(
        html,
        tags=tags,
        attributes={tag: names for tag, names in attributes.items() if tag in {*tags, "*"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return mark_safe(sanitized)  # noqa: S308 - from nh3's allow-list


def _convert(text, extension):
    """Convert with a pooled parser, as creating one is slow. A parser in use is out of the pool (threads)."""
    parser = _idle_parsers.pop(extension, None) or Markdown(
        extensions=["sane_lists", extension()], output_format="html"
    )
    html = parser.reset().convert(text)
    _idle_parsers[extension] = parser  # not after an error, which may leave the parser in an inconsistent state
    return html


_idle_parsers: dict[type[Extension], Markdown] = {}


class HideAmpersands(Preprocessor):
    """Hide `&` from the parser, which would read entities: `&lt;` typed is `&lt;` shown."""

    def run(self, lines):
        return [line.replace("&", AMPERSAND) for line in lines]


class ShowAmpersands(Postprocessor):
    def run(self, text):
        return text.replace(AMPERSAND, "&amp;")


class LinkLimitMixin:
    """Limit the search for the end of a link: otherwise 400 open brackets would read the whole text 400 times."""

    def getText(self, data, index):
        return super().getText(data[: index + LINK_LENGTH_LIMIT], index)

    def getLink(self, data, index):
        return super().getLink(data[: index + LINK_LENGTH_LIMIT], index)


class LimitedLinkProcessor(LinkLimitMixin, LinkInlineProcessor):
    pass


class LimitedReferenceProcessor(LinkLimitMixin, ReferenceInlineProcessor):
    pass


class LimitedShortReferenceProcessor(LinkLimitMixin, ShortReferenceInlineProcessor):
    pass


class LowerHeadings(Treeprocessor):
    """Start typed headings at h3: the page has its h1, the section its h2."""

    def run(self, root):
        for element in root.iter():
            if re.fullmatch("h[1-6]", element.tag):
                element.tag = f"h{min(int(element.tag[1]) + 2, 6)}"


class ProseExtension(Extension):
    def extendMarkdown(self, md):
        md.preprocessors.deregister("html_block")
        for pattern in ("html", "autolink", "automail", "image_link", "image_reference", "short_image_ref"):
            md.inlinePatterns.deregister(pattern)
        md.ESCAPED_CHARS.append("=")
        md.preprocessors.register(HideAmpersands(md), "hide_ampersands", 20)
        md.postprocessors.register(ShowAmpersands(md), "show_ampersands", 20)
        md.inlinePatterns.register(LimitedReferenceProcessor(REFERENCE_RE, md), "reference", 170)
        md.inlinePatterns.register(LimitedLinkProcessor(LINK_RE, md), "link", 160)
        md.inlinePatterns.register(LimitedShortReferenceProcessor(REFERENCE_RE, md), "short_reference", 130)
        md.treeprocessors.register(LowerHeadings(md), "lower_headings", 5)


class LineExtension(ProseExtension):
    def extendMarkdown(self, md):
        super().extendMarkdown(md)
        for processor in [item.name for item in md.parser.blockprocessors._priority if item.name != "paragraph"]:  # noqa: SLF001
            md.parser.blockprocessors.deregister(processor)
        kept = {"escape", "em_strong", "linebreak"}
        for pattern in [item.name for item in md.inlinePatterns._priority if item.name not in kept]:  # noqa: SLF001
            md.inlinePatterns.deregister(pattern)
        md.inlinePatterns.register(SubstituteTagInlineProcessor(r"\n", "br"), "line_end", 5)
