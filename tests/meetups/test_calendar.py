"""Calendar files, parsed as a calendar program does."""

import datetime as dt
import email
import email.policy
import re

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from bookclub.core.models import Club
from bookclub.mail.models import OutgoingMail
from meetups.calendar.feeds import build_mail_attachment, ensure_calendar_token, reset_calendar_token
from meetups.guest_list import remove_member
from meetups.models import RSVP, Meetup
from members.models import Member
from tests.factories import make_book, make_club, make_meetup, make_member, make_rsvp, make_venue
from tests.members.login_helpers import log_in_recently
from tests.pages import soup_of

pytestmark = pytest.mark.django_db

FEED = "/meetups/calendar.ics"
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
Answer = RSVP.Answer


def read(response):
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def entries(response):
    return read(response).events


def summaries(response):
    return [str(event["summary"]) for event in entries(response)]


def private_address(member):
    ensure_calendar_token(member)
    return reverse("meetups:member_calendar", args=[member.calendar_token])


def calendar_url(meetup):
    return reverse("meetups:meetup_calendar", args=[meetup.slug])


def get_event(response):
    [event] = entries(response)
    return event


def make_private_venue(**fields):
    """A private venue."""
    return make_venue(**{"name": "Alice’s kitchen", "address": "7 Secret Row", "is_private": True} | fields)


def to_utc(calendar, prop):
    """Convert the property to UTC by the file's own VTIMEZONE."""
    zones = {timezone["tzid"]: timezone.to_tz(lookup_tzid=False) for timezone in calendar.timezones}
    return prop.dt.replace(tzinfo=zones[prop.params["TZID"]]).astimezone(dt.UTC)


# --- one meetup ----------------------------------------------------------------------------------------------------


def test_event_has_time_place_and_description(client):
    make_club(name="Lantern Book Club")
    book = make_book(title="The Lamp")
    venue = make_venue(name="The Boot", area="Southwark", address="10 Redcross Way")
    make_meetup(
        date=dt.date(2026, 12, 1),
        book=book,
        venue=venue,
        room="the back room",
        standfirst="We read, we talk.",
        cost="Free; buy what you drink",
        slug="lamp-night",
    )

    event = get_event(client.get("/meetups/lamp-night/calendar.ics"))

    assert event["summary"] == "Lantern Book Club: The Lamp"
    assert event["location"] == "The Boot, Southwark, 10 Redcross Way, the back room"
    assert event["description"].splitlines() == [
        "We read, we talk.",
        "Book: The Lamp",
        "Cost: Free; buy what you drink",
        "http://localhost:8000/meetups/lamp-night/",
    ]
    assert event["url"] == "http://localhost:8000/meetups/lamp-night/"
    assert (event["status"], event["transp"], event.get("class")) == ("CONFIRMED", "OPAQUE", None)


def test_meetup_file_is_named_by_slug_and_has_no_calendar_name(client):
    response = client.get(calendar_url(make_meetup(slug="lamp-night")))
    calendar = read(response)

    assert response["Content-Disposition"] == 'inline; filename="lamp-night.ics"'
    assert {"NAME", "X-WR-CALNAME", "METHOD"} & calendar.keys() == set()


@pytest.mark.parametrize(
    ("start", "end"),
    [(dt.time(19), dt.time(21)), (dt.time(22), dt.time(0, 15)), (dt.time(22), dt.time(4))],
    ids=["evening", "across midnight", "across the change"],
)
def test_event_times_around_clock_changes(client, start, end):
    changes = [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 3, 8), dt.date(2026, 11, 1)]
    changes += [dt.date(2026, 4, 5), dt.date(2026, 10, 4)]
    days = [day + dt.timedelta(days=number) for day in changes for number in (-1, 0, 1)]
    with time_machine.travel(NOON, tick=False):
        for zone in ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"):
            for day in days:
                make_meetup(date=day, start_time=start, end_time=end, time_zone=zone)
        calendar = read(client.get(FEED))

    told = [(to_utc(calendar, event["dtstart"]), to_utc(calendar, event["dtend"])) for event in calendar.events]
    assert told == list(Meetup.objects.order_by("date", "pk").values_list("starts_at", "ends_at"))


