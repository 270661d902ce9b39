"""STAFF_NEEDS_SECOND_FACTOR outside the admin: without a factor, staff see and do what any member does."""

import datetime as dt
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookclub.mail.models import OutgoingMail
from books.models import Book
from meetups.calendar.feeds import ensure_calendar_token
from meetups.models import Meetup, WriteUp
from members.models import Member
from tests import factories as make
from tests.members.login_helpers import is_logged_in, log_in, make_browser
from tests.pages import soup_of, text_of

PASSWORD = "tide-and-salt-9"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HIDDEN = ["A hidden book", "Hidden words", "A hidden evening", "1 Hidden Row", "The hidden room", "Nolan", "Adeyemi"]


@pytest.fixture(autouse=True)
def required(settings, db):
    settings.STAFF_NEEDS_SECOND_FACTOR = True


@pytest.fixture
def club_with_secrets(alice):
    """Rows that an organiser may see and a member may not."""
    make.make_club(names_visible_to="members", guest_list_visible_to="names")
    draft = make.make_book(title="A hidden book", slug="hidden-book", published_at=None)
    shown = make.make_book(slug="shown-book")
    make.make_quote(text="Hidden words", book=shown, published_at=None)
    home = make.make_venue(name="Alice’s flat", address="1 Hidden Row", is_private=True)
    meetup = make.make_meetup(slug="open", venue=home, room="The hidden room", book=draft)
    make.make_rsvp(meetup, alice, message="A hidden evening")
    make.make_meetup(slug="secret", standfirst="A hidden evening", published_at=None)
    make.make_writeup(slug="draft", title="A hidden evening", published_at=None)
    writeup = make.make_writeup(slug="report", book=shown, meetup=make.make_meetup(date=dt.date(2018, 10, 10)))
    make.make_session_note(writeup=writeup, name="Nick Nolan")


PAGES = [
    "/",
    "/meetups/",
    "/meetups/open/",
    "/meetups/secret/",
    "/write-ups/",
    "/write-ups/draft/",
    "/write-ups/report/",
]
PAGES += ["/books/", "/books/hidden-book/", "/books/shown-book/", "/quotes/", "/members/me/", "/newsletter/"]
PAGES += ["/meetups/calendar.ics", "/meetups/open/calendar.ics", "/sitemap.xml"]


def read_pages(member):
    """Return {address: (status, text without what is about the reader)} of all pages, with the calendar of `member`."""
    client = Client()
    client.force_login(member)
    ensure_calendar_token(member)
    answers = {page: client.get(page) for page in PAGES}
    answers["feed"] = client.get(reverse("meetups:member_calendar", args=[member.calendar_token]))
    return {page: (answer.status_code, answer.content.decode()) for page, answer in answers.items()}


def find_hidden(pages):
    return {words for _, text in pages.values() for words in HIDDEN if words in text}


def make_superuser(email):
    return make.make_member(email, is_staff=True, is_superuser=True)


def add_factor(member, kind):
    if kind == "totp":
        TOTP.activate(member, SECRET)
    else:
        Authenticator.objects.create(user=member, type=kind, data={})
    return Member.objects.get(pk=member.pk)


@pytest.mark.both_databases
@pytest.mark.parametrize("maker", [make.make_organiser, pytest.param(make_superuser, marks=pytest.mark.all_tests)])
def test_staff_without_factor_read_what_a_member_reads(club_with_secrets, bob, maker):
    staff = maker("staff@example.org")

    pages = read_pages(staff)

    assert find_hidden(pages) == set()
    assert {page: status for page, (status, _) in pages.items()} == {
        page: status for page, (status, _) in read_pages(bob).items()
    }


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_staff_with_factor_read_everything(club_with_secrets, kind):
    staff = add_factor(make.make_organiser("staff@example.org"), kind)

    assert find_hidden(read_pages(staff)) == set(HIDDEN) - {"Nolan"}


@pytest.mark.parametrize(("kind", "is_enough"), [("totp", True), ("webauthn", False)])
def test_factor_of_somebody_with_permissions_who_is_no_staff_is_what_login_asks_for(bob, kind, is_enough):
    """A member who is no staff logs in by a code alone, whether they have a passkey or not."""
    bob.user_permissions.set(make.find_permissions(["bookclub.view_drafts"]))
    book = make.make_book(published_at=None)

    add_factor(bob, kind)

    assert Book.objects.visible_to(Member.objects.get(pk=bob.pk)).filter(pk=book.pk).exists() is is_enough


