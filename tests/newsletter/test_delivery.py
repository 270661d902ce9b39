import datetime as dt
import email
import re
import time
from email import policy
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.mail.models import SendingPause, Worker
from bookclub.mail.queue import Outcome
from bookclub.mail.worker import WorkerLoop
from bookclub.management.commands.work import QUEUES
from newsletter import delivery
from newsletter.bounce_codes import Bounce
from newsletter.drafts import draft_issue
from newsletter.models import Delivery, Issue, Subscriber
from newsletter.models.delivery import MAX_REFUSALS_IN_A_ROW
from newsletter.privacy import erase_address
from tests.factories import (
    make_book,
    make_club,
    make_issue,
    make_meetup,
    make_question,
    make_quote,
    make_subscriber,
    make_writeup,
    run_worker,
)  # fmt: skip
from tests.racing import race

pytestmark = pytest.mark.django_db
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def empty_data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.mark.both_databases
def test_issue_drafted_from_writeup_reaches_each_subscriber_once(olga, mailoutbox):
    make_club(name="Lantern Book Club", newsletter_promise="We never share your details with anyone.")
    book = make_book(title="The Lamp")
    make_quote(book=book, text="Light is a habit.")
    questions = [make_question(book=book, text=f"Why {number}?") for number in range(4)]
    make_question(book=book, text="Members ask this", audience="members")
    writeup = make_writeup(title="By lamplight", slug="by-lamplight", book=book, standfirst="Eight came.")
    make_meetup()
    readers = [make_subscriber() for _ in range(3)]
    make_subscriber(left_at=timezone.now())

    issue, is_new = draft_issue(writeup)
    again, is_new_again = draft_issue(writeup)
    delivery.send_issue(issue, olga)
    delivery.send_issue(issue, olga)
    run_worker()
    run_worker()

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
    assert delivery.count_states(Issue.objects.get()) == {
        "held": 0, "queued": 0, "sending": 0, "sent": 3, "failed": 0, "unknown": 0, "dropped": 0, "all": 3,
    }  # fmt: skip


@pytest.fixture
def draft(db):
    """Return a draft, with three subscribers to send it to."""
    for _ in range(3):
        make_subscriber()
    return make_issue(number=None)


@pytest.fixture
def sent_issue(draft):
    """Return an issue that is queued for three subscribers."""
    return delivery.send_issue(draft, None)


def get_states():
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def claim_deliveries(name="one", limit=20):
    return Delivery.objects.claim(name, limit)


# --- sending now ----------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_send_race_creates_one_delivery_per_subscriber(draft):
    runs = race([lambda: delivery.send_issue(draft, None).number] * 4)

    assert [run.error or run.result for run in runs] == [1, 1, 1, 1]
    assert get_states() == ["queued"] * 3


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_send_race_gives_each_issue_its_own_number(monkeypatch):
    drafts = [make_issue(number=None) for _ in range(2)]
    monkeypatch.setattr(delivery, "create_deliveries", lambda _: time.sleep(0.2))

    runs = race([lambda issue=issue: delivery.send_issue(issue, None).number for issue in drafts])

    assert sorted(run.error or run.result for run in runs) == [1, 2]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_send_scheduled_race_sends_issue_once(draft):
    Issue.objects.update(send_at=timezone.now())

    runs = race([delivery.send_scheduled_issues] * 3)

    assert [run.error for run in runs] == [""] * 3
    assert (Issue.objects.get().number, get_states()) == (1, ["queued"] * 3)


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_send_race_with_erasure_skips_erased_subscribers(draft):
    emails = list(Subscriber.objects.values_list("email", flat=True))[:2]

    runs = race(
        [
            lambda: delivery.send_issue(draft, None).number,
            *(lambda email=email: erase_address(email) for email in emails),
        ]
    )

    assert [run.error for run in runs] == [""] * 3
    assert Subscriber.objects.count() == 1
    assert Issue.objects.get().number == 1
    assert Delivery.objects.filter(subscriber__isnull=False).count() == 1


