"""Make a member an author, by one button."""

import pytest
from django.contrib.admin.models import LogEntry

from bookclub.authors import make_author
from bookclub.mail.models import OutgoingMail
from members.models import Author
from tests.factories import make_author as make_author_page
from tests.factories import make_writer
from tests.pages import read_page, text_of

pytestmark = pytest.mark.django_db


def url(member):
    return f"/admin/members/member/{member.pk}/author/"


def test_button_makes_an_author_and_tells_them_once(organiser_client, bob):
    page = read_page(organiser_client.get(f"/admin/members/member/{bob.pk}/change/"))
    assert "Make an author …" in text_of(page)

    for _ in range(2):
        organiser_client.post(url(bob))

    bob.refresh_from_db()
    assert (bob.is_staff, bob.author.name, bob.has_perm("meetups.add_writeup")) == (True, "Bob Baptiste", True)
    assert bob.has_perm("bookclub.publish") is False
    assert list(OutgoingMail.objects.values_list("kind", "to")) == [("made-author", "bob@example.org")]
    assert LogEntry.objects.get().change_message == "Made an author."
    again = read_page(organiser_client.get(f"/admin/members/member/{bob.pk}/change/"))
    assert "Make an author …" not in text_of(again)


def test_free_page_of_the_same_name_becomes_theirs(organiser_client, bob, alice):
    free = make_author_page(name="bob baptiste", slug="bob")
    taken = make_writer(name="Alice Adeyemi").author
    Author.objects.filter(pk=taken.pk).update(name="Alice Adeyemi")

    assert "/people/bob/" in organiser_client.get(url(bob)).text
    make_author(bob)
    make_author(alice)

    assert Author.objects.get(member=bob) == free
    assert Author.objects.get(member=alice) != taken


def test_author_page_is_for_organisers_alone(author_client, bob):
    assert author_client.post(url(bob)).status_code == 403
    bob.refresh_from_db()
    assert bob.is_staff is False
