"""Some copies of a letter by one call, where the provider can: each reader gets their own, and nobody two."""

import signal

import pytest
from django.utils import timezone

from bookclub.mail.providers import MAX_BATCH_SIZE, PROVIDERS
from bookclub.mail.sender import MailSender
from newsletter import delivery
from newsletter.models import Delivery, Issue, Subscriber
from tests.api import MERGING, URLS, Api, place_holders_in
from tests.factories import make_issue, make_subscriber
from tests.killing import Account, Killable, is_over, wait_until

pytestmark = pytest.mark.django_db
QUEUE = Delivery.objects.all()


def send_to(number, **fields):
    """A letter on its way to so many readers."""
    rows = [Subscriber(email=f"reader{each}@example.org", confirmed_at=timezone.now()) for each in range(number)]
    Subscriber.objects.bulk_create(rows)
    return delivery.send_issue(make_issue(number=None, **fields), None)


def post():
    return MailSender([QUEUE]).send_due()


def states():
    return list(QUEUE.order_by("pk").values_list("state", flat=True))


def test_only_providers_with_placeholder_get_shared_calls():
    assert [name for name, each in PROVIDERS.items() if each.placeholder] == MERGING
    assert list(PROVIDERS) == list(URLS)


@pytest.mark.parametrize("name", URLS)
def test_each_subscriber_gets_own_links_and_headers(settings, name):
    number = MAX_BATCH_SIZE + 2 if name in MERGING else 3
    send_to(number, subject="Ein “Brief” 📚", introduction="Dear readers – “hello” … [sic]")

    with Api(name) as api:
        api.serve(settings)
        post()

    assert api.calls == (2 if name in MERGING else number)
    assert states() == ["sent"] * number
    copies = {row.subscriber.email: row for row in QUEUE.select_related("subscriber")}
    assert sorted(got.to for got in api.mails) == sorted(copies)
    for got in api.mails:
        copy, token = copies[got.to], copies[got.to].subscriber.token
        assert (got.subject, got.copy, got.counts) == ("Ein “Brief” 📚", copy.message_id, False)
        assert "Dear readers – “hello” … [sic]" in got.text
        assert f"/newsletter/leave/{token}/" in got.text
        assert f"/newsletter/leave/{token}/" in got.html
        assert got.headers["List-Unsubscribe"] == f"<http://localhost:8000/newsletter/leave/{token}/>"
        assert got.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert place_holders_in(got.text + got.html + str(got.headers)) == []


@pytest.mark.both_databases
def test_delivery_skips_subscriber_who_left_between_calls(settings):
    send_to(MAX_BATCH_SIZE + 3)
    late = Subscriber.objects.get(email=f"reader{MAX_BATCH_SIZE + 1}@example.org")

    with Api("mailgun") as api:
        api.serve(settings)
        MailSender([QUEUE]).send_due(lambda: api.calls != 1 or bool(leave(late)))

    assert late.email not in [got.to for got in api.mails]
    assert len(api.mails) == MAX_BATCH_SIZE + 2
    assert states().count("queued") == 1


def leave(subscriber):
    return Subscriber.objects.filter(pk=subscriber.pk).update(left_at=timezone.now())


@pytest.mark.parametrize("stop", [delivery.pause_issue, delivery.cancel_issue])
def test_stopped_issue_stops_before_next_call(settings, stop):
    issue = send_to(2 * MAX_BATCH_SIZE)
    worker = MailSender([QUEUE])

    with Api("brevo") as api:
        api.serve(settings)
        worker.provider = PROVIDERS["brevo"]
        worker.send_due(lambda: api.calls != 1 or stop(issue) is None)

    assert len(api.mails) == MAX_BATCH_SIZE
    assert set(states()) == {"sent", "queued" if stop is delivery.pause_issue else "dropped"}


@pytest.mark.parametrize("name", MERGING)
@pytest.mark.parametrize("words", ["We read {{name}} and {% if %}", "100 %recipients% agree"])
def test_text_like_placeholder_is_not_replaced(settings, name, words):
    send_to(3, introduction=words)

    with Api(name) as api:
        api.serve(settings)
        post()

    reads = name == "mailgun" if "%recipients" in words else name != "mailgun"
    assert api.calls == (3 if reads else 1)
    assert all(words in got.text for got in api.mails)


@pytest.mark.both_databases
def test_address_with_several_notations_gets_own_call(settings):
    make_subscriber("o'neil@example.org")
    make_subscriber("ann@exämple.org")
    send_to(3)

    with Api("brevo") as api:
        api.serve(settings)
        post()

    assert api.calls == 3
    assert states() == ["sent"] * 5
    assert "ann@xn--exmple-cua.org" in [got.to for got in api.mails]


@pytest.mark.both_databases
def test_address_with_capitals_shares_call(settings):
    make_subscriber("Ann@Example.org")
    send_to(2)

    with Api("mailjet") as api:
        api.serve(settings)
        post()

    assert (api.calls, states()) == (1, ["sent"] * 3)


def test_bad_address_in_shared_call_fails_alone(settings):
    send_to(4)

    with Api("mailgun", refuses=["reader2@example.org"]) as api:
        api.serve(settings)
        post()

    assert states() == ["sent", "sent", "failed", "sent"]
    assert set(api.taken.values()) == {1}
    assert api.calls == 1 + 4


def test_shared_call_stores_outcome_of_each_delivery(settings):
    send_to(3)

    with Api("mailjet", drops=["reader1@example.org"]) as api:
        api.serve(settings)
        post()

    assert states() == ["sent", "failed", "sent"]
    assert "No such mailbox" in Delivery.objects.get(state="failed").error


def test_interrupted_call_leaves_deliveries_unknown(settings):
    issue = send_to(MAX_BATCH_SIZE + 5)

    with Api("sparkpost", cuts=1) as api:
        api.serve(settings)
        post()

    assert states() == ["unknown"] * MAX_BATCH_SIZE + ["sent"] * 5
    assert api.calls == 3  # what was unknown, one to see, the other four
    assert set(api.taken.values()) == {1}
    numbers = delivery.count_states(issue)
    assert (numbers["unknown"], numbers["sent"], numbers["all"]) == (MAX_BATCH_SIZE, 5, MAX_BATCH_SIZE + 5)


def test_shared_call_respects_sending_rate(settings):
    send_to(4)
    settings.EMAIL_PER_SECOND = 2

    with Api("mailjet") as api:
        api.serve(settings)
        post()

    assert api.calls == 2


@pytest.mark.both_databases
def test_workers_killed_during_call_lose_and_repeat_no_mail(transactional_db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    issue, kills = send_to(6 * MAX_BATCH_SIZE), 3

    with Api("brevo") as api:
        api.serve(settings)
        for _ in range(kills):
            enough, worker = api.calls + 1, Killable(QUEUE)
            wait_until(lambda: api.calls >= enough)  # noqa: B023 - asked here and now
            worker.kill()
        last = Killable(QUEUE)
        wait_until(lambda: is_over(QUEUE))
        last.kill(signal.SIGTERM)

    account = Account(QUEUE, api)
    assert account.wrong == {}
    assert account.states["unknown"] <= kills * MAX_BATCH_SIZE
    assert delivery.count_states(Issue.objects.get(pk=issue.pk))["all"] == 6 * MAX_BATCH_SIZE
