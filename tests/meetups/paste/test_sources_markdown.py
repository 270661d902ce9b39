"""Recognising and reading Markdown, and the fields at the top of its files."""

import pytest
from bs4 import BeautifulSoup

from meetups.paste.sources import read_file, read_text
from tests.meetups.hostile_documents import HOSTILE_MARKDOWN

NOTION = """\
# The Quiet Archive

📅 Date: April 2, 2025

**👥 Present:** Ute, Mark, Inge

> An archive is a house without windows.
— p. 23
>\x20

## 💬 Quotes

> “Nobody reads the back.” (p. 101)
>\x20
- Spoilers
\x20   \n    The father is the archivist.
\x20   \n
## ❓ Questions

- [ ]  Who owns a photograph?
- [x]  May one read letters of the dead?
1. First numbered one
    1. sub one
2. Second?

<aside>
💡 We should read her first novel.

</aside>

| Reader | Score |
| --- | --- |
| Ute | 4 |

---

`#memory`
"""


def shape(html):
    """Return the HTML without the white space between its tags."""
    return "".join(line.strip() for line in html.splitlines())


def test_markdown_of_a_note_taking_program_is_recognised():
    source = read_text(NOTION)

    assert source.kind == "markdown"
    assert source.reports == ("Read as Markdown.",)
    page = BeautifulSoup(source.html, "html.parser")
    assert [heading.get_text() for heading in page.find_all(["h1", "h2"])] == [
        "The Quiet Archive", "💬 Quotes", "❓ Questions",
    ]  # fmt: skip
    assert [item.get_text(" ", strip=True) for item in page.find_all("li")] == [
        "Spoilers The father is the archivist.",
        "Who owns a photograph?",
        "May one read letters of the dead?",
        "First numbered one sub one",
        "sub one",
        "Second?",
    ]
    assert page.blockquote.get_text("|", strip=True) == "An archive is a house without windows.|— p. 23"
    assert [cell.get_text() for cell in page.find_all(["th", "td"])] == ["Reader", "Score", "Ute", "4"]
    assert source.left_out == (
        ("<aside>", "a tag of the program that wrote the file"),
        ("</aside>", "a tag of the program that wrote the file"),
    )


def test_markdown_can_be_read_as_plain_text():
    assert read_text(NOTION, is_markdown=False).text == NOTION
    assert read_text("One *word*", is_markdown=True).kind == "markdown"


def test_markdown_gives_way_to_html_with_a_layout_of_its_own():
    html = "<h1>The Quiet Archive</h1><ul><li>[ ]  Who owns a photograph?</li><li>[x] Who reads?</li></ul>"
    of_an_editor = "<div><span style='color:red'># The Quiet Archive</span></div>"

    assert read_text(NOTION, html).html == html.replace("[ ] ", "").replace("[x] ", "")
    assert read_text(NOTION, of_an_editor) == read_text(NOTION)


def test_markdown_is_read_alike_from_the_box_and_from_a_file():
    assert read_text(NOTION) == read_file("archive.md", NOTION.encode()) == read_file("archive.txt", NOTION.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Questions\n\n1. One?\n2. Two?\n3. Three?",
        "Points\n\n- one\n- two\n  - three\n* four",
        "#bookclub #salt #tide\n#reading",
        "# 1 best seller of the year\n\nWe met.",
        "We read this:\n\n> The tide keeps no accounts.\n\n1. One?",
        "It was *slow*, and *dark*, and *long*.",
        "5 * 3 ** 2 and a_b_c __init__",
        "Anna [laughing]: see (https://example.org)",
        "| a lone pipe\n---\nand a line",
        "Rating: ****\nRating: ***",
        "# The one heading\n\n- one\n- two",
    ],
)
def test_text_with_few_marks_is_no_markdown(text):
    assert read_text(text).kind == "text"


