"""Names of subscribers: asked for by the club's choice, and used only in the greeting of a letter."""

import pytest

from newsletter import delivery
from newsletter.models import Subscriber
from tests.factories import make_club, make_issue, make_subscriber, run_worker
from tests.pages import send, soup_of

pytestmark = pytest.mark.django_db


def ask(client, **data):
    return send(client, "/newsletter/subscription/", email="ann@example.org", which="page", **data)


def test_form_asks_for_a_name_only_if_the_club_does(client):
    make_club()
    assert not soup_of(client.get("/newsletter/")).select("[name=name]")
    ask(client, name="Ann")
    assert Subscriber.objects.get().name == ""

    make_club(newsletter_asks_name=True)
    assert soup_of(client.get("/newsletter/")).select("[name=name]")
    assert soup_of(client.get("/")).select("[name=name]")


def test_name_is_kept_with_the_request_and_waits_for_the_confirmation(client):
    make_club(newsletter_asks_name=True)
    ask(client, name=" Ann  Ames ")
    reader = Subscriber.objects.get()
    client.post(reader.confirm_path)
    Subscriber.objects.update(left_at=reader.asked_at)

    ask(client, name="Somebody else")
    assert Subscriber.objects.get().name == "Ann Ames"
    client.post(Subscriber.objects.get().confirm_path)
    assert Subscriber.objects.get().name == "Somebody else"


def test_letter_greets_those_with_a_name(mailoutbox):
    make_club(newsletter_asks_name=True)
    make_subscriber("ann@example.org", name="Ann <b> & Co")
    make_subscriber("bob@example.org")
    issue = make_issue(number=None, introduction="We read on.")
    delivery.send_issue(issue, None)
    run_worker()

    texts = {mail.to[0]: (mail.body, mail.alternatives[0][0]) for mail in mailoutbox}
    text, html = texts["ann@example.org"]
    assert "\n\nDear Ann <b> & Co,\n\nWe read on." in text
    assert "Dear <bdi>Ann &lt;b&gt; &amp; Co</bdi>,</p>" in html
    assert not any("Dear" in part or "0000" in part for part in texts["bob@example.org"])


def test_letter_of_a_club_that_asks_no_name_greets_nobody(mailoutbox):
    make_club()
    make_subscriber(name="Ann")
    delivery.send_issue(make_issue(number=None), None)

    run_worker()

    assert "Dear Ann" not in mailoutbox[0].body
    assert "0000" not in mailoutbox[0].alternatives[0][0]