@pytest.mark.parametrize(
    ("zone", "forward", "back", "skipped", "twice"),
    [
        ("Europe/London", dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.time(1, 30), dt.time(1, 30)),
        ("America/New_York", dt.date(2026, 3, 8), dt.date(2026, 11, 1), dt.time(2, 30), dt.time(1, 30)),
        ("Australia/Lord_Howe", dt.date(2026, 10, 4), dt.date(2026, 4, 5), dt.time(2, 15), dt.time(1, 45)),
    ],
)
def test_meetup_time_during_clock_change_is_refused(zone, forward, back, skipped, twice):
    for day, time in ((forward, skipped), (back, twice)):
        with pytest.raises(ValidationError, match="The clocks change at this hour"):
            Meetup(date=day, start_time=time, time_zone=zone).full_clean()
        Meetup(date=day, start_time=time, time_zone="Asia/Tokyo").full_clean()
        Meetup(date=day + dt.timedelta(days=1), start_time=time, time_zone=zone).full_clean()


def test_event_without_time_is_all_day_and_transparent(client):
    event = get_event(client.get(calendar_url(make_meetup(date=dt.date(2026, 12, 1), start_time=None))))

    assert (event.start, event.end, event["transp"]) == (dt.date(2026, 12, 1), dt.date(2026, 12, 2), "TRANSPARENT")


def test_event_without_end_has_none(client):
    event = get_event(client.get(calendar_url(make_meetup(end_time=None))))

    assert "dtstart" in event
    assert "dtend" not in event


def test_meetup_without_date_is_in_no_calendar(client, bob):
    meetup = make_meetup(date=None)

    assert client.get(calendar_url(meetup)).status_code == 404
    assert entries(client.get(FEED)) == entries(client.get(private_address(bob))) == []
    assert build_mail_attachment(meetup, bob) == ""


def test_event_keeps_long_lines_and_special_characters(client):
    odd = "Semi; comma, back\\slash “ünï” … – 読書会 🕯 " * 6
    make_club(name="Say “Hi”, Club; \\n")
    make_meetup(book=make_book(title="Ö" * 120), standfirst=odd[:280], cost="a\x01b\x1bc\x85d\te")

    response = client.get(FEED)
    event = get_event(response)

    assert response.content.decode().count("NAME:Say “Hi”\\, Club\\; \\\\n\r\n") == 2  # NAME and X-WR-CALNAME
    assert event["summary"] == f"Say “Hi”, Club; \\n: {'Ö' * 120}"
    assert event["description"].startswith(f"{odd[:280]}\n")
    assert "Cost: abcd\te" in event["description"]
    assert max(len(line) for line in response.content.split(b"\r\n")) <= 75
    assert not re.search(rb"[^\r]\n|\r[^\n]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", response.content)
    for line in response.content.split(b"\r\n"):
        line.decode()  # no character is split


# --- sequence and last change ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"date": dt.date(2026, 12, 9)}, True),
        ({"start_time": dt.time(18)}, True),
        ({"end_time": dt.time(22)}, True),
        ({"time_zone": "Asia/Tokyo"}, True),
        ({"room": "upstairs"}, True),
        ({"cancelled_at": NOON, "cancellation_reason": "Snow"}, True),
        ({"standfirst": "Bring a lamp."}, False),
        ({"cost": "Free"}, False),
        ({"slug": "elsewhere"}, False),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("in_part", [False, True], ids=["whole", "in part"])
def test_sequence_counts_changes_of_time_and_place_alone(change, counts, in_part):
    with time_machine.travel(NOON, tick=False) as clock:
        meetup = make_meetup(date=dt.date(2026, 12, 1))
        clock.shift(60)
        for name, value in change.items():
            setattr(meetup, name, value)
        meetup.save(**({"update_fields": list(change)} if in_part else {}))

    meetup.refresh_from_db()
    assert (meetup.sequence, meetup.changed_at) == (int(counts), NOON + dt.timedelta(seconds=60))


def test_sequence_counts_changed_venue_and_address():
    ahead, over = make_meetup(), make_meetup(date=dt.date(2018, 10, 10))
    venue = make_venue()
    for meetup in (ahead, over):
        meetup.venue = venue
        meetup.save()

    venue.address = "2 New Road"
    venue.save()
    venue.website = "https://boot.example/"
    venue.save()

    assert [Meetup.objects.get(pk=meetup.pk).sequence for meetup in (ahead, over)] == [2, 1]


