"""Leave out what a blog puts around a post: share buttons, related posts, comments, and marks of its editor."""

import re

from meetups.paste.sources.html_lines import HtmlLine, cut_lines, read_lines, tidy_html

SHARING, RELATED, COMMENTS, EDITOR, NAVIGATION = (
    "buttons for sharing the post",
    "links to other posts",
    "readers' comments on the old post",
    "a mark of the blog's editor",
    "a menu or form of the old site",
)
PARTS = {
    SHARING: {"sharedaddy", "sd-sharing", "addtoany_share_save_container", "share-buttons", "social-share", "jp-likes",
              "wp-block-jetpack-sharing-buttons", "post-share", "a2a_kit", "wpcom-reblog", "likebtn", "ssba"},
    RELATED: {"jp-relatedposts", "related-posts", "yarpp-related", "wp-block-jetpack-related-posts", "post-navigation",
              "nav-links", "navigation", "related"},
    COMMENTS: {"comments", "comment-respond", "comments-area", "disqus_thread", "comment-list", "commentlist", "respond"},
    NAVIGATION: {"<nav>", "<form>", "<button>", "subscription-widget", "subscription-widget-wrap", "subscribe-widget",
                 "screen-reader-text", "skip-link", "cat-links", "tags-links", "post-tags", "breadcrumbs"},
}  # fmt: skip
NAMES = frozenset().union(*PARTS.values())
SHARE_LINE = re.compile(
    r"^(?:click to (?:share|email|print)\b.*|share (?:this|on)\b.{0,30}|like this:?|like loading\.{0,3}|loading\.{3}|"
    r"tweet|pin it|(?:auf|su|sur|en|op) (?:facebook|twitter|x) (?:teilen|condividi|partager|compartir|delen))$",
    re.IGNORECASE,
)
SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist|more|wp_[a-z]+|vc_[a-z_]+|sc[a-z]*_[a-z_]+)\b[^\[\]]{0,500}\]"
)
MARKS = re.compile(
    r"sharedaddy|jp-relatedposts|wp-block|<!--\s*/?wp:|<!--\s*more|\[/?(?:caption|gallery)\b|class=[\"'][^\"']*\b(?:comment-list|"
    r"commentlist|comments-area|entry-content|post-body)|id=[\"'](?:comments|respond|disqus_thread)|addtoany|click to share",
    re.IGNORECASE,
)
COMMENT = re.compile(r"<!--\s*/?(?:wp:|more)")
READ_AS_BLOG = "Read as a post from a blog: what stood around the post is left out."
EDITOR_MARKS = "Marks of the blog's editor that nobody sees were left out: {}."


def is_blog(html: str) -> bool:
    return bool(MARKS.search(html))


def clean_blog(html: str) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Return the HTML without these parts, their words with the reason, and reports. Raise Unreadable."""
    comments = len(COMMENT.findall(html))
    html = tidy_html(html)
    lines = read_lines(html, NAMES)
    reasons = [reason_for(line) for line in lines]
    left_out: list[tuple[str, str]] = []
    last = ""
    for line, reason in zip(lines, reasons, strict=True):
        if reason and line.text:
            words = f"{left_out.pop()[0]}\n{line.text}" if left_out and reason == last else line.text
            left_out.append((words, reason))
        last = reason if line.text else last
    html = cut_lines(html, [line for line, reason in zip(lines, reasons, strict=True) if reason])
    left_out += [(code, EDITOR) for code in SHORTCODE.findall(html)]
    reports = [READ_AS_BLOG] + [EDITOR_MARKS.format(comments)] * bool(comments)
    return SHORTCODE.sub("", html), left_out, reports


def reason_for(line: HtmlLine) -> str:
    for reason, names in PARTS.items():
        if line.names & names:
            return reason
    return SHARING if SHARE_LINE.match(line.text) else ""