def test_staff_without_factor_read_everything_where_none_is_required(club_with_secrets, settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = False

    assert find_hidden(read_pages(make.make_organiser("staff@example.org"))) == set(HIDDEN) - {"Nolan"}


def test_recovery_codes_alone_give_no_permission(club_with_secrets):
    staff = make.make_organiser("staff@example.org")
    RecoveryCodes.activate(staff)

    assert find_hidden(read_pages(staff)) == set()


def test_author_without_factor_does_not_read_own_draft(client):
    author = make.make_writer("author@example.org")
    writeup = make.make_writeup(author=author.author, title="A hidden evening", published_at=None)
    client.force_login(author)
    seen = [client.get(writeup.get_absolute_url()).status_code]

    add_factor(author, "webauthn")
    seen.append(client.get(writeup.get_absolute_url()).status_code)

    assert seen == [404, 200]


def test_member_without_role_needs_no_factor(club_with_secrets, bob):
    pages = read_pages(bob)

    assert pages["/meetups/open/"][0] == pages["/members/me/"][0] == 200
    assert "Nick" in pages["/write-ups/report/"][1]


@pytest.mark.parametrize("maker", [make.make_organiser, make.make_writer, make_superuser])
def test_staff_without_factor_have_no_permission_at_all(maker):
    staff = Member.objects.get(pk=maker("staff@example.org").pk)

    held = staff.get_all_permissions() | staff.get_group_permissions() | staff.get_user_permissions()

    assert held == set()
    assert not staff.has_module_perms("books")
    assert not staff.has_perms(["books.view_book"])
    for queryset in (Book.objects, Meetup.objects, WriteUp.objects):
        assert not queryset.visible_to(staff).drafts().exists()


def test_mail_to_organiser_without_factor_hides_private_address(alice):
    venue = make.make_venue(name="Alice’s flat", address="1 Hidden Row", is_private=True)
    meetup = make.make_meetup(venue=venue, capacity=1)
    make.make_rsvp(meetup, alice)
    OutgoingMail.objects.all().delete()

    make.make_rsvp(meetup, make.make_organiser("staff@example.org"))

    mail = OutgoingMail.objects.get()
    assert mail.to == "staff@example.org"
    assert "1 Hidden Row" not in mail.text + mail.html + mail.calendar


def test_staff_without_factor_are_led_to_the_page_that_sets_one_up(client):
    client.force_login(make.make_organiser("staff@example.org"))

    link = soup_of(client.get("/")).find("a", string="Set up your second factor")
    page = soup_of(client.get(link["href"]))

    assert "no drafts, no guest lists, no private addresses" in text_of(page.select_one("[role=status]"))
    assert client.get("/").content.decode().count(reverse("admin:index")) == 0
    assert page.find("a", href=reverse("mfa_add_webauthn"))


def test_second_factor_costs_one_query_a_page(client, alice):
    client.force_login(alice)
    client.get("/books/")
    counts = []
    for is_required in (False, True):
        with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as queries:
            patch.setattr("django.conf.settings.STAFF_NEEDS_SECOND_FACTOR", is_required)
            client.get("/books/")
        counts.append(len(queries))

    assert counts[1] == counts[0] + 1


def set_up_app(client, email):
    """Log in by a password and set up an authenticator app, as a person does."""
    client.post(reverse("account_login_password"), {"login": email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = soup_of(client.get(reverse("mfa_activate_totp")))
    code = format_hotp_value(hotp_value(page.select_one("code").text, int(time.time()) // 30))
    client.post(reverse("mfa_activate_totp"), {"code": code})


def test_new_factor_of_staff_ends_sessions_opened_without_it(django_capture_on_commit_callbacks):
    staff = make.make_organiser("staff@example.org", password=PASSWORD)
    stranger, owner = make_browser("192.0.2.7"), make_browser("192.0.2.8")
    log_in(stranger, staff.email)
    assert is_logged_in(stranger)

    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(owner, staff.email)

    assert Authenticator.objects.filter(user=staff, type="totp").exists()
    assert stranger.get("/members/me/").status_code == 302
    assert owner.get(reverse("admin:index")).status_code == 200


def test_promotion_to_staff_ends_sessions_opened_by_a_code_alone(alice):
    Authenticator.objects.create(user=alice, type="webauthn", data={})
    stranger, organiser = make_browser("192.0.2.7"), Client()
    log_in(stranger, alice.email)
    organiser.force_login(add_factor(make_superuser("root@example.org"), "totp"))
    assert stranger.get("/members/me/").status_code == 200

    fields = {"name": alice.name, "email": alice.email, "is_active": "on", "is_staff": "on"}
    organiser.post(reverse("admin:members_member_change", args=[alice.pk]), fields)

    assert Member.objects.get(pk=alice.pk).is_staff
    assert stranger.get("/members/me/").status_code == 302
