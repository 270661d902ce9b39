import io

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from bookclub.core.models import Club
from books.models import Note, Quote
from meetups.models import WriteUp
from tests.factories import make_club, make_note, make_quote, make_writeup

pytestmark = pytest.mark.django_db


def render(*arguments):
    out = io.StringIO()
    call_command("render_markdown", *arguments, stdout=out)
    return out.getvalue().splitlines()


def store_old_html(row, **html):
    """Store HTML as if an earlier renderer had made it."""
    QuerySet(type(row)).filter(pk=row.pk).update(**html)


@pytest.fixture
def texts():
    """Three texts, two of them rendered by an earlier renderer."""
    writeup, note, quote = make_writeup(title="Tonight", body="#bookclub"), make_note(heading="Points"), make_quote()
    store_old_html(writeup, body_html="<h3>bookclub</h3>")
    store_old_html(quote, text_html="<p>Old</p>")
    return writeup, note, quote


def test_rendering_anew_lists_and_stores_what_changed(texts):
    writeup, note, quote = texts

    lines = render()

    assert sorted(lines[:-1]) == sorted(
        [f"write-up {writeup.pk}, write-up: Tonight", f"quote {quote.pk}, text: {quote}"]
    )
    assert lines[-1] == "2 texts changed."
    assert WriteUp.objects.get().body_html == "<p>#bookclub</p>"
    assert Quote.objects.get().text_html == f"<p>{quote.text}</p>"
    assert Note.objects.get().body_html == note.body_html


def test_rendering_anew_twice_changes_nothing_more(texts):
    render()

    assert render() == ["0 texts changed."]


def test_dry_run_stores_nothing(texts):
    assert render("--dry-run")[-1] == "2 texts would change."
    assert WriteUp.objects.get().body_html == "<h3>bookclub</h3>"


def test_rendering_anew_leaves_text_version_and_history(texts):
    def state():
        row = WriteUp.objects.get()
        return row.body, row.version, row.history.count()

    before = state()

    render()

    assert state() == before


def test_text_beyond_the_limits_keeps_its_html_and_is_named():
    writeup = make_writeup(title="Stars")
    store_old_html(writeup, body="*" * 5_000, body_html="<p>Old</p>")
    out = io.StringIO()

    with pytest.raises(CommandError, match="1 text can't be rendered"):
        call_command("render_markdown", stdout=out)

    assert out.getvalue().startswith(
        f"write-up {writeup.pk}, write-up: Stars. Can't be rendered: This text has too many"
    )
    assert WriteUp.objects.get().body_html == "<p>Old</p>"


def test_club_is_rendered_anew_like_every_other_row():
    club = make_club()
    store_old_html(club, about="Us", about_html="<p>Old</p>")

    assert render()[0].startswith(f"club {club.pk}, about: ")
    assert Club.objects.get().about_html == "<p>Us</p>"
