import datetime as dt

import pytest
from django.utils import timezone

from newsletter.bounce_codes import Bounce
from newsletter.models import Refusal, Subscriber
from newsletter.models.subscriber import (
    CONFIRMATION_PERIOD,
    MAX_DIAGNOSTIC_LENGTH,
    MAX_SOFT_BOUNCES,
    hash_address,
    hash_refused_address,
)
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_subscribed_excludes_suppressed_addresses():
    reader = make_subscriber()
    make_subscriber(suppressed_at=timezone.now())

    assert list(Subscriber.objects.subscribed()) == [reader]


def test_subscribed_excludes_pending_and_former_subscribers():
    reader = make_subscriber()
    make_subscriber(confirmed_at=None)
    make_subscriber(left_at=timezone.now())

    assert list(Subscriber.objects.subscribed()) == [reader]


def test_wanting_excludes_subscribers_of_other_topic():
    reader = make_subscriber(wants_letter=True, wants_dates=False)
    make_subscriber(wants_letter=False, wants_dates=True)

    assert list(Subscriber.objects.wanting("letter")) == [reader]


def test_expired_compares_with_given_time():
    now = timezone.now()
    recent = make_subscriber(confirmed_at=None, asked_at=now - CONFIRMATION_PERIOD + HOUR)
    old = make_subscriber(confirmed_at=None, asked_at=now - CONFIRMATION_PERIOD - HOUR)

    assert list(Subscriber.objects.expired()) == [old]
    assert set(Subscriber.objects.expired(at=now + 2 * HOUR)) == {old, recent}


def test_left_excludes_subscribed_and_pending():
    gone = make_subscriber(left_at=timezone.now())
    make_subscriber()
    make_subscriber(confirmed_at=None, left_at=timezone.now())

    assert list(Subscriber.objects.left()) == [gone]


def test_suppressed_excludes_subscribed_left_and_pending():
    now = timezone.now()
    bounced = make_subscriber(suppressed_at=now)
    make_subscriber()
    make_subscriber(suppressed_at=now, left_at=now)
    make_subscriber(suppressed_at=now, confirmed_at=None)

    assert list(Subscriber.objects.suppressed()) == [bounced]


def test_with_token_finds_its_subscriber():
    ann, _ = make_subscriber(), make_subscriber()

    assert Subscriber.objects.with_token(ann.token) == ann
    assert Subscriber.objects.with_token(ann.confirm_token, "confirm_token") == ann
    assert Subscriber.objects.with_token(ann.confirm_token) is None


def test_with_expired_request_compares_with_given_time():
    now = timezone.now()
    make_subscriber(left_at=now)
    asked = [(now - CONFIRMATION_PERIOD + age * HOUR).isoformat() for age in (-1, 1)]
    old, young = (make_subscriber(left_at=now, new_request={"asked_at": at}) for at in asked)

    assert list(Subscriber.objects.with_expired_request()) == [old]
    assert set(Subscriber.objects.with_expired_request(at=now + 2 * HOUR)) == {old, young}


def test_hash_address_depends_on_address_and_secret():
    hashes = [hash_address(*words) for words in (("a", "one"), ("b", "one"), ("a", "two"), ("a", "one"))]

    assert len(set(hashes)) == 3
    assert hashes[0] == hashes[3]
    # Stored for good: a release that computes another one would write to who asked not to be written to.
    assert (
        hash_address("ann@example.org", "secret") == "512cc79cf80264ea6f2cb0313444dba565b6e03e9af2e71b342e6ac891d0c252"
    )


def test_refusal_is_found_after_key_change(settings):
    refusal = Refusal.objects.create(key=hash_refused_address(" Ann@Example.org ")[0])
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new key"

    assert list(Refusal.objects.of("ann@example.org")) == [refusal]
    assert not Refusal.objects.of("ben@example.org").exists()
    assert str(refusal) == refusal.key[:8]


def test_record_bounce_suppresses_at_fifth_soft_bounce():
    ann, ben = make_subscriber(), make_subscriber()

    for number in range(1, MAX_SOFT_BOUNCES + 1):
        ann.record_bounce(None, "Nothing")
        assert ann.state == "subscribed"
        ann.record_bounce(Bounce.SOFT, f"552 {number}{'x' * 3_000}")
        ann.refresh_from_db()
        assert ann.bounce_count == number

    assert (ann.state, ann.suppression_reason) == ("suppressed", "soft")
    assert (ann.diagnostic[:5], len(ann.diagnostic)) == ("552 5", MAX_DIAGNOSTIC_LENGTH)
    ann.record_bounce(Bounce.HARD, "550 Later")
    ben.refresh_from_db()
    ann.refresh_from_db()
    assert (ann.suppression_reason, ann.bounce_count, ben.bounce_count, ben.state) == ("soft", 5, 0, "subscribed")


def test_record_bounce_keeps_complaint_uncounted():
    ann = make_subscriber()

    for kind in (Bounce.HARD, Bounce.COMPLAINT, Bounce.HARD):
        ann.record_bounce(kind, kind.value)

    ann.refresh_from_db()
    assert (ann.suppression_reason, ann.diagnostic, ann.bounce_count) == ("complaint", "complaint", 1)


@pytest.mark.parametrize(
    ("asked_at", "fields", "is_open"),
    [
        (CONFIRMATION_PERIOD - HOUR, {"confirmed_at": None}, True),
        (CONFIRMATION_PERIOD + HOUR, {"confirmed_at": None}, False),
        (HOUR, {}, False),
        (CONFIRMATION_PERIOD + HOUR, {"new_request": HOUR}, True),
        (HOUR, {"new_request": CONFIRMATION_PERIOD + HOUR}, False),
    ],
)
def test_has_open_request_for_seven_days(asked_at, fields, is_open):
    now = timezone.now()
    if "new_request" in fields:
        fields = {"new_request": {"asked_at": (now - fields["new_request"]).isoformat()}}

    assert make_subscriber(asked_at=now - asked_at, **fields).has_open_request is is_open
