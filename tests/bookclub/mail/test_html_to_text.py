"""HTML to plain text: no markup remains, and no word is lost."""

import re
from contextlib import suppress

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bookclub.core import markdown
from bookclub.mail.html_to_text import html_to_text
from bookclub.templatetags.bookclub import in_quotation_marks

PIECES = [
    *"[]()*_`>-+#=!<&\\:|~'\"1.",
    *[
        "**",
        "## ",
        "- ",
        "1. ",
        "12. ",
        "> ",
        "---",
        "[a](/b/)",
        "[c d](https://x.example/ 'e')",
        "&amp;",
        "<b>",
        "```",
    ],
    *[" ", "    ", "\n", "\n\n", "  \n", "\t", "\xa0", "\u2009", "\u2028", "\x00", "\x85"],
    *["[f](//[g)", "a", "Words", "é", "“…”", "😀", "\u202e", "9" * 12],
]
ANY_TEXT = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
TYPED = """\
Dear **readers**, we *met*\x20\x20
on Wednesday&nbsp;– [the notes](/write-ups/lamp/ "all"), <b>bold</b> & more.

## What we read

- one
- two, which is
  longer

    - within

- [https://x.example/](https://x.example/), [write](mailto:us@club.example), [us@club.example](mailto:us@club.example)

3. three
4. four

> “Said” … is [sic]
>
> > twice

---

    a  |  code

The end."""
READ = """\
Dear readers, we met
on Wednesday&nbsp;– the notes (http://localhost:8000/write-ups/lamp/), <b>bold</b> & more.

What we read

* one

* two, which is longer

  * within

* https://x.example/, write (us@club.example), us@club.example

3. three
4. four

> “Said” … is [sic]
>
> > twice

* * *

    a  |  code

The end."""


def words_of(html):
    """Return the words as a browser shows them, where a <br> ends a line."""
    soup = BeautifulSoup(html, "html.parser")
    for each in soup.find_all("br"):
        each.replace_with("\n")
    return soup.get_text().split()


def stand_in_order(parts, whole):
    """Return whether all `parts` occur in `whole` in this order."""
    rest = iter(whole)
    return all(part in rest for part in parts)