def test_sequence_ignores_save_without_visible_change():
    with time_machine.travel(NOON, tick=False) as clock:
        meetup = make_meetup(venue=make_venue())
        clock.shift(60)
        Meetup.objects.get(pk=meetup.pk).save()
        meetup.about, meetup.headcount, meetup.capacity = "Lamps.", 8, 12
        meetup.save()
        meetup.venue.save()
        stale = Meetup.objects.get(pk=meetup.pk)
        stale.date = None
        stale.save(update_fields=["headcount"])

    meetup.refresh_from_db()
    assert (meetup.sequence, meetup.changed_at) == (0, NOON)


def test_sequence_of_stale_instance_continues_from_database():
    meetup = make_meetup()
    old = Meetup.objects.get(pk=meetup.pk)
    for room in ("one", "two"):
        meetup.room = room
        meetup.save()

    old.room = "three"
    old.save()

    assert Meetup.objects.get(pk=meetup.pk).sequence == 3


def test_event_uid_never_changes(client):
    meetup = make_meetup(slug="before")
    before = get_event(client.get("/meetups/before/calendar.ics"))

    meetup.slug, meetup.date, meetup.room = "after", dt.date(2026, 12, 24), "upstairs"
    meetup.save()
    after = get_event(client.get("/meetups/before/calendar.ics", follow=True))

    assert before["uid"] == after["uid"] == f"meetup-{meetup.pk}@localhost"
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["url"].endswith("/meetups/after/")


def test_event_last_modified_grows_with_changes(client):
    with time_machine.travel(NOON, tick=False) as clock:
        meetup = make_meetup()
        before = get_event(client.get(FEED))
        clock.shift(60)
        meetup.cost = "A pound"
        meetup.save()
        after = get_event(client.get(FEED))

    assert before["last-modified"].dt == before["dtstamp"].dt == NOON
    assert after["last-modified"].dt == after["dtstamp"].dt == NOON + dt.timedelta(seconds=60)


# --- club calendar ---------------------------------------------------------------------------------------------------


def test_club_calendar_has_name_and_refresh_interval(client):
    make_club(name="Lantern Book Club", tagline="We read by lamplight")

    calendar = read(client.get(FEED))

    assert (calendar["name"], calendar["x-wr-calname"]) == ("Lantern Book Club", "Lantern Book Club")
    assert (calendar["version"], calendar["color"]) == ("2.0", "maroon")
    assert calendar["url"] == "http://localhost:8000/meetups/"
    assert calendar["source"] == "http://localhost:8000/meetups/calendar.ics"
    assert calendar["refresh-interval"].params["VALUE"] == "DURATION"
    assert calendar["refresh-interval"].to_ical() == b"PT4H"
    assert calendar["x-published-ttl"].to_ical() == b"PT4H"
    assert calendar.uid == "meetups@localhost"


def test_calendar_keeps_first_public_host_when_the_site_moves(client, settings):
    meetup = make_meetup()

    def read_uids(site, *, is_https=True):
        settings.SITE_HOST, settings.IS_HTTPS = site, is_https
        Club.objects.store_first_host()
        calendar = read(client.get(FEED))
        return [calendar.uid, *(str(event["uid"]) for event in calendar.events)]

    make_club()
    assert read_uids("localhost", is_https=False) == ["meetups@localhost", f"meetup-{meetup.pk}@localhost"]
    first = read_uids("club.example")
    assert first == ["meetups@club.example", f"meetup-{meetup.pk}@club.example"]
    assert read_uids("new.example") == first


def test_club_calendar_without_meetups_is_valid(client):
    make_club(time_zone="Asia/Tokyo")

    calendar = read(client.get(FEED))

    assert calendar.events == []
    assert [timezone["tzid"] for timezone in calendar.timezones] == ["Asia/Tokyo"]


def test_club_calendar_keeps_past_meetups_for_a_year(client):
    make_club(name="Club")
    for days in (-366, -364, 1, 900):
        make_meetup(date=timezone.localdate() + dt.timedelta(days=days), book=make_book(title=f"{days} days"))

    assert summaries(client.get(FEED)) == ["Club: -364 days", "Club: 1 days", "Club: 900 days"]


