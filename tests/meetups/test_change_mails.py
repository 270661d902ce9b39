"""Another day, time or place, set at the desk: who is told, of what, and once."""

import datetime as dt
import threading

import pytest
from django.contrib.messages import get_messages
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from bookclub.models import OutgoingMail
from meetups import hosting
from meetups.changing import tell_of_changes
from meetups.models import RSVP, Change, Meetup
from tests.factories import make_meetup, make_member, make_rsvp, make_venue
from tests.meetups.mails import posted
from tests.pages import soup_of, texts

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2030, 2, 1, 12, tzinfo=dt.UTC)
WEDNESDAY, THURSDAY, FRIDAY = "13/02/2030", "14/02/2030", "15/02/2030"


def minutes(number):
    return dt.timedelta(minutes=number)


IN_FIVE_MINUTES = NOON + dt.timedelta(minutes=5, seconds=2)


@pytest.fixture
def ring():
    return make_venue(name="The Ring", address="1 Blackfriars Road")


@pytest.fixture
def evening(time_machine, ring):
    time_machine.move_to(NOON, tick=False)
    return make_meetup(date=dt.date(2030, 2, 13), venue=ring, capacity=2, published_at=NOON - minutes(60))


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def save(desk, evening, time_machine):
    """Changes fields of the evening at the desk, a second later; the messages that the organiser sees."""
    page = reverse("admin:meetups_meetup_change", args=[evening.pk])

    def save(**fields):
        time_machine.shift(1)
        sent = typed_into(soup_of(desk.get(page)).select_one("#meetup_form"))
        response = desk.post(page, {name: value for name, value in (sent | fields).items() if value is not None})
        assert response.status_code == 302, texts(soup_of(response), ".errornote, .errorlist")
        return [str(message) for message in get_messages(response.wsgi_request)]

    return save


def typed_into(form):
    """What a browser would send of it; nothing for a box that is not ticked."""
    sent = {each["name"]: each.get_text() for each in form.select("textarea[name]")}
    for each in form.select("input[name]:not([type=submit]):not([type=checkbox])"):
        sent[each["name"]] = each.get("value", "")
    sent |= {each["name"]: "on" for each in form.select("input[checked]")}
    for each in form.select("select[name]"):
        chosen = each.select_one("option[selected]")
        sent[each["name"]] = chosen["value"] if chosen else ""
    return sent


def tell(time_machine, moment=IN_FIVE_MINUTES):
    """Do the chore at `moment`; the addresses and the subjects of all change mails that there are."""
    time_machine.move_to(moment, tick=False)
    tell_of_changes()
    mails = OutgoingMail.objects.filter(kind="meetup-changed").order_by("pk")
    return list(mails.values_list("to", "subject"))


NEW_DATE = "New date, {} February 2030, 7 pm to 9 pm, London time"


def test_a_new_date_is_told_to_all_who_go_or_wait(evening, bob, alice, save, time_machine):
    pending = make_member(approved_at=None)
    gone = make_member()
    for member, options in ((bob, {}), (alice, {}), (pending, {}), (gone, {}), (make_member(), {})):
        make_rsvp(evening, member, **options)
    make_rsvp(evening, gone, RSVP.Answer.NOT_GOING)
    going_waiting_pending = RSVP.objects.coming()

    said = save(date=THURSDAY)

    told = tell(time_machine)
    assert said[0] == "4 people will be told of it by mail in five minutes, unless you change it back."
    assert sorted(to for to, _ in told) == sorted(rsvp.member.email for rsvp in going_waiting_pending)
    assert {subject for _, subject in told} == {NEW_DATE.format("Thursday 14")}


def test_the_form_says_how_many_will_be_told(evening, bob, desk):
    make_rsvp(evening, bob)
    page = soup_of(desk.get(reverse("admin:meetups_meetup_change", args=[evening.pk])))

    box = page.select_one("[name=tells]")

    assert box.has_attr("checked")
    assert "1 person is coming or waiting" in box.find_parent(class_="form-row").get_text()


