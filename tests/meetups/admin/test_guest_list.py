"""The guest list in the admin: sections, actions and permissions; cancellation, attendance and copying."""

import csv
import datetime as dt
import io

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.mail.models import OutgoingMail
from meetups import cancellation, guest_list
from meetups.models import RSVP, Meetup
from meetups.rsvps import record_rsvp
from members.models import Member
from tests.factories import make_book, make_club, make_meetup, make_member, make_rsvp, make_writer, make_writeup
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def full_meetup():
    """A meetup with two seats, taken by Ann and Ben. Queue: Cy, Di."""
    meetup = make_meetup(capacity=2)
    for name in ("Ann", "Ben", "Cy", "Di"):
        make_rsvp(meetup, make_member(name=name))
    return meetup


def get_rsvp(meetup, name):
    return RSVP.objects.get(meetup=meetup, member__name=name)


def meetup_url(meetup, page="guests"):
    return f"/admin/meetups/meetup/{meetup.pk}/{page}/"


def action_url(meetup, name, verb):
    return meetup_url(meetup, f"guests/{get_rsvp(meetup, name).pk}/{verb}")


def sections(page):
    """Return {heading: [text of each row]}."""
    return {
        text_of(section.h2): [text_of(row.div) for row in section.select(".people > li")]
        for section in page.select(".guests section")
    }


def messages(response):
    """Return the messages on the page."""
    return texts(soup_of(response), ".messagelist li")


def going(meetup):
    return list(meetup.rsvps.going().order_by("member__name").values_list("member__name", flat=True))


def waiting(meetup):
    return list(meetup.rsvps.waiting().values_list("member__name", flat=True))


# The list


def test_guest_list_shows_sections_in_queue_order(organiser_client, olga, full_meetup):
    make_club(guests_allowed=2)
    record_rsvp(full_meetup, make_member(name="Ed"), "going", guests=2, message="We bring a cake")
    record_rsvp(full_meetup, make_member(name="Flo", approved_at=None), "going")
    record_rsvp(full_meetup, make_member(name="Gus"), "not_going", message="Next time")
    guest_list.remove_member(get_rsvp(full_meetup, "Ben"), "Rang: the train does not go", by=olga)

    page = soup_of(organiser_client.get(meetup_url(full_meetup)))

    day = text_of(page.select_one(".removed time"))
    assert sections(page) == {
        "Going: 2": ["Ann", "Cy"],
        "Waiting: 2": ["Di", "Ed + 2 guests We bring a cake"],
        "Waiting for your yes: 1": ["Flo"],
        "Can't come: 1": ["Gus Next time"],
        "Taken off the list: 1": [f"Ben Rang: the train does not go {day}, Olga Okafor"],
    }
    assert text_of(page.select_one(".sum")) == "2 of 2 seats taken, 2 waiting, 1 waiting for your yes. Full."


def test_guest_list_without_answers(organiser_client):
    page = soup_of(organiser_client.get(meetup_url(make_meetup())))

    assert "Nobody has answered yet." in text_of(page.select_one(".guests"))
    assert text_of(page.select_one(".sum")) == "0 seats taken. Open."


def test_guest_list_escapes_typed_text(organiser_client):
    make_rsvp(member=make_member(name="<b>Ann</b>"), message="<script>alert(1)</script>")

    page = soup_of(organiser_client.get(meetup_url(Meetup.objects.get())))

    assert [text_of(row) for row in page.select(".people li > div:first-child a")] == ["<b>Ann</b>"]
    assert text_of(page.select_one(".people q")) == "<script>alert(1)</script>"


def test_guest_list_query_count_is_constant(organiser_client):
    meetup = make_meetup(capacity=5)
    organiser_client.get(meetup_url(meetup))  # which fills caches
    counts = []
    for number in (10, 1000):
        missing = range(meetup.rsvps.count(), number)
        members = Member.objects.bulk_create(
            [Member(email=f"{each}@many.example", name=f"Reader {each}") for each in missing]
        )
        RSVP.objects.bulk_create(
            RSVP(meetup=meetup, member=member, answer="waiting", queue_position=queue_position)
            for queue_position, member in zip(missing, members, strict=True)
        )
        with CaptureQueriesContext(connection) as queries:
            page = organiser_client.get(meetup_url(meetup)).content
        assert page.count(b"<summary") == number
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_meetup_form_links_to_guest_list_and_changelist_shows_seats(organiser_client, full_meetup):
    form = soup_of(organiser_client.get(f"/admin/meetups/meetup/{full_meetup.pk}/change/"))
    meetups = soup_of(organiser_client.get("/admin/meetups/meetup/"))

    assert texts(form, ".object-tools button")[0] == "Guest list"
    assert text_of(form.select_one(".field-who_comes .readonly")) == "2 of 2 seats taken. Guest list"
    assert texts(meetups, "#result_list .field-taken") == ["2 of 2 seats taken"]


