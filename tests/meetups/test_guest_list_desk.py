"""The guest list at the desk: who is on it, what an organiser does to it, and who may not."""

import datetime as dt

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.models import OutgoingMail
from meetups import hosting
from meetups.models import RSVP, Meetup
from meetups.seating import record_rsvp
from members.models import Member
from tests.factories import make_book, make_club, make_meetup, make_member, make_rsvp, make_writer, make_writeup
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def full():
    """Two seats, taken by Ann and Ben; Cy waits, and Di behind him."""
    meetup = make_meetup(capacity=2)
    for name in ("Ann", "Ben", "Cy", "Di"):
        make_rsvp(meetup, make_member(name=name))
    return meetup


def of(meetup, name):
    return RSVP.objects.get(meetup=meetup, member__name=name)


def address(meetup, page="guests"):
    return f"/admin/meetups/meetup/{meetup.pk}/{page}/"


def act(meetup, name, verb):
    return address(meetup, f"guests/{of(meetup, name).pk}/{verb}")


def sections(page):
    """{heading: [what stands there of each person]}"""
    return {
        text_of(section.h2): [text_of(row.div) for row in section.select(".people > li")]
        for section in page.select(".guests section")
    }


def said(response):
    """The message on the page that the answer leads to."""
    return texts(soup_of(response), ".messagelist li")


def going(meetup):
    return list(meetup.rsvps.going().order_by("member__name").values_list("member__name", flat=True))


def waiting(meetup):
    return list(meetup.rsvps.waiting().values_list("member__name", flat=True))


# The list


def test_the_list_says_who_is_going_who_waits_in_which_order_and_who_is_not(desk, olga, full):
    make_club(guests_allowed=2)
    record_rsvp(full, make_member(name="Ed"), "going", guests=2, line="We bring a cake")
    record_rsvp(full, make_member(name="Flo", approved_at=None), "going")
    record_rsvp(full, make_member(name="Gus"), "not_going", line="Next time")
    hosting.remove(of(full, "Ben"), "Rang: the train does not go", by=olga)

    page = soup_of(desk.get(address(full)))

    day = text_of(page.select_one(".removed time"))
    assert sections(page) == {
        "Going: 2": ["Ann", "Cy"],
        "Waiting: 2": ["Di", "Ed + 2 guests We bring a cake"],
        "Waiting for your yes: 1": ["Flo"],
        "Can't come: 1": ["Gus Next time"],
        "Taken off the list: 1": [f"Ben Rang: the train does not go {day}, Olga Okafor"],
    }
    assert text_of(page.select_one(".sum")) == "2 of 2 seats taken, 2 waiting, 1 waiting for your yes. Full."


def test_a_list_without_answers_says_so(desk):
    page = soup_of(desk.get(address(make_meetup())))

    assert "Nobody has answered yet." in text_of(page.select_one(".guests"))
    assert text_of(page.select_one(".sum")) == "0 seats taken. Open."


def test_what_members_typed_is_shown_as_text(desk):
    make_rsvp(member=make_member(name="<b>Ann</b>"), line="<script>alert(1)</script>")

    page = soup_of(desk.get(address(Meetup.objects.get())))

    assert [text_of(row) for row in page.select(".people li > div:first-child a")] == ["<b>Ann</b>"]
    assert text_of(page.select_one(".people q")) == "<script>alert(1)</script>"


def test_a_list_of_a_thousand_asks_no_more_queries_than_one_of_ten(desk):
    meetup = make_meetup(capacity=5)
    desk.get(address(meetup))  # which fills caches
    counts = []
    for number in (10, 1000):
        missing = range(meetup.rsvps.count(), number)
        members = Member.objects.bulk_create(
            [Member(email=f"{each}@many.example", name=f"Reader {each}") for each in missing]
        )
        RSVP.objects.bulk_create(
            RSVP(meetup=meetup, member=member, answer="waiting", turn=turn)
            for turn, member in zip(missing, members, strict=True)
        )
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(address(meetup)).content
        assert page.count(b"<summary") == number
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_way_to_the_list_is_on_the_meetups_form_and_the_seats_are_in_the_list_of_meetups(desk, full):
    form = soup_of(desk.get(f"/admin/meetups/meetup/{full.pk}/change/"))
    meetups = soup_of(desk.get("/admin/meetups/meetup/"))

    assert form.select_one(".object-tools a")["href"] == address(full)
    assert text_of(form.select_one(".field-who_comes .readonly")) == "2 of 2 seats taken. Guest list"
    assert texts(meetups, "#result_list .field-taken") == ["2 of 2 seats taken"]


