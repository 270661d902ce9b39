import email
from email import policy

import pytest
from django.utils import timezone

from newsletter import delivery
from newsletter.drafting import draft_letter
from newsletter.models import Delivery, Issue
from tests.factories import (
    do_post,
    make_book,
    make_club,
    make_issue,
    make_meetup,
    make_question,
    make_quote,
    make_subscriber,
    make_writeup,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def test_a_write_up_becomes_a_letter_and_everybody_gets_one_copy(olga, mailoutbox):
    make_club(name="Lantern Book Club", newsletter_promise="We never share your details with anyone.")
    book = make_book(title="The Lamp")
    make_quote(book=book, text="Light is a habit.")
    questions = [make_question(book=book, text=f"Why {number}?") for number in range(4)]
    make_question(book=book, text="Members ask this", audience="members")
    writeup = make_writeup(title="By lamplight", slug="by-lamplight", book=book, standfirst="Eight came.")
    make_meetup()
    readers = [make_subscriber() for _ in range(3)]
    make_subscriber(left_at=timezone.now())

    issue, is_new = draft_letter(writeup)
    again, is_new_again = draft_letter(writeup)
    delivery.send(issue, olga)
    delivery.send(issue, olga)
    do_post()
    do_post()

    assert (issue, is_new, is_new_again) == (again, True, False)
    assert sorted(message.to[0] for message in mailoutbox) == sorted(reader.email for reader in readers)
    message = email.message_from_bytes(mailoutbox[0].message().as_bytes(), policy=policy.strict)
    text = message.get_body(("plain",)).get_content()
    assert "“Light is a habit.”" in text
    assert [question.text in text for question in questions] == [True, True, True, False]
    assert f"/newsletter/leave/{readers[0].token}/" in message["List-Unsubscribe"]
    html = message.get_body(("html",)).get_content()
    assert 'href="http://localhost:8000/write-ups/by-lamplight/"' in html
    assert readers[0].token in html
    assert delivery.numbers(Issue.objects.get()) == {
        "held": 0, "queued": 0, "sending": 0, "sent": 3, "failed": 0, "unknown": 0, "dropped": 0, "all": 3,
    }  # fmt: skip


def test_who_leaves_while_it_is_being_sent_gets_none(olga, mailoutbox):
    reader = make_subscriber()
    issue = make_issue(number=None)
    delivery.send(issue, olga)

    reader.left_at = timezone.now()
    reader.save()
    do_post()

    assert mailoutbox == []
    assert Delivery.objects.get().state == "dropped"