# Actions


def test_add_guest_sends_mail(organiser_client, bob):
    meetup = make_meetup(capacity=3)

    response = organiser_client.post(meetup_url(meetup, "guests/add"), {"member": bob.pk, "guests": "1"}, follow=True)

    assert messages(response) == ["Bob Baptiste is going."]
    assert (going(meetup), meetup.rsvps.get().guests) == (["Bob Baptiste"], 1)
    assert [mail.to for mail in OutgoingMail.objects.all()] == [bob.email]


def test_add_guest_asks_before_raising_capacity(organiser_client, full_meetup, bob):
    page = soup_of(organiser_client.post(meetup_url(full_meetup, "guests/add"), {"member": bob.pk, "guests": "1"}))

    assert text_of(page.h1) == "There is no free seat"
    assert "All 2 seats are taken, and 2 parties wait. With 4 seats instead of 2" in text_of(
        page.select_one(".confirm p")
    )
    assert texts(page, ".confirm button") == ["Put them on the waiting list", "Make it 4 seats"]
    kept = {field["name"]: field["value"] for field in page.select(".confirm input[type=hidden]")}
    assert (kept["member"], kept["guests"]) == (str(bob.pk), "1")
    full_meetup.refresh_from_db()
    assert (full_meetup.capacity, full_meetup.rsvps.filter(member=bob).exists()) == (2, False)


@pytest.mark.parametrize(
    ("decision", "words", "capacity"),
    [
        ({"waits": "on"}, "Bob Baptiste waits: number 3 of 3 on the waiting list.", 2),
        ({"capacity": "3"}, "Bob Baptiste is going.", 3),
    ],
)
def test_add_guest_offers_waiting_list_or_more_seats(organiser_client, full_meetup, bob, decision, words, capacity):
    response = organiser_client.post(
        meetup_url(full_meetup, "guests/add"), {"member": bob.pk, "guests": "0"} | decision, follow=True
    )

    full_meetup.refresh_from_db()
    assert messages(response) == [words]
    assert (full_meetup.capacity, waiting(full_meetup)[:2]) == (capacity, ["Cy", "Di"])


def test_give_seat_needs_agreed_capacity(organiser_client, full_meetup):
    page = soup_of(organiser_client.post(action_url(full_meetup, "Di", "seat")))
    assert texts(page, ".confirm button") == ["Make it 3 seats"]

    response = organiser_client.post(action_url(full_meetup, "Di", "seat"), {"capacity": "3"}, follow=True)

    assert messages(response) == ["Di is going."]
    assert (going(full_meetup), waiting(full_meetup)) == (["Ann", "Ben", "Di"], ["Cy"])


def test_give_seat_refuses_outdated_capacity(organiser_client, full_meetup, bob):
    guest_list.add_member(full_meetup, bob, capacity=3)

    response = organiser_client.post(action_url(full_meetup, "Di", "seat"), {"capacity": "3"}, follow=True)

    assert messages(response) == ["It would take 4 seats by now. Look at the list again."]
    assert waiting(full_meetup) == ["Cy", "Di"]


def test_move_to_front_button(organiser_client, full_meetup):
    response = organiser_client.post(action_url(full_meetup, "Di", "front"), follow=True)

    assert messages(response) == ["Di waits: number 1 of 2 on the waiting list."]
    assert waiting(full_meetup) == ["Di", "Cy"]