@pytest.mark.parametrize(
    "text",
    [
        "# Salt\n\nWe met.\n\n## Quotes\n\n- one\n\n## Questions\n\n1. Who?",
        "**Quotes**\n\nSee [the page](https://example.org/a).\n\n**Questions**\n\nWho?",
        "Salt\n\n## Ratings\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## End",
        "## Salt\n\nAs she says.[^1]\n\n[^1]: On page 4.",
    ],
)
def test_text_with_several_kinds_of_marks_is_markdown(text):
    assert read_text(text).kind == "markdown"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Tired.[^1] I went.\n\n[^1]: Page 41.\n    She means it.", "<p>Tired. (Page 41. She means it.) I went.</p>"),
        ("One[^a] and again[^a].\n\n[^a]: Note", "<p>One (Note) and again[^a].</p>"),
        ("One[^b].\n\n[^a]: Alone", "<p>One[^b].</p><p>[^a]: Alone</p>"),
        ("![Cake](cake.jpg) Cake", "<p>Cake</p><img>"),
        ("One<br>two", "<p>One<br>two</p>"),
        ("Short line\nnext line", "<p>Short line<br>next line</p>"),
        ("<u>One</u>&nbsp;word", "<p>One&nbsp;word</p>"),
        ("Points:\n- one\n- two", "<p>Points:</p><ul><li>one</li><li>two</li></ul>"),
        ("```\n- [ ] code <u>\n```", "<pre><code>- [ ] code &lt;u&gt;</code></pre>"),
        ("# One\n###### Six", "<h1>One</h1><h4>Six</h4>"),
    ],
)
def test_markdown_becomes_html(text, html):
    assert shape(read_text(text, is_markdown=True).html) == html


def test_markdown_longer_than_a_field_is_read_in_parts():
    part = "## Part\n\n" + "A paragraph of *twelve* words that goes on until the line ends here.\n\n" * 150

    source = read_text(part * 12)

    assert (source.kind, source.html.count("<h2>"), source.html.count("<em>")) == ("markdown", 12, 1_800)


@pytest.mark.parametrize("words", ["*" * 3_000, "[a] " * 1_300, "word " * 60_000])
def test_markdown_too_long_or_tangled_is_shown_as_typed(words):
    text = f"## A\n\n**b**\n\n**c**\n\n{words}"

    source = read_text(text)

    assert (source.text, source.kind) == (text, "text")
    assert source.reports[0].startswith("The file is Markdown, but too long or too tangled")


@pytest.mark.parametrize(
    "top",
    [
        '---\ntitle: "Salt, again"\ndate: 2025-03-05T19:00:00Z\nauthor: Ada Byrne\ntags:\n  - sea\n  - salt\ndraft: false\n---\n',
        '+++\ntitle = "Salt, again"\ndate = 2025-03-05\nauthor = "Ada Byrne"\ntags = ["sea", "salt"]\n+++\n',
        "---\nTitle: Salt, again\nDate: 5 March 2025\nAuthors:\n- Ada Byrne\nslug: salt\n---\n",
    ],
)
def test_front_matter_gives_title_author_and_date(top):
    source = read_text(f"{top}\n# Quotes\n\n**One**\n\n## Two\n")

    assert source.head == {"title": "Salt, again", "author": "Ada Byrne", "date": "2025-03-05"}
    assert "Salt" not in source.html
    assert {reason for _, reason in source.left_out} == {"a field of the file, from the program that wrote it"}


def test_front_matter_of_plain_text_is_read_too():
    source = read_text("---\ntitle: Salt\ncategory: meetings\n---\n\nEight of us met.")

    assert (source.kind, source.text, source.head) == ("text", "Eight of us met.", {"title": "Salt"})
    assert source.left_out == (("category: meetings", "a field of the file, from the program that wrote it"),)


def test_drawn_line_at_the_top_is_no_front_matter():
    text = "---\nDate: 5 March\nAn evening of salt. Eight of us met\n---\n\nWords"

    assert read_text(text).text == text


@pytest.mark.all_tests  # `make drill`, which CI runs, reads each of these within its limits
@pytest.mark.parametrize("text", HOSTILE_MARKDOWN.values(), ids=HOSTILE_MARKDOWN)
def test_hostile_markdown_is_read(text):
    source = read_text(text)

    assert source.text or source.html
