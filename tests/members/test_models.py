import datetime as dt

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone

from members.models import Author, Member
from tests.factories import make_author, make_member, make_organiser, make_writer, make_writeup
from tests.pages import soup_of, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["Nick@Example.ORG", "  nick@example.org ", "NICK@EXAMPLE.ORG"])
def test_email_is_stored_in_lower_case(typed):
    assert make_member(typed).email == "nick@example.org"

    member = Member(email=typed, name="Nick")
    member.clean()
    assert member.email == "nick@example.org"


@pytest.mark.both_databases
def test_email_is_unique_in_any_case():
    make_member("nick@example.org")

    with pytest.raises(ValidationError) as refusal:
        Member(email="Nick@Example.org", password="x").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_member("NICK@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.bulk_create([Member(email="NICK@example.org")])

    assert list(refusal.value.message_dict) == ["email"]


@pytest.mark.both_databases
def test_email_clean_finds_duplicates_stored_in_upper_case():
    Member.objects.bulk_create([Member(email="NICK@example.org")])

    with pytest.raises(ValidationError, match="A member with this address is here already"):
        Member(email="nick@example.org", password="x").full_clean()


@pytest.mark.both_databases
@pytest.mark.parametrize("alike", ["mıke@example.org", "mike@exämple.org", "míke@example.org", "mike@examp1e.org"])
def test_lookalike_email_is_a_different_member(alike):
    member = make_member("mike@example.org", password="the password of Mike")
    other = make_member(alike, password="the password of another")

    assert Member.objects.get_by_natural_key("mike@example.org") == member
    assert Member.objects.get_by_natural_key(alike) == other
    assert authenticate(email=alike, password="the password of Mike") is None


@pytest.mark.both_databases
def test_get_by_natural_key_ignores_case():
    member = make_member("nick@example.org")

    assert Member.objects.get_by_natural_key("NICK@Example.org") == member


def test_member_without_password_cannot_authenticate():
    member = make_member(password=None)

    assert not member.has_usable_password()
    assert not member.check_password("")


def test_create_superuser_has_all_permissions():
    member = Member.objects.create_superuser("root@example.org", "a long enough password")

    assert (member.is_staff, member.is_superuser, member.has_perm("bookclub.view_drafts")) == (True, True, True)


@pytest.mark.parametrize(
    ("name", "shown", "first_name"), [("Olga Okafor", "Olga Okafor", "Olga"), ("Olga", "Olga", "Olga"), ("", None, "")]
)
def test_member_str_is_name_or_address(name, shown, first_name):
    member = make_member("olga@example.org", name=name)

    assert str(member) == (shown or "olga@example.org")
    assert member.first_name == first_name


def test_author_outlives_the_account():
    author = make_author(member=make_member())
    make_writeup(author=author)

    author.member.delete()

    author.refresh_from_db()
    assert author.member is None
    assert author.writeups.count() == 1


@pytest.mark.both_databases
def test_author_with_writeups_is_protected():
    author = make_writeup().author

    with pytest.raises(ProtectedError):
        author.delete()


@pytest.mark.both_databases
def test_member_has_at_most_one_author():
    member = make_member()
    make_author(member=member)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_author(member=member)


def test_author_contact_is_hidden_by_default():
    author = make_author(email="nick@example.org", phone="020 7946 0000")
    assert (author.shown_email, author.shown_phone) == ("", "")

    author.shows_email = True
    assert (author.shown_email, author.shown_phone) == ("nick@example.org", "")

    author.shows_phone = True
    assert (author.shown_email, author.shown_phone) == ("nick@example.org", "020 7946 0000")


@pytest.mark.parametrize(
    ("name", "initials"), [("Michele", "M"), ("Ada Lovelace", "AL"), ("Andrés de la Luque", "AL"), ("", "")]
)
def test_author_initials(name, initials):
    assert Author(name=name).initials == initials


@pytest.mark.both_databases
def test_author_visible_to_follows_writeups(visitor, olga):
    shown, hidden, silent = make_author(name="A"), make_author(name="B"), make_author(name="C")
    make_writeup(author=shown)
    make_writeup(author=shown)
    make_writeup(author=hidden, published_at=None)

    assert list(Author.objects.visible_to(visitor)) == [shown]
    assert list(Author.objects.visible_to(olga)) == [shown, hidden]
    assert silent not in Author.objects.visible_to(olga)


def test_organisers_queryset():
    root = Member.objects.create_superuser("root@example.org", "a long enough password")
    olga = make_organiser()
    otto = make_member(is_staff=True, permissions=["bookclub.view_drafts"])
    make_member()
    make_writer()
    make_organiser(is_active=False)
    make_organiser(is_staff=False)

    assert set(Member.objects.organisers()) == {root, olga, otto}


def test_admin_greets_by_name(client):
    client.force_login(make_organiser("olga@example.org", name="Olga Organ"))

    assert text_of(soup_of(client.get(reverse("admin:index"))).select_one("#user-tools bdi")) == "Olga"


@pytest.mark.both_databases
def test_author_slug_is_unique():
    make_author(slug="ann")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_author(slug="ann")


def test_awaiting_approval_excludes_approved_and_never_logged_in():
    moment = timezone.now()
    second = make_member(approved_at=None, last_login=moment)
    first = make_member(approved_at=None, last_login=moment - dt.timedelta(days=1))
    make_member(approved_at=None)
    make_member(last_login=moment)
    make_member(approved_at=None, last_login=moment, is_active=False)

    assert list(Member.objects.awaiting_approval()) == [second, first]