@pytest.mark.both_databases
def test_send_retries_after_integrity_error(draft, monkeypatch):
    create_deliveries, calls = delivery.create_deliveries, []

    def fail_once(issue):
        calls.append(issue)
        if len(calls) == 1:
            raise IntegrityError("a subscriber is gone")
        return create_deliveries(issue)

    monkeypatch.setattr(delivery, "create_deliveries", fail_once)

    assert delivery.send_issue(draft, None).number == 1
    assert get_states() == ["queued"] * 3


@pytest.mark.both_databases
def test_send_crash_before_deliveries_leaves_draft(draft, monkeypatch):
    monkeypatch.setattr(delivery, "create_deliveries", crash)

    with pytest.raises(RuntimeError):
        delivery.send_issue(draft, None)

    assert not Issue.objects.exclude(frozen_at=None, number=None, published_at=None).exists()


def crash(*_):
    raise RuntimeError("crash")


@pytest.mark.both_databases
def test_create_deliveries_adds_only_missing_ones(sent_issue):
    make_subscriber()

    assert [delivery.create_deliveries(sent_issue), delivery.create_deliveries(sent_issue)] == [1, 0]


@pytest.mark.both_databases
def test_sent_issue_cannot_be_deleted(sent_issue):
    with pytest.raises(ProtectedError):
        sent_issue.delete()


# --- scheduled issues -----------------------------------------------------------------------------------------------


def test_send_scheduled_skips_issue_rescheduled_meanwhile(draft):
    Issue.objects.update(send_at=timezone.now())
    due_issue = Issue.objects.due_to_send().get()
    delivery.send_issue(draft, None, at=in_one_hour())

    assert delivery.send_scheduled_issue(due_issue) is True
    assert get_states() == []


@pytest.mark.parametrize(("delay", "is_sent"), [(dt.timedelta(minutes=119), True), (dt.timedelta(minutes=121), False)])
def test_scheduled_issue_is_sent_until_two_hours_late(draft, delay, is_sent):
    Issue.objects.update(send_at=timezone.now() - delay)

    delivery.send_scheduled_issues()

    assert (len(get_states()), Issue.objects.missed().exists()) == ((3, False) if is_sent else (0, True))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("last_sent_ago", "is_paused"),
    [(None, True), (dt.timedelta(minutes=119), False), (dt.timedelta(minutes=121), True)],
)
def test_settle_pauses_issue_with_no_mail_sent_for_two_hours(draft, last_sent_ago, is_paused):
    now = timezone.now()
    Issue.objects.update(send_at=now)
    delivery.send_scheduled_issues()
    if last_sent_ago:
        Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state="sent", sent_at=now - last_sent_ago)
    Issue.objects.update(send_at=now - 2 * HOUR)

    delivery.settle_deliveries()

    assert Issue.objects.paused_with_reason().exists() is is_paused
    assert run_worker() == (0 if is_paused else 2)
    if is_paused:  # after an organiser has resumed it, the periodic task must not pause it again
        delivery.resume_issue(Issue.objects.get())
        delivery.settle_deliveries()
        assert not Issue.objects.paused_with_reason().exists()


def test_settle_does_not_pause_issue_waiting_for_retries(draft):
    Issue.objects.update(send_at=timezone.now())
    delivery.send_scheduled_issues()
    Delivery.objects.update(not_before=timezone.now() + HOUR)
    Issue.objects.update(send_at=timezone.now() - 3 * HOUR)

    delivery.settle_deliveries()

    assert not Issue.objects.paused_with_reason().exists()


def test_send_scheduled_continues_after_rendering_error(draft, monkeypatch, caplog):
    broken = make_issue(number=None, subject="Bad")
    Issue.objects.update(send_at=timezone.now())
    render_issue = delivery.render_issue
    monkeypatch.setattr(delivery, "render_issue", lambda issue: crash() if issue == broken else render_issue(issue))

    with pytest.raises(RuntimeError, match="Bad"):
        delivery.send_scheduled_issues()

    assert Issue.objects.exclude(frozen_at=None).get() == draft
    assert "can't be sent" in caplog.text


