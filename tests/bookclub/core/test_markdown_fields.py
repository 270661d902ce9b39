import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.safestring import SafeString

from bookclub.core.markdown_fields import RenderedHTMLField
from books.models import Note, Question, Quote
from tests.factories import make_book, make_note, make_question, make_quote

pytestmark = pytest.mark.django_db


def test_html_is_rendered_at_every_save():
    note = make_note(body="*First*")

    note.body = "**Second**"
    note.save()

    assert Note.objects.get().body_html == "<p><strong>Second</strong></p>"


def test_html_is_rendered_by_bulk_create():
    book = make_book()

    Quote.objects.bulk_create([Quote(book=book, text="*One* [sic]"), Quote(book=book, text="Two")])

    assert [quote.text_html for quote in Quote.objects.all()] == [
        '<p><em>One</em> <span class="editorial">[sic]</span></p>',
        "<p>Two</p>",
    ]


def test_html_is_rendered_with_update_fields():
    question = make_question(text="Old?")

    question.text = "New?"
    question.save(update_fields=["text", "text_html"])

    assert Question.objects.get().text_html == "<p>New?</p>"


def test_html_from_the_database_is_marked_safe():
    make_quote(text="<b>Words</b> & *words*")

    html = Quote.objects.get().text_html

    assert isinstance(html, SafeString)
    assert html == "<p>&lt;b&gt;Words&lt;/b&gt; &amp; <em>words</em></p>"


def test_source_text_is_unchanged():
    typed = "  “Curly” … [the]\u00a0–\r\n\r\n1. <b>&amp;</b>\t*a*  "

    make_note(body=typed)

    assert Note.objects.get().body == typed


def test_assigned_html_is_overwritten():
    note = make_note(body="Typed", body_html="<script>alert(1)</script>")

    assert Note.objects.get(pk=note.pk).body_html == "<p>Typed</p>"


def test_unrenderable_text_is_a_validation_error_of_its_field():
    note = make_note()
    note.body = "[" * 1_000

    with pytest.raises(ValidationError) as refusal:
        note.full_clean()

    assert list(refusal.value.message_dict) == ["body"]


def test_unrenderable_text_is_not_saved():
    with pytest.raises(ValidationError, match="too many of the marks"), transaction.atomic():
        make_note(body="[" * 1_000)

    assert not Note.objects.exists()


def test_migration_has_source_and_rendering_only():
    _name, path, args, options = RenderedHTMLField("body", "prose").deconstruct()

    assert (path, args, options) == ("bookclub.core.markdown_fields.RenderedHTMLField", ["body", "prose"], {})
