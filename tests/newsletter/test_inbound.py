"""Bounces (SMTP replies and delivery reports), spam complaints and requests to leave by mail."""

import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from bookclub.mail.queue import RETRY_DELAYS, Outcome
from newsletter.bounce_codes import WORDINGS, Bounce, classify_bounce
from newsletter.inbound import receive_mail
from newsletter.models import Delivery, Subscriber
from tests.factories import make_issue, make_subscriber
from tests.newsletter.hostile_mails import HOSTILE_MAILS
from tests.newsletter.reports import build_file_report, iterate_reports

pytestmark = pytest.mark.django_db

# A reply for each row of the table, by its source.
WORDING_EXAMPLES = {
    "Gmail, 4.2.1 and 5.2.1": "The user is receiving mail too quickly",
    "RFC 3463, X.2.2": "Over quota",
    "RFC 3463, X.2.2; Exchange, Dovecot": "Mailbox is full",
    "RFC 5321 section 4.2.3, 452 and 552": "Insufficient system storage",
    "French and German servers": "La boîte aux lettres est pleine",
    "RFC 7372, X.7.20 to X.7.26; Gmail, Yahoo": "Rejected by the DMARC record of the domain",
    "Gmail, Exchange, Proofpoint": "This looks like spam",
    "block lists; Outlook S3140": "Your address is listed in a list",
    "reputation services": "Low reputation",
    "RFC 3463, X.7.1; Exim": "Administrative prohibition",
    "Postfix, Exchange, Exim": "Relay access denied",
    "Postfix; RFC 3463, X.1.7 and X.1.8": "Sender address rejected",
    "content scanners": "Virus found",
    "RFC 3463, X.6": "Content rejected",
    "RFC 3463, X.2.3 and X.3.4": "Message too large",
    "our pace": "Too many messages in an hour",
    "the name of our server": "No PTR record",
    "Exchange, 5.7.1": "You are not authorized to write to this group",
    "RFC 3463, X.4.6": "Too many hops",
    "RFC 6647": "Greylisted",
    "Postfix, reject_unverified_recipient": "unverified address",
    "RFC 3463, X.3 and X.4; Exchange, Exim": "Connection refused",
    "RFC 3463, X.1.1; Postfix, Sendmail, Exim": "No such user",
    "Exchange": "RESOLVER.ADR.RecipNotFound",
    "Gmail, Yahoo, iCloud": "The address does not exist",
    "qmail, Domino, Communigate": "Sorry, no mailbox here by that name",
    "RFC 3463, X.2.1; Gmail, Yahoo": "The email account that you tried to reach is disabled",
    "RFC 5321 section 4.2.3, 550; Exim": "Unrouteable address",
    "Exchange Online, 5.4.1": "Recipient address rejected: Access denied. AS(201806281)",
    "servers in German, French, Spanish, Italian, Dutch, Portuguese": "Usuario desconocido",
}


@pytest.fixture
def delivery():
    return make_issue().deliveries.create(subscriber=make_subscriber("ann@example.org"), state="sending")


def build_report(message_id, *, status="5.1.1", action="failed", kind="delivery-status"):
    machine_part = {
        "delivery-status": (
            "Reporting-MTA: dns; mx.example.org\n\n"
            f"Final-Recipient: rfc822; ann@example.org\nAction: {action}\nStatus: {status}\n"
            f"Diagnostic-Code: smtp; 550 {status} no such user\n"
        ),
        "feedback-report": "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n",
    }[kind]
    return (
        "From: MAILER-DAEMON@mx.example.org\nTo: letters@localhost\nSubject: Undelivered\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/report; report-type={kind}; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
        f"--b\nContent-Type: message/{kind}\n\n{machine_part}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}>\nSubject: Letter\n\n--b--\n"
    ).encode()


def test_hard_bounce_report_suppresses_address(delivery):
    receive_mail(build_report(delivery.message_id))

    ann = Subscriber.objects.get()
    assert (ann.state, ann.suppression_reason) == ("suppressed", "hard")
    assert ann.diagnostic == "5.1.1 smtp; 550 5.1.1 no such user"


