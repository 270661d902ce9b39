"""Approval of members, by the club's setting and by organisers."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from bookclub import approval
from bookclub.mail.models import OutgoingMail
from meetups.models import RSVP
from members.models import Member
from tests.factories import make_club, make_meetup, make_member, make_organiser, make_rsvp, run_worker
from tests.members.login_helpers import (
    SIGNUP,
    enter_code,
    get_code,
    is_logged_in,
    list_mails,
    log_in,
    make_browser,
    request_code,
)
from tests.pages import press, soup_of, text_of, texts

pytestmark = pytest.mark.django_db

NINA = "nina@example.org"


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()


def post_answer(client, answer, *members):
    return client.post(f"/admin/joining/{answer}/", {"id": [member.pk for member in members]})


@pytest.fixture
def club():
    return make_club(name="The Night Readers", joining="approval", contact_email="hello@club.example")


@pytest.fixture
def nina(club):
    """A person who has logged in and waits for approval."""
    log_in(make_browser(), NINA, name="Nina New")
    return Member.objects.get(email=NINA)


def test_open_club_approves_at_first_login(client):
    make_club(joining="open")

    page = soup_of(client.get(SIGNUP))
    log_in(client, NINA, name="Nina New")

    assert texts(page, "main label") == ["Your name", "Email address"]
    assert Member.objects.get(email=NINA).approved_at
    assert not OutgoingMail.objects.filter(kind="wants-to-join").exists()


def test_approval_club_notifies_organisers_once(client, club):
    page = soup_of(client.get(SIGNUP))
    for number in range(2):
        request_code(make_browser(f"192.0.2.{number}"), NINA, name="Nina New")
    unconfirmed = len(list_mails(club.contact_email))
    log_in(client, NINA)
    client.post(reverse("account_logout"))
    nina = Member.objects.get(email=NINA)

    [note] = list_mails(club.contact_email)
    assert "An organiser approves everybody who is new" in text_of(page.main)
    assert (unconfirmed, nina.approved_at, nina.status) == (0, None, "waits for your yes")
    assert note.subject == f"{NINA} would like to join"
    assert f"http://localhost:8000/admin/members/member/{nina.pk}/change/" in note.text


def test_member_awaiting_approval_is_told_so(club):
    client = make_browser()

    page = client.get(log_in(client, NINA, name="Nina New").url, follow=True)
    page = client.get("/members/me/") if "An organiser approves" not in page.content.decode() else page

    assert is_logged_in(client)
    assert "An organiser approves everybody who is new" in page.content.decode()


def test_approval_request_goes_to_every_organiser_without_contact_address():
    make_club(joining="approval")
    make_organiser("olga@example.org")
    make_organiser("oskar@example.org")

    log_in(make_browser(), NINA, name="Nina New")

    told = OutgoingMail.objects.filter(kind="wants-to-join").values_list("to", flat=True)
    assert sorted(told) == ["olga@example.org", "oskar@example.org"]


def test_closed_club_refuses_signup_and_login_page_looks_the_same(client):
    make_club(joining="closed", contact_email="hello@club.example")

    page = soup_of(client.get(SIGNUP))
    sent = client.post(SIGNUP, {"name": "Nina", "email": NINA})
    answer = request_code(client, NINA)
    waiting = soup_of(client.get(answer.url))

    assert text_of(page.h1) == text_of(soup_of(sent).h1) == "We take nobody new for now"
    assert page.select_one('main a[href="/newsletter/"]')
    assert text_of(waiting.h1) == "Type the code from the mail"
    assert not Member.objects.exists()
    [mail] = list_mails(NINA)
    assert mail.subject == "No account with this address"


def test_closed_club_lets_members_log_in(client, bob):
    make_club(joining="closed")

    log_in(client, bob.email)

    assert is_logged_in(client)


def test_signup_before_closing_awaits_approval_after_it(client):
    make_club(joining="open")
    request_code(client, NINA, name="Nina New")
    make_club(joining="closed", contact_email="hello@club.example")

    enter_code(client, get_code(NINA))

    assert Member.objects.get(email=NINA).status == "waits for your yes"
    assert len(list_mails("hello@club.example")) == 1


# --- approve


def test_approve_makes_a_member_and_gives_the_seat(nina, mailoutbox):
    rsvp = make_rsvp(make_meetup(capacity=1), nina)
    pending = rsvp.answer

    done, again = approval.approve_member(nina), approval.approve_member(nina)

    rsvp.refresh_from_db()
    nina.refresh_from_db()
    run_worker()
    assert (pending, rsvp.answer) == (RSVP.Answer.PENDING, RSVP.Answer.GOING)
    assert (done, again, nina.status) == (True, False, "member")
    subjects = [mail.subject for mail in mailoutbox if mail.to == [NINA]]
    assert subjects.count("You are a member of The Night Readers") == 1


def test_approval_link_leads_to_a_confirmation_page(organiser_client, nina):
    form = reverse("admin:members_member_change", args=[nina.pk])
    page = soup_of(organiser_client.get(press(organiser_client, form, "Say yes").url))
    looked = Member.objects.get(pk=nina.pk).approved_at

    response = post_answer(organiser_client, "yes", nina)

    nina.refresh_from_db()
    assert "Nina New (nina@example.org)" in text_of(page.select_one("#content"))
    assert (looked, nina.approved_at is None) == (None, False)
    assert response.url == reverse("admin:members_member_changelist")
    assert LogEntry.objects.get(object_id=str(nina.pk)).change_message == "Say yes"


def test_approval_of_member_with_long_address_and_no_name_is_logged(organiser_client, club):
    long_address = f"{'n' * 64}@{'.'.join(['d' * 60] * 3)}.org"
    member = make_member(long_address, name="", approved_at=None, last_login=timezone.now())

    post_answer(organiser_client, "yes", member)

    assert LogEntry.objects.get(object_id=str(member.pk)).object_repr == long_address[:200]


def test_approval_action_approves_several_members(organiser_client, nina):
    log_in(make_browser(), "otto@example.org", name="Otto")
    chosen = {"action": "approve", "_selected_action": list(Member.objects.values_list("pk", flat=True))}

    response = organiser_client.post(reverse("admin:members_member_changelist"), chosen)
    page = soup_of(organiser_client.get(response.url))
    organiser_client.post(response.url, {"id": [each["value"] for each in page.select("[name=id]")]})

    assert len(page.select("[name=id]")) == 2
    assert not Member.objects.awaiting_approval().exists()


def test_dashboard_lists_members_awaiting_approval(organiser_client, nina):
    page = text_of(soup_of(organiser_client.get("/admin/")).select_one("#content"))

    assert "Would like to join Nina New" in page


def test_approval_needs_permission(client, nina, bob):
    author = make_member(is_staff=True, permissions=["meetups.add_writeup"])
    for person, status in ((bob, 302), (author, 403)):
        client.force_login(person)
        assert post_answer(client, "yes", nina).status_code == status
        assert post_answer(client, "no", nina).status_code in {302, 403, 404}

    nina.refresh_from_db()
    assert nina.approved_at is None


# --- decline


def test_decline_deletes_everything_and_notifies(organiser_client, nina, mailoutbox):
    meetup = make_meetup()
    make_rsvp(meetup, nina)

    post_answer(organiser_client, "no", nina)
    run_worker()

    assert not Member.objects.filter(email=NINA).exists()
    assert not RSVP.objects.exists()
    assert not EmailAddress.objects.filter(email=NINA).exists()
    assert mailoutbox[-1].subject == "The Night Readers cannot take you now"
    assert mailoutbox[-1].to == [NINA]
    assert not OutgoingMail.objects.filter(to=NINA).exists()
    assert "Nina" not in str(list(LogEntry.objects.values()))


def test_decline_refuses_approved_members(organiser_client, nina, bob):
    approval.approve_member(nina)

    post_answer(organiser_client, "no", nina, bob)

    assert not approval.decline_member(bob)
    assert Member.objects.filter(pk__in=[nina.pk, bob.pk]).count() == 2
    assert "somebody has given it already" in text_of(soup_of(organiser_client.get(f"/admin/joining/no/?id={nina.pk}")))
