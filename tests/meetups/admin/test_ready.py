"""An author says that a draft is ready."""

import pytest

from bookclub.mail.models import OutgoingMail
from meetups.models import ReadyMark
from tests.factories import make_club, make_writeup
from tests.pages import read_page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(ann):
    return make_writeup(title="Tonight", author=ann.author, published_at=None)


def url(writeup, page):
    return f"/admin/meetups/writeup/{writeup.pk}/{page}/"


def test_ready_tells_organisers_once_and_shows_on_their_dashboard(author_client, ann, olga, draft):
    assert "Ready for you" in text_of(read_page(author_client.get(url(draft, "change"))))

    for _ in range(2):
        author_client.post(url(draft, "ready"))

    [mail] = OutgoingMail.objects.all()
    assert (mail.to, mail.subject) == ("olga@example.org", "Ready for you: Tonight")
    assert f"http://localhost:8000{url(draft, 'change')}" in mail.text
    author_client.force_login(olga)
    dashboard = text_of(read_page(author_client.get("/admin/")))
    assert "Ready for you" in dashboard
    assert "by Ann Ames" in dashboard


def test_taken_back_and_ready_again_tells_again_and_publishing_ends_it(author_client, draft):
    make_club(contact_email="hello@club.example")

    for page in ("ready", "not-ready", "ready"):
        author_client.post(url(draft, page))
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == ["hello@club.example"] * 2

    draft.publish()
    draft.unpublish()
    assert ReadyMark.objects.count() == 0


def test_ready_is_for_ones_own_drafts(author_client, ann, draft):
    others, published = make_writeup(published_at=None), make_writeup(author=ann.author)

    assert author_client.post(url(others, "ready")).status_code == 403
    assert author_client.post(url(published, "ready")).status_code == 403
    assert author_client.get(url(draft, "ready")).status_code == 405
    assert ReadyMark.objects.count() == OutgoingMail.objects.count() == 0
