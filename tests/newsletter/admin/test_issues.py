"""Drafting, checking, sending, pausing and cancelling an issue in the admin."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from bookclub.mail.models import OutgoingMail, SendingPause
from newsletter import delivery
from newsletter.bounce_codes import Bounce
from newsletter.models import Delivery, Issue
from tests.factories import (
    make_book,
    make_club,
    make_issue,
    make_meetup,
    make_quote,
    make_subscriber,
    make_writer,
    make_writeup,
    run_worker,
)  # fmt: skip
from tests.pages import press, soup_of, text_of

pytestmark = pytest.mark.django_db


def admin_url(name, pk):
    return reverse(f"admin:newsletter_issue_{name}", args=[pk])


def test_issue_is_drafted_from_writeup_reviewed_and_sent_once(organiser_client, mailoutbox):
    writeup = make_writeup(title="By lamplight", book=make_book())
    make_subscriber("ann@example.org")
    form = soup_of(organiser_client.get(reverse("admin:meetups_writeup_change", args=[writeup.pk])))
    assert "Draft a letter" in [button.text for button in form.select("button")]

    organiser_client.post(admin_url("draft_from_writeup", writeup.pk))
    issue = Issue.objects.get()
    review_page = organiser_client.get(admin_url("review", issue.pk))
    confirm_page = organiser_client.get(admin_url("send", issue.pk))
    organiser_client.post(admin_url("send", issue.pk))
    assert Delivery.objects.count() == 0
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})
    again = organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"}, follow=True)
    run_worker()

    assert "Nothing to correct." in review_page.text
    assert "goes to 1 reader, now." in text_of(soup_of(confirm_page))
    assert "It has been sent already." in again.text
    assert [message.to for message in mailoutbox] == [["ann@example.org"]]
    numbers = soup_of(organiser_client.get(admin_url("review", issue.pk))).select(".numbers td")
    assert [cell.text for cell in numbers] == ["1", "0", "0", "0", "0", "0", "1"]


def test_send_refuses_issue_with_part_that_is_not_public(organiser_client):
    issue = make_issue(number=None, quote=make_quote(audience="members"))
    make_subscriber()

    confirm_page = organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})

    assert "The quote is not public" in confirm_page.text
    assert Delivery.objects.count() == 0
    assert Issue.objects.get().frozen_at is None


def test_draft_refuses_writeup_for_members(organiser_client):
    writeup = make_writeup(audience="members")

    response = organiser_client.post(admin_url("draft_from_writeup", writeup.pk), follow=True)

    assert "This write-up is for members" in response.text
    assert not Issue.objects.exists()


def test_draft_chooses_short_public_quote_and_upcoming_meetup(organiser_client):
    book = make_book()
    quotes = [
        make_quote(book=book, text="word " * 60),
        make_quote(book=book, text="The longest that is short enough"),
        make_quote(book=book, text="Short"),
        make_quote(book=book, text="The longest that is short enough, for members", audience="members"),
    ]
    soon = dt.date.today() + dt.timedelta(days=3)  # noqa: DTZ011 - a date of the club
    past_meetup = make_meetup(book=book)
    make_meetup(date=soon, cancelled_at=timezone.now())
    later = make_meetup(date=soon + dt.timedelta(days=30))
    writeup = make_writeup(book=book, meetup=past_meetup)

    organiser_client.post(admin_url("draft_from_writeup", writeup.pk))

    issue = Issue.objects.get()
    assert (issue.quote, issue.meetup) == (quotes[1], later)


def test_review_shows_sending_pause(organiser_client):
    make_subscriber()
    issue = delivery.send_issue(make_issue(number=None), None)
    SendingPause.start(SendingPause.Reason.RESTORED)

    assert "No mail leaves: this may be a restored backup." in organiser_client.get(admin_url("review", issue.pk)).text


@pytest.mark.parametrize("backend", ["bookclub.mail.backends.FolderBackend", "bookclub.mail.backends.SMTPBackend"])
def test_letter_pages_say_that_there_is_no_mail_server(organiser_client, settings, backend):
    settings.EMAIL_BACKEND = backend
    make_subscriber()
    draft, sent = make_issue(number=None), delivery.send_issue(make_issue(number=None), None)
    addresses = [admin_url("review", draft.pk), admin_url("send", draft.pk), admin_url("review", sent.pk)]

    said = ["No mail leaves this machine yet." in organiser_client.get(address).text for address in addresses]

    assert said == [backend.endswith("FolderBackend")] * 3


def test_cancel_refuses_issue_that_has_been_sent(organiser_client):
    make_subscriber()
    issue = make_issue(number=None)
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})
    run_worker()

    response = organiser_client.post(admin_url("cancel", issue.pk), {"confirmed": "yes"}, follow=True)

    assert "it has gone out" in response.text
    assert "The letter is cancelled" not in response.text
    assert Issue.objects.get().cancelled_at is None


def test_pause_refuses_scheduled_issue_which_is_sent_on_time(organiser_client, mailoutbox, time_machine):
    make_subscriber()
    issue = make_issue(number=None, send_at=timezone.now() + dt.timedelta(hours=1))

    response = organiser_client.post(admin_url("pause", issue.pk), follow=True)
    time_machine.move_to(timezone.now() + dt.timedelta(hours=1, minutes=1))
    run_worker()

    assert "It is not on its way yet." in response.text
    assert len(mailoutbox) == 1


def test_scheduled_issue_is_sent_on_time_and_not_two_hours_late(organiser_client, mailoutbox, time_machine):
    make_subscriber()
    now = timezone.now()
    in_time, late = make_issue(number=None), make_issue(number=None)
    for issue in (in_time, late):
        at = timezone.localtime(now + dt.timedelta(hours=1)).replace(second=0, microsecond=0)
        data = {"confirmed": "yes", "at_0": at.date().isoformat(), "at_1": at.time().isoformat()}
        organiser_client.post(admin_url("send", issue.pk), data)
    run_worker()
    assert mailoutbox == []
    Issue.objects.filter(pk=late.pk).update(send_at=now - dt.timedelta(hours=2))

    time_machine.move_to(now + dt.timedelta(hours=1, minutes=5))
    run_worker()
    run_worker()

    assert [message.subject for message in mailoutbox] == [in_time.subject]
    organiser_client.force_login(Issue.objects.get(pk=late.pk).sent_by)
    assert "nothing could be sent then" in organiser_client.get(admin_url("review", late.pk)).text


def test_scheduled_issue_shows_its_time_and_can_be_unscheduled(organiser_client):
    make_subscriber()
    issue = make_issue(number=None)
    at = timezone.localtime(timezone.now() + dt.timedelta(days=3)).replace(hour=19, minute=0, second=0, microsecond=0)
    organiser_client.post(
        admin_url("send", issue.pk), {"confirmed": "yes", "at_0": at.date().isoformat(), "at_1": "19:00"}
    )

    form = soup_of(organiser_client.get(admin_url("review", issue.pk)))
    assert [form.select_one(f"[name=at_{part}]")["value"] for part in (0, 1)] == [f"{at.day} {at:%B %Y}", "19:00"]
    assert "Goes out" in organiser_client.get(reverse("admin:newsletter_issue_changelist")).text
    back = organiser_client.post(admin_url("unschedule", issue.pk), follow=True)

    assert "It is a draft again" in back.text
    assert Issue.objects.get().send_at is None


def test_send_refuses_time_in_the_past(organiser_client):
    issue = make_issue(number=None)

    response = organiser_client.get(admin_url("send", issue.pk), {"at_0": "2020-01-01", "at_1": "19:00"})

    assert "That moment is past." in response.text
    assert Issue.objects.get().send_at is None


def test_scheduled_issue_is_paused_if_part_is_no_longer_public(organiser_client, mailoutbox, time_machine):
    make_subscriber()
    writeup = make_writeup()
    issue = make_issue(number=None, writeup=writeup, send_at=timezone.now() + dt.timedelta(hours=1))
    type(writeup).objects.update(published_at=None)

    time_machine.move_to(timezone.now() + dt.timedelta(hours=1, minutes=1))
    run_worker()

    assert mailoutbox == []
    review_page = organiser_client.get(admin_url("review", issue.pk)).text
    assert "was held back" in review_page
    assert "The write-up is not public" in review_page
    assert "Held back: look at it" in organiser_client.get(reverse("admin:newsletter_issue_changelist")).text
    type(writeup).objects.update(published_at=timezone.now())
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})
    run_worker()
    assert len(mailoutbox) == 1


def test_send_refuses_cancelled_issue(organiser_client):
    issue = make_issue(number=None, cancelled_at=timezone.now())

    response = organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"}, follow=True)

    assert "This letter was cancelled." in response.text
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("shown_to", "seen_by"),
    [("public", {"visitor", "bob", "olga"}), ("members", {"bob", "olga"}), ("nobody", {"olga"})],
)
def test_site_audience_decides_who_sees_sent_issue(organiser_client, client, bob, olga, shown_to, seen_by):
    issue = delivery.send_issue(make_issue(number=None), olga)

    organiser_client.post(admin_url("site_audience", issue.pk), {"shown_to": shown_to})

    found = set()
    for name, member in (("olga", olga), ("bob", bob), ("visitor", None)):
        client.logout()
        if member:
            client.force_login(member)
        address = f"/newsletter/{issue.number}/"
        if client.get(address).status_code == 200 and address in client.get("/newsletter/").text:
            found.add(name)
    assert found == seen_by


def test_issue_list_omits_drafts_for_organisers(organiser_client):
    make_issue(number=None, subject="Half done", published_at=None)

    response = organiser_client.get("/newsletter/")

    assert response.status_code == 200
    assert "Half done" not in response.text


def test_issue_page_links_to_site_only_when_sent(organiser_client, olga):
    draft = make_issue(number=None)
    assert "See its page" not in organiser_client.get(admin_url("change", draft.pk)).text

    delivery.send_issue(draft, olga)

    leads_to = press(organiser_client, admin_url("change", draft.pk), "See its page").url
    assert leads_to == f"/newsletter/{Issue.objects.get().number}/"


def test_pause_keeps_queued_deliveries_and_cancel_drops_them(organiser_client, olga, mailoutbox):
    make_subscriber()
    issue = make_issue(number=None)
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})

    organiser_client.post(admin_url("pause", issue.pk))
    run_worker()
    assert mailoutbox == []
    organiser_client.post(admin_url("cancel", issue.pk))
    assert Issue.objects.get().cancelled_at is None
    organiser_client.post(admin_url("cancel", issue.pk), {"confirmed": "yes"})
    organiser_client.post(admin_url("pause", issue.pk))
    run_worker()

    assert mailoutbox == []
    assert Delivery.objects.get().state == "dropped"


def test_unknown_delivery_is_settled_by_organiser(organiser_client):
    make_subscriber("ann@example.org")
    issue = make_issue(number=None)
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})
    Delivery.objects.update(state="unknown")

    assert "ann@example.org" in organiser_client.get(admin_url("review", issue.pk)).text
    organiser_client.post(
        admin_url("settle_unknown", issue.pk), {"delivery": Delivery.objects.get().pk, "answer": "again"}
    )
    assert set(Delivery.objects.values_list("state", "attempts", "worker")) == {("queued", 0, "")}
    Delivery.objects.update(state="unknown")
    organiser_client.post(
        admin_url("settle_unknown", issue.pk), {"delivery": Delivery.objects.get().pk, "answer": "sent"}
    )

    assert Delivery.objects.get().state == "sent"


def test_unknown_deliveries_are_sent_again_only_when_confirmed(organiser_client, mailoutbox):
    for _ in range(3):
        make_subscriber()
    issue = make_issue(number=None)
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})
    Delivery.objects.update(state="unknown")

    confirm_page = organiser_client.post(admin_url("settle_unknown", issue.pk), {"answer": "again"})
    assert "Whoever has one gets it twice." in confirm_page.text
    assert set(Delivery.objects.values_list("state", flat=True)) == {"unknown"}
    organiser_client.post(admin_url("settle_unknown", issue.pk), {"answer": "again", "confirmed": "yes"})
    run_worker()
    assert len(mailoutbox) == 3
    Delivery.objects.update(state="unknown")
    organiser_client.post(admin_url("settle_unknown", issue.pk), {"answer": "sent"})
    response = organiser_client.post(admin_url("settle_unknown", issue.pk), {"answer": "sent"}, follow=True)

    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert "Somebody has settled this already." in response.text


@pytest.mark.parametrize("typed", ["", "x", "٣", "9" * 40])
def test_settle_unknown_handles_invalid_delivery_id(organiser_client, typed):
    issue = make_issue(number=None)

    assert (
        "settled this already"
        in organiser_client.post(admin_url("settle_unknown", issue.pk), {"delivery": typed}, follow=True).text
    )


def test_refused_issue_is_shown_and_sent_after_retry(organiser_client, mailoutbox):
    gone = make_subscriber("gone@example.org")
    make_subscriber("ann@example.org")
    issue = make_issue(number=None)
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})
    Delivery.objects.update(state="failed", error="554 5.7.1 We read no letters")
    gone.record_bounce(Bounce.HARD)
    Issue.objects.update(paused_at=timezone.now(), pause_reason="554 5.7.1 We read no letters")

    review_page = organiser_client.get(admin_url("review", issue.pk)).text
    assert "said: “554 5.7.1 We read no letters”" in review_page
    assert "has paused by itself" in organiser_client.get(reverse("admin:index")).text
    assert "Refused: look at it" in organiser_client.get(reverse("admin:newsletter_issue_changelist")).text
    organiser_client.post(admin_url("pause", issue.pk))
    organiser_client.post(admin_url("retry_failed", issue.pk))
    run_worker()

    assert [message.to for message in mailoutbox] == [["ann@example.org"]]
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["failed", "sent"]


def test_review_shows_size_of_the_encoded_mail(organiser_client, mailoutbox):
    make_subscriber()
    issue = make_issue(number=None, introduction="„Größe“ – é " * 3_000)

    review_page = soup_of(organiser_client.get(admin_url("review", issue.pk)))
    shown_kilobytes = float(re.search(r"([\d.]+) KB\. As mail", review_page.get_text(" ", strip=True))[1])
    delivery.send_issue(issue, None)
    run_worker()

    sent_bytes = len(mailoutbox[0].message().as_bytes())
    assert abs(shown_kilobytes * 1000 - sent_bytes) < 1_000
    assert "Gmail cuts it off." in review_page.get_text()


def test_send_refuses_text_that_provider_would_replace(organiser_client, settings):
    settings.EMAIL_BACKEND = "anymail.backends.brevo.EmailBackend"
    issue = make_issue(number=None, introduction="We read {{name}}.")

    confirm_page = organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})

    assert "Brevo, which sends our mail, replaces “{{” before a word with something else" in confirm_page.text
    assert Issue.objects.get().frozen_at is None


def test_send_test_goes_to_organiser_with_inert_leave_link(organiser_client, client, olga, mailoutbox):
    make_subscriber()
    issue = make_issue(number=None)

    organiser_client.post(admin_url("send_test", issue.pk))
    run_worker()

    assert [message.to for message in mailoutbox] == [[olga.email]]
    assert Issue.objects.get().frozen_at is None
    headers = mailoutbox[0].message()
    assert headers["List-Id"] == "<letter.localhost>"
    [leave] = re.findall(r"<http://localhost:8000(/\S+)>", headers["List-Unsubscribe"])
    left = client.post(leave, {"List-Unsubscribe": "One-Click"})
    assert (left.status_code, "This link belongs to a test" in left.text) == (200, True)


def test_send_test_goes_to_any_address_within_a_budget(organiser_client):
    issue = make_issue(number=None, subject="Tonight")

    for address in ["not an address", "other@example.net", *["friend@example.net"] * 6]:
        page = organiser_client.post(admin_url("send_test", issue.pk), {"to": address}, follow=True)

    tests = OutgoingMail.objects.filter(kind="letter-test").order_by("pk")
    assert list(tests.values_list("to", "subject")) == [
        ("other@example.net", "Test: Tonight"),
        *[("friend@example.net", "Test: Tonight")] * 5,
    ]
    assert "No test was sent to friend@example.net" in page.text
    assert issue.deliveries.count() == 0


def test_sent_issue_cannot_be_changed_or_deleted(organiser_client):
    make_meetup()
    issue = make_issue(number=None, introduction="First words")
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})

    organiser_client.post(
        admin_url("change", issue.pk), {"subject": "Other", "topic": "letter", "introduction": "Other words"}
    )
    organiser_client.post(admin_url("delete", issue.pk), {"post": "yes"})

    assert Issue.objects.get().introduction == "First words"
    assert "First words" in Issue.objects.get().frozen_text


ISSUE_PAGES = [
    "review", "mail_html", "send_test", "send", "unschedule", "pause", "cancel", "settle_unknown", "retry_failed",
    "site_audience",
]  # fmt: skip


@pytest.mark.parametrize("name", ISSUE_PAGES)
def test_issue_pages_refuse_authors(client, mailoutbox, name):
    issue = make_issue(number=None)
    client.force_login(make_writer())
    make_subscriber()

    statuses = [
        method(admin_url(name, issue.pk), {"confirmed": "yes"}).status_code for method in (client.get, client.post)
    ]
    run_worker()

    assert statuses[1] == 403
    assert statuses[0] in {403, 405}
    assert not Delivery.objects.exists()
    assert mailoutbox == []


def test_mail_preview_allows_styles_but_no_scripts(organiser_client):
    issue = make_issue(number=None)

    response = organiser_client.get(admin_url("mail_html", issue.pk))

    assert "style-src 'unsafe-inline'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]


def test_deliverability_page_lists_dns_records_and_sends_test(organiser_client, olga, settings, mailoutbox):
    make_club(contact_email="hello@club.example")
    settings.DEFAULT_FROM_EMAIL = "Book Club <letters@club.example>"
    settings.EMAIL_HOST = "mail.club.example"
    url = reverse("admin:newsletter_issue_deliverability")

    organiser_client.post(url)
    run_worker()
    soup = soup_of(organiser_client.get(url))

    values = [code.text for code in soup.select("dd code")]
    assert "v=spf1 a:mail.club.example ~all" in values
    assert "_dmarc.club.example" in values
    assert "v=DMARC1; p=none; rua=mailto:hello@club.example" in values
    assert [message.to for message in mailoutbox] == [[olga.email]]
    assert f"To: {olga.email}" in soup.select_one("pre").text


def test_date_note_is_sent_only_to_subscribers_of_dates(organiser_client, mailoutbox):
    meetup = make_meetup(date=dt.date(2030, 2, 13))
    make_subscriber("ann@example.org", wants_dates=True, wants_letter=False)
    make_subscriber("bob@example.org")

    for _ in range(2):
        press(organiser_client, reverse("admin:meetups_meetup_change", args=[meetup.pk]), "Draft a note")
    issue = Issue.objects.get()
    organiser_client.post(admin_url("send", issue.pk), {"confirmed": "yes"})
    run_worker()

    assert [message.to for message in mailoutbox] == [["ann@example.org"]]
    assert mailoutbox[0].subject == "We meet on Wednesday 13 February"


def test_member_page_shows_subscription(client, bob):
    client.force_login(bob)
    assert "You don’t get it yet." in client.get("/members/me/").text
    make_subscriber(bob.email)
    assert f"It comes to {bob.email}." in client.get("/members/me/").text
