"""Deliveries in the admin: their own list, and the page of a subscriber."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from newsletter.admin.issue_review import MAX_DELIVERIES_SHOWN
from newsletter.models import Delivery
from tests.factories import make_issue, make_member, make_subscriber, yesterday
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db
LIST_URL = reverse("admin:newsletter_delivery_changelist")


def admin_url(name, delivery):
    return reverse(f"admin:newsletter_delivery_{name}", args=[delivery.pk])


def subscriber_url(subscriber):
    return reverse("admin:newsletter_subscriber_change", args=[subscriber.pk])


def make_deliveries(count, issue=None, **fields):
    """Create `count` deliveries of one issue, each to a new subscriber."""
    issue = issue or make_issue()
    rows = [Delivery(issue=issue, subscriber=make_subscriber(), **fields) for _ in range(count)]
    return Delivery.objects.bulk_create(rows)


def test_delivery_list_shows_issue_state_and_server_reply(organiser_client):
    issue = make_issue(number=7, frozen_subject="By lamplight")
    reply = "550 5.1.1 Nobody of this name"
    for state, email, error in (("sent", "ann@example.org", ""), ("failed", "bob@example.org", reply)):
        issue.deliveries.create(subscriber=make_subscriber(email), state=state, error=error, sent_at=yesterday())
    issue.deliveries.create(subscriber=None, state="dropped")
    issue.deliveries.create(subscriber=make_subscriber("cy@example.org"), state="sent", bounced_at=yesterday())

    rows = soup_of(organiser_client.get(LIST_URL)).select("#result_list tbody tr")

    assert [text_of(row.select_one(".field-reader")) for row in rows] == [
        "cy@example.org", "Somebody who has left", "bob@example.org", "ann@example.org"
    ]  # fmt: skip
    states = [text_of(row.select_one(".field-state_and_reason")) for row in rows]
    assert states == ["Sent, came back", "Not sent", f"Failed: {reply}", "Sent"]
    assert {text_of(row.select_one(".field-issue_title")) for row in rows} == {"7: By lamplight"}


def test_delivery_list_filters_by_address_state_and_issue(organiser_client):
    issue = make_issue()
    (first,) = make_deliveries(1, issue, state="sent")
    (second,) = make_deliveries(1, issue, state="failed")
    (third,) = make_deliveries(1, state="failed")

    def find_ids(**filters):
        return {
            int(re.search(r"/(\d+)/", a["href"])[1])
            for a in soup_of(organiser_client.get(LIST_URL, filters)).select("tbody th a")
        }

    assert find_ids() == {first.pk, second.pk, third.pk}
    assert find_ids(q=second.subscriber.email.upper()) == {second.pk}
    assert find_ids(state="failed") == {second.pk, third.pk}
    assert find_ids(state="failed", issue__id__exact=issue.pk) == {second.pk}


def test_delivery_admin_is_read_only(organiser_client):
    (delivery,) = make_deliveries(1, state="sent")

    assert organiser_client.get(reverse("admin:newsletter_delivery_add")).status_code == 403
    assert organiser_client.post(admin_url("change", delivery), {"state": "failed"}).status_code == 403
    assert organiser_client.post(admin_url("delete", delivery), {"post": "yes"}).status_code == 403
    shown = soup_of(organiser_client.get(admin_url("change", delivery)))

    assert Delivery.objects.get().state == "sent"
    assert delivery.message_id in shown.text
    assert shown.select("#delivery_form :is(input:not([type=hidden]), select, textarea)") == []
    assert soup_of(organiser_client.get(LIST_URL)).select("[name=action]") == []


def test_deliveries_require_view_permission(client):
    (delivery,) = make_deliveries(1)
    person = make_member(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_subscriber"))
    client.force_login(person)

    assert client.get(LIST_URL).status_code == 403
    assert client.get(admin_url("change", delivery)).status_code == 403
    assert "Letters to this address" not in client.get(subscriber_url(delivery.subscriber)).text
    person.user_permissions.add(Permission.objects.get(codename="view_delivery"))

    assert client.get(LIST_URL).status_code == 200
    assert "Letters to this address" in client.get(subscriber_url(delivery.subscriber)).text


def test_delivery_list_query_count_is_constant(organiser_client):
    query_counts = []
    organiser_client.get(LIST_URL)
    for number in (3, 297):
        make_deliveries(number)
        with CaptureQueriesContext(connection) as queries:
            shown = organiser_client.get(LIST_URL)
        query_counts.append(len(queries))

    assert len(soup_of(shown).select("#result_list tbody tr")) == 50
    assert query_counts[0] == query_counts[1]
    assert not [query for query in queries if "DISTINCT" in query["sql"] or "frozen_html" in query["sql"]]
    assert len([query for query in queries if "COUNT" in query["sql"] and "newsletter_delivery" in query["sql"]]) == 1


def test_subscriber_page_lists_deliveries_newest_first(organiser_client):
    ann = make_subscriber("ann@example.org")
    for number, state, error in ((1, "sent", ""), (2, "failed", "552 5.2.2 The mailbox is full")):
        issue = make_issue(number=number, frozen_subject=f"Evening {number}")
        issue.deliveries.create(subscriber=ann, state=state, error=error)
    make_deliveries(1)

    lines = texts(soup_of(organiser_client.get(subscriber_url(ann))), "[aria-labelledby=copies] li")

    assert lines == ["Letter 2: Evening 2: failed. 552 5.2.2 The mailbox is full", "Letter 1: Evening 1: sent"]


def test_subscriber_page_shows_fifty_deliveries_in_one_query(organiser_client):
    ann, few = make_subscriber("ann+x@example.org"), make_subscriber()
    for reader, number in ((few, 1), (ann, MAX_DELIVERIES_SHOWN + 1)):
        for _ in range(number):
            make_issue().deliveries.create(subscriber=reader)
    organiser_client.get(subscriber_url(few))

    with CaptureQueriesContext(connection) as of_few:
        organiser_client.get(subscriber_url(few))
    with CaptureQueriesContext(connection) as of_many:
        shown = soup_of(organiser_client.get(subscriber_url(ann))).select_one("[aria-labelledby=copies]")

    assert len(of_few) == len(of_many)
    assert len([query for query in of_many if "newsletter_delivery" in query["sql"]]) == 1
    assert len(shown.select("li")) == MAX_DELIVERIES_SHOWN
    rest = soup_of(organiser_client.get(shown.find("a", string="All of them")["href"]))
    assert len(rest.select("#result_list tbody tr")) == 50
    assert f"{MAX_DELIVERIES_SHOWN + 1} " in rest.select_one(".paginator").text