def test_move_to_waiting_asks_first(organiser_client, full_meetup):
    page = soup_of(organiser_client.get(action_url(full_meetup, "Ann", "waiting")))
    assert "This can't be undone" in text_of(page.select_one(".confirm"))
    assert going(full_meetup) == ["Ann", "Ben"]

    response = organiser_client.post(action_url(full_meetup, "Ann", "waiting"), follow=True)

    assert messages(response) == ["Ann waits: number 2 of 2 on the waiting list."]
    assert (going(full_meetup), waiting(full_meetup)) == (["Ben", "Cy"], ["Di", "Ann"])


def test_move_to_waiting_refuses_seat_that_nobody_fits(organiser_client):
    meetup = make_rsvp(member=make_member(name="Ann")).meetup

    response = organiser_client.post(action_url(meetup, "Ann", "waiting"), follow=True)

    assert messages(response) == [guest_list.NOBODY_FITS]
    assert going(meetup) == ["Ann"]


@pytest.mark.parametrize("tells", [True, False])
def test_remove_guest_keeps_reason(organiser_client, olga, full_meetup, tells):
    soup_of(organiser_client.get(action_url(full_meetup, "Ann", "removal")))
    assert going(full_meetup) == ["Ann", "Ben"]

    data = {"reason": "No-show, twice"} | ({"is_reason_told": "on"} if tells else {})
    response = organiser_client.post(action_url(full_meetup, "Ann", "removal"), data, follow=True)

    assert messages(response) == ["Ann is off the list."]
    assert (going(full_meetup), waiting(full_meetup)) == (["Ben", "Cy"], ["Di"])
    rsvp = get_rsvp(full_meetup, "Ann")
    assert (rsvp.removal_reason, rsvp.removed_by) == ("No-show, twice", olga)
    mail = OutgoingMail.objects.get(kind="rsvp-removed")
    assert ("No-show, twice" in mail.text) == tells


def test_remove_guest_requires_reason(organiser_client, full_meetup):
    page = soup_of(organiser_client.post(action_url(full_meetup, "Ann", "removal"), {"reason": "  "}))

    assert texts(page, ".errorlist li") == ["Say why: it is kept with the list."]
    assert page.title.string.startswith("Error:")
    assert going(full_meetup) == ["Ann", "Ben"]


def test_removed_guest_is_put_back_by_button(organiser_client, olga, full_meetup):
    guest_list.remove_member(get_rsvp(full_meetup, "Di"), "By mistake", by=olga)
    page = soup_of(organiser_client.get(meetup_url(full_meetup)))
    button = page.select_one("section:last-of-type button")
    assert (button["formaction"], button["name"], button["value"]) == (
        "add/",
        "member",
        str(get_rsvp(full_meetup, "Di").member_id),
    )

    organiser_client.post(meetup_url(full_meetup, "guests/add"), {"member": button["value"], "waits": "on"})

    assert waiting(full_meetup) == ["Cy", "Di"]


def test_approve_button_gives_pending_guest_a_seat(organiser_client):
    meetup = make_meetup()
    record_rsvp(meetup, make_member(name="Flo", approved_at=None, last_login=timezone.now()), "going")

    link = soup_of(organiser_client.get(meetup_url(meetup))).find("a", string="Say yes …")
    asked = soup_of(organiser_client.get(link["href"]))
    organiser_client.post(link["href"], {"id": asked.select_one("[name=id]")["value"]})

    assert going(meetup) == ["Flo"]


def test_action_on_changed_rsvp_shows_message(organiser_client, full_meetup):
    pressed = action_url(full_meetup, "Di", "seat")
    record_rsvp(full_meetup, get_rsvp(full_meetup, "Di").member, "not_going")

    assert messages(organiser_client.post(pressed, {"capacity": "3"}, follow=True)) == [guest_list.NOT_ON_LIST]

    get_rsvp(full_meetup, "Di").delete()
    assert organiser_client.post(pressed, {"capacity": "3"}).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"guests": "0"}, "Choose a member first."),
        ({"member": "999999"}, "Choose a member first."),
        ({"member": "OWN", "guests": "10"}, "At most 9."),
        ({"member": "OWN", "guests": "-1"}, "At least 0."),
    ],
)
def test_add_guest_shows_form_errors(organiser_client, bob, data, words):
    meetup = make_meetup()
    data = {name: bob.pk if value == "OWN" else value for name, value in data.items()}

    assert messages(organiser_client.post(meetup_url(meetup, "guests/add"), data, follow=True)) == [words]
    assert not meetup.rsvps.exists()


