"""Change notices, sent after a change of date, time or place in the admin."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from bookclub.mail.models import OutgoingMail
from meetups import cancellation
from meetups.change_notices import write_change_notices
from meetups.models import RSVP, Meetup, MeetupChange
from tests.factories import make_meetup, make_member, make_rsvp, make_venue
from tests.meetups.mails import send_and_parse
from tests.pages import soup_of, texts
from tests.racing import race

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2030, 2, 1, 12, tzinfo=dt.UTC)
WEDNESDAY, THURSDAY, FRIDAY = "13/02/2030", "14/02/2030", "15/02/2030"


def minutes(number):
    return dt.timedelta(minutes=number)


IN_FIVE_MINUTES = NOON + dt.timedelta(minutes=5, seconds=2)


@pytest.fixture
def venue():
    return make_venue(name="The Ring", address="1 Blackfriars Road")


@pytest.fixture
def meetup(time_machine, venue):
    time_machine.move_to(NOON, tick=False)
    return make_meetup(date=dt.date(2030, 2, 13), venue=venue, capacity=2, published_at=NOON - minutes(60))


@pytest.fixture
def save(organiser_client, meetup, time_machine):
    """Return a function that changes fields of the meetup in the admin, a second later, and returns the messages."""
    page = reverse("admin:meetups_meetup_change", args=[meetup.pk])

    def save(**fields):
        time_machine.shift(1)
        sent = form_values(soup_of(organiser_client.get(page)).select_one("#meetup_form"))
        response = organiser_client.post(
            page, {name: value for name, value in (sent | fields).items() if value is not None}
        )
        assert response.status_code == 302, texts(soup_of(response), ".errornote, .errorlist")
        return [str(message) for message in get_messages(response.wsgi_request)]

    return save


def form_values(form):
    """Return {name: value} as a browser would send the form."""
    sent = {each["name"]: each.get_text() for each in form.select("textarea[name]")}
    for each in form.select("input[name]:not([type=submit]):not([type=checkbox])"):
        sent[each["name"]] = each.get("value", "")
    sent |= {each["name"]: "on" for each in form.select("input[checked]")}
    for each in form.select("select[name]"):
        chosen = each.select_one("option[selected]")
        sent[each["name"]] = chosen["value"] if chosen else ""
    return sent


def send_notices(time_machine, moment=IN_FIVE_MINUTES):
    """Run the periodic task at `moment`; return [(address, subject), …] of all change notices."""
    time_machine.move_to(moment, tick=False)
    write_change_notices()
    mails = OutgoingMail.objects.filter(kind="meetup-changed").order_by("pk")
    return list(mails.values_list("to", "subject"))


NEW_DATE = "New date, {} February 2030, 7 pm to 9 pm, London time"


def test_change_notice_goes_to_all_going_or_queued(meetup, bob, alice, save, time_machine):
    pending = make_member(approved_at=None)
    gone = make_member()
    for member, options in ((bob, {}), (alice, {}), (pending, {}), (gone, {}), (make_member(), {})):
        make_rsvp(meetup, member, **options)
    make_rsvp(meetup, gone, RSVP.Answer.NOT_GOING)
    going_waiting_pending = RSVP.objects.going_or_queued()

    messages = save(date=THURSDAY)

    notices = send_notices(time_machine)
    assert messages[0] == "4 people will be told of it by mail in five minutes, unless you change it back."
    assert sorted(to for to, _ in notices) == sorted(rsvp.member.email for rsvp in going_waiting_pending)
    assert {subject for _, subject in notices} == {NEW_DATE.format("Thursday 14")}


def test_change_form_says_how_many_are_told(meetup, bob, organiser_client):
    make_rsvp(meetup, bob)
    page = soup_of(organiser_client.get(reverse("admin:meetups_meetup_change", args=[meetup.pk])))

    box = page.select_one("[name=tells]")

    assert box.has_attr("checked")
    assert "1 person is coming or waiting" in box.find_parent(class_="form-row").get_text()


def test_change_notice_shows_old_and_new(meetup, bob, save, time_machine, mailoutbox):
    other = make_venue(name="The Boot", address="10 Redcross Way")
    make_rsvp(meetup, bob)
    send_and_parse(mailoutbox)
    save(date=THURSDAY, start_time="19:30", venue=other.pk, room="upstairs")
    time_machine.move_to(IN_FIVE_MINUTES, tick=False)

    [mail] = send_and_parse(mailoutbox)

    assert mail.lines[:10] == [
        "The date, time and place of this meetup have changed.",
        "Before",
        "Wednesday 13 February 2030",
        "7 pm to 9 pm, London time",
        "The Ring, Southwark, 1 Blackfriars Road",
        "Now",
        "Thursday 14 February 2030",
        "7.30 pm to 9 pm, London time",
        "The Boot, Southwark, 10 Redcross Way",
        "Upstairs",
    ]
    assert [cell.get_text().split()[0] for cell in mail.soup.select("td")] == ["Before", "Now"]
    assert mail.words == mail.html_words
    [event] = Calendar.from_ical(mail.calendar).events
    assert (event.start.isoformat(), event["sequence"]) == ("2030-02-14T19:30:00+00:00", 1)


def test_quick_corrections_make_one_notice(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)
    save(date=THURSDAY)
    time_machine.move_to(NOON + minutes(4), tick=False)
    save(date=FRIDAY)

    assert send_notices(time_machine, NOON + minutes(9)) == []
    assert send_notices(time_machine, NOON + dt.timedelta(minutes=9, seconds=1)) == [
        (bob.email, NEW_DATE.format("Friday 15"))
    ]
    assert "Wednesday 13" in OutgoingMail.objects.get(kind="meetup-changed").text


def test_reverted_change_makes_no_notice(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)
    save(date=THURSDAY)
    save(date=WEDNESDAY)

    assert send_notices(time_machine) == []
    assert not MeetupChange.objects.not_notified().exists()


def test_later_change_makes_another_notice(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)
    save(date=THURSDAY)
    send_notices(time_machine)
    save(date=WEDNESDAY)

    notices = send_notices(time_machine, NOON + minutes(60))

    assert [subject for _, subject in notices] == [NEW_DATE.format("Thursday 14"), NEW_DATE.format("Wednesday 13")]


def test_change_notice_starts_from_what_each_guest_knew(meetup, bob, alice, save, time_machine):
    make_rsvp(meetup, bob)
    save(date=THURSDAY)
    time_machine.move_to(NOON + minutes(2), tick=False)
    make_rsvp(meetup, alice)
    time_machine.move_to(NOON + minutes(3), tick=False)
    save(date=FRIDAY)
    time_machine.move_to(NOON + minutes(4), tick=False)
    make_rsvp(meetup, make_member())
    send_notices(time_machine, NOON + minutes(10))

    mails = dict(OutgoingMail.objects.filter(kind="meetup-changed").values_list("to", "text"))

    assert {to: text.split("Before\n")[1].splitlines()[0] for to, text in mails.items()} == {
        bob.email: "Wednesday 13 February 2030",
        alice.email: "Thursday 14 February 2030",
    }


def test_change_notices_can_be_declined_on_the_form(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)

    messages = save(date=THURSDAY, tells=None)

    assert (len(messages), send_notices(time_machine)) == (1, [])


@pytest.mark.parametrize("fields", [{"cost": "Free"}, {"about": "Bring a chair."}, {"room": " "}, {"capacity": "3"}])
def test_other_fields_make_no_notice(meetup, bob, save, time_machine, fields):
    make_rsvp(meetup, bob)

    messages = save(**fields)

    assert (len(messages), send_notices(time_machine)) == (1, [])


@pytest.mark.parametrize(
    "fields",
    [{"published_at": None}, {"cancelled_at": NOON}, {"date": dt.date(2030, 1, 30)}],
    ids=lambda each: next(iter(each)),
)
def test_draft_cancelled_or_past_meetup_makes_no_notice(meetup, bob, save, time_machine, organiser_client, fields):
    make_rsvp(meetup, bob)
    for name, value in fields.items():
        setattr(meetup, name, value)
    meetup.save()

    page = soup_of(organiser_client.get(reverse("admin:meetups_meetup_change", args=[meetup.pk])))
    save(date=THURSDAY)

    assert page.select_one("[name=date], [name=tells]") == page.select_one("[name=date]")
    assert send_notices(time_machine) == []


def test_cancellation_replaces_pending_change_notice(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)
    save(date=THURSDAY)
    cancellation.cancel_meetup(meetup)

    assert send_notices(time_machine) == []
    assert not MeetupChange.objects.not_notified().exists()


def test_change_notice_is_late_without_worker_until_meetup_begins(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)
    save(start_time="20:00")
    assert len(send_notices(time_machine, NOON + dt.timedelta(days=12, hours=7, minutes=59))) == 1

    MeetupChange.objects.update(notified_at=None)
    OutgoingMail.objects.all().delete()
    assert send_notices(time_machine, NOON + dt.timedelta(days=12, hours=8)) == []


def test_removed_date_is_told_as_postponed(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)
    save(date="", start_time="", end_time="")

    assert send_notices(time_machine) == [(bob.email, "Postponed: Wednesday 13 February 2030")]


def test_change_notice_hides_private_place_without_seat(meetup, bob, alice, olga, save, time_machine):
    """Not even that the meetup has moved to another private venue in the same area."""
    first, second = (make_venue(name=f"Flat {number}", is_private=True, address=f"{number} Road") for number in (1, 2))
    Meetup.objects.filter(pk=meetup.pk).update(venue=first, capacity=1)
    for member in (bob, alice, olga):
        make_rsvp(meetup, member)

    save(venue=second.pk)
    notices = dict(send_notices(time_machine))
    moved = OutgoingMail.objects.filter(kind="meetup-changed")

    assert set(notices) == {bob.email, olga.email}
    assert all("Flat 1" in mail.text and "Flat 2" in mail.text for mail in moved)

    save(date=THURSDAY)
    send_notices(time_machine, NOON + minutes(60))
    assert "Flat" not in moved.get(to=alice.email).text


def test_promotion_by_same_save_replaces_change_notice(meetup, bob, alice, save, time_machine, mailoutbox):
    Meetup.objects.filter(pk=meetup.pk).update(capacity=1)
    make_rsvp(meetup, bob)
    make_rsvp(meetup, alice)
    send_and_parse(mailoutbox)
    time_machine.move_to(NOON + minutes(1), tick=False)

    save(date=THURSDAY, capacity="2")

    [promoted] = send_and_parse(mailoutbox)
    assert (promoted.to, promoted.lines[1]) == (alice.email, "Thursday 14 February 2030, 7 pm to 9 pm, London time")
    assert [to for to, _ in send_notices(time_machine, NOON + minutes(7))] == [bob.email]


def test_change_rewrites_queued_reminder(meetup, bob, save, time_machine):
    make_rsvp(meetup, bob)
    OutgoingMail.objects.create(
        key=f"reminder-week:{meetup.pk}:{bob.pk}:2030-02-13", kind="reminder-week", to=bob.email
    )

    save(start_time="20:00")

    assert not OutgoingMail.objects.filter(kind="reminder-week").exists()


def test_save_query_count_is_independent_of_guests(meetup, save):
    def cost(date):
        with CaptureQueriesContext(connection) as asked:
            save(date=date)
        return len(asked)

    Meetup.objects.filter(pk=meetup.pk).update(capacity=None)
    make_rsvp(meetup)
    cost(FRIDAY)
    for_one = cost(THURSDAY)
    for _ in range(10):
        make_rsvp(meetup)

    assert cost(WEDNESDAY) == for_one


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_two_workers_write_each_change_notice_once(meetup, time_machine):
    for _ in range(2):
        make_rsvp(meetup)
    time_machine.shift(1)
    MeetupChange.from_meetup(meetup).save()
    Meetup.objects.filter(pk=meetup.pk).update(room="upstairs")
    time_machine.move_to(NOON + minutes(6))

    runs = race([write_change_notices] * 3)

    assert [run.error for run in runs] == ["", "", ""]
    assert OutgoingMail.objects.filter(kind="meetup-changed").count() == 2
