"""Joining as the club sets it, and the organisers' yes and no."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.urls import reverse

from bookclub import joining
from bookclub.models import OutgoingMail
from meetups.models import RSVP
from members.models import Member
from tests.factories import do_post, make_club, make_meetup, make_member, make_organiser, make_rsvp
from tests.members.doors import JOIN, ask, browser, code_for, come_in, is_in, letters, type_code
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

NINA = "nina@example.org"


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


def say(desk, answer, *members):
    return desk.post(f"/admin/joining/{answer}/", {"id": [member.pk for member in members]})


@pytest.fixture
def club():
    return make_club(name="The Night Readers", joining="approval", contact_email="hello@club.example")


@pytest.fixture
def nina(club):
    """Has come in, and waits."""
    come_in(browser(), NINA, name="Nina New")
    return Member.objects.get(email=NINA)


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def test_where_anybody_may_join_a_code_makes_a_member(client):
    make_club(joining="open")

    page = soup_of(client.get(JOIN))
    come_in(client, NINA, name="Nina New")

    assert texts(page, "main label") == ["Your name", "Email address"]
    assert Member.objects.get(email=NINA).approved_at
    assert not OutgoingMail.objects.filter(kind="wants-to-join").exists()


def test_where_an_organiser_says_yes_first_they_are_told_once_who_waits(client, club):
    page = soup_of(client.get(JOIN))
    for number in range(2):
        ask(browser(f"192.0.2.{number}"), NINA, name="Nina New")
    unconfirmed = len(letters(club.contact_email))
    come_in(client, NINA)
    client.post(reverse("account_logout"))
    nina = Member.objects.get(email=NINA)

    [note] = letters(club.contact_email)
    assert "An organiser says yes to everybody who is new" in text_of(page.main)
    assert (unconfirmed, nina.approved_at, nina.standing) == (0, None, "waits for your yes")
    assert note.subject == f"{NINA} would like to join"
    assert f"http://localhost:8000/admin/members/member/{nina.pk}/change/" in note.text


def test_who_waits_is_told_so(club):
    client = browser()

    page = client.get(come_in(client, NINA, name="Nina New").url, follow=True)
    page = client.get("/members/me/") if "An organiser says yes" not in page.content.decode() else page

    assert is_in(client)
    assert "An organiser says yes to everybody who is new" in page.content.decode()


def test_without_a_contact_every_organiser_is_told():
    make_club(joining="approval")
    make_organiser("olga@example.org")
    make_organiser("oskar@example.org")

    come_in(browser(), NINA, name="Nina New")

    told = OutgoingMail.objects.filter(kind="wants-to-join").values_list("to", flat=True)
    assert sorted(told) == ["olga@example.org", "oskar@example.org"]


def test_where_nobody_may_join_the_page_says_so_and_the_door_looks_the_same(client):
    make_club(joining="closed", contact_email="hello@club.example")

    page = soup_of(client.get(JOIN))
    sent = client.post(JOIN, {"name": "Nina", "email": NINA})
    answer = ask(client, NINA)
    waiting = soup_of(client.get(answer.url))

    assert text_of(page.h1) == text_of(soup_of(sent).h1) == "We take nobody new for now"
    assert page.select_one('main a[href="/newsletter/"]')
    assert text_of(waiting.h1) == "Type the code from the mail"
    assert not Member.objects.exists()
    [letter] = letters(NINA)
    assert letter.subject == "No account with this address"


def test_members_come_in_where_nobody_new_may(client, bob):
    make_club(joining="closed")

    come_in(client, bob.email)

    assert is_in(client)


def test_who_asked_while_the_club_was_open_waits_where_it_is_so_no_more(client):
    make_club(joining="open")
    ask(client, NINA, name="Nina New")
    make_club(joining="closed", contact_email="hello@club.example")

    type_code(client, code_for(NINA))

    assert Member.objects.get(email=NINA).standing == "waits for your yes"
    assert len(letters("hello@club.example")) == 1


# --- yes


def test_a_yes_makes_a_member_and_gives_the_seat_at_once(nina, mailoutbox):
    rsvp = make_rsvp(make_meetup(capacity=1), nina)
    pending = rsvp.answer

    done, again = joining.approve(nina), joining.approve(nina)

    rsvp.refresh_from_db()
    nina.refresh_from_db()
    do_post()
    assert (pending, rsvp.answer) == (RSVP.Answer.PENDING, RSVP.Answer.GOING)
    assert (done, again, nina.standing) == (True, False, "member")
    subjects = [mail.subject for mail in mailoutbox if mail.to == [NINA]]
    assert subjects.count("You are a member of The Night Readers") == 1


def test_a_yes_from_the_mail_leads_over_a_page_that_asks(desk, nina):
    listed = soup_of(desk.get(reverse("admin:members_member_change", args=[nina.pk])))
    way = next(link["href"] for link in listed.select("main a, #content a") if link.text == "Say yes")
    page = soup_of(desk.get(way))
    looked = Member.objects.get(pk=nina.pk).approved_at

    response = say(desk, "yes", nina)

    nina.refresh_from_db()
    assert "Nina New (nina@example.org)" in text_of(page.select_one("#content"))
    assert (looked, nina.approved_at is None) == (None, False)
    assert response.url == reverse("admin:members_member_changelist")
    assert LogEntry.objects.get(object_id=str(nina.pk)).change_message == "Say yes"


def test_the_list_says_yes_to_several(desk, nina):
    come_in(browser(), "otto@example.org", name="Otto")
    chosen = {"action": "say_yes", "_selected_action": list(Member.objects.values_list("pk", flat=True))}

    response = desk.post(reverse("admin:members_member_changelist"), chosen)
    page = soup_of(desk.get(response.url))
    desk.post(response.url, {"id": [each["value"] for each in page.select("[name=id]")]})

    assert len(page.select("[name=id]")) == 2
    assert not Member.objects.waiting().exists()


def test_the_front_page_of_the_desk_says_who_waits(desk, nina):
    page = text_of(soup_of(desk.get("/admin/")).select_one("#content"))

    assert "Would like to join Nina New" in page


def test_only_who_manages_members_gives_an_answer(client, nina, bob):
    author = make_member(is_staff=True, permissions=["meetups.add_writeup"])
    for person, status in ((bob, 302), (author, 403)):
        client.force_login(person)
        assert say(client, "yes", nina).status_code == status
        assert say(client, "no", nina).status_code in {302, 403, 404}

    nina.refresh_from_db()
    assert nina.approved_at is None


# --- no


def test_a_no_deletes_all_that_is_known_and_tells_them(desk, nina, mailoutbox):
    meetup = make_meetup()
    make_rsvp(meetup, nina)

    say(desk, "no", nina)
    do_post()

    assert not Member.objects.filter(email=NINA).exists()
    assert not RSVP.objects.exists()
    assert not EmailAddress.objects.filter(email=NINA).exists()
    assert mailoutbox[-1].subject == "The Night Readers cannot take you now"
    assert mailoutbox[-1].to == [NINA]
    assert not OutgoingMail.objects.filter(to=NINA).exists()
    assert "Nina" not in str(list(LogEntry.objects.values()))


def test_a_member_is_not_declined(desk, nina, bob):
    joining.approve(nina)

    say(desk, "no", nina, bob)

    assert not joining.decline(bob)
    assert Member.objects.filter(pk__in=[nina.pk, bob.pk]).count() == 2
    assert "somebody has given it already" in text_of(soup_of(desk.get(f"/admin/joining/no/?id={nina.pk}")))