@pytest.mark.parametrize("code", guest_list.OBSTACLE_MESSAGES)
def test_closed_guest_list_shows_reason_without_buttons(organiser_client, full_meetup, code):
    fields = {
        "cancelled": {"cancelled_at": timezone.now()},
        "begun": {"starts_at": timezone.now() - dt.timedelta(minutes=1)},
        "draft": {"published_at": None},
    }[code]
    Meetup.objects.filter(pk=full_meetup.pk).update(**fields)

    page = soup_of(organiser_client.get(meetup_url(full_meetup)))

    assert text_of(page.select_one(".note")) == guest_list.OBSTACLE_MESSAGES[code]
    assert not page.select(".people button, .people .button-row, .add")
    assert messages(organiser_client.post(action_url(full_meetup, "Di", "front"), follow=True)) == [
        guest_list.OBSTACLE_MESSAGES[code]
    ]


# Permissions


@pytest.mark.parametrize("verb", ["seat", "front", "waiting", "removal"])
def test_get_requests_change_nothing(organiser_client, full_meetup, verb):
    before = list(RSVP.objects.order_by("pk").values())

    response = organiser_client.get(action_url(full_meetup, "Ann", verb))

    assert response.status_code == (200 if verb in {"waiting", "removal"} else 405)
    assert list(RSVP.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("who", ["author", "member", "visitor"])
def test_guest_list_requires_permission(client, full_meetup, bob, who):
    writer = make_writer()
    make_writeup(meetup=full_meetup, author=writer.author)
    if who != "visitor":
        client.force_login({"author": writer, "member": bob}[who])
    pages = [meetup_url(full_meetup, page) for page in ("guests", "who-came", "cancellation", "reinstatement")]
    acts = [action_url(full_meetup, "Ann", verb) for verb in ("seat", "front", "waiting", "removal")]
    before = list(RSVP.objects.order_by("pk").values())

    codes = {client.get(page).status_code for page in pages}
    codes |= {
        client.post(page, {"member": bob.pk}).status_code
        for page in [*pages, *acts, meetup_url(full_meetup, "guests/add")]
    }

    assert codes == ({403} if who == "author" else {302})
    assert list(RSVP.objects.order_by("pk").values()) == before
    full_meetup.refresh_from_db()
    assert full_meetup.cancelled_at is None


def test_rsvp_of_another_meetup_is_404(organiser_client, full_meetup):
    other = make_meetup()

    response = organiser_client.post(f"/admin/meetups/meetup/{other.pk}/guests/{get_rsvp(full_meetup, 'Di').pk}/front/")

    assert response.status_code == 404
    assert waiting(full_meetup) == ["Cy", "Di"]


def test_guest_list_log_names_nobody(organiser_client, olga, full_meetup):
    organiser_client.post(action_url(full_meetup, "Ann", "removal"), {"reason": "No-show"})

    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (olga, str(full_meetup.pk), "Guest list changed.")


# The meetup itself


def meetup_form(meetup, **fields):
    return {
        "date": meetup.date, "start_time": "19:00", "end_time": "21:00", "time_zone": "Europe/London",
        "capacity": meetup.capacity, "slug": meetup.slug, "audience": "public",
    } | fields  # fmt: skip


def test_saving_more_seats_promotes_queue_and_tells_organiser(organiser_client, full_meetup):
    response = organiser_client.post(
        f"/admin/meetups/meetup/{full_meetup.pk}/change/", meetup_form(full_meetup, capacity=4), follow=True
    )

    assert (going(full_meetup), waiting(full_meetup)) == (["Ann", "Ben", "Cy", "Di"], [])
    assert "Cy and Di waited, and have a seat now." in messages(response)
    assert OutgoingMail.objects.filter(kind="rsvp-promoted").count() == 2


def test_guest_list_action_message_is_singular_for_one_guest(organiser_client, full_meetup, bob):
    response = organiser_client.post(
        f"/admin/meetups/meetup/{full_meetup.pk}/change/", meetup_form(full_meetup, capacity=3), follow=True
    )
    page = soup_of(organiser_client.post(meetup_url(full_meetup, "guests/add"), {"member": bob.pk, "guests": "0"}))

    assert "Cy waited, and has a seat now." in messages(response)
    assert "All 3 seats are taken, and 1 party waits." in text_of(page.select_one(".confirm p"))


def test_meetup_form_refuses_closing_before_opening(organiser_client, full_meetup):
    moments = {"rsvps_open_at_0": "2026-03-04", "rsvps_close_at_0": "2026-03-03"}
    moments |= {"rsvps_open_at_1": "12:00", "rsvps_close_at_1": "12:00"}

    page = soup_of(
        organiser_client.post(f"/admin/meetups/meetup/{full_meetup.pk}/change/", meetup_form(full_meetup, **moments))
    )

    assert "Seats can be saved until a moment before they can be saved from." in text_of(page)


def test_cancellation_asks_and_counts_recipients(organiser_client, full_meetup):
    page = soup_of(organiser_client.get(meetup_url(full_meetup, "cancellation")))
    assert text_of(page.select_one(".confirm p")).startswith("4 people are told by mail.")
    full_meetup.refresh_from_db()
    assert full_meetup.cancelled_at is None

    response = organiser_client.post(
        meetup_url(full_meetup, "cancellation"), {"reason": "The pub has burnt down"}, follow=True
    )

    full_meetup.refresh_from_db()
    assert (full_meetup.stage, full_meetup.cancellation_reason) == (Meetup.Stage.CANCELLED, "The pub has burnt down")
    assert OutgoingMail.objects.filter(kind="meetup-cancelled").count() == 4
    assert text_of(soup_of(response).select_one(".note")).endswith("The reason was: The pub has burnt down")


def test_reinstatement_asks_first(organiser_client, full_meetup):
    cancellation.cancel_meetup(full_meetup)
    page = soup_of(organiser_client.get(meetup_url(full_meetup, "reinstatement")))
    assert text_of(page.select_one(".confirm p")).startswith("4 people are told by mail that it takes place after all.")

    response = organiser_client.post(meetup_url(full_meetup, "reinstatement"), follow=True)

    full_meetup.refresh_from_db()
    assert messages(response) == ["It takes place after all."]
    assert full_meetup.cancelled_at is None
    assert OutgoingMail.objects.filter(kind="meetup-reinstated").count() == 4


@pytest.mark.parametrize("way", ["its page", "the list"])
def test_meetup_with_guests_is_not_deleted(organiser_client, full_meetup, way):
    def delete():
        if way == "its page":
            return organiser_client.post(f"/admin/meetups/meetup/{full_meetup.pk}/delete/", {"post": "yes"})
        data = {"action": "delete_selected", "_selected_action": full_meetup.pk, "post": "yes"}
        return organiser_client.post("/admin/meetups/meetup/", data)

    refusal = soup_of(delete())
    assert "people are coming. Cancel it first" in text_of(refusal)
    assert Meetup.objects.count() == 1

    cancellation.cancel_meetup(full_meetup)
    delete()

    assert (Meetup.objects.count(), RSVP.objects.count()) == (0, 0)


# Attendance and copying


@pytest.fixture
def meetup(full_meetup):
    """The full meetup, an hour after its start."""
    make_club(time_zone="Europe/London")
    with time_machine.travel(full_meetup.starts_at + dt.timedelta(hours=1), tick=False):
        yield full_meetup


def test_attendance_page_opens_on_the_day(organiser_client, full_meetup):
    response = organiser_client.get(meetup_url(full_meetup, "who-came"), follow=True)

    assert messages(response) == ["It is not there yet: tick who came on the day, or afterwards."]


def test_attendance_page_ticks_those_going(organiser_client, meetup):
    page = soup_of(organiser_client.get(meetup_url(meetup, "who-came")))

    rows = [
        (text_of(row.label), row.select_one("[name=attended]").has_attr("checked")) for row in page.select(".people li")
    ]
    assert rows == [("Ann", True), ("Ben", True), ("Cy on the waiting list", False), ("Di on the waiting list", False)]


def test_attendance_is_saved_and_sets_headcount(organiser_client, meetup):
    shown = [get_rsvp(meetup, name).pk for name in ("Ann", "Ben", "Cy")]
    data = {"shown": shown, "attended": [shown[0], shown[2]], "headcount": ""}

    response = organiser_client.post(meetup_url(meetup, "who-came"), data, follow=True)

    meetup.refresh_from_db()
    attended = dict(meetup.rsvps.values_list("member__name", "attended"))
    assert attended == {"Ann": True, "Ben": False, "Cy": True, "Di": None}
    assert meetup.headcount == 2
    assert messages(response) == ["2 readers came. Write it up"]
    assert "value" not in soup_of(response).select_one("[name=headcount]").attrs


def test_typed_headcount_stays(organiser_client, meetup):
    response = organiser_client.post(meetup_url(meetup, "who-came"), {"headcount": "11"}, follow=True)

    meetup.refresh_from_db()
    assert meetup.headcount == 11
    assert soup_of(response).select_one("[name=headcount]")["value"] == "11"


def test_negative_headcount_is_refused_and_ticks_stay(organiser_client, meetup):
    ann = get_rsvp(meetup, "Ann").pk

    page = soup_of(
        organiser_client.post(meetup_url(meetup, "who-came"), {"attended": [ann], "shown": [ann], "headcount": "-1"})
    )

    assert texts(page, ".errorlist li") == ["At least 0."]
    assert [row["value"] for row in page.select("[name=attended][checked]")] == [str(ann)]


def test_attendee_without_rsvp_is_added(organiser_client, meetup, bob):
    response = organiser_client.post(meetup_url(meetup, "who-came/add"), {"member": bob.pk}, follow=True)

    assert messages(response) == ["Bob Baptiste came. Save the list, so that the number is right."]
    assert meetup.rsvps.get(member=bob).attended is True
    assert "Choose a member first." in messages(organiser_client.post(meetup_url(meetup, "who-came/add"), follow=True))


def test_attendance_page_links_to_writeup_form(organiser_client, meetup):
    Meetup.objects.filter(pk=meetup.pk).update(book=make_book(title="The Lamp"))

    page = soup_of(organiser_client.get(meetup_url(meetup, "who-came")))

    link = page.find("a", string="Write it up")["href"]
    form = soup_of(organiser_client.get(link))
    assert form.select_one("[name=meetup] option[selected]")["value"] == str(meetup.pk)
    assert text_of(form.select_one("[name=book] option[selected]")) == "The Lamp"


def test_copy_meetup_fills_form_without_saving(organiser_client, full_meetup):
    full_meetup.date = dt.date(2026, 3, 11)
    full_meetup.save()

    page = soup_of(organiser_client.get(reverse("admin:meetups_meetup_add"), {"same_as": full_meetup.pk}))

    assert page.select_one("[name=date]")["value"] == "8 April 2026"
    assert page.select_one("[name=capacity]")["value"] == "2"
    assert not page.select("[name=book] option[selected][value]:not([value=''])")
    assert Meetup.objects.count() == 1


@pytest.mark.parametrize(("key", "code"), [("999999", 404), ("abc", 200), ("", 200)])
def test_copy_of_unknown_meetup_is_handled(organiser_client, key, code):
    assert organiser_client.get(reverse("admin:meetups_meetup_add"), {"same_as": key}).status_code == code


def test_guest_list_as_csv_has_every_section_and_no_formula(organiser_client, olga, full_meetup):
    make_club(guests_allowed=2)
    record_rsvp(full_meetup, make_member("ed@example.org", name="=1+2"), "going", guests=2, message="-Æ, “cake”\n@2")
    guest_list.remove_member(get_rsvp(full_meetup, "Ben"), "Rang", by=olga)

    response = organiser_client.get(meetup_url(full_meetup, "guests/guests.csv").rstrip("/"))

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response["Content-Disposition"] == f'attachment; filename="guests-{full_meetup.date}.csv"'
    assert response.content.startswith("\ufeff".encode())
    assert [row[:3] for row in rows[1:]] == [
        ["Going", "1", "Ann"],
        ["Going", "2", "Cy"],
        ["Waiting", "1", "Di"],
        ["Waiting", "2", "'=1+2"],
        ["Taken off the list", "1", "Ben"],
    ]
    assert rows[4][3:] == ["ed@example.org", "3", "'-Æ, “cake”\n@2", ""]


def test_guest_list_as_csv_is_for_those_who_may_see_guests(author_client, full_meetup):
    assert author_client.get(meetup_url(full_meetup, "guests/guests.csv").rstrip("/")).status_code == 403