def test_club_calendar_keeps_cancelled_meetup_for_sixty_days(client):
    make_club(name="Club")
    with time_machine.travel(NOON, tick=False):
        make_meetup(date=dt.date(2027, 6, 1), cancelled_at=NOON, cancellation_reason="The pub has burnt down.")

    with time_machine.travel(NOON + dt.timedelta(days=60, seconds=-1), tick=False):
        event = get_event(client.get(FEED))
    with time_machine.travel(NOON + dt.timedelta(days=60), tick=False):
        assert entries(client.get(FEED)) == []

    assert (event["status"], event["summary"]) == ("CANCELLED", "Cancelled – Club")
    assert event["description"].startswith("This meetup is cancelled. The pub has burnt down.")


def test_club_calendar_hides_what_pages_hide_from_visitors(client, olga):
    make_club(name="Club")
    hidden = make_book(title="A secret book", published_at=None)
    draft = make_meetup(published_at=None, standfirst="A secret draft")
    members = make_meetup(audience="members", standfirst="A secret evening")
    ahead = make_meetup(published_at=timezone.now() + dt.timedelta(hours=1), standfirst="A secret to be")
    make_rsvp(
        make_meetup(book=hidden, venue=make_private_venue(), room="A secret room", slug="open"), message="A secret line"
    )
    make_rsvp(Meetup.objects.get(slug="open"), make_member("nick@example.org", name="Nick Secret"))
    addresses = [FEED, "/meetups/open/calendar.ics"]

    pages = [client.get(address).content.decode() for address in addresses]
    client.force_login(olga)
    pages.append(client.get(FEED).content.decode())

    for page in pages:
        assert page.count("BEGIN:VEVENT") == 1
        assert "Southwark" in page
        assert not re.search("secret|kitchen|nick|attendee", page.replace("\r\n ", ""), re.IGNORECASE)
    client.logout()
    assert [client.get(calendar_url(meetup)).status_code for meetup in (draft, members, ahead)] == [404] * 3


def test_unpublished_meetup_leaves_calendar_at_once(client):
    meetup = make_meetup()
    assert len(entries(client.get(FEED))) == 1

    Meetup.objects.filter(pk=meetup.pk).update(published_at=None)

    assert entries(client.get(FEED)) == []
    assert client.get(calendar_url(meetup)).status_code == 404


@pytest.mark.parametrize("slug", ["calendar", "calendar-ics"])
def test_meetup_with_slug_calendar_has_its_own_file(client, slug):
    make_meetup(slug=slug)

    assert client.get(f"/meetups/{slug}/").status_code == 200
    assert get_event(client.get(f"/meetups/{slug}/calendar.ics"))["url"].endswith(f"/meetups/{slug}/")


# --- over HTTP -------------------------------------------------------------------------------------------------------


def test_calendar_answers_304_until_it_changes(client, bob):
    meetup = make_meetup()
    addresses = [FEED, calendar_url(meetup), private_address(bob)]
    first = [client.get(address) for address in addresses]

    with time_machine.travel(timezone.now() + dt.timedelta(hours=5)):
        again = [client.get(a, headers={"If-None-Match": r["ETag"]}) for a, r in zip(addresses, first, strict=True)]
    meetup.room = "upstairs"
    meetup.save()
    changed = [client.get(a, headers={"If-None-Match": r["ETag"]}) for a, r in zip(addresses, first, strict=True)]

    assert [(response.status_code, response.content) for response in again] == [(304, b"")] * 3
    assert [response.status_code for response in changed] == [200] * 3


def test_club_calendar_is_cached_publicly_and_revalidated(client, visitor):
    response = client.get(FEED)

    assert response["Cache-Control"] == "public, no-cache"
    assert "Vary" not in response or "Cookie" not in response["Vary"]
    assert not response.cookies


def test_member_calendar_is_cached_privately_without_referrer(client, bob):
    response = client.get(private_address(bob))

    assert response["Cache-Control"] == "private, no-cache"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert not response.cookies


def test_calendars_refuse_post(client, bob):
    addresses = [FEED, calendar_url(make_meetup()), private_address(bob)]

    assert [client.head(address).status_code for address in addresses] == [200] * 3
    assert [client.post(address).status_code for address in addresses] == [405] * 3


def test_calendar_query_count_is_constant(client, bob):
    addresses, costs = [FEED, private_address(bob)], []
    for number in (3, 297):
        make_meetups(number, bob)
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                response = client.get(address)
            costs.append((response.content.count(b"BEGIN:VEVENT"), len(queries)))

    assert costs == [(3, 2), (3, 6), (300, 2), (300, 6)]


