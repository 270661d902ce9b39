"""Several deliveries in one API call, where the provider supports it: each subscriber gets one personal mail."""

import signal

import pytest
from django.utils import timezone

from bookclub.mail.providers import MAX_BATCH_SIZE, PROVIDERS
from bookclub.mail.sender import MailSender
from newsletter import delivery
from newsletter.models import Delivery, Issue, Subscriber
from tests.api import MERGING, URLS, Api, find_placeholders
from tests.factories import make_issue, make_subscriber
from tests.killing import Account, Killable, is_over, wait_until

pytestmark = pytest.mark.django_db
QUEUE = Delivery.objects.all()


def send_issue_to(count, **fields):
    """Send an issue to `count` new subscribers."""
    rows = [Subscriber(email=f"reader{each}@example.org", confirmed_at=timezone.now()) for each in range(count)]
    Subscriber.objects.bulk_create(rows)
    return delivery.send_issue(make_issue(number=None, **fields), None)


def send_due():
    return MailSender([QUEUE]).send_due()


def get_states():
    return list(QUEUE.order_by("pk").values_list("state", flat=True))


def test_only_providers_with_placeholder_get_shared_calls():
    assert [name for name, provider in PROVIDERS.items() if provider.placeholder] == MERGING
    assert list(PROVIDERS) == list(URLS)


@pytest.mark.parametrize("name", URLS)
def test_each_subscriber_gets_own_links_and_headers(settings, name):
    count = MAX_BATCH_SIZE + 2 if name in MERGING else 3
    send_issue_to(count, subject="Ein “Brief” 📚", introduction="Dear readers – “hello” … [sic]")

    with Api(name) as api:
        api.serve(settings)
        send_due()

    assert api.calls == (2 if name in MERGING else count)
    assert get_states() == ["sent"] * count
    copies = {row.subscriber.email: row for row in QUEUE.select_related("subscriber")}
    assert sorted(mail.to for mail in api.mails) == sorted(copies)
    for mail in api.mails:
        copy, token = copies[mail.to], copies[mail.to].subscriber.token
        assert (mail.subject, mail.copy, mail.counts) == ("Ein “Brief” 📚", copy.message_id, False)
        assert "Dear readers – “hello” … [sic]" in mail.text
        assert f"/newsletter/leave/{token}/" in mail.text
        assert f"/newsletter/leave/{token}/" in mail.html
        assert mail.headers["List-Unsubscribe"] == f"<http://localhost:8000/newsletter/leave/{token}/>"
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert find_placeholders(mail.text + mail.html + str(mail.headers)) == []


@pytest.mark.both_databases
def test_delivery_skips_subscriber_who_left_between_calls(settings):
    send_issue_to(MAX_BATCH_SIZE + 3)
    leaver = Subscriber.objects.get(email=f"reader{MAX_BATCH_SIZE + 1}@example.org")

    with Api("mailgun") as api:
        api.serve(settings)
        MailSender([QUEUE]).send_due(lambda: api.calls != 1 or bool(leave(leaver)))

    assert leaver.email not in [mail.to for mail in api.mails]
    assert len(api.mails) == MAX_BATCH_SIZE + 2
    assert get_states().count("queued") == 1


def leave(subscriber):
    return Subscriber.objects.filter(pk=subscriber.pk).update(left_at=timezone.now())


@pytest.mark.parametrize("stop", [delivery.pause_issue, delivery.cancel_issue])
def test_stopped_issue_stops_before_next_call(settings, stop):
    issue = send_issue_to(2 * MAX_BATCH_SIZE)
    worker = MailSender([QUEUE])

    with Api("brevo") as api:
        api.serve(settings)
        worker.provider = PROVIDERS["brevo"]
        worker.send_due(lambda: api.calls != 1 or stop(issue) is None)

    assert len(api.mails) == MAX_BATCH_SIZE
    assert set(get_states()) == {"sent", "queued" if stop is delivery.pause_issue else "dropped"}


