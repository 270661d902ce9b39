"""The alert about held mail."""

import datetime as dt

import pytest
import time_machine

from bookclub.mail.models import OutgoingMail
from bookclub.mail.tasks import ALERT_KIND, alert_about_held_mail
from tests.factories import make_club, make_mail, run_worker

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 4, 12, 30, tzinfo=dt.UTC)
SECOND, HOUR = dt.timedelta(seconds=1), dt.timedelta(hours=1)
State = OutgoingMail.State


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_held_mail_alerts_the_club_once_an_hour(clock, mailoutbox):
    make_club(contact_email="hello@club.example")
    for _ in range(3):
        make_mail(state=State.HELD)

    run_worker()
    run_worker()

    [alert] = mailoutbox
    assert alert.to == ["hello@club.example"]
    assert alert.subject == "3 mails wait for you to look"
    assert "http://localhost:8000/admin/bookclub/outgoingmail/?state=held" in alert.body


def test_alert_repeats_only_for_new_mail_in_another_hour(clock, mailoutbox):
    make_club(contact_email="hello@club.example")
    make_mail(state=State.HELD, expires_at=NOW + 5 * HOUR)
    alert_about_held_mail()

    clock.move_to(NOW + SECOND)
    make_mail(state=State.HELD)
    alert_about_held_mail()
    assert OutgoingMail.objects.filter(kind=ALERT_KIND).count() == 1
    clock.move_to(NOW + HOUR)
    alert_about_held_mail()
    assert OutgoingMail.objects.filter(kind=ALERT_KIND).count() == 2
    clock.move_to(NOW + 3 * HOUR)
    alert_about_held_mail()
    assert OutgoingMail.objects.filter(kind=ALERT_KIND).count() == 2


def test_alert_skips_expired_mail_and_clubs_without_address(clock):
    make_mail(state=State.HELD, expires_at=NOW)
    make_club(contact_email="hello@club.example")
    alert_about_held_mail()
    make_mail(state=State.HELD)
    make_club(contact_email="")
    alert_about_held_mail()

    assert not OutgoingMail.objects.filter(kind=ALERT_KIND).exists()
