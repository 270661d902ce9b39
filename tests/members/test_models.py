import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from members.models import Author, Member
from tests.factories import make_author, make_member, make_organiser, make_writer, make_writeup
from tests.pages import soup_of, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["Nick@Example.ORG", "  nick@example.org ", "NICK@EXAMPLE.ORG"])
def test_an_address_is_kept_in_small_letters(typed):
    assert make_member(typed).email == "nick@example.org"

    member = Member(email=typed, name="Nick")
    member.clean()
    assert member.email == "nick@example.org"


def test_an_address_is_one_members_in_any_case():
    make_member("nick@example.org")

    with pytest.raises(ValidationError) as refusal:
        Member(email="Nick@Example.org", password="x").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_member("NICK@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.bulk_create([Member(email="NICK@example.org")])

    assert list(refusal.value.message_dict) == ["email"]


def test_an_address_that_came_in_capitals_by_another_way_is_found_all_the_same():
    Member.objects.bulk_create([Member(email="NICK@example.org")])

    with pytest.raises(ValidationError, match="A member with this address is here already"):
        Member(email="nick@example.org", password="x").full_clean()


@pytest.mark.parametrize("alike", ["mıke@example.org", "mike@exämple.org", "míke@example.org", "mike@examp1e.org"])
def test_an_address_that_looks_alike_is_another_one(alike):
    member = make_member("mike@example.org", password="the password of Mike")
    other = make_member(alike, password="the password of another")

    assert Member.objects.get_by_natural_key("mike@example.org") == member
    assert Member.objects.get_by_natural_key(alike) == other
    assert authenticate(email=alike, password="the password of Mike") is None


def test_a_member_is_found_by_their_address_in_any_case():
    member = make_member("nick@example.org")

    assert Member.objects.get_by_natural_key("NICK@Example.org") == member


def test_an_account_without_a_password_is_opened_by_none():
    member = make_member(password=None)

    assert not member.has_usable_password()
    assert not member.check_password("")


def test_a_superuser_may_do_everything():
    member = Member.objects.create_superuser("root@example.org", "a long enough password")

    assert (member.is_staff, member.is_superuser, member.has_perm("bookclub.view_drafts")) == (True, True, True)


@pytest.mark.parametrize(
    ("name", "shown", "first_name"), [("Olga Okafor", "Olga Okafor", "Olga"), ("Olga", "Olga", "Olga"), ("", None, "")]
)
def test_a_member_is_called_by_their_name_or_else_their_address(name, shown, first_name):
    member = make_member("olga@example.org", name=name)

    assert str(member) == (shown or "olga@example.org")
    assert member.first_name == first_name


def test_an_author_outlives_the_account():
    author = make_author(member=make_member())
    make_writeup(author=author)

    author.member.delete()

    author.refresh_from_db()
    assert author.member is None
    assert author.writeups.count() == 1


def test_an_author_stays_while_a_write_up_bears_their_name():
    author = make_writeup().author

    with pytest.raises(ProtectedError):
        author.delete()


def test_a_member_is_one_author():
    member = make_member()
    make_author(member=member)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_author(member=member)


def test_contact_is_hidden_until_the_author_chooses_to_show_it():
    author = make_author(email="nick@example.org", phone="020 7946 0000")
    assert (author.shown_email, author.shown_phone) == ("", "")

    author.shows_email = True
    assert (author.shown_email, author.shown_phone) == ("nick@example.org", "")

    author.shows_phone = True
    assert (author.shown_email, author.shown_phone) == ("nick@example.org", "020 7946 0000")


@pytest.mark.parametrize(
    ("name", "initials"), [("Michele", "M"), ("Ada Lovelace", "AL"), ("Andrés de la Luque", "AL"), ("", "")]
)
def test_initials_are_of_the_first_and_the_last_word(name, initials):
    assert Author(name=name).initials == initials


def test_authors_are_seen_with_a_write_up_that_may_be_seen(visitor, olga):
    shown, hidden, silent = make_author(name="A"), make_author(name="B"), make_author(name="C")
    make_writeup(author=shown)
    make_writeup(author=shown)
    make_writeup(author=hidden, published_at=None)

    assert list(Author.objects.visible_to(visitor)) == [shown]
    assert list(Author.objects.visible_to(olga)) == [shown, hidden]
    assert silent not in Author.objects.visible_to(olga)


def test_organisers_are_those_who_reach_everything_at_the_desk():
    root = Member.objects.create_superuser("root@example.org", "a long enough password")
    olga = make_organiser()
    otto = make_member(is_staff=True, permissions=["bookclub.view_drafts"])
    make_member()
    make_writer()
    make_organiser(is_active=False)
    make_organiser(is_staff=False)

    assert set(Member.objects.organisers()) == {root, olga, otto}


def test_the_desk_greets_by_name(client):
    client.force_login(make_organiser("olga@example.org", name="Olga Organ"))

    assert text_of(soup_of(client.get(reverse("admin:index"))).select_one("#user-tools strong")) == "Olga"