@pytest.mark.both_databases
def test_send_scheduled_cuts_a_long_reason_and_sends_the_other_issues(draft):
    """PostgreSQL refuses text that is longer than its column; that had stopped every scheduled issue."""
    broken = make_issue(number=None, introduction=f"[Read](/{'gone' * 200}/)")
    Issue.objects.update(send_at=timezone.now())

    delivery.send_scheduled_issues()

    broken.refresh_from_db()
    assert broken.pause_reason.startswith("The link /gonegone")
    assert len(broken.pause_reason) <= 500
    assert Issue.objects.exclude(frozen_at=None).get() == draft


def test_sending_pause_holds_scheduled_issue(draft):
    SendingPause.start(SendingPause.Reason.RESTORED)
    Issue.objects.update(send_at=timezone.now())

    delivery.send_scheduled_issues()

    assert get_states() == []


# --- restored backup ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frozen_at", "send_at", "is_paused"),
    [
        (-2 * HOUR, None, True),  # was being sent when the backup was made
        (None, -HOUR / 2, True),  # may have been sent at its time
        (-MINUTE, -HOUR / 2, True),  # frozen meanwhile by a worker that has just started
        (None, HOUR, False),
        (None, -3 * HOUR, False),  # missed: an organiser decides
        (-MINUTE, None, False),  # an organiser has just sent it
    ],
)
def test_restored_backup_starts_sending_pause_if_mail_may_have_left(draft, frozen_at, send_at, is_paused):
    now = timezone.now()
    Worker.objects.create(name="before", host="elsewhere", seen_at=now - HOUR)
    if frozen_at:
        delivery.send_issue(draft, None)
        Issue.objects.update(frozen_at=now + frozen_at)
    Issue.objects.update(send_at=send_at and now + send_at)

    WorkerLoop(QUEUES, []).report_running()

    assert SendingPause.objects.filter(reason=SendingPause.Reason.RESTORED).exists() is is_paused
    assert run_worker() == (3 if frozen_at and not is_paused else 0)


# --- changes while an issue is being sent ---------------------------------------------------------------------------


def test_pause_stops_claimed_delivery(sent_issue, mailoutbox):
    first, second, _ = claim_deliveries()
    assert first.mark_sending("one")

    delivery.pause_issue(sent_issue)

    assert not second.mark_sending("one")
    assert run_worker() == 0
    delivery.resume_issue(sent_issue)
    second.release("one")
    assert second.pk in [row.pk for row in claim_deliveries("two")]


def test_cancel_drops_claimed_and_deferred_deliveries(sent_issue):
    first, second, _ = claim_deliveries()
    first.mark_sending("one")

    delivery.cancel_issue(sent_issue)
    assert (second.mark_sending("one"), get_states()) == (False, ["sending", "dropped", "dropped"])
    first.record_outcome(Outcome.DEFERRED, "451 Later")
    delivery.settle_deliveries()

    assert get_states() == ["dropped"] * 3
    assert delivery.count_states(sent_issue)["dropped"] == delivery.count_states(sent_issue)["all"] == 3


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("last_reply", "is_paused"), [("554 5.7.1 We read no letters", True), ("550 5.1.1 Nobody", False), ("", False)]
)
def test_issue_pauses_after_refusals_in_a_row(draft, last_reply, is_paused):
    for _ in range(MAX_REFUSALS_IN_A_ROW):
        make_subscriber()
    issue = delivery.send_issue(draft, None)
    replies = ["554 5.7.1 We read no letters"] * (MAX_REFUSALS_IN_A_ROW - 1) + [last_reply]

    for row, reply in zip(claim_deliveries(), replies, strict=False):
        row.mark_sending("one")
        row.record_outcome(Outcome.REJECTED if reply else Outcome.SENT, reply)

    issue.refresh_from_db()
    assert (issue.paused_at is not None, issue.pause_reason) == (is_paused, last_reply if is_paused else "")
    assert list(Issue.objects.paused_with_reason()) == ([issue] if is_paused else [])
    delivery.resume_issue(issue)
    assert delivery.retry_failed_deliveries(issue) == get_states().count("queued") - 3
    assert not Issue.objects.paused_with_reason().exists()