# Acts


def test_somebody_is_put_on_the_list_and_gets_a_mail(desk, bob):
    meetup = make_meetup(capacity=3)

    response = desk.post(address(meetup, "guests/add"), {"member": bob.pk, "guests": "1"}, follow=True)

    assert said(response) == ["Bob Baptiste is going."]
    assert (going(meetup), meetup.rsvps.get().guests) == (["Bob Baptiste"], 1)
    assert [mail.to for mail in OutgoingMail.objects.all()] == [bob.email]


def test_where_no_seat_is_free_the_organiser_is_asked_and_nothing_is_raised_silently(desk, full, bob):
    page = soup_of(desk.post(address(full, "guests/add"), {"member": bob.pk, "guests": "1"}))

    assert text_of(page.h1) == "There is no free seat"
    assert "All 2 seats are taken, and 2 parties wait. With 4 seats instead of 2" in text_of(page.select_one(".sure p"))
    assert texts(page, ".sure button") == ["Put them on the waiting list", "Make it 4 seats"]
    kept = {field["name"]: field["value"] for field in page.select(".sure input[type=hidden]")}
    assert (kept["member"], kept["guests"]) == (str(bob.pk), "1")
    full.refresh_from_db()
    assert (full.capacity, full.rsvps.filter(member=bob).exists()) == (2, False)


@pytest.mark.parametrize(
    ("decision", "words", "capacity"),
    [
        ({"waits": "on"}, "Bob Baptiste waits: number 3 of 3 in the line.", 2),
        ({"capacity": "3"}, "Bob Baptiste is going.", 3),
    ],
)
def test_the_organiser_decides_between_the_waiting_list_and_another_chair(desk, full, bob, decision, words, capacity):
    response = desk.post(address(full, "guests/add"), {"member": bob.pk, "guests": "0"} | decision, follow=True)

    full.refresh_from_db()
    assert said(response) == [words]
    assert (full.capacity, waiting(full)[:2]) == (capacity, ["Cy", "Di"])


def test_a_seat_is_given_out_of_turn_once_the_number_is_agreed_to(desk, full):
    page = soup_of(desk.post(act(full, "Di", "seat")))
    assert texts(page, ".sure button") == ["Make it 3 seats"]

    response = desk.post(act(full, "Di", "seat"), {"capacity": "3"}, follow=True)

    assert said(response) == ["Di is going."]
    assert (going(full), waiting(full)) == (["Ann", "Ben", "Di"], ["Cy"])


def test_a_number_that_was_agreed_to_and_is_too_small_by_now_raises_nothing(desk, full, bob):
    hosting.add(full, bob, capacity=3)

    response = desk.post(act(full, "Di", "seat"), {"capacity": "3"}, follow=True)

    assert said(response) == ["It would take 4 seats by now. Look at the list again."]
    assert waiting(full) == ["Cy", "Di"]


def test_somebody_is_put_to_the_front(desk, full):
    response = desk.post(act(full, "Di", "front"), follow=True)

    assert said(response) == ["Di waits: number 1 of 2 in the line."]
    assert waiting(full) == ["Di", "Cy"]


def test_a_seat_is_taken_back_only_after_a_question(desk, full):
    page = soup_of(desk.get(act(full, "Ann", "waiting")))
    assert "This can't be undone" in text_of(page.select_one(".sure"))
    assert going(full) == ["Ann", "Ben"]

    response = desk.post(act(full, "Ann", "waiting"), follow=True)

    assert said(response) == ["Ann waits: number 2 of 2 in the line."]
    assert (going(full), waiting(full)) == (["Ben", "Cy"], ["Di", "Ann"])


def test_a_seat_that_nobody_could_use_stays(desk):
    meetup = make_rsvp(member=make_member(name="Ann")).meetup

    response = desk.post(act(meetup, "Ann", "waiting"), follow=True)

    assert said(response) == [hosting.NOBODY_WAITS]
    assert going(meetup) == ["Ann"]