def test_old_and_new_stand_side_by_side(evening, bob, save, time_machine, mailoutbox):
    other = make_venue(name="The Boot", address="10 Redcross Way")
    make_rsvp(evening, bob)
    posted(mailoutbox)
    save(date=THURSDAY, start_time="19:30", venue=other.pk, room="upstairs")
    time_machine.move_to(IN_FIVE_MINUTES, tick=False)

    [mail] = posted(mailoutbox)

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


def test_several_quick_corrections_are_told_as_one(evening, bob, save, time_machine):
    make_rsvp(evening, bob)
    save(date=THURSDAY)
    time_machine.move_to(NOON + minutes(4), tick=False)
    save(date=FRIDAY)

    assert tell(time_machine, NOON + minutes(9)) == []
    assert tell(time_machine, NOON + dt.timedelta(minutes=9, seconds=1)) == [(bob.email, NEW_DATE.format("Friday 15"))]
    assert "Wednesday 13" in OutgoingMail.objects.get(kind="meetup-changed").text


def test_a_slip_that_is_put_right_at_once_is_told_to_nobody(evening, bob, save, time_machine):
    make_rsvp(evening, bob)
    save(date=THURSDAY)
    save(date=WEDNESDAY)

    assert tell(time_machine) == []
    assert not Change.objects.untold().exists()


def test_a_later_change_is_told_again(evening, bob, save, time_machine):
    make_rsvp(evening, bob)
    save(date=THURSDAY)
    tell(time_machine)
    save(date=WEDNESDAY)

    told = tell(time_machine, NOON + minutes(60))

    assert [subject for _, subject in told] == [NEW_DATE.format("Thursday 14"), NEW_DATE.format("Wednesday 13")]


def test_each_is_told_from_what_they_were_told_last(evening, bob, alice, save, time_machine):
    make_rsvp(evening, bob)
    save(date=THURSDAY)
    time_machine.move_to(NOON + minutes(2), tick=False)
    make_rsvp(evening, alice)
    time_machine.move_to(NOON + minutes(3), tick=False)
    save(date=FRIDAY)
    time_machine.move_to(NOON + minutes(4), tick=False)
    make_rsvp(evening, make_member())
    tell(time_machine, NOON + minutes(10))

    mails = dict(OutgoingMail.objects.filter(kind="meetup-changed").values_list("to", "text"))

    assert {to: text.split("Before\n")[1].splitlines()[0] for to, text in mails.items()} == {
        bob.email: "Wednesday 13 February 2030",
        alice.email: "Thursday 14 February 2030",
    }


def test_who_is_not_to_be_told_is_not(evening, bob, save, time_machine):
    make_rsvp(evening, bob)

    said = save(date=THURSDAY, tells=None)

    assert (len(said), tell(time_machine)) == (1, [])


@pytest.mark.parametrize("fields", [{"cost": "Free"}, {"about": "Bring a chair."}, {"room": " "}, {"capacity": "3"}])
def test_nobody_is_told_of_what_is_no_news(evening, bob, save, time_machine, fields):
    make_rsvp(evening, bob)

    said = save(**fields)

    assert (len(said), tell(time_machine)) == (1, [])


@pytest.mark.parametrize(
    "fields",
    [{"published_at": None}, {"cancelled_at": NOON}, {"date": dt.date(2030, 1, 30)}],
    ids=lambda each: next(iter(each)),
)
def test_nobody_is_told_of_a_draft_a_cancelled_or_a_past_meetup(evening, bob, save, time_machine, desk, fields):
    make_rsvp(evening, bob)
    for name, value in fields.items():
        setattr(evening, name, value)
    evening.save()

    page = soup_of(desk.get(reverse("admin:meetups_meetup_change", args=[evening.pk])))
    save(date=THURSDAY)

    assert page.select_one("[name=date], [name=tells]") == page.select_one("[name=date]")
    assert tell(time_machine) == []


