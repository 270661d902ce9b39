import pytest

from bookclub.mail.models import OutgoingMail
from meetups.models import SessionNote
from meetups.privacy import anonymise_session_notes, erase_mails
from tests.factories import make_mail, make_session_note

pytestmark = pytest.mark.django_db
State = OutgoingMail.State


def test_erase_mails_drops_and_empties_queued_mails(bob):
    waiting = make_mail(key=f"seat-saved:1:{bob.pk}:x")
    other = make_mail(key=f"seat-saved:1:{bob.pk + 1}:x")

    erase_mails(bob)

    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.state, waiting.to, waiting.text) == (State.DROPPED, "", "")
    assert (other.state, other.key) == (State.QUEUED, f"seat-saved:1:{bob.pk + 1}:x")


def test_anonymise_session_notes_keeps_names_of_others(bob, alice):
    make_session_note(member=bob, name="Bob")
    hers = make_session_note(member=alice, name="Alice")

    anonymise_session_notes(bob)

    assert list(SessionNote.objects.exclude(name="a member").values_list("pk", "name")) == [(hers.pk, "Alice")]