@pytest.mark.parametrize("tells", [True, False])
def test_somebody_is_taken_off_with_a_reason_that_is_kept(desk, olga, full, tells):
    soup_of(desk.get(act(full, "Ann", "removal")))
    assert going(full) == ["Ann", "Ben"]

    data = {"because": "No-show, twice"} | ({"tells": "on"} if tells else {})
    response = desk.post(act(full, "Ann", "removal"), data, follow=True)

    assert said(response) == ["Ann is off the list."]
    assert (going(full), waiting(full)) == (["Ben", "Cy"], ["Di"])
    rsvp = of(full, "Ann")
    assert (rsvp.removed_because, rsvp.removed_by) == ("No-show, twice", olga)
    mail = OutgoingMail.objects.get(kind="rsvp-removed")
    assert ("No-show, twice" in mail.text) == tells


def test_nobody_is_taken_off_without_a_reason(desk, full):
    page = soup_of(desk.post(act(full, "Ann", "removal"), {"because": "  "}))

    assert texts(page, ".errorlist li") == ["Say why: it is kept with the list."]
    assert page.title.string.startswith("Error:")
    assert going(full) == ["Ann", "Ben"]


def test_who_was_taken_off_is_put_back_by_a_button(desk, olga, full):
    hosting.remove(of(full, "Di"), "By mistake", by=olga)
    page = soup_of(desk.get(address(full)))
    button = page.select_one("section:last-of-type button")
    assert (button["formaction"], button["name"], button["value"]) == ("add/", "member", str(of(full, "Di").member_id))

    desk.post(address(full, "guests/add"), {"member": button["value"], "waits": "on"})

    assert waiting(full) == ["Cy", "Di"]


def test_who_waits_for_a_yes_gets_it_by_one_button_and_the_seat_with_it(desk):
    meetup = make_meetup()
    record_rsvp(meetup, make_member(name="Flo", approved_at=None, last_login=timezone.now()), "going")

    link = soup_of(desk.get(address(meetup))).find("a", string="Say yes …")
    asked = soup_of(desk.get(link["href"]))
    desk.post(link["href"], {"id": asked.select_one("[name=id]")["value"]})

    assert going(meetup) == ["Flo"]


