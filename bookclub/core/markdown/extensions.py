"""The two Markdown parsers, for prose and for lines: Python-Markdown with other rules added and taken away."""

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

from bookclub.core.markdown.direction import SetDirection
from bookclub.core.markdown.footnotes import FootnoteExtension
from bookclub.core.markdown.headings import LowerHeadings, SpacedHeadingProcessor
from bookclub.core.markdown.limits import LINK_LENGTH_LIMIT
from bookclub.core.markdown.links import BareLinkProcessor
from bookclub.core.markdown.lists import IndentLists, OrderedListProcessor, UnorderedListProcessor
from bookclub.core.markdown.tables import CompleteTableProcessor

AMPERSAND = "\x1a"  # placeholder; `normalize_markdown` removes control characters from the text


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


class ProseExtension(Extension):
    def extendMarkdown(self, md):
        md.preprocessors.deregister("html_block")
        for pattern in ("html", "autolink", "automail", "image_link", "image_reference", "short_image_ref"):
            md.inlinePatterns.deregister(pattern)
        md.ESCAPED_CHARS += ["=", "|"]
        md.preprocessors.register(IndentLists(md), "indent_lists", 25)
        md.preprocessors.register(HideAmpersands(md), "hide_ampersands", 20)
        md.postprocessors.register(ShowAmpersands(md), "show_ampersands", 20)
        md.parser.blockprocessors.register(CompleteTableProcessor(md.parser), "table", 75)
        md.parser.blockprocessors.register(SpacedHeadingProcessor(md.parser), "hashheader", 70)
        md.parser.blockprocessors.register(OrderedListProcessor(md.parser), "olist", 40)
        md.parser.blockprocessors.register(UnorderedListProcessor(md.parser), "ulist", 30)
        md.inlinePatterns.register(LimitedReferenceProcessor(REFERENCE_RE, md), "reference", 170)
        md.inlinePatterns.register(LimitedLinkProcessor(LINK_RE, md), "link", 160)
        md.inlinePatterns.register(LimitedShortReferenceProcessor(REFERENCE_RE, md), "short_reference", 130)
        md.inlinePatterns.register(BareLinkProcessor(md), "bare_link", 115)
        md.treeprocessors.register(LowerHeadings(md), "lower_headings", 5)
        md.treeprocessors.register(SetDirection(md), "set_direction", 4)
        FootnoteExtension().extendMarkdown(md)


class LineExtension(ProseExtension):
    def extendMarkdown(self, md):
        super().extendMarkdown(md)
        md.ESCAPED_CHARS.remove("|")
        md.preprocessors.deregister("indent_lists")
        for processor in [item.name for item in md.parser.blockprocessors._priority if item.name != "paragraph"]:  # noqa: SLF001
            md.parser.blockprocessors.deregister(processor)
        kept = {"escape", "em_strong", "linebreak"}
        for pattern in [item.name for item in md.inlinePatterns._priority if item.name not in kept]:  # noqa: SLF001
            md.inlinePatterns.deregister(pattern)
        md.inlinePatterns.register(SubstituteTagInlineProcessor(r"\n", "br"), "line_end", 5)