def test_delivery_skips_subscriber_who_left_after_lease(sent_issue, mailoutbox):
    rows = claim_deliveries()
    leaver = rows[0].subscriber
    Subscriber.objects.filter(pk=leaver.pk).update(left_at=timezone.now())

    assert [row.mark_sending("one") for row in rows] == [False, True, True]
    run_worker()

    row = Delivery.objects.get(subscriber=leaver)
    assert (row.state, row.error) == ("dropped", "They have left, or the address takes no mail.")


@pytest.mark.both_databases
def test_erasure_while_sending_stops_delivery_and_clears_errors(sent_issue):
    waiting, being_sent, refused = claim_deliveries()
    for row in (being_sent, refused):
        row.mark_sending("one")
    refused.record_outcome(Outcome.DEFERRED, f"450 {refused.subscriber.email} is full")

    for row in (waiting, being_sent, refused):
        erase_address(row.subscriber.email)
    assert not Delivery.objects.filter(error__contains="@").exists()
    assert not waiting.mark_sending("one")
    being_sent.record_outcome(Outcome.REJECTED, f"550 Who is {being_sent.subscriber.email}?")
    delivery.settle_deliveries()

    assert not Delivery.objects.filter(error__contains="@").exists()
    assert delivery.count_states(sent_issue) == {
        "held": 0, "queued": 0, "sending": 0, "sent": 0, "failed": 1, "unknown": 0, "dropped": 2, "all": 3,
    }  # fmt: skip


def test_delivery_claim_reloads_club(sent_issue):
    make_club(name="The Old Name")
    before = Delivery.objects.claim("one", 1)[0].build_message()

    make_club(name="The New Name", contact_email="new@club.example")
    after = Delivery.objects.claim("two", 1)[0].build_message()

    assert "The Old Name" in before.from_email
    assert "The New Name" in after.from_email
    assert after.reply_to == ["new@club.example"]


def test_delivery_claim_loads_everything_except_issue_text(sent_issue, django_assert_num_queries):
    first, second, *_ = claim_deliveries()

    with django_assert_num_queries(1):
        first.build_message()
    with django_assert_num_queries(0):
        message = second.build_message()
    assert message.to == [second.subscriber.email]


def in_one_hour():
    return timezone.now() + dt.timedelta(hours=1)


# --- one delivery ---------------------------------------------------------------------------------------------------


def test_record_outcome_stores_given_time(sent_issue):
    row, *_ = claim_deliveries()
    row.mark_sending("one")
    moment = timezone.now() - HOUR

    row.record_outcome(Outcome.SENT, at=moment)

    row.refresh_from_db()
    assert row.sent_at == moment


def test_settle_as_sent_clears_error_of_unknown_delivery(sent_issue):
    row, *_ = claim_deliveries()
    row.mark_sending("one")
    row.record_outcome(Outcome.UNKNOWN, "Connection lost")

    row.settle_as_sent()

    row.refresh_from_db()
    assert (row.state, row.error) == ("sent", "")


def test_can_share_call_only_for_deliveries_of_one_issue(sent_issue):
    other = delivery.send_issue(make_issue(number=None), None)
    first, second = sent_issue.deliveries.order_by("pk")[:2]
    provider = SimpleNamespace(placeholder_pattern=re.compile(r"\{\{"))

    assert first.can_share_call(second, provider) is True
    assert first.can_share_call(other.deliveries.first(), provider) is False


