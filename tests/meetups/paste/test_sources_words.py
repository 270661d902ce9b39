"""No reader loses a word in silence: each is in the text, in the head, or among what was left out."""

import re
from email.message import EmailMessage
from html import escape

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from meetups.paste.sources import read_file, read_text
from tests.meetups.documents import make_docx, make_odt, paragraph

LINES = [
    "An evening of salt", "Hi all,", "Eight of us met at the Crown.", "Quotes from the book", "“The tide keeps no accounts.”",
    "Anna: I loved it", "[12/03/2025, 21:04:11] Anna: I loved it", "12/03/2025, 21:05 - Ben: <Media omitted>", "> quoted line",
    "On Tue, 4 Mar 2025, Wendy wrote:", "From: Wendy", "To: Club", "Best wishes,", "Ada", "-- ", "Sent from my iPhone",
    "PS: cake", "1. Who pays?", "- a point", "Rating: 3/5", "---", "title: Salt", "tags: sea", "Click to share on Twitter",
    "[caption id=1] Cake [/caption]", "You received this message because of us", "This e-mail is confidential", "", "",
]  # fmt: skip
documents = st.lists(st.sampled_from(LINES), min_size=1, max_size=25).map("\n".join)


def letters(text):
    return sorted(re.findall(r"\w+", text))


def all_words(source):
    """Return the words of a source wherever they are; a picture's place is none."""
    shown = source.text or BeautifulSoup(source.html, "html.parser").get_text(" ")
    return letters(" ".join([shown, *source.head.values(), *(words for words, _ in source.left_out)]))


def missing(text, source):
    rest = all_words(source)
    return [word for word in letters(text) if word not in rest or rest.remove(word)]


@given(documents)
def test_text_keeps_each_word(text):
    source = read_text(f"Start\n{text}")

    assert missing(f"Start\n{text}", source) == []


@given(documents)
def test_mail_as_text_keeps_each_word_of_its_body(text):
    source = read_text(f"From: Ada Byrne <ada@example.org>\nTo: Club\nSubject: Salt\n\n{text}\nend")

    assert set(missing(f"{text}\nend", source)) <= {"From", "To", "Subject", "Wendy"}


@given(documents)
def test_mail_as_a_file_keeps_each_word_of_its_body(text):
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "Ada Byrne <ada@example.org>", "Salt", "<1@example.org>"
    mail.set_content(f"{text}\nend")
    plain = read_file("salt.eml", mail.as_bytes())
    mail.clear_content()
    mail.set_content("".join(f"<p>{escape(line)}</p>" for line in [*text.split("\n"), "end"]), subtype="html")
    rich = read_file("salt.eml", mail.as_bytes())

    assert set(missing(f"{text}\nend", plain)) <= {"From", "To", "Subject", "Wendy"}
    assert set(missing(f"{text}\nend", rich)) <= {"From", "To", "Subject", "Wendy"}


@given(documents)
def test_markdown_keeps_each_word(text):
    source = read_text(f"# Start\n\n{text}", is_markdown=True)

    assert set(missing(f"Start\n{text}", source)) <= {"1"}  # the list's own number


@given(documents)
def test_blog_keeps_each_word(text):
    html = "<!-- wp:x -->" + "".join(f"<p>{escape(line)}</p>" for line in ["Start", *text.split("\n")])

    assert missing(f"Start\n{text}", read_text("", f'{html}<div class="sharedaddy">{html}</div>')) == []


words = st.text(
    alphabet=st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\u2028\u2029\x85"), max_size=60
)


@pytest.mark.parametrize("kind", ["docx", "odt", "rtf"])
@given(text=words)
def test_document_keeps_letters_and_signs(kind, text):
    text = f"a{text}z"
    if kind == "docx":
        data = make_docx(paragraph((escape(text), "<w:b/>")))
    elif kind == "odt":
        data = make_odt(f"<text:p>{escape(text)}</text:p>")
    else:
        units = text.encode("utf-16-le")
        codes = [int.from_bytes(units[place : place + 2], "little", signed=True) for place in range(0, len(units), 2)]
        data = b"{\\rtf1 %s}" % b"".join(b"\\u%d?" % code for code in codes)

    shown = BeautifulSoup(read_file(f"a.{kind}", data).html, "html.parser").get_text()

    assert shown.split() == text.split()