def test_reports_of_every_shape_have_the_right_verdict():
    """The reports that people sent us, and as many of our own. A live reader is never suppressed, a dead one always."""
    wrong = {}
    for name, expected, build in iterate_reports():
        row = make_issue().deliveries.create(subscriber=make_subscriber(), state="sent")

        receive_mail(build(row))

        reader = Subscriber.objects.get(pk=row.subscriber_id)
        found = reader.suppression_reason or ("soft" if reader.bounce_count else "")
        if found != expected:
            wrong[name] = found

    assert wrong == {}


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording.source)
def test_wording_decides_where_the_code_is_vague(wording):
    words = WORDING_EXAMPLES[wording.source]

    assert classify_bounce(f"5.0.0 smtp; 554 {words}", default="default") == wording.bounce


def test_wording_examples_are_complete():
    assert sorted(WORDING_EXAMPLES) == sorted(wording.source for wording in WORDINGS)


@pytest.mark.parametrize(
    "forge",
    [
        lambda row: row.copy_key[:-1] + ("0" if row.copy_key[-1] != "0" else "1"),
        lambda row: f"1-{row.copy_key}",
        lambda row: f"{row.issue_id}-{row.pk}-{'0' * 16}",
    ],
)
def test_forged_return_address_changes_nothing(delivery, forge):
    report = build_file_report("02-exchange-no-message-id", SimpleNamespace(copy_key=forge(delivery), message_id="x@y",
                               subscriber=SimpleNamespace(token="t" * 43, email="")))  # fmt: skip

    assert receive_mail(report) == "ignored: not about a mail of ours"
    assert Subscriber.objects.get().state == "subscribed"


def test_return_address_is_read_in_any_case(delivery):
    report = build_file_report("02-exchange-no-message-id", delivery)

    assert receive_mail(
        report.replace(b"+back-", b"+BACK-").replace(delivery.copy_key.encode(), delivery.copy_key.upper().encode())
    ).startswith("hard")


def test_soft_bounce_suppresses_address_at_fifth_delivery(delivery):
    deliveries = [
        delivery,
        *(make_issue().deliveries.create(subscriber=delivery.subscriber, state="sent") for _ in range(4)),
    ]

    states = []
    for each in deliveries:
        for _ in range(3):  # some servers report the same bounce several times
            receive_mail(build_report(each.message_id, status="4.2.2"))
        states.append(Subscriber.objects.get().state)

    assert states == ["subscribed"] * 4 + ["suppressed"]
    assert Subscriber.objects.get().bounce_count == 5


def test_complaint_report_suppresses_address(delivery):
    receive_mail(build_report(delivery.message_id, kind="feedback-report"))

    assert Subscriber.objects.get().suppression_reason == "complaint"


def test_complaint_replaces_hard_bounce_as_reason(delivery):
    delivery.subscriber.record_bounce(Bounce.HARD)

    receive_mail(build_report(delivery.message_id, kind="feedback-report"))

    assert Subscriber.objects.get().suppression_reason == "complaint"


def test_bounce_report_is_recognised_after_secret_key_change(delivery, settings):
    message_id = delivery.message_id
    settings.SECRET_KEY = "another-key-that-nobody-knows-" * 2

    receive_mail(build_report(message_id))

    assert Delivery.objects.get().message_id == message_id
    assert Subscriber.objects.get().state == "suppressed"


def test_bounce_report_is_recognised_after_the_site_has_moved(delivery, settings):
    message_id = delivery.message_id
    settings.SITE_HOST = "new.example"

    receive_mail(build_report(message_id))

    assert Delivery.objects.get().message_id != message_id
    assert Subscriber.objects.get().state == "suppressed"


def test_report_with_several_recipients_counts_the_failed_one(delivery):
    raw = build_report(delivery.message_id).replace(
        b"Final-Recipient: rfc822; ann@",
        b"Final-Recipient: rfc822; list@x.org\nAction: relayed\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; ann@",
    )

    assert receive_mail(raw) == "hard: 5.1.1 smtp; 550 5.1.1 no such user"


def test_report_counts_by_message_id_field_without_original_mail(delivery):
    raw = build_report("x").replace(
        b"Reporting-MTA:", f"X-Original-Message-ID: <{delivery.message_id}>\nReporting-MTA:".encode()
    )

    receive_mail(raw)

    assert Subscriber.objects.get().suppression_reason == "hard"