def make_meetups(number, member):
    """Create meetups with a book, a private venue and an RSVP of the member."""
    kept = {"book": make_book(), "venue": make_private_venue(name=f"Home {number}"), "published_at": timezone.now()}
    kept |= {"date": timezone.localdate() + dt.timedelta(days=9), "time_zone": "Europe/London"}
    kept["ends_at"] = timezone.now() + dt.timedelta(days=10)
    meetups = Meetup.objects.bulk_create([Meetup(slug=f"{number}-{each}", **kept) for each in range(number)])
    RSVP.objects.bulk_create(
        [RSVP(meetup=each, member=member, answer=Answer.GOING, queue_position=1) for each in meetups]
    )


# --- member calendar -------------------------------------------------------------------------------------------------


def test_member_calendar_shows_visible_meetups_with_own_answers(client, bob):
    make_club(name="Club")
    meetups = {}
    for name in ("going", "waiting", "pending", "not_going", "unanswered", "draft"):
        meetups[name] = make_meetup(
            book=make_book(title=name), audience="members", venue=make_private_venue(name=name, address=f"7 {name} Row")
        )
    Meetup.objects.filter(pk=meetups["draft"].pk).update(published_at=None)
    for name in Answer.values:
        make_rsvp(meetups[name], bob)
        RSVP.objects.filter(meetup=meetups[name], member=bob).update(answer=name)

    found = {str(event["summary"]): event for event in entries(client.get(private_address(bob)))}

    assert {name: str(event["status"]) for name, event in found.items()} == {
        "Club: going": "CONFIRMED",
        "Waiting list – Club: waiting": "TENTATIVE",
        "Not certain yet – Club: pending": "TENTATIVE",
        "Club: unanswered": "CONFIRMED",
    }
    assert {name: str(event["location"]) for name, event in found.items() if "going" in name} == {
        "Club: going": "going, Southwark, 7 going Row"
    }
    assert {str(event["location"]) for name, event in found.items() if "going" not in name} == {"Southwark"}
    assert {name for name, event in found.items() if event.get("class") == "PRIVATE"} == {"Club: going"}
    assert found["Club: going"]["description"].startswith("Your seat is saved.\n")
    assert "The address is for those who are going." in found["Waiting list – Club: waiting"]["description"]


def test_member_calendar_hides_answers_of_others(client, bob, alice):
    make_rsvp(make_meetup(venue=make_private_venue()), alice)

    event = get_event(client.get(private_address(bob)))

    assert (event["location"], "seat" in event["description"]) == ("Southwark", False)


def test_member_calendar_shows_private_address_once_going(client, bob):
    with time_machine.travel(NOON, tick=False) as clock:
        meetup = make_meetup(venue=make_private_venue())
        before = get_event(client.get(private_address(bob)))
        clock.shift(60)
        make_rsvp(meetup, bob)
        after = get_event(client.get(private_address(bob)))

    assert (before["location"], after["location"]) == ("Southwark", "Alice’s kitchen, Southwark, 7 Secret Row")
    assert after["dtstamp"].dt - before["dtstamp"].dt == dt.timedelta(seconds=60)


def test_meetup_file_has_private_address_for_those_going(client, bob):
    meetup = make_meetup(venue=make_private_venue())
    make_rsvp(meetup, bob)

    as_visitor = get_event(client.get(calendar_url(meetup)))
    client.force_login(bob)
    response = client.get(calendar_url(meetup))

    assert as_visitor["location"] == "Southwark"
    assert get_event(response)["location"] == "Alice’s kitchen, Southwark, 7 Secret Row"
    assert response["Cache-Control"] == "private, no-store"


def test_organiser_calendar_marks_drafts(client, olga):
    make_club(name="Club")
    make_meetup(published_at=None)

    event = get_event(client.get(private_address(olga)))

    assert (event["summary"], event["status"]) == ("Draft – Club", "TENTATIVE")


def test_pending_member_calendar_shows_public_meetups_and_own_answer(client):
    pending = make_member(approved_at=None)
    make_meetup(audience="members")
    make_rsvp(make_meetup(slug="open"), pending)

    event = get_event(client.get(private_address(pending)))

    assert (event["status"], event["url"][-5:]) == ("TENTATIVE", "open/")