def test_headers_name_sender_if_return_path_differs(sent_issue, settings):
    settings.INBOUND_EMAIL = "letters@in.example"
    row = sent_issue.deliveries.first()

    sender = f"letters+back-{row.copy_key}@in.example"
    assert (row.build_headers()["From"], row.build_message().from_email) == (row.club.sender, sender)


def test_letter_provokes_no_automatic_replies(sent_issue, settings):
    row = sent_issue.deliveries.first()
    names = ["Auto-Submitted", "X-Auto-Response-Suppress", "Precedence"]

    by_smtp = row.build_headers()
    settings.ANYMAIL = {"BREVO_API_KEY": "key"}
    by_provider = row.build_headers()

    assert [by_smtp.get(name) for name in names] == ["auto-generated", "OOF, AutoReply", "list"]
    assert [by_provider.get(name) for name in names] == ["auto-generated", "OOF, AutoReply", None]


def test_header_values_of_letter_begin_on_first_line(sent_issue, settings):
    settings.INBOUND_EMAIL = "letters@in.example"
    sent_issue.frozen_subject = "Der lange Brief über Städte, Räume und die Leute, die sie einander wegnehmen: November"
    sent_issue.save()
    row = Delivery.objects.in_send_order().first()
    row.club = Club.objects.current()

    content = row.build_message().message().as_bytes(linesep="\r\n")
    headers = content.partition(b"\r\n\r\n")[0]

    assert re.findall(rb"^[\w-]+:[ \t]*\r$", headers, re.MULTILINE) == []
    assert max(map(len, content.split(b"\r\n"))) <= 998
    parsed = email.message_from_bytes(content, policy=policy.default)
    assert parsed["Subject"] == sent_issue.frozen_subject
    assert parsed["List-Unsubscribe"].startswith(f"<http://localhost:8000/newsletter/leave/{row.subscriber.token}/>")


def test_return_path_is_empty_with_mail_provider(sent_issue, settings):
    settings.INBOUND_EMAIL, settings.ANYMAIL = "letters@in.example", {"BREVO_API_KEY": "key"}

    assert sent_issue.deliveries.first().return_path == ""


@pytest.mark.both_databases
def test_refusals_of_other_issue_do_not_pause_issue(draft):
    for _ in range(MAX_REFUSALS_IN_A_ROW):
        make_subscriber()
    first, second = delivery.send_issue(make_issue(number=None), None), delivery.send_issue(draft, None)
    first.deliveries.update(state="failed", error="554 5.7.1 We read no letters")
    row = second.deliveries.first()
    second.deliveries.exclude(pk=row.pk).delete()
    row.state = "sending"
    row.save()

    row.record_outcome(Outcome.REJECTED, "554 5.7.1 We read no letters")

    second.refresh_from_db()
    assert second.paused_at is None


def test_send_and_cancel_return_their_result(sent_issue):
    assert delivery.send_issue(sent_issue, None) == sent_issue
    assert [delivery.cancel_issue(sent_issue), delivery.cancel_issue(sent_issue)] == [True, False]


def test_send_issue_with_past_moment_sends_at_once(draft, olga):
    moment = timezone.now() - HOUR
    Issue.objects.update(paused_at=moment, pause_reason="A link is broken")

    issue = delivery.send_issue(draft, olga, at=moment)

    issue.refresh_from_db()
    assert (issue.number, issue.sent_by, issue.send_at, get_states()) == (1, olga, moment, ["queued"] * 3)
    assert (issue.paused_at, issue.pause_reason) == (None, "")
    assert issue.published_at == issue.frozen_at >= moment + HOUR