@pytest.mark.parametrize("transform", [str.lower, str])
def test_leave_address_works_in_lower_case(delivery, transform):
    token = delivery.subscriber.token
    raw = f"Delivered-To: letters+leave-{transform(token)}@localhost\nTo: a@[\n\n"

    assert receive_mail(raw.encode()) == "left"


@given(st.binary(max_size=300))
def test_receive_mail_ignores_random_bytes(raw):
    header = b"Content-Type: multipart/report; boundary=b\nMessage-ID: <\n\n"
    part = b"--b\nContent-Type: text/rfc822-headers; charset=unknown-8bit\n\n"
    for start in (b"", header + part):
        assert receive_mail(start + raw).startswith("ignored")


@pytest.mark.parametrize(
    "raw",
    [
        build_report("letter-1-1-0123456789abcdef@localhost"),
        build_report("somebody-elses@example.org"),
        b"From: bob@example.org\nAuto-Submitted: auto-replied\nSubject: Away\n\nI am away. Status: 5.1.1\n",
        b"",
        b"\xff\xfe\x00" * 500,
    ],
)
def test_forged_report_or_auto_reply_changes_nothing(delivery, raw):
    assert receive_mail(raw).startswith("ignored")

    assert Subscriber.objects.get().state == "subscribed"


@pytest.mark.parametrize(
    ("text", "count"),
    [("We could not deliver your question to a person yet.", 0), ("Not delivered: 550 5.1.1 No such user", 1)],
)
def test_answer_of_a_help_desk_counts_only_with_the_reply_of_a_server(delivery, text, count):
    raw = (
        f"From: no-reply@desk.example\nTo: letters+back-{delivery.copy_key}@localhost\nSubject: Undelivered\n\n{text}\n"
    )

    receive_mail(raw.encode())

    assert Subscriber.objects.get().bounce_count == count


def test_delay_report_does_not_count_as_bounce(delivery):
    receive_mail(build_report(delivery.message_id, status="4.4.1", action="delayed"))

    assert Subscriber.objects.get().bounce_count == 0


def test_receive_mail_command_ends_subscription(delivery, monkeypatch, capsys):
    raw = f"To: letters+leave-{delivery.subscriber.token}@localhost\nSubject: leave\n\n".encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))

    call_command("receive_mail")

    assert Subscriber.objects.get().left_by == "a mail to us"


@pytest.mark.parametrize("raw", HOSTILE_MAILS.values(), ids=HOSTILE_MAILS)
def test_hostile_mail_is_ignored(delivery, raw):
    assert receive_mail(raw).startswith("ignored")

    assert Subscriber.objects.get().state == "subscribed"


def test_report_with_many_foreign_message_ids_makes_few_queries(delivery, django_assert_max_num_queries):
    ids = " ".join(f"letter-1-{number}-0123456789abcdef@localhost" for number in range(1_000, 15_000))

    with django_assert_max_num_queries(20):
        assert receive_mail(build_report(ids)) == "ignored: not about a mail of ours"


@pytest.mark.both_databases
def test_bounce_with_control_characters_is_recorded(delivery):
    raw = build_report(delivery.message_id).replace(b"no such user", b"no\x00such\x1buser")

    assert receive_mail(raw) == "hard: 5.1.1 smtp; 550 5.1.1 no such user"

    assert Subscriber.objects.get().diagnostic == "5.1.1 smtp; 550 5.1.1 no such user"


def test_report_is_read_before_a_long_returned_mail(delivery):
    raw = build_report(delivery.message_id) + b"--b\nContent-Type: text/plain\n\n" + b"line\n" * 300_000

    assert receive_mail(raw) == "hard: 5.1.1 smtp; 550 5.1.1 no such user"


@pytest.mark.parametrize(
    ("preamble", "result"),
    [(b"line\n" * 5_000, "hard"), (b"line\n" * 10_000, "ignored"), (b"x" * 1_000_000 + b"\n", "ignored")],
    ids=["short", "many lines", "many bytes"],
)
def test_mail_is_read_up_to_its_limits(delivery, preamble, result):
    raw = build_report(delivery.message_id).replace(b"\n\n", b"\n\n" + preamble, 1)

    assert receive_mail(raw).partition(":")[0] == result