def test_reset_calendar_token_invalidates_old_url(client, bob):
    old = private_address(bob)
    assert client.get(old).status_code == 200

    reset_calendar_token(bob)

    assert client.get(old).status_code == 404
    assert client.get(private_address(bob)).status_code == 200


@pytest.mark.parametrize("end", ["deleted", "closed"])
def test_member_calendar_is_404_for_deleted_or_inactive_account(client, bob, end):
    address = private_address(bob)

    if end == "deleted":
        bob.delete()
    else:
        type(bob).objects.filter(pk=bob.pk).update(is_active=False)

    assert client.get(address).status_code == 404


@pytest.mark.parametrize("token", ["0", "a" * 43, "%00", "a" * 500, "' OR 1=1 --"])
def test_member_calendar_is_404_for_invalid_token(client, bob, token):
    make_member()  # a member without a calendar URL

    assert client.get(f"/meetups/calendar/{token}.ics").status_code == 404


def test_calendar_tokens_are_random_and_unique():
    members = [make_member(), make_member()]
    for member in members:
        ensure_calendar_token(member)

    tokens = [type(member).objects.get(pk=member.pk).calendar_token for member in members]

    assert len(set(tokens)) == 2
    assert {len(token) for token in tokens} == {43}


def test_member_creates_keeps_and_resets_calendar_token(client, bob):
    log_in_recently(client, bob)
    address, tokens = reverse("meetups:calendar_address"), []

    for data in ({}, {}, {"reset": "1"}):
        response = client.post(address, data)
        bob.refresh_from_db()
        tokens.append(bob.calendar_token)

    assert response.url == reverse("members:profile") + "#calendar"
    assert tokens[0]
    assert tokens[0] == tokens[1] != tokens[2]


def test_calendar_token_needs_signed_in_same_origin_post(client, bob):
    address = reverse("meetups:calendar_address")
    strict = Client(enforce_csrf_checks=True)
    for each in (client, strict):
        each.force_login(bob)

    assert client.get(address).url == reverse("members:profile")
    assert strict.post(address, {"reset": "1"}, headers={"Origin": "https://evil.example"}).status_code == 403
    client.logout()
    assert client.post(address).url == f"/accounts/login/?next={reverse('members:profile')}"
    bob.refresh_from_db()
    assert bob.calendar_token == ""


def test_profile_offers_then_shows_calendar_url(client, bob):
    log_in_recently(client, bob)
    before = soup_of(client.get(reverse("members:profile")))
    address = "http://localhost:8000" + private_address(bob)
    after = soup_of(client.get(reverse("members:profile")))

    form = f'form[action="{reverse("meetups:calendar_address")}"]'
    assert (len(before.select(form)), len(before.select(f'{form} [name="reset"]'))) == (1, 0)
    assert len(after.select(f'details {form} [name="reset"]')) == 1
    assert after.find("a", string=address)
    assert after.find("a", href=address.replace("http", "webcal"))


@pytest.mark.parametrize("data", [{}, {"reset": "1"}])
def test_calendar_url_is_shown_and_changed_only_after_a_recent_login(client, bob, data):
    client.force_login(bob)
    path = private_address(bob)

    page = soup_of(client.get(reverse("members:profile")))
    button = page.select_one(f'form[action="{reverse("meetups:calendar_address")}"] button')
    asked = client.post(reverse("meetups:calendar_address"), data)

    assert button.text == "Show my calendar’s address"
    assert bob.calendar_token not in str(page)
    assert asked.url.startswith("/accounts/reauthenticate/code/?next=")
    assert private_address(Member.objects.get(pk=bob.pk)) == path


def test_meetup_list_links_to_club_calendar(client):
    soup = soup_of(client.get(reverse("meetups:list")))

    assert [a["href"] for a in soup.select('a[href$="calendar.ics"]')] == [f"webcal://localhost:8000{FEED}", FEED]


@pytest.mark.parametrize(
    ("fields", "is_offered"),
    [
        ({}, True),
        ({"start_time": None}, True),
        ({"date": None}, False),
        ({"date": dt.date(2018, 10, 10)}, False),
        ({"cancelled_at": NOON}, False),
    ],
)
def test_meetup_page_offers_calendar_file_until_it_begins_or_is_cancelled(client, fields, is_offered):
    meetup = make_meetup(**fields)

    found = soup_of(client.get(meetup.get_absolute_url())).select(f'a[href="{calendar_url(meetup)}"]')

    assert bool(found) is is_offered


