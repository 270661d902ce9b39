"""What an organiser sees of the outgoing mail, and can do about it."""

import pytest
from django.urls import reverse

from bookclub.models import Fence, OutgoingMail
from tests.factories import do_post, make_mail
from tests.pages import soup_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:bookclub_outgoingmail_changelist")


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def act(desk, action, *mails, **more):
    return desk.post(LIST, {"action": action, "_selected_action": [mail.pk for mail in mails]} | more)


def state(mail):
    return OutgoingMail.objects.get(pk=mail.pk).state


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("send", "held", "sent"),
        ("send_again", "unknown", "sent"),
        ("send_again", "failed", "sent"),
        ("dont_send", "held", "dropped"),
        ("dont_send", "unknown", "dropped"),
        ("send", "sent", "sent"),
        ("dont_send", "sent", "sent"),
    ],
)
def test_each_button_asks_first_and_does_only_what_fits(desk, mailoutbox, action, before, after):
    mail = make_mail(state=before)

    asked = act(desk, action, mail)
    assert asked.status_code == 200
    assert state(mail) == before
    act(desk, action, mail, confirmed="yes")
    do_post()

    assert state(mail) == after
    assert len(mailoutbox) == (before != "sent" and after == "sent")


def test_a_secret_text_is_shown_to_nobody(desk):
    mail = make_mail(keeps="address", subject="Your code", text="LWMG-MZBC")

    page = desk.get(reverse("admin:bookclub_outgoingmail_change", args=[mail.pk])).text

    assert "This text is for its reader alone." in page
    assert "LWMG-MZBC" not in page
    assert "0 results" in desk.get(LIST, {"q": "LWMG"}).text
    assert desk.get(LIST, {"text__contains": "LWMG"}).status_code in {302, 400}


def test_the_numbers_add_up_and_nobody_sends_is_said(desk):
    for number in range(3):
        make_mail(state="queued" if number else "sent")

    page = soup_of(desk.get(LIST)).select_one(".outbox").get_text(" ", strip=True)

    assert "3" in page
    assert "No worker has been running: mail waits" in page


def test_what_a_person_stops_goes_on_when_a_person_says_so(desk, mailoutbox):
    make_mail()

    assert desk.get(reverse("admin:bookclub_outgoingmail_stop")).status_code == 405
    desk.post(reverse("admin:bookclub_outgoingmail_stop"))
    do_post()
    assert (Fence.objects.get().kind, mailoutbox) == ("paused", [])
    desk.post(reverse("admin:bookclub_outgoingmail_go_on"))
    do_post()

    assert len(mailoutbox) == 1


def test_members_and_authors_see_none_of_it(client, bob):
    mail = make_mail(state="held")
    client.force_login(bob)

    act(client, "send", mail, confirmed="yes")
    client.post(reverse("admin:bookclub_outgoingmail_stop"))

    assert state(mail) == "held"
    assert not Fence.objects.exists()