def start_receive_mail(**environment):
    command = [sys.executable, "manage.py", "receive_mail"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | environment
    )


@pytest.mark.all_tests
def test_receive_mail_command_reads_large_mail_to_its_end_and_succeeds(tmp_path):
    process = start_receive_mail(DATA_DIR=str(tmp_path))

    out, err = process.communicate(HOSTILE_MAILS["nested mails"] + b"x" * 30_000_000, timeout=120)

    assert (process.returncode, out) == (0, b"ignored: can't be read\n")
    assert b"Traceback" not in err
    assert b"more than 100 parts" in err


def test_receive_mail_command_asks_mail_server_to_try_again_without_database(delivery, tmp_path):
    process = start_receive_mail(DATA_DIR=str(tmp_path))  # an empty database, without tables

    out, err = process.communicate(build_report(delivery.message_id), timeout=120)

    assert (process.returncode, out) == (os.EX_TEMPFAIL, b"")
    assert b"Traceback" not in err
    assert b"the database fails" in err


def test_smtp_rejection_suppresses_address(delivery):
    delivery.record_outcome(Outcome.REJECTED, "550 5.1.1 No such user here")

    assert Subscriber.objects.get().suppression_reason == "hard"


@pytest.mark.parametrize(("reply", "count"), [("450 4.2.1 Mailbox busy", 1), ("451 4.7.1 Who are you?", 0)])
def test_last_deferral_counts_as_soft_bounce_if_mailbox_is_the_cause(delivery, reply, count):
    delivery.attempts = len(RETRY_DELAYS) + 1
    Delivery.objects.update(attempts=delivery.attempts)

    delivery.record_outcome(Outcome.DEFERRED, reply)

    assert Delivery.objects.get().state == "failed"
    assert (Subscriber.objects.get().state, Subscriber.objects.get().bounce_count) == ("subscribed", count)


def test_delay_report_settles_unknown_delivery_as_sent(delivery):
    Delivery.objects.update(state="unknown")

    receive_mail(build_report(delivery.message_id, status="4.4.1", action="delayed"))

    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("5.0.0 smtp; 550 No such user", Bounce.HARD),
        ("5.0.0 smtp; 552 5.2.2 Full", Bounce.SOFT),
        ("5.0.0", "default"),
        ("Nobody there", "default"),
        ("5.7.1 smtp; 550 5.7.1 Not from you", None),
        ("550 5.1.8 Sender address rejected: Domain not found", None),
        ("553 5.1.7 Your address is bad", None),
        ("550 Sender verify failed", None),
        ("550 relay not permitted", None),
        ("550 Message rejected as spam", None),
        ("554 Transaction failed, ip=192.5.1.1", None),
        ("5.0.0 smtp; 550-5.1.1 Nobody", Bounce.HARD),
        ("550 5.1.1 No such user", Bounce.HARD),
        ("550 No such user", Bounce.HARD),
        ("552 5.2.2 Mailbox full", Bounce.SOFT),
        ("452 4.2.2 Mailbox full", Bounce.SOFT),
        ("554 5.7.1 Our filter does not like your words", None),
        ("550 5.7.26 Unauthenticated sender", None),
        ("5.2.1", Bounce.HARD),
        ("2.0.0", None),
        ("552 5.2.3 Message length exceeds administrative limit", None),
        # Names of people and hosts are not words of the reply.
        ("550 5.1.1 <ann@spam-free.example>: Recipient address rejected: User unknown", Bounce.HARD),
        ("550 5.1.1 <policy@example.org> User unknown", Bounce.HARD),
        ("550-5.1.1 <full.mailbox@virus.example> No such user here", Bounce.HARD),
        ("550 5.1.1 The mailbox of dkim@example.org does not exist", Bounce.HARD),
        ("550 5.1.1 <ann@example.org>: user unknown; host mx1.proofpoint.example said", Bounce.HARD),
        ("550 5.1.1 <nosuchuser@example.org> is full: user is over quota", Bounce.SOFT),
    ],
)
def test_classify_bounce_returns_kind(reply, kind):
    assert classify_bounce(reply, default="default") == kind