def test_send_issue_for_later_creates_no_delivery(draft, olga):
    moment, other = in_one_hour(), make_issue(number=None, send_at=in_one_hour())

    delivery.send_issue(draft, olga, at=moment)
    draft.refresh_from_db()
    assert (draft.send_at, draft.frozen_at, draft.sent_by, get_states()) == (moment, None, olga, [])
    Issue.objects.filter(pk=draft.pk).pause_with_reason("A link is broken")

    assert delivery.unschedule_issue(draft) is True

    draft.refresh_from_db()
    other.refresh_from_db()
    assert (draft.send_at, draft.paused_at, draft.pause_reason) == (None, None, "")
    assert other.send_at is not None
    assert delivery.unschedule_issue(delivery.send_issue(draft, olga)) is False


def test_send_issue_refuses_cancelled_issue(draft):
    Issue.objects.update(cancelled_at=timezone.now())

    with pytest.raises(ValidationError) as error:
        delivery.send_issue(draft, None)

    assert (error.value.code, get_states()) == ("cancelled", [])


def test_pause_resume_and_cancel_change_one_issue(sent_issue):
    other, draft = delivery.send_issue(make_issue(number=None), None), make_issue(number=None)
    Issue.objects.update(send_at=timezone.now())

    for issue in (sent_issue, draft):
        delivery.pause_issue(issue)
    assert list(Issue.objects.exclude(paused_at=None)) == [sent_issue]
    Issue.objects.update(paused_at=timezone.now(), pause_reason="554 No letters")
    for issue in (sent_issue, draft):
        delivery.resume_issue(issue)

    assert list(Issue.objects.filter(paused_at=None, pause_reason="", send_at=None)) == [sent_issue]
    assert set(Issue.objects.exclude(send_at=None)) == {other, draft}
    assert delivery.cancel_issue(sent_issue) is True
    assert list(Issue.objects.exclude(cancelled_at=None)) == [sent_issue]
    assert set(other.deliveries.values_list("state", flat=True)) == {"queued"}
    moment = Issue.objects.get(pk=sent_issue.pk).cancelled_at
    delivery.pause_issue(sent_issue)
    sent_issue.deliveries.update(state="queued")
    delivery.cancel_issue(sent_issue)
    again = Issue.objects.get(pk=sent_issue.pk)
    assert (again.cancelled_at, again.paused_at) == (moment, None)


def test_refusals_pause_one_issue_for_the_first_reason_past_dropped_deliveries(draft):
    for _ in range(MAX_REFUSALS_IN_A_ROW - 1):
        make_subscriber()
    other, issue = delivery.send_issue(make_issue(number=None), None), delivery.send_issue(draft, None)
    rows = list(Delivery.objects.filter(issue=issue).claim("one", 20))
    assert issue.deliveries.filter(pk=rows[2].pk).drop("They have left.") == 1
    refused = [row for row in rows if row.mark_sending("one")]

    for number, row in enumerate(refused, 1):
        row.record_outcome(Outcome.REJECTED, f"554 5.7.1 We read no letters, {number}")

    issue.refresh_from_db()
    other.refresh_from_db()
    assert issue.pause_reason == f"554 5.7.1 We read no letters, {MAX_REFUSALS_IN_A_ROW}"
    assert len(refused) == MAX_REFUSALS_IN_A_ROW + 1
    assert (other.paused_at, other.pause_reason) == (None, "")


def test_deferral_does_not_count_as_bounce(sent_issue):
    for row, outcome in zip(claim_deliveries(), (Outcome.DEFERRED, Outcome.UNKNOWN, Outcome.SENT), strict=True):
        row.mark_sending("one")
        row.record_outcome(outcome, "452 4.2.2 Full")

    assert not Delivery.objects.exclude(bounced_at=None).exists()
    assert not Subscriber.objects.exclude(bounce_count=0).exists()


