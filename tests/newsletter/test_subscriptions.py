"""Subscribing, confirming, leaving and choosing topics on the public pages."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest
from bookclub.mail.tasks import alert_about_held_mail
from newsletter import delivery, subscriptions
from newsletter.models import Issue, Refusal, Subscriber
from newsletter.privacy import erase_address
from newsletter.rendering import TOKEN_PLACEHOLDER
from tests.factories import make_club, make_issue, make_member, make_subscriber, run_worker
from tests.pages import soup_of

pytestmark = pytest.mark.django_db
SAME_ORIGIN = {"HTTP_ORIGIN": "http://localhost:8000", "HTTP_HOST": "localhost:8000"}


def sign_up(client, email="ann@example.org", **extra):
    return client.post("/newsletter/subscription/", {"email": email} | extra.pop("fields", {}), **SAME_ORIGIN | extra)


def test_signed_in_member_is_not_asked_for_an_address(client):
    client.force_login(make_member())

    panel = soup_of(client.get("/books/")).select_one("#letter").parent

    assert not panel.select("input")
    assert panel.select_one(".btn")["href"] == "/members/me/#newsletter"


def find_paths(message):
    return re.findall(r"http://localhost:8000(/\S+)", message.body)


def test_visitor_subscribes_and_confirms(client, mailoutbox):
    make_club(name="Lantern Book Club", newsletter_promise="We never share your details with anyone.")
    page = client.get("/newsletter/")

    response = sign_up(client, HTTP_REFERER="http://localhost:8000/write-ups/smart/")
    run_worker()
    path = find_paths(mailoutbox[0])[0]
    confirm_page = client.get(path)
    assert Subscriber.objects.subscribed().count() == 0
    done = client.post(path)

    assert (response.status_code, response.url) == (302, "/newsletter/check-your-inbox/")
    assert not page.cookies
    assert not response.cookies
    assert mailoutbox[0].to == ["ann@example.org"]
    button = soup_of(confirm_page).main.form.button
    assert (button.text, "full-width" in button["class"]) == ("Yes, send me the letter", True)
    assert "Lantern Book Club" in soup_of(confirm_page).main.text
    assert confirm_page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in confirm_page["Cache-Control"]
    assert "You are in" in done.text
    ann = Subscriber.objects.subscribed().get()
    assert (ann.email, ann.asked_on_page) == ("ann@example.org", "/write-ups/smart/")
    assert "We never share your details with anyone." in ann.consent_text
    assert ann.confirmed_by == "the button behind our link"


def test_subscribe_ignores_referrer_of_other_site(client):
    sign_up(client, HTTP_REFERER="https://elsewhere.example/write-ups/smart/")

    assert Subscriber.objects.get().asked_on_page == ""


@pytest.mark.parametrize("state", ["unknown", "pending", "subscribed", "left", "suppressed"])
def test_subscribe_response_is_same_for_known_and_unknown_address(client, state):
    now = timezone.now()
    fields = {
        "pending": {"confirmed_at": None},
        "subscribed": {},
        "left": {"left_at": now},
        "suppressed": {"suppressed_at": now, "suppression_reason": "hard"},
    }
    if state in fields:
        make_subscriber("ann@example.org", **fields[state])

    response = sign_up(client, "Ann@Example.org")

    assert (response.status_code, response.url) == (302, "/newsletter/check-your-inbox/")
    assert OutgoingMail.objects.get().kind == ("newsletter-known" if state == "subscribed" else "newsletter-confirm")
    assert Subscriber.objects.count() == 1


def test_former_subscriber_returns_only_by_confirming_again(client, mailoutbox):
    ann = make_subscriber("ann@example.org", left_at=timezone.now())

    sign_up(client)
    run_worker()

    assert Subscriber.objects.get().state == "left"
    client.post(find_paths(mailoutbox[0])[0])
    assert Subscriber.objects.get().state == "subscribed"
    assert Subscriber.objects.get().token == ann.token


@pytest.mark.parametrize("is_known", [False, True])
def test_repeated_sign_up_is_absorbed_without_an_alarm(client, mailoutbox, is_known):
    make_club(contact_email="hello@club.example")
    if is_known:
        make_subscriber("ann@example.org")

    pages = [sign_up(client).content for _ in range(5)]
    alert_about_held_mail()
    run_worker()

    assert len(set(pages)) == 1
    assert [mail.to for mail in mailoutbox] == [["ann@example.org"]]
    assert OutgoingMail.objects.get().kind == ("newsletter-known" if is_known else "newsletter-confirm")


def test_sign_ups_beyond_the_limit_of_a_network_are_held_with_an_alarm(client):
    make_club(contact_email="hello@club.example")
    for number in range(22):
        sign_up(client, f"reader{number}@example.org", REMOTE_ADDR=f"192.0.2.{number}")
    sign_up(client, "reader21@example.org", REMOTE_ADDR="192.0.2.99")
    alert_about_held_mail()

    states = OutgoingMail.objects.filter(kind="newsletter-confirm").values_list("state", flat=True)
    assert (list(states).count("queued"), list(states).count("held")) == (20, 2)
    assert OutgoingMail.objects.get(kind="mail-held").to == "hello@club.example"


@pytest.mark.parametrize("fields", [None, {"left_at": "before"}, {"suppressed_at": "before"}])
def test_first_confirmation_link_works_after_second_request(client, mailoutbox, fields):
    if fields:
        make_subscriber("ann@example.org", **dict.fromkeys(fields, timezone.now() - dt.timedelta(days=1)))
    for _ in range(2):
        sign_up(client)
    run_worker()

    assert len(mailoutbox) == 1
    assert "You are in" in client.post(find_paths(mailoutbox[0])[0]).text
    assert Subscriber.objects.get().state == "subscribed"


def test_used_confirmation_link_does_not_undo_leaving(client, mailoutbox):
    sign_up(client)
    run_worker()
    path = find_paths(mailoutbox[0])[0]
    client.post(path)
    client.post(Subscriber.objects.get().leave_path)

    assert [client.get(path).status_code, client.post(path).status_code] == [410, 410]
    assert Subscriber.objects.get().state == "left"


@pytest.mark.parametrize("fields", [{"left_at": "then"}, {"suppressed_at": "then", "suppression_reason": "complaint"}])
def test_new_request_replaces_proof_only_when_confirmed(client, mailoutbox, fields):
    then = timezone.now() - dt.timedelta(days=30)
    fields = {name: then if value == "then" else value for name, value in fields.items()}
    proof = {"asked_at": then, "consent_text": "The words", "asked_on_page": "/then/", "confirmed_at": then}
    ann = make_subscriber("ann@example.org", **proof, **fields)

    sign_up(client, HTTP_REFERER="http://localhost:8000/now/")
    run_worker()
    before = Subscriber.objects.get()
    client.post(find_paths(mailoutbox[0])[0])
    after = Subscriber.objects.get()

    assert {name: getattr(before, name) for name in proof} == proof
    assert before.state == ("left" if ann.left_at else "suppressed")
    assert (after.state, after.asked_on_page, after.new_request) == ("subscribed", "/now/", None)
    assert after.asked_at > then


def test_new_request_expires_without_confirmation(client, time_machine):
    make_subscriber("ann@example.org", left_at=timezone.now())
    sign_up(client)
    path = Subscriber.objects.get().confirm_path

    time_machine.move_to(timezone.now() + dt.timedelta(days=7, minutes=1))
    assert client.post(path).status_code == 410
    run_worker()

    assert Subscriber.objects.get().new_request is None


def test_leaving_cancels_open_request(client):
    ann = make_subscriber("ann@example.org", suppressed_at=timezone.now(), suppression_reason="soft")
    sign_up(client)

    client.post(ann.leave_path)

    assert client.post(Subscriber.objects.get().confirm_path).status_code == 410


def test_confirming_adds_letter_for_subscriber_of_dates(client, mailoutbox):
    make_subscriber("ann@example.org", wants_letter=False, wants_dates=True)

    sign_up(client)
    run_worker()
    client.post(find_paths(mailoutbox[0])[0])

    ann = Subscriber.objects.get()
    assert (ann.wants_letter, ann.wants_dates) == (True, True)


@pytest.mark.parametrize("other", ["ANN@example.org", "ann@EXÄMPLE.org"])
def test_address_is_unique_in_any_case(client, other):
    for email in (other, other.swapcase(), f" {other} "):
        assert sign_up(client, email).status_code == 302

    assert Subscriber.objects.count() == 1
    erase_address(other.swapcase())
    assert not Subscriber.objects.exists()


def test_unconfirmed_address_is_deleted(client, time_machine):
    sign_up(client)

    time_machine.move_to(timezone.now() + dt.timedelta(days=7, minutes=1))
    run_worker()

    assert not Subscriber.objects.exists()
    assert not OutgoingMail.objects.filter(to__contains="ann").exists()


def record_mail_requests(count):
    """Record `count` requests for other addresses, from other networks."""
    keys = [{"address_hash": f"a{each}", "network_hash": f"n{each}"} for each in range(count)]
    MailRequest.objects.bulk_create(MailRequest(kind="newsletter", **key) for key in keys)


@pytest.mark.parametrize(
    ("earlier_count", "interval", "address_count", "request_count", "queued_count"),
    [
        (0, dt.timedelta(minutes=61), 1, 5, 3),  # per address: one an hour, three a day
        (0, dt.timedelta(seconds=7), 25, 25, 20),  # per network: twenty an hour
        (297, dt.timedelta(0), 5, 5, 3),  # whole site: three hundred an hour
    ],
)
def test_rate_limit_holds_mail_without_changing_response(
    client, time_machine, earlier_count, interval, address_count, request_count, queued_count
):
    record_mail_requests(earlier_count)
    now = timezone.now()
    for number in range(request_count):
        time_machine.move_to(now + number * interval, tick=False)
        response = sign_up(client, f"reader{number % address_count}@example.org")
        assert response.url == "/newsletter/check-your-inbox/"

    assert OutgoingMail.objects.filter(state="queued").count() == queued_count


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_confirm_link_changes_nothing_without_post(client, mailoutbox, method):
    sign_up(client)
    run_worker()

    for path in find_paths(mailoutbox[0]):
        getattr(client, method)(path, HTTP_USER_AGENT="LinkScanner/1.0")

    assert Subscriber.objects.get().confirmed_at is None


def test_confirm_link_works_twice_and_expires_after_seven_days(client, time_machine):
    sign_up(client)
    path = Subscriber.objects.get().confirm_path
    assert "You are in" in client.post(path).text
    assert "You are in" in client.post(path).text
    assert "You are in" in client.get(path).text
    Subscriber.objects.update(confirmed_at=None)

    time_machine.move_to(timezone.now() + dt.timedelta(days=7, minutes=1))

    response = client.post(path)
    assert response.status_code == 410
    assert "This link has run out" in response.text
    run_worker()
    assert not Subscriber.objects.exists()
    assert client.post(path).status_code == 404


def test_subscribe_refuses_post_from_other_site():
    client = Client(enforce_csrf_checks=True)

    response = client.post(
        "/newsletter/subscription/", {"email": "ann@example.org"}, HTTP_ORIGIN="https://evil.example"
    )

    assert response.status_code == 403
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    "typed", ["", "ann", "ann@example.org\nBcc: x@example.org", "\u202eann@example.org", "a" * 300]
)
def test_subscribe_shows_error_for_invalid_address(client, typed):
    response = sign_up(client, typed)

    assert response.status_code == 422
    assert soup_of(response).title.string.startswith("Error:")
    assert "no-store" in response["Cache-Control"]
    assert not Subscriber.objects.exists()


def test_subscribe_suggests_address_and_accepts_typed_one(client):
    response = sign_up(client, "ann@gmial.com")
    assert "Did you mean ann@gmail.com?" in response.text
    assert not Subscriber.objects.exists()

    sign_up(client, "ann@gmial.com", fields={"which": "typed"})

    assert Subscriber.objects.get().email == "ann@gmial.com"


@pytest.mark.parametrize(
    ("where", "button"),
    [
        ("/", "Sign me up"),
        ("/newsletter/", "Sign me up"),
        ("/members/me/", "Sign me up"),
        ("ann@gmial.com", "Yes, ann@gmail.com"),
        ("ann@gmial.com", "No, as I typed it"),
    ],
)
def test_consent_text_equals_words_on_page(client, where, button):
    make_club(newsletter_promise="We never share your details with “anyone”.")
    if where == "/members/me/":
        client.force_login(make_member("bob@example.org"))
    soup = soup_of(client.get(where) if where.startswith("/") else sign_up(client, where))
    pressed_button = next(each for each in soup.main.find_all("button") if each.text == button)
    form_id = pressed_button.get("form")
    form = soup.find(id=form_id) if form_id else pressed_button.find_parent("form")
    fields = {each["name"]: each.get("value", "ann@example.org") for each in form.find_all("input")}

    assert sign_up(client, fields.pop("email"), fields=fields).status_code == 302

    consent_lines = Subscriber.objects.get().consent_text.splitlines()
    section = soup.find(attrs={"name": "email"}).find_parent(["section", "main"])
    shown = [each.get_text(strip=True) for each in section.select("h1, h2, p:not(.field), button")]
    assert consent_lines[-1] == f"[{button}]"
    assert len(consent_lines) == (3 if where in {"/", "/members/me/"} else 4)
    assert set(consent_lines[:-2]) <= set(shown)
    assert any(consent_lines[-2] in each for each in shown)  # a member's page has a sentence before the promise


# --- leaving --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_one_click_unsubscribe_needs_no_cookie_or_csrf_token(encoding):
    ann = make_subscriber()
    client_without_cookies = Client(enforce_csrf_checks=True)
    body = {
        "application/x-www-form-urlencoded": "List-Unsubscribe=One-Click",
        "multipart/form-data; boundary=b": (
            '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
        ),
    }[encoding]

    responses = [client_without_cookies.generic("POST", ann.leave_path, body, content_type=encoding) for _ in range(2)]

    ann.refresh_from_db()
    assert [response.status_code for response in responses] == [200, 200]
    assert (ann.state, ann.left_by) == ("left", "a mail program")
    assert responses[0]["Referrer-Policy"] == "no-referrer"
    assert "no-store" in responses[0]["Cache-Control"]


def test_leave_needs_button_and_can_be_undone(client):
    ann = make_subscriber()

    page = client.get(ann.leave_path)
    assert Subscriber.objects.get().state == "subscribed"
    left = client.post(ann.leave_path)
    back = client.post(soup_of(left).main.form["action"], **SAME_ORIGIN, follow=True)

    assert soup_of(page).main.form.button.text == "Yes, take me off the list"
    assert "Done. No more letters" in left.text
    assert "What we send you" in back.text
    assert Subscriber.objects.get().state == "subscribed"


def test_leave_accepts_malformed_form(client):
    ann = make_subscriber()
    kind = "multipart/form-data; boundary=" + "b" * 300

    response = client.generic("POST", ann.leave_path, "--b\r\n broken", content_type=kind)

    assert response.status_code == 200
    assert Subscriber.objects.get().left_by == "a mail program"


@pytest.mark.parametrize("token", ["%00", "x", "x" * 43, "ä" * 43, "x" * 4000])
@pytest.mark.parametrize("page", ["leave", "topics", "confirm", "come-back"])
def test_unknown_token_returns_404_page(client, page, token):
    response = client.post(f"/newsletter/{page}/{token}/")

    assert response.status_code == 404
    assert soup_of(response).h1 is not None


def test_come_back_needs_button_and_queues_dropped_delivery(client, mailoutbox):
    ann = make_subscriber("ann@example.org")
    delivery.send_issue(make_issue(number=None), None)
    client.post(ann.leave_path)
    run_worker()
    assert mailoutbox == []
    come_back_path = f"/newsletter/come-back/{ann.token}/"

    assert client.get(come_back_path).url == f"/newsletter/topics/{ann.token}/"
    assert Subscriber.objects.get().state == "left"
    client.post(come_back_path, HTTP_ORIGIN="null")
    run_worker()

    assert Subscriber.objects.get().state == "subscribed"
    assert [message.to for message in mailoutbox] == [["ann@example.org"]]


def test_leaving_replaces_unsubscribe_by_organiser(client):
    ann = make_subscriber(left_at=timezone.now(), left_by="an organiser (Olga)")

    client.post(ann.leave_path)

    assert Subscriber.objects.get().left_by == "the button on our page"


def test_come_back_does_not_confirm_pending_subscriber(client):
    ann = make_subscriber(confirmed_at=None)

    client.post(f"/newsletter/come-back/{ann.token}/")

    assert Subscriber.objects.get().state == "pending"


def test_choosing_no_topics_drops_queued_delivery(client, mailoutbox):
    ann = make_subscriber()
    delivery.send_issue(make_issue(number=None), None)

    saved = client.post(f"/newsletter/topics/{ann.token}/", {})
    run_worker()

    ann.refresh_from_db()
    assert (ann.wants_letter, ann.wants_dates, ann.state) == (False, False, "subscribed")
    assert "Saved" in saved.text
    assert "Nothing now: you have chosen neither." in saved.text
    assert mailoutbox == []


def test_choose_topics_does_not_undo_concurrent_leaving(client, monkeypatch):
    ann = make_subscriber()
    choose = subscriptions.choose_topics

    def leave_first(subscriber, topics):
        client.post(ann.leave_path)
        choose(subscriber, topics)

    monkeypatch.setattr(subscriptions, "choose_topics", leave_first)
    client.post(f"/newsletter/topics/{ann.token}/", {"wants_letter": "on"})

    assert Subscriber.objects.get().state == "left"


def test_get_on_subscribe_redirects_to_newsletter_page(client):
    assert client.get("/newsletter/subscription/").url == "/newsletter/"


@pytest.mark.parametrize("host", ["mail.com", "ymail.com", "yahoo.com.br", "gmx.de"])
def test_subscribe_suggests_nothing_for_real_host(client, host):
    assert sign_up(client, f"ann@{host}").status_code == 302


def test_choose_topics_stores_choice_by_secret_link(client):
    ann = make_subscriber()

    client.post(f"/newsletter/topics/{ann.token}/", {"wants_dates": "on"})

    ann.refresh_from_db()
    assert (ann.wants_letter, ann.wants_dates) == (False, True)
    assert client.get("/newsletter/topics/nobody/").status_code == 404


def test_come_back_restores_only_given_subscriber():
    ann, ben = make_subscriber(left_at=timezone.now()), make_subscriber(left_at=timezone.now())

    subscriptions.restore_subscription(ann)

    assert list(Subscriber.objects.subscribed()) == [ann]
    ben.refresh_from_db()
    assert ben.left_at is not None


def test_come_back_does_not_queue_deliveries_older_than_a_day(mailoutbox):
    ann = make_subscriber()
    issue = delivery.send_issue(make_issue(number=None), None)
    subscriptions.end_subscription(ann, "a mail program")
    delivery.settle_deliveries()
    Issue.objects.update(frozen_at=timezone.now() - dt.timedelta(hours=25))

    subscriptions.restore_subscription(ann)

    assert [row.state for row in issue.deliveries.all()] == ["dropped"]


def test_choose_topics_drops_only_deliveries_of_removed_topics():
    ann = make_subscriber(wants_letter=True, wants_dates=True)
    for topic in ("letter", "dates"):
        delivery.send_issue(make_issue(number=None, topic=topic), None)

    subscriptions.choose_topics(ann, {"wants_letter": False})

    assert dict(ann.deliveries.values_list("issue__topic", "state")) == {"letter": "dropped", "dates": "queued"}


def test_confirm_clears_suppression():
    ann = make_subscriber(
        suppressed_at=timezone.now(),
        suppression_reason="soft",
        bounce_count=5,
        new_request={"asked_at": str(timezone.now())},
    )

    assert subscriptions.confirm_subscription(ann) is True

    ann.refresh_from_db()
    assert (ann.state, ann.suppression_reason, ann.bounce_count) == ("subscribed", "", 0)


def test_confirm_stores_new_proof_of_one_subscriber():
    then, now = timezone.now() - dt.timedelta(days=30), timezone.now()
    request = {"asked_at": now.isoformat(), "consent_text": "The new words", "asked_on_page": "/now/"}
    gone = {"left_at": then, "left_by": "a mail program", "asked_at": then, "wants_letter": False}
    ann = make_subscriber("ann@example.org", new_request=request, diagnostic="552 full", **gone)
    ben = make_subscriber("ben@example.org", new_request=request, **gone)
    others = Subscriber.objects.filter(pk=ben.pk).values()
    before = list(others.all())

    assert subscriptions.confirm_subscription(ann) is True

    ann.refresh_from_db()
    assert (ann.asked_at, ann.consent_text, ann.asked_on_page) == (now, "The new words", "/now/")
    assert (ann.left_at, ann.left_by, ann.diagnostic, ann.new_request) == (None, "", "", None)
    assert (ann.wants_letter, ann.confirmed_at >= now) == (True, True)
    assert list(others.all()) == before


def test_confirm_deletes_refusal_of_that_address_only():
    for email in ("ann@example.org", "ben@example.org"):
        erase_address(email)
    ann = make_subscriber("ann@example.org", confirmed_at=None)

    subscriptions.confirm_subscription(ann)

    assert [Refusal.objects.of(email).exists() for email in ("ann@example.org", "ben@example.org")] == [False, True]


def test_new_request_replaces_proof_and_expired_link(client):
    old, young = timezone.now() - dt.timedelta(days=8), timezone.now() - dt.timedelta(days=1)
    fields = {"confirmed_at": None, "consent_text": "Then", "asked_on_page": "/then/"}
    ann = make_subscriber("ann@example.org", asked_at=old, **fields)
    ben = make_subscriber("ben@example.org", asked_at=young, **fields)
    eve = make_subscriber("eve@example.org", asked_at=young, **fields)

    for subscriber in (ann, ben):
        sign_up(client, subscriber.email, HTTP_REFERER="http://localhost:8000/now/")

    rows = {row.pk: row for row in Subscriber.objects.all()}
    assert [rows[each.pk].confirm_token == each.confirm_token for each in (ann, ben, eve)] == [False, True, True]
    assert [rows[each.pk].asked_at > each.asked_at for each in (ann, ben, eve)] == [True, True, False]
    assert [rows[each.pk].asked_on_page for each in (ann, ben, eve)] == ["/now/", "/now/", "/then/"]
    assert "Then" not in {rows[ann.pk].consent_text, rows[ben.pk].consent_text}


def test_request_mail_is_urgent_and_expires_with_its_link(client):
    make_subscriber("ben@example.org")

    sign_up(client)
    sign_up(client, "ben@example.org")

    ann = Subscriber.objects.get(email="ann@example.org")
    for mail in OutgoingMail.objects.all():
        assert (mail.priority, mail.retention) == (OutgoingMail.Priority.URGENT, OutgoingMail.Retention.ADDRESS)
        assert abs(mail.expires_at - timezone.now() - dt.timedelta(days=7)) < dt.timedelta(minutes=1)
    assert OutgoingMail.objects.get(to="ann@example.org").key.startswith(f"newsletter-confirm:{ann.pk}:20")


def test_end_subscription_keeps_first_reason_and_other_subscribers():
    then = timezone.now() - dt.timedelta(days=30)
    ann = make_subscriber(left_at=then, left_by="a mail program", new_request={"asked_at": "2026-03-04"})
    ben = make_subscriber(new_request={"asked_at": "2026-03-04"})

    subscriptions.end_subscription(ann, "the button on our page")

    ann.refresh_from_db()
    ben.refresh_from_db()
    assert (ann.left_at, ann.left_by, ann.new_request) == (then, "a mail program", None)
    assert (ben.state, ben.left_by, ben.new_request) == ("subscribed", "", {"asked_at": "2026-03-04"})


def test_choose_topics_changes_one_subscriber_and_stores_drop_reason():
    ann, ben = make_subscriber(), make_subscriber()
    delivery.send_issue(make_issue(number=None), None)

    subscriptions.choose_topics(ann, {"wants_letter": False, "wants_dates": True})

    ben.refresh_from_db()
    assert (ann.wants_letter, ann.wants_dates) == (False, True)
    assert (ben.wants_letter, ben.wants_dates) == (True, False)
    assert [(row.state, row.error) for row in ann.deliveries.all()] == [
        ("dropped", "They have chosen not to get this.")
    ]
    assert [(row.state, row.error) for row in ben.deliveries.all()] == [("queued", "")]


@pytest.mark.parametrize("path", ["leave", "topics"])
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused_for_known_unknown_and_test_links(client, path, method):
    for token in (make_subscriber().token, "unknown", TOKEN_PLACEHOLDER):
        response = getattr(client, method)(f"/newsletter/{path}/{token}/")

        assert response.status_code == 405
