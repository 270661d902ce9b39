"""The preview of typed Markdown: rendered as on the page, without saving."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookclub.admin_base.fields import get_rendering
from bookclub.core.markdown_fields import MarkdownField
from books.models import Quote
from meetups.models import WriteUp
from tests.factories import make_member, make_session_note, make_writer, make_writeup
from tests.pages import soup_of, text_of, texts

PREVIEW = "/admin/preview/"


@pytest.mark.parametrize(
    ("rendering", "html"),
    [
        ("prose", "<h3>A heading</h3>\n<p>and <em>words</em> [ours]</p>"),
        ("line", "<p># A heading<br>\nand <em>words</em> [ours]</p>"),
        ("quote", '<p># A heading<br>\nand <em>words</em> <span class="editorial">[ours]</span></p>'),
    ],
)
def test_preview_renders_as_the_page_does(organiser_client, rendering, html):
    response = organiser_client.post(
        PREVIEW, {"preview": f"{rendering}:text", "words": "1", "text": "# A heading\r\nand *words* [ours]"}
    )

    assert response.content.decode().strip() == html


def test_preview_button_opens_a_page_without_scripts(organiser_client):
    note = make_session_note(text="Said *so*", writeup=make_writeup(published_at=None))
    form = soup_of(organiser_client.get(reverse("admin:meetups_writeup_change", args=[note.writeup.pk])))
    button = form.select_one('button[value$=":session_notes-0-text"]')

    page = soup_of(
        organiser_client.post(
            button["formaction"], {"session_notes-0-text": "Said *better*", button["name"]: button["value"]}
        )
    )

    assert (button["type"], button["formtarget"]) == ("submit", "_blank")
    assert text_of(page.select_one(".preview-words")) == "Said better"
    assert page.select_one(".preview-words em")
    note.refresh_from_db()
    assert note.text == "Said *so*"


def test_every_text_field_has_a_preview_of_its_own_rendering():
    models = [model for model in apps.get_models() if not model.__name__.startswith("Historical")]
    renderings = {
        f"{model._meta.label}.{field.name}": get_rendering(field)
        for model in models
        for field in model._meta.fields
        if isinstance(field, MarkdownField)
    }

    assert renderings["meetups.WriteUp.body"] == "prose"
    assert renderings["books.Quote.text"] == "quote"
    assert renderings["books.Question.text"] == "line"
    assert all(renderings.values())


@pytest.mark.parametrize("text", ["*" * 5000, "[" * 3000, "> " * 500, "x" * 70_000])
def test_hostile_text_is_refused_before_parsing(organiser_client, text):
    response = organiser_client.post(PREVIEW, {"preview": "prose:text", "words": "1", "text": text})

    assert response.status_code == 200
    assert len(texts(soup_of(response), ".errornote")) == 1
    assert text[:50] not in response.content.decode()


def test_preview_shows_scripts_as_text(organiser_client):
    response = organiser_client.post(
        PREVIEW, {"preview": "prose:text", "words": "1", "text": "<script>alert(1)</script> [x](javascript:x)"}
    )

    assert not soup_of(response).select("script, [href^=javascript]")


@pytest.mark.parametrize("asked", ["", "html:text", "__class__:text"])
def test_unknown_rendering_is_refused(organiser_client, asked):
    assert organiser_client.post(PREVIEW, {"preview": asked, "text": "Words"}).status_code == 400


def test_preview_writes_nothing(organiser_client):
    organiser_client.post(PREVIEW, {"preview": "prose:text", "text": "Words"})

    with CaptureQueriesContext(connection) as queries:
        organiser_client.post(PREVIEW, {"preview": "prose:text", "text": "Words"})

    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert not Quote.objects.exists()
    assert not WriteUp.objects.exists()


def test_preview_needs_a_change_permission(client, bob):
    people = {
        "writer": make_writer(),
        "looks on": make_member(is_staff=True, permissions=["books.view_quote"]),
        "member": bob,
    }
    answers = {}

    for name, person in people.items():
        client.force_login(person)
        answers[name] = client.post(PREVIEW, {"preview": "prose:text", "text": "Words"}).status_code
    client.logout()

    assert answers == {"writer": 200, "looks on": 403, "member": 302}
    assert client.post(PREVIEW, {"preview": "prose:text", "text": "Words"}).status_code == 302


def test_preview_refuses_other_sites(olga):
    client = Client(enforce_csrf_checks=True)
    client.force_login(olga)

    assert client.post(PREVIEW, {"preview": "prose:text", "text": "Words"}).status_code == 403
    assert client.get(PREVIEW).status_code in {403, 405}