def test_an_act_upon_an_answer_that_changed_meanwhile_says_so(desk, full):
    pressed = act(full, "Di", "seat")
    record_rsvp(full, of(full, "Di").member, "not_going")

    assert said(desk.post(pressed, {"capacity": "3"}, follow=True)) == [hosting.GONE]

    of(full, "Di").delete()
    assert desk.post(pressed, {"capacity": "3"}).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"guests": "0"}, "Choose a member first."),
        ({"member": "999999"}, "Choose a member first."),
        ({"member": "OWN", "guests": "10"}, "Ensure this value is less than or equal to 9."),
        ({"member": "OWN", "guests": "-1"}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_what_can_not_be_added_is_said(desk, bob, data, words):
    meetup = make_meetup()
    data = {name: bob.pk if value == "OWN" else value for name, value in data.items()}

    assert said(desk.post(address(meetup, "guests/add"), data, follow=True)) == [words]
    assert not meetup.rsvps.exists()


@pytest.mark.parametrize("code", hosting.OBSTACLES)
def test_a_list_that_can_not_be_changed_says_why_and_has_no_buttons(desk, full, code):
    fields = {
        "cancelled": {"cancelled_at": timezone.now()},
        "begun": {"starts_at": timezone.now() - dt.timedelta(minutes=1)},
        "draft": {"published_at": None},
    }[code]
    Meetup.objects.filter(pk=full.pk).update(**fields)

    page = soup_of(desk.get(address(full)))

    assert text_of(page.select_one(".note")) == hosting.OBSTACLES[code]
    assert not page.select(".people button, .people .acts, .add")
    assert said(desk.post(act(full, "Di", "front"), follow=True)) == [hosting.OBSTACLES[code]]


# Who may


@pytest.mark.parametrize("verb", ["seat", "front", "waiting", "removal"])
def test_nothing_is_done_by_looking(desk, full, verb):
    before = list(RSVP.objects.order_by("pk").values())

    response = desk.get(act(full, "Ann", verb))

    assert response.status_code == (200 if verb in {"waiting", "removal"} else 405)
    assert list(RSVP.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("who", ["author", "member", "visitor"])
def test_the_list_is_for_organisers_alone(client, full, bob, who):
    writer = make_writer()
    make_writeup(meetup=full, author=writer.author)
    if who != "visitor":
        client.force_login({"author": writer, "member": bob}[who])
    pages = [address(full, page) for page in ("guests", "who-came", "cancellation", "reinstatement")]
    acts = [act(full, "Ann", verb) for verb in ("seat", "front", "waiting", "removal")]
    before = list(RSVP.objects.order_by("pk").values())

    codes = {client.get(page).status_code for page in pages}
    codes |= {
        client.post(page, {"member": bob.pk}).status_code for page in [*pages, *acts, address(full, "guests/add")]
    }

    assert codes == ({403} if who == "author" else {302})
    assert list(RSVP.objects.order_by("pk").values()) == before
    full.refresh_from_db()
    assert full.cancelled_at is None


def test_an_answer_is_changed_on_the_list_of_its_own_meetup_alone(desk, full):
    other = make_meetup()

    response = desk.post(f"/admin/meetups/meetup/{other.pk}/guests/{of(full, 'Di').pk}/front/")

    assert response.status_code == 404
    assert waiting(full) == ["Cy", "Di"]


def test_the_log_says_that_the_list_was_changed_and_names_nobody(desk, olga, full):
    desk.post(act(full, "Ann", "removal"), {"because": "No-show"})

    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (olga, str(full.pk), "Guest list changed.")


# The meetup itself


def meetup_form(meetup, **fields):
    return {
        "date": meetup.date, "start_time": "19:00", "end_time": "21:00", "time_zone": "Europe/London",
        "capacity": meetup.capacity, "slug": meetup.slug, "audience": "public",
        "published_at_0": "2020-01-01", "published_at_1": "12:00",
    } | fields  # fmt: skip


def test_who_waits_gets_the_seats_that_a_save_adds_and_the_organiser_is_told(desk, full):
    response = desk.post(f"/admin/meetups/meetup/{full.pk}/change/", meetup_form(full, capacity=4), follow=True)

    assert (going(full), waiting(full)) == (["Ann", "Ben", "Cy", "Di"], [])
    assert "Cy and Di waited, and have a seat now." in said(response)
    assert OutgoingMail.objects.filter(kind="rsvp-promoted").count() == 2


def test_of_one_alone_the_desk_speaks_as_of_one(desk, full, bob):
    response = desk.post(f"/admin/meetups/meetup/{full.pk}/change/", meetup_form(full, capacity=3), follow=True)
    page = soup_of(desk.post(address(full, "guests/add"), {"member": bob.pk, "guests": "0"}))

    assert "Cy waited, and has a seat now." in said(response)
    assert "All 3 seats are taken, and 1 party waits." in text_of(page.select_one(".sure p"))


def test_seats_are_not_closed_before_they_are_opened(desk, full):
    moments = {"rsvps_open_at_0": "2026-03-04", "rsvps_close_at_0": "2026-03-03"}
    moments |= {"rsvps_open_at_1": "12:00", "rsvps_close_at_1": "12:00"}

    page = soup_of(desk.post(f"/admin/meetups/meetup/{full.pk}/change/", meetup_form(full, **moments)))

    assert "Seats can be saved until a moment before they can be saved from." in text_of(page)


def test_a_meetup_is_cancelled_after_a_question_that_says_how_many_are_told(desk, full):
    page = soup_of(desk.get(address(full, "cancellation")))
    assert text_of(page.select_one(".sure p")).startswith("4 people are told by mail.")
    full.refresh_from_db()
    assert full.cancelled_at is None

    response = desk.post(address(full, "cancellation"), {"because": "The pub has burnt down"}, follow=True)

    full.refresh_from_db()
    assert (full.stage, full.cancelled_because) == (Meetup.Stage.CANCELLED, "The pub has burnt down")
    assert OutgoingMail.objects.filter(kind="meetup-cancelled").count() == 4
    assert text_of(soup_of(response).select_one(".note")).endswith("The reason was: The pub has burnt down")


def test_a_cancelling_is_taken_back_after_a_question(desk, full):
    hosting.cancel(full)
    page = soup_of(desk.get(address(full, "reinstatement")))
    assert text_of(page.select_one(".sure p")).startswith("4 people are told by mail that it takes place after all.")

    response = desk.post(address(full, "reinstatement"), follow=True)

    full.refresh_from_db()
    assert said(response) == ["It takes place after all."]
    assert full.cancelled_at is None
    assert OutgoingMail.objects.filter(kind="meetup-reinstated").count() == 4


@pytest.mark.parametrize("way", ["its page", "the list"])
def test_a_meetup_to_which_people_come_is_cancelled_before_it_is_deleted(desk, full, way):
    def delete():
        if way == "its page":
            return desk.post(f"/admin/meetups/meetup/{full.pk}/delete/", {"post": "yes"})
        data = {"action": "delete_selected", "_selected_action": full.pk, "post": "yes"}
        return desk.post("/admin/meetups/meetup/", data)

    refusal = soup_of(delete())
    assert "people are coming. Cancel it first" in text_of(refusal)
    assert Meetup.objects.count() == 1

    hosting.cancel(full)
    delete()

    assert (Meetup.objects.count(), RSVP.objects.count()) == (0, 0)


# After the evening


@pytest.fixture
def evening(full):
    """The same, an hour after it has begun."""
    make_club(time_zone="Europe/London")
    with time_machine.travel(full.starts_at + dt.timedelta(hours=1), tick=False):
        yield full


def test_who_came_is_not_asked_before_the_day(desk, full):
    response = desk.get(address(full, "who-came"), follow=True)

    assert said(response) == ["It is not there yet: tick who came on the day, or afterwards."]


def test_those_who_were_going_are_ticked_to_begin_with(desk, evening):
    page = soup_of(desk.get(address(evening, "who-came")))

    rows = [
        (text_of(row.label), row.select_one("[name=came]").has_attr("checked")) for row in page.select(".people li")
    ]
    assert rows == [("Ann", True), ("Ben", True), ("Cy on the waiting list", False), ("Di on the waiting list", False)]


def test_who_came_is_kept_and_makes_the_headcount(desk, evening):
    shown = [of(evening, name).pk for name in ("Ann", "Ben", "Cy")]
    data = {"shown": shown, "came": [shown[0], shown[2]], "headcount": ""}

    response = desk.post(address(evening, "who-came"), data, follow=True)

    evening.refresh_from_db()
    came = dict(evening.rsvps.values_list("member__name", "came"))
    assert came == {"Ann": True, "Ben": False, "Cy": True, "Di": None}
    assert evening.headcount == 2
    assert said(response) == ["2 readers came. Write it up"]
    assert "value" not in soup_of(response).select_one("[name=headcount]").attrs


def test_a_headcount_that_is_typed_stays(desk, evening):
    response = desk.post(address(evening, "who-came"), {"headcount": "11"}, follow=True)

    evening.refresh_from_db()
    assert evening.headcount == 11
    assert soup_of(response).select_one("[name=headcount]")["value"] == "11"


def test_a_headcount_below_nobody_is_refused_and_the_ticks_stay(desk, evening):
    ann = of(evening, "Ann").pk

    page = soup_of(desk.post(address(evening, "who-came"), {"came": [ann], "shown": [ann], "headcount": "-1"}))

    assert texts(page, ".errorlist li") == ["Ensure this value is greater than or equal to 0."]
    assert [row["value"] for row in page.select("[name=came][checked]")] == [str(ann)]


def test_who_came_without_a_word_is_added(desk, evening, bob):
    response = desk.post(address(evening, "who-came/add"), {"member": bob.pk}, follow=True)

    assert said(response) == ["Bob Baptiste came. Save the list, so that the number is right."]
    assert evening.rsvps.get(member=bob).came is True
    assert "Choose a member first." in said(desk.post(address(evening, "who-came/add"), follow=True))


def test_the_way_from_the_ticks_leads_to_a_write_up_that_knows_the_evening(desk, evening):
    Meetup.objects.filter(pk=evening.pk).update(book=make_book(title="The Lamp"))

    page = soup_of(desk.get(address(evening, "who-came")))

    link = page.find("a", string="Write it up")["href"]
    form = soup_of(desk.get(link))
    assert form.select_one("[name=meetup] option[selected]")["value"] == str(evening.pk)
    assert text_of(form.select_one("[name=book] option[selected]")) == "The Lamp"


def test_the_same_again_is_a_form_filled_in_and_nothing_is_made_by_looking(desk, full):
    full.date = dt.date(2026, 3, 11)
    full.save()

    page = soup_of(desk.get(reverse("admin:meetups_meetup_add"), {"same_as": full.pk}))

    assert page.select_one("[name=date]")["value"] == "08/04/2026"
    assert page.select_one("[name=capacity]")["value"] == "2"
    assert not page.select("[name=book] option[selected][value]:not([value=''])")
    assert Meetup.objects.count() == 1


@pytest.mark.parametrize(("key", "code"), [("999999", 404), ("abc", 200), ("", 200)])
def test_the_same_as_nothing_is_no_crash(desk, key, code):
    assert desk.get(reverse("admin:meetups_meetup_add"), {"same_as": key}).status_code == code
