"""Normalize the text of a response, so that two snapshots of the same code are identical.

HTML gets a line for each tag and each text. White space that no reader sees is gone, attributes are sorted, and what is
random or follows from the class of a file (tokens, digests, codes) is replaced by a word.
"""

import html
import re
from html.parser import HTMLParser

# `bench.page_snapshot` makes all random tokens begin like this.
URL_TOKEN_MARK, HEX_TOKEN_MARK = "TKNq", "decaf"

INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "button", "cite", "code", "data", "del", "dfn", "em", "i", "img", "input", "ins",
    "kbd", "label", "mark", "meter", "output", "picture", "progress", "q", "s", "samp", "select", "small", "span",
    "strong", "sub", "sup", "svg", "textarea", "time", "u", "var", "wbr",
}  # fmt: skip
KEEPS_SPACE = {"pre", "textarea"}

REPLACED = [
    (re.compile(rf"{URL_TOKEN_MARK}[A-Za-z0-9]+"), "TOKEN"),
    (re.compile(rf"{HEX_TOKEN_MARK}[0-9a-f]{{3,}}"), "TOKEN"),
    (re.compile(r"(?<=[\w-])\.[0-9a-f]{12}(?=\.\w+)"), ""),  # static files: site.0123456789ab.css
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]+:[A-Za-z0-9_-]{6,}:[A-Za-z0-9_-]{43}(?![\w-])"), "SIGNED"),
    (re.compile(r'(?<=": ")[0-9a-f]{8}(?=")'), "DIGEST"),  # of each field, in the forms of the admin
    (re.compile(r"(?<=-)[0-9a-f]{16}(?=@)"), "DIGEST"),  # Message-ID
    (re.compile(r"(?<!\w)[A-Z2-7]{32}(?!\w)"), "TOKEN"),  # for an authenticator app, in letters and as a picture
    (re.compile(r"M4,4H5V5H4z[MHVz\d,]+"), "PICTURE"),
    (re.compile(r'(?<="challenge": ")[\w-]+'), "TOKEN"),  # for a passkey
    (re.compile(r"(?<=/reset/key/)[0-9a-z]+-[0-9a-z]+-[0-9a-f]{32}"), "TOKEN"),
    (re.compile(r"(?<![\w-])[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}(?![\w-])"), "CODE"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?:[0-9a-f]{32})?(?![0-9a-f])"), "DIGEST"),
]
SECRET_FIELDS = {"csrfmiddlewaretoken"}


def replace_random(text: str) -> str:
    for pattern, word in REPLACED:
        text = pattern.sub(word, text)
    return text


def write_plain(text: str) -> str:
    lines = [line.rstrip() for line in replace_random(text).splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def write_html(text: str) -> str:
    return "\n".join(lines_of(read_tokens(text))) + "\n"


def read_tokens(text: str) -> list:
    parser = TokenParser()
    parser.feed(text)
    parser.close()
    return parser.tokens


class TokenParser(HTMLParser):
    """Collects `tokens`: ("open" | "close", tag, attributes), ("text", is it kept as it is, text), ("other", "", text)."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tokens = []
        self.keeping = []

    def handle_starttag(self, tag, attrs):
        self.tokens.append(("open", tag, attrs))
        if tag in KEEPS_SPACE:
            self.keeping.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tokens.append(("open", tag, attrs))

    def handle_endtag(self, tag):
        if self.keeping and self.keeping[-1] == tag:
            self.keeping.pop()
        self.tokens.append(("close", tag, []))

    def handle_data(self, data):
        is_kept = bool(self.keeping)
        if self.tokens and self.tokens[-1][:2] == ("text", is_kept):
            data = self.tokens.pop()[2] + data
        self.tokens.append(("text", is_kept, data))

    def handle_comment(self, data):
        self.tokens.append(("other", "", f"<!-- {' '.join(data.split())} -->"))

    def handle_decl(self, decl):
        self.tokens.append(("other", "", f"<!{decl}>"))


def lines_of(tokens):
    for number, (kind, tag, content) in enumerate(tokens):
        if kind == "open":
            yield f"<{tag}{''.join(sorted(map(attribute, with_secrets_hidden(tag, content))))}>"
        elif kind == "close":
            yield f"</{tag}>"
        elif kind == "other":
            yield content
        elif tag:  # white space counts
            yield from (escape(replace_random(line)) for line in content.split("\n"))
        else:
            before = tokens[number - 1] if number else None
            after = tokens[number + 1] if number + 1 < len(tokens) else None
            text = re.sub(r"[ \t\r\n\f]+", " ", content)
            text = text.removeprefix(" ") if ends_line(before) else text
            text = text.removesuffix(" ") if ends_line(after) else text
            if text:
                yield show_edges(escape(replace_random(text)))


def with_secrets_hidden(tag, attributes):
    given = dict(attributes)
    if tag == "input" and given.get("name") in SECRET_FIELDS:
        return list((given | {"value": "TOKEN"}).items())
    return attributes


def attribute(pair):
    name, value = pair
    if value is None:
        return f" {name}"
    return f' {name}="{html.escape(replace_random(" ".join(value.split())))}"'


def ends_line(token):
    """Return whether white space beside this token is never seen."""
    return token is None or token[0] == "other" or (token[0] in {"open", "close"} and token[1] not in INLINE)


def escape(text):
    return html.escape(text, quote=False)


def show_edges(text):
    """A space at either end, which separates words from an inline tag, is written so that it survives an editor."""
    start = "␣" if text.startswith(" ") else ""
    end = "␣" if text.endswith(" ") and len(text) > 1 else ""
    return start + text.strip(" ") + end
