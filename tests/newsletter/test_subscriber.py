import datetime as dt

import pytest
from django.utils import timezone

from newsletter.models import Subscriber
from newsletter.models.subscriber import CONFIRMATION_PERIOD
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