@pytest.mark.parametrize("name", MERGING)
@pytest.mark.parametrize("words", ["We read {{name}} and {% if %}", "100 %recipients% agree"])
def test_text_like_placeholder_is_not_replaced(settings, name, words):
    send_issue_to(3, introduction=words)

    with Api(name) as api:
        api.serve(settings)
        send_due()

    is_placeholder = name == "mailgun" if "%recipients" in words else name != "mailgun"
    assert api.calls == (3 if is_placeholder else 1)
    assert all(words in mail.text for mail in api.mails)


@pytest.mark.both_databases
def test_address_with_several_notations_gets_own_call(settings):
    make_subscriber("o'neil@example.org")
    make_subscriber("ann@exämple.org")
    send_issue_to(3)

    with Api("brevo") as api:
        api.serve(settings)
        send_due()

    assert api.calls == 3
    assert get_states() == ["sent"] * 5
    assert "ann@xn--exmple-cua.org" in [mail.to for mail in api.mails]


@pytest.mark.both_databases
def test_address_with_capitals_shares_call(settings):
    make_subscriber("Ann@Example.org")
    send_issue_to(2)

    with Api("mailjet") as api:
        api.serve(settings)
        send_due()

    assert (api.calls, get_states()) == (1, ["sent"] * 3)


def test_bad_address_in_shared_call_fails_alone(settings):
    send_issue_to(4)

    with Api("mailgun", refuses=["reader2@example.org"]) as api:
        api.serve(settings)
        send_due()

    assert get_states() == ["sent", "sent", "failed", "sent"]
    assert set(api.taken.values()) == {1}
    assert api.calls == 1 + 4


def test_shared_call_stores_outcome_of_each_delivery(settings):
    send_issue_to(3)

    with Api("mailjet", drops=["reader1@example.org"]) as api:
        api.serve(settings)
        send_due()

    assert get_states() == ["sent", "failed", "sent"]
    assert "No such mailbox" in Delivery.objects.get(state="failed").error


def test_interrupted_call_leaves_deliveries_unknown(settings):
    issue = send_issue_to(MAX_BATCH_SIZE + 5)

    with Api("sparkpost", cuts=1) as api:
        api.serve(settings)
        send_due()

    assert get_states() == ["unknown"] * MAX_BATCH_SIZE + ["sent"] * 5
    assert api.calls == 3  # the unknown ones, one on its own as a test, the other four
    assert set(api.taken.values()) == {1}
    numbers = delivery.count_states(issue)
    assert (numbers["unknown"], numbers["sent"], numbers["all"]) == (MAX_BATCH_SIZE, 5, MAX_BATCH_SIZE + 5)


def test_shared_call_respects_sending_rate(settings):
    send_issue_to(4)
    settings.EMAIL_PER_SECOND = 2

    with Api("mailjet") as api:
        api.serve(settings)
        send_due()

    assert api.calls == 2


@pytest.mark.all_tests
@pytest.mark.both_databases
def test_workers_killed_during_call_lose_and_repeat_no_mail(transactional_db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    issue, kills = send_issue_to(6 * MAX_BATCH_SIZE), 3

    with Api("brevo") as api:
        api.serve(settings)
        for _ in range(kills):
            target_count, worker = api.calls + 1, Killable(QUEUE)
            wait_until(lambda: api.calls >= target_count)  # noqa: B023 - called in this iteration
            worker.kill()
        last = Killable(QUEUE)
        wait_until(lambda: is_over(QUEUE))
        last.kill(signal.SIGTERM)

    account = Account(QUEUE, api)
    assert account.wrong == {}
    assert account.states["unknown"] <= kills * MAX_BATCH_SIZE
    assert delivery.count_states(Issue.objects.get(pk=issue.pk))["all"] == 6 * MAX_BATCH_SIZE