# --- mail attachment ---------------------------------------------------------------------------------------------------


def test_mail_attachment_shows_what_its_reader_may_see(bob, alice):
    make_club(name="Say “Hi”, Club", contact_email="hello@club.example")
    meetup = make_meetup(venue=make_private_venue(), book=make_book(published_at=None, title="Secret"))
    make_rsvp(meetup, bob)

    [going], [other] = (Calendar.from_ical(build_mail_attachment(meetup, member)).events for member in (bob, alice))

    assert (going["location"], other["location"]) == ("Alice’s kitchen, Southwark, 7 Secret Row", "Southwark")
    assert "Secret" not in going["summary"]
    assert going["organizer"] == "mailto:hello@club.example"
    assert going["organizer"].params["CN"] == "Say “Hi”, Club"
    assert "attendee" not in going
    assert Calendar.from_ical(build_mail_attachment(meetup, bob))["method"] == "PUBLISH"


def test_mail_attachment_is_sent_unchanged(bob):
    make_club(name="Lantern – “Book” Club")
    meetup = make_meetup(book=make_book(title="Ö" * 90))
    file = build_mail_attachment(meetup, bob)
    OutgoingMail.objects.enqueue(key="x", kind="x", to=bob.email, subject="x", text="x", calendar=file)

    sent = OutgoingMail.objects.get(key="x").build_message().message().as_bytes()
    [part] = email.message_from_bytes(sent, policy=email.policy.default).iter_attachments()

    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "PUBLISH"
    assert [event["summary"] for event in Calendar.from_ical(part.get_content()).events] == [
        f"Lantern – “Book” Club: {'Ö' * 90}"
    ]


def test_mail_attachment_of_cancelled_meetup_cancels_event(bob):
    meetup = make_meetup()
    before = Calendar.from_ical(build_mail_attachment(meetup, bob)).events[0]

    meetup.cancelled_at = timezone.now()
    meetup.save(update_fields=["cancelled_at"])
    after = Calendar.from_ical(build_mail_attachment(meetup, bob)).events[0]

    assert before["uid"] == after["uid"]
    assert (after["status"], after["sequence"]) == ("CANCELLED", before["sequence"] + 1)


def test_seat_given_back_withdraws_entry_from_calendar(bob):
    meetup = make_meetup()
    make_rsvp(meetup, bob)
    make_rsvp(meetup, bob, Answer.NOT_GOING)

    mails = OutgoingMail.objects.filter(to=bob.email).order_by("pk")
    [before], [after] = (Calendar.from_ical(mail.calendar).events for mail in mails)

    assert [mail.kind for mail in mails] == ["rsvp-going", "rsvp-given-back"]
    assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")
    assert before["uid"] == after["uid"]
    assert before["dtstamp"].dt <= after["dtstamp"].dt
    assert str(after["summary"]) == f"Not going – {before['summary']}"
    assert "Open the attached file, and most calendars mark it as cancelled." in mails[1].text


@pytest.mark.parametrize(("capacity", "has_file"), [(1, True), (0, False)])
def test_removed_guest_gets_a_withdrawal_only_for_a_seat(bob, olga, capacity, has_file):
    meetup = make_meetup(capacity=capacity)
    remove_member(make_rsvp(meetup, bob), "", by=olga)

    mail = OutgoingMail.objects.get(kind="rsvp-removed")

    assert ("STATUS:CANCELLED" in mail.calendar, bool(mail.calendar)) == (has_file, has_file)
    assert ("Is it in your calendar?" in mail.text) is has_file


def test_member_who_leaves_the_waiting_list_gets_no_mail_about_it(bob):
    meetup = make_meetup(capacity=0)
    make_rsvp(meetup, bob)
    make_rsvp(meetup, bob, Answer.NOT_GOING)

    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["rsvp-waiting"]


def test_mail_attachment_is_of_its_meetup_alone(bob):
    make_meetup()
    meetup = make_meetup()

    [event] = Calendar.from_ical(build_mail_attachment(meetup, bob)).events

    assert event["uid"] == f"meetup-{meetup.pk}@localhost"
    assert build_mail_attachment(make_meetup(date=None), bob) == ""


def test_event_without_venue_has_no_location(client):
    make_meetup()

    assert "location" not in get_event(client.get(FEED))
