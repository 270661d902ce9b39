import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.safestring import SafeString

from bookclub.fields import RenderedField
from books.models import Note, Question, Quote
from tests.factories import make_book, make_note, make_question, make_quote

pytestmark = pytest.mark.django_db


def test_html_is_rendered_whenever_the_row_is_saved():
    note = make_note(body="*First*")

    note.body = "**Second**"
    note.save()

    assert Note.objects.get().body_html == "<p><strong>Second</strong></p>"


def test_html_is_rendered_when_many_rows_are_made_at_once():
    book = make_book()

    Quote.objects.bulk_create([Quote(book=book, text="*One* [sic]"), Quote(book=book, text="Two")])

    assert [quote.text_html for quote in Quote.objects.all()] == [
        '<p><em>One</em> <span class="ed">[sic]</span></p>',
        "<p>Two</p>",
    ]


def test_html_is_rendered_when_both_fields_are_named():
    question = make_question(text="Old?")

    question.text = "New?"
    question.save(update_fields=["text", "text_html"])

    assert Question.objects.get().text_html == "<p>New?</p>"


def test_html_comes_from_the_database_as_it_is_printed():
    make_quote(text="<b>Words</b> & *words*")

    html = Quote.objects.get().text_html

    assert isinstance(html, SafeString)
    assert html == "<p>&lt;b&gt;Words&lt;/b&gt; &amp; <em>words</em></p>"


def test_the_text_stays_as_it_was_typed():
    typed = "  “Curly” … [the]\u00a0–\r\n\r\n1. <b>&amp;</b>\t*a*  "

    make_note(body=typed)

    assert Note.objects.get().body == typed


def test_html_that_was_set_by_hand_is_not_kept():
    note = make_note(body="Typed", body_html="<script>alert(1)</script>")

    assert Note.objects.get(pk=note.pk).body_html == "<p>Typed</p>"


def test_what_can_not_be_rendered_is_a_message_at_its_field():
    note = make_note()
    note.body = "[" * 1_000

    with pytest.raises(ValidationError) as refusal:
        note.full_clean()

    assert list(refusal.value.message_dict) == ["body"]


def test_what_can_not_be_rendered_is_not_saved_either():
    with pytest.raises(ValidationError, match="too many of the marks"), transaction.atomic():
        make_note(body="[" * 1_000)

    assert not Note.objects.exists()


def test_a_migration_names_source_and_rendering_alone():
    _name, path, args, options = RenderedField("body", "prose").deconstruct()

    assert (path, args, options) == ("bookclub.fields.RenderedField", ["body", "prose"], {})
