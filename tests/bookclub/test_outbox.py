import pytest

from bookclub.models import OutgoingMail
from tests.factories import do_post, make_member, make_rsvp

pytestmark = pytest.mark.django_db


def test_a_mail_is_sent_by_the_worker_and_never_twice(mailoutbox):
    rsvp = make_rsvp(member=make_member("bob@example.org"))
    assert mailoutbox == []

    do_post()
    do_post()

    assert [message.to for message in mailoutbox] == [["bob@example.org"]]
    assert rsvp.answer == "going"
    assert OutgoingMail.objects.get().state == OutgoingMail.State.SENT
