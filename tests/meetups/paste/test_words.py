"""No word is lost: from what came in to blocks, from blocks to Markdown, from blocks to pieces."""

import html
import random

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bookclub.core.markdown import render_prose
from meetups.paste.blocks import as_markdown, get_told_mark, make_readable, only_letters
from meetups.paste.html_reader import html_document
from meetups.paste.text_reader import text_document
from tests.meetups.paste.words import lost_of, mix_documents, sample_documents
from tests.meetups.writeups import structured

SIGNS = "ab é *_[]()1.2)#>-–+`\\&<|~=:!?“”\t \n"
ANY_TEXT = st.one_of(
    structured,
    st.text(max_size=300),
    st.text(alphabet=SIGNS, max_size=120),
    st.text(alphabet="ab \n\0\ud800\u202eא🏳\u200d*_[]#1.”“–", max_size=200),
)


def shown_text(blocks):
    """Return the text that a reader sees of the blocks, as prose."""
    try:
        return BeautifulSoup(render_prose(as_markdown(blocks)), "html.parser").get_text(" ")
    except ValidationError:  # too many marks to be rendered: the author is told
        assume(False)


def assert_rendered_as_read(document):
    """The letters of each block, in order, with the marks that are told; a table has its cells alone."""
    wanted = "".join(
        only_letters(get_told_mark(block) + cell.text)
        for block in document.blocks
        for cell in (block.cells or (block.rich,))
    )
    assert only_letters(shown_text(document.blocks)) == wanted


@given(ANY_TEXT)
@example("1. one\n2. two\n\na) three")
@example("1.1 one\n1.2 two")
@example("- a\n    - b\n  - c")
@example("> said\n- a")
@example("a\tb\n1\t2")
def test_text_is_read_and_rendered_with_the_same_words(text):
    document = text_document(text)

    assert typed_letters(document) == only_letters(make_readable(text)[0])
    assert_rendered_as_read(document)


WORDS = st.text(alphabet="ab é *_[]()1.2)#>-+`\\&<|~=:!?“”", min_size=1, max_size=12)
INLINE = st.tuples(st.sampled_from(["", "", "i", "b", "a"]), WORDS)
LINES = st.lists(INLINE, min_size=1, max_size=4)
BLOCKS = st.tuples(st.sampled_from(["p", "h1", "h3", "blockquote", "ul", "ol", "nested", "table", "div", "br"]), LINES)


def write_inline(run):
    tag, text = run
    target = ' href="https://example.org/x"' if tag == "a" else ""
    return f"<{tag}{target}>{html.escape(text)}</{tag}>" if tag else html.escape(text)


def write_block(block):
    tag, runs = block
    parts = [write_inline(run) for run in runs]
    if tag in {"ul", "ol"}:
        return f"<{tag}>{''.join(f'<li>{part}</li>' for part in parts)}</{tag}>"
    if tag == "nested":
        return f"<ul><li>{parts[0]}<ol>{''.join(f'<li>{part}</li>' for part in parts[1:])}</ol></li></ul>"
    if tag == "table":
        return f"<table><tr>{''.join(f'<td>{part}</td>' for part in parts)}</tr></table>"
    if tag == "br":
        return f"<p>{'<br>'.join(parts)}</p>"
    return f"<{tag}>{''.join(parts)}</{tag}>"


@given(st.lists(BLOCKS, max_size=8))
@example([("table", [("", "1"), ("", "2")]), ("table", [("", "3"), ("", "4"), ("", "5")])])
def test_html_is_read_and_rendered_with_the_same_words(blocks):
    document = html_document("".join(map(write_block, blocks)))

    typed = "".join(text for _, runs in blocks for _, text in runs)
    assert typed_letters(document) == only_letters(typed)
    assert_rendered_as_read(document)


def typed_letters(document):
    """Return the letters that were typed: with typed list marks, without those of HTML's own lists."""
    parts = []
    for block in document.blocks:
        mark = block.mark if block.is_typed else block.mark.partition(" ")[2]  # behind it the box of a task
        parts += [mark, *(cell.text for cell in block.cells or (block.rich,))]
    return only_letters("".join(parts))


@pytest.mark.parametrize("name", sample_documents())
def test_every_word_of_a_sample_is_in_a_piece(name):
    assert lost_of(sample_documents()[name]) == []


@given(st.integers(min_value=0, max_value=1_000_000))
def test_every_word_of_mixed_samples_is_in_a_piece(seed):
    assert lost_of(mix_documents(random.Random(seed))) == []  # noqa: S311 - no secret


@given(ANY_TEXT)
def test_every_word_of_any_text_is_in_a_piece(text):
    assert lost_of(text_document(text)) == []