def test_html_to_text_full_example():
    assert html_to_text(markdown.render_prose(TYPED)) == READ


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p></p>\n<ul></ul><blockquote></blockquote>", ""),
        ("no <em>element</em>\n around", "no element around"),
        ("<p>a</p>Q&A", "a\n\nQ&A"),
        ("<h2>Head</h2><p>one\n  line</p><p>an<br>\n other</p>", "Head\n\none line\n\nan\nother"),
        ("<p>a &amp;lt; b &lt; c&nbsp;d “e” … [f] g–h</p>", "a &lt; b < c\xa0d “e” … [f] g–h"),
        ("<p>wo<strong>rd</strong>s, <cite>A <em>Book</em></cite>, <code>x  y</code></p>", "words, A Book, x  y"),
        ("<ul><li>a<ul><li>b<br>c</li></ul></li><li>d</li></ul>", "* a\n  * b\n    c\n* d"),
        ('<ol start="9"><li>a</li><li><p>b</p><p>c</p></li></ol>', "9. a\n\n10. b\n\n    c"),
        (f'<ol start="{"9" * 5000}"><li>a</li></ol><ol start="x"><li>b</li></ol>', "1. a\n\n1. b"),
        ("<ul><li></li><li>b</li></ul>", "*\n* b"),
        ("<ul><li>a<blockquote><p>b</p><p>c</p></blockquote></li></ul>", "* a\n  > b\n  >\n  > c"),
        ("<blockquote><ul><li>a</li></ul>\n<p>b</p></blockquote>", "> * a\n>\n> b"),
        ("<pre><code>a  b\n\n  c | d\n</code></pre><p>e</p>", "    a  b\n\n      c | d\n\ne"),
        ("<p>--&#32;</p><pre>-- \nx</pre>", "--\n\n    --\n    x"),
        (
            "<table><thead><tr><th>A</th><th>B</th></tr></thead>\n<tbody><tr><td>c<br>d</td> <td></td><td>e</td></tr></tbody></table>",
            "A | B\nc d |  | e",
        ),
        (
            '<table role="presentation"><tr>\n<td><p>Before</p>\n<p>a</p></td>\n<td><p>Now</p></td></tr></table>',
            "Before\na\n\nNow",
        ),
        (
            '<p><a class="button" href="/x/">See it</a></p>\n<p class="address"><a href="/x/">/x/</a></p>',
            "See it\nhttp://localhost:8000/x/",
        ),
        ("<p>one  two\n   three <em>\nfour</em>\n five</p>", "one  two three four five"),
        ('<p>a</p>\n<p class="foot">Why<br>\n The club</p>', "a\n\n-- \nWhy\nThe club"),
    ],
)
def test_html_to_text_structure(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ('<a href="/books/">the books</a>', "the books (http://localhost:8000/books/)"),
        ('<a href="/books/">/books/</a>', "http://localhost:8000/books/"),
        ('<a href="https://x.example/?a=1&amp;b=2">https://x.example/?a=1&amp;b=2</a>', "https://x.example/?a=1&b=2"),
        ('<a href="https://x.example/">the <em>very</em><br>page</a>', "the very\npage (https://x.example/)"),
        ('<a href="books/../a">../a</a>', "../a (http://localhost:8000/a)"),
        ('<a href="/b/../a">/b/../a</a>', "/b/../a (http://localhost:8000/a)"),
        ('<a href="//x.example/">there</a>', "there (http://x.example/)"),
        ('<a href="//[a">there</a>', "there (//[a)"),
        ('<a href="mailto:us@x.example">us@x.example</a>', "us@x.example"),
        ('<a href="#note">below</a>', "below"),
        ('<a href="/books/"></a>', ""),
        ("<a>nowhere</a>", "nowhere"),
    ],
)
def test_html_to_text_link(link, text):
    assert html_to_text(f"<p>See {link}.</p>") == f"See {text}."


def test_html_to_text_link_alone_on_its_line_has_no_parentheses():
    html = (
        '<p>To go: <br><a href="/leave/x/">Leave</a><br><a href="/mine/x/">Choose</a></p><p><a href="/a/">All</a></p>'
    )

    lines = html_to_text(html).split("\n")

    assert lines[1:3] == ["Leave: http://localhost:8000/leave/x/", "Choose: http://localhost:8000/mine/x/"]
    assert lines[-1] == "All: http://localhost:8000/a/"


def test_html_to_text_quotation_marks():
    html = in_quotation_marks(markdown.render_quote("One [and]\n\ntwo"))

    assert html_to_text(f"<blockquote>{html}</blockquote>") == "> “One [and]\n>\n> two”"


def test_html_to_text_typed_table_and_footnote():
    html = markdown.render_prose(
        "Stars[^1] at https://x.example/a:\n\n| Who | Stars |\n|--|--|\n| Ada | 4 |\n\n[^1]: Of five."
    )

    assert html_to_text(html) == ("Stars[1] at https://x.example/a:\n\nWho | Stars\nAda | 4\n\n1. Of five.")


def test_html_to_text_deep_nesting():
    assert html_to_text("<em>" * 5000 + "a" + "</em>" * 5000) == "a"
    assert html_to_text("<blockquote>" * 1500 + "a" + "</blockquote>" * 1500) == "> " * 1500 + "a"


@given(ANY_TEXT)
@example("> " * 11 + "- a")
@example("- [a\n  b](/c d/)e")
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_html_to_text_keeps_every_word_in_order(typed):
    with suppress(ValidationError):
        html = markdown.render_prose(typed)

        assert stand_in_order("".join(words_of(html)), html_to_text(html))
        without_addresses = re.sub(r' href="[^"]*"', "", html)
        assert stand_in_order(words_of(html), html_to_text(without_addresses).split())
