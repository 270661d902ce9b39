import datetime as dt

import pytest
from django.utils import timezone

from newsletter.models import Subscriber
from newsletter.models.subscriber import CONFIRMATION_PERIOD
from tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_subscribed_leaves_out_suppressed_addresses():
    reader = make_subscriber()
    make_subscriber(suppressed_at=timezone.now())

    assert list(Subscriber.objects.subscribed()) == [reader]


def test_subscribed_leaves_out_pending_addresses_and_those_who_left():
    reader = make_subscriber()
    make_subscriber(confirmed_at=None)
    make_subscriber(left_at=timezone.now())

    assert list(Subscriber.objects.subscribed()) == [reader]


def test_wanting_leaves_out_who_wants_another_topic():
    reader = make_subscriber(wants_letter=True, wants_dates=False)
    make_subscriber(wants_letter=False, wants_dates=True)

    assert list(Subscriber.objects.wanting("letter")) == [reader]


def test_forgotten_asks_about_the_moment_that_it_is_given():
    now = timezone.now()
    young = make_subscriber(confirmed_at=None, asked_at=now - CONFIRMATION_PERIOD + HOUR)
    old = make_subscriber(confirmed_at=None, asked_at=now - CONFIRMATION_PERIOD - HOUR)

    assert list(Subscriber.objects.expired()) == [old]
    assert set(Subscriber.objects.expired(at=now + 2 * HOUR)) == {old, young}