@pytest.mark.both_databases
def test_retry_failed_excludes_other_issues_and_former_subscribers(sent_issue):
    other = delivery.send_issue(make_issue(number=None), None)
    first, second, third = sent_issue.deliveries.order_by("pk")
    Delivery.objects.exclude(pk=third.pk).update(state="failed", error="554 No")
    Subscriber.objects.filter(pk=first.subscriber_id).update(left_at=timezone.now())

    assert delivery.retry_failed_deliveries(sent_issue) == 1

    assert list(sent_issue.deliveries.order_by("pk").values_list("state", flat=True)) == ["failed", "queued", "queued"]
    second.refresh_from_db()
    assert second.error == ""
    assert set(other.deliveries.values_list("state", flat=True)) == {"failed"}


def test_set_site_audience_changes_one_sent_issue(sent_issue):
    other, draft = delivery.send_issue(make_issue(number=None), None), make_issue(number=None)

    delivery.set_site_audience(sent_issue, None)
    delivery.set_site_audience(draft, "public")
    assert [Issue.objects.get(pk=issue.pk).state for issue in (sent_issue, other, draft)] == [
        "draft",
        "published",
        "draft",
    ]
    delivery.set_site_audience(sent_issue, "members")

    rows = [Issue.objects.get(pk=issue.pk) for issue in (sent_issue, other)]
    assert [(row.audience, row.published_at == row.frozen_at) for row in rows] == [("members", True), ("public", True)]


@pytest.mark.both_databases
def test_load_frozen_issue_distinguishes_issues_of_one_moment():
    at = timezone.now()
    first, second = (make_issue(frozen_at=at, frozen_subject=subject) for subject in ("First", "Second"))

    rows = [issue.deliveries.create(subscriber=make_subscriber()) for issue in (second, first)]

    assert [row.rendered_issue.subject for row in rows] == ["Second", "First"]


def test_record_outcome_of_unstarted_delivery_changes_nothing(sent_issue):
    row = claim_deliveries()[0]

    assert row.record_outcome(Outcome.REJECTED, f"550 5.1.1 {row.subscriber.email} is nobody") is False

    row.refresh_from_db()
    assert (row.state, row.error, row.subscriber.state) == ("queued", "", "subscribed")


@pytest.mark.both_databases
def test_soft_bounce_of_delivery_counts_once(sent_issue):
    row, other, _ = claim_deliveries()

    for _ in range(2):
        row.record_bounce(Bounce.SOFT, "452 4.2.2 Full")

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.subscriber.bounce_count, row.bounced_at is not None) == (1, True)
    assert (other.subscriber.bounce_count, other.bounced_at) == (0, None)


def test_settle_as_sent_changes_one_unknown_delivery(sent_issue):
    unknown, failed, other = sent_issue.deliveries.order_by("pk")
    Delivery.objects.exclude(pk=failed.pk).update(state="unknown", error="Connection lost")
    Delivery.objects.filter(pk=failed.pk).update(state="failed")

    for row in (unknown, failed):
        row.settle_as_sent()

    unknown.refresh_from_db()
    other.refresh_from_db()
    assert (get_states(), unknown.sent_at is not None) == (["sent", "failed", "unknown"], True)
    assert (other.error, other.sent_at) == ("Connection lost", None)


def test_delivery_message_has_headers_of_its_subscriber(sent_issue, settings):
    settings.INBOUND_EMAIL = "letters@in.example"
    row = sent_issue.deliveries.first()
    message = row.build_message()

    assert str(row) == f"{sent_issue.pk} to {row.subscriber_id}"
    assert message.metadata == {"copy": row.message_id}
    assert Delivery.objects.with_message_id(f"<letter-1-0-{'0' * 16}@localhost> <{row.message_id}>") == row
    assert Delivery.objects.with_message_id(row.message_id.replace(f"-{row.pk}-", f"-{row.pk + 1}-")) is None
    leave = f"<http://localhost:8000/newsletter/leave/{row.subscriber.token}/>"
    assert message.extra_headers == {
        "From": row.club.sender,
        "Message-ID": f"<{row.message_id}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Precedence": "list",
        "List-Id": "<letter.localhost>",
        "List-Unsubscribe": f"{leave}, <mailto:letters+leave-{row.subscriber.token}@in.example?subject=leave>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