def test_a_meetup_that_is_cancelled_meanwhile_is_told_as_that_alone(evening, bob, save, time_machine):
    make_rsvp(evening, bob)
    save(date=THURSDAY)
    hosting.cancel(evening)

    assert tell(time_machine) == []
    assert not Change.objects.untold().exists()


def test_a_change_is_told_late_where_no_worker_was_there_and_not_once_it_has_begun(evening, bob, save, time_machine):
    make_rsvp(evening, bob)
    save(start_time="20:00")
    assert len(tell(time_machine, NOON + dt.timedelta(days=12, hours=7, minutes=59))) == 1

    Change.objects.update(told_at=None)
    OutgoingMail.objects.all().delete()
    assert tell(time_machine, NOON + dt.timedelta(days=12, hours=8)) == []


def test_a_meetup_without_a_date_is_postponed(evening, bob, save, time_machine):
    make_rsvp(evening, bob)
    save(date="", start_time="", end_time="")

    assert tell(time_machine) == [(bob.email, "Postponed: Wednesday 13 February 2030")]


def test_who_has_no_seat_hears_nothing_of_private_places(evening, bob, alice, olga, save, time_machine):
    """Nor that it has moved from one to the other, where the area is the same."""
    first, second = (make_venue(name=f"Flat {number}", is_private=True, address=f"{number} Road") for number in (1, 2))
    Meetup.objects.filter(pk=evening.pk).update(venue=first, capacity=1)
    for member in (bob, alice, olga):
        make_rsvp(evening, member)

    save(venue=second.pk)
    told = dict(tell(time_machine))
    moved = OutgoingMail.objects.filter(kind="meetup-changed")

    assert set(told) == {bob.email, olga.email}
    assert all("Flat 1" in mail.text and "Flat 2" in mail.text for mail in moved)

    save(date=THURSDAY)
    tell(time_machine, NOON + minutes(60))
    assert "Flat" not in moved.get(to=alice.email).text


def test_who_gets_a_seat_by_the_same_save_is_told_in_one_mail(evening, bob, alice, save, time_machine, mailoutbox):
    Meetup.objects.filter(pk=evening.pk).update(capacity=1)
    make_rsvp(evening, bob)
    make_rsvp(evening, alice)
    posted(mailoutbox)
    time_machine.move_to(NOON + minutes(1), tick=False)

    save(date=THURSDAY, capacity="2")

    [promoted] = posted(mailoutbox)
    assert (promoted.to, promoted.lines[1]) == (alice.email, "Thursday 14 February 2030, 7 pm to 9 pm, London time")
    assert [to for to, _ in tell(time_machine, NOON + minutes(7))] == [bob.email]


def test_a_reminder_that_waits_is_written_anew(evening, bob, save, time_machine):
    make_rsvp(evening, bob)
    OutgoingMail.objects.create(
        key=f"reminder-week:{evening.pk}:{bob.pk}:2030-02-13", kind="reminder-week", to=bob.email
    )

    save(start_time="20:00")

    assert not OutgoingMail.objects.filter(kind="reminder-week").exists()


def test_a_save_costs_the_same_for_any_number_of_people(evening, save):
    def cost(date):
        with CaptureQueriesContext(connection) as asked:
            save(date=date)
        return len(asked)

    Meetup.objects.filter(pk=evening.pk).update(capacity=None)
    make_rsvp(evening)
    cost(FRIDAY)
    for_one = cost(THURSDAY)
    for _ in range(10):
        make_rsvp(evening)

    assert cost(WEDNESDAY) == for_one


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_a_time_tell_each_once(evening, time_machine):
    for _ in range(2):
        make_rsvp(evening)
    time_machine.shift(1)
    Change.of(evening).save()
    Meetup.objects.filter(pk=evening.pk).update(room="upstairs")
    time_machine.move_to(NOON + minutes(6))
    start, errors = threading.Barrier(3), []

    def work():
        try:
            start.wait(10)
            tell_of_changes()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert errors == []
    assert OutgoingMail.objects.filter(kind="meetup-changed").count() == 2
