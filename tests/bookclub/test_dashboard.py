"""The dashboard: what it lists, its links and permissions."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookclub.core.models import Club
from bookclub.dashboard import build_dashboard
from bookclub.dashboard.entries import SHOWN
from bookclub.mail.models import OutgoingMail
from newsletter.models import Delivery, Issue
from tests import factories as make
from tests.pages import read_page, soup_of, text_of, texts

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
INDEX = "/admin/"


@pytest.fixture(autouse=True)
def at_that_time():
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/London"):
        yield


def make_whole_book(**fields):
    return make.make_book(cover=make.make_picture_file(), cover_alt="A lamp", **fields)


@pytest.fixture
def calm(db):
    """A club without open tasks: a past meetup with a write-up, a future one with a book and a venue."""
    read, next_book = make_whole_book(title="Read"), make_whole_book(title="Next")
    make.make_quote(book=read)
    past_meetup = make.make_meetup(book=read, date=TODAY - dt.timedelta(days=20))
    make.make_writeup(meetup=past_meetup, title="Written up")
    return make.make_meetup(
        book=next_book, venue=make.make_venue(), date=TODAY + dt.timedelta(days=20), start_time=dt.time(19)
    )


def waiting(user):
    """Return {heading: [texts]}."""
    shown = build_dashboard(user, Club.objects.current())
    groups = [*shown["problems"], *shown["work"], *shown["loose_ends"]]
    return {group.heading: [entry.text for entry in group.entries] for group in groups}


def read_next_meetup(client):
    """Return (what it lacks, {label of a button: address})."""
    panel = read_page(client.get(INDEX)).select_one(".next-meetup")
    return texts(panel, ".missing"), {text_of(link): link["href"] for link in panel.select(".buttons a")}


def address(page, *args, query=""):
    return reverse(f"admin:{page}", args=args) + query


def test_dashboard_is_empty_without_open_tasks(organiser_client, calm):
    page = soup_of(organiser_client.get(INDEX))

    assert texts(page, ".tasks h3") == []
    assert "Nothing is waiting." in text_of(page.select_one(".work"))


def test_dashboard_links_drafts_and_scheduled_writeups(organiser_client, calm):
    draft = make.make_writeup(title="A draft", published_at=None)
    ahead = make.make_writeup(title="Ahead", published_at=NOW + dt.timedelta(hours=3, minutes=12))

    page = soup_of(organiser_client.get(INDEX))

    buttons = {text_of(link): link["href"] for link in page.select_one(".work li").select(".actions a")}
    rows = [(leave_out_buttons(row), row.a["href"]) for row in page.select(".work li")]
    assert buttons == {
        "Publish …": address("meetups_writeup_publish", draft.pk),
        "Schedule …": address("meetups_writeup_schedule", draft.pk),
    }
    assert texts(page, ".work h3") == ["Drafts", "Scheduled"]
    assert rows == [
        ("A draft", address("meetups_writeup_change", draft.pk)),
        (
            "Ahead goes live Wed 4 Mar 2026, 15:12 London, in 3 h 12 min",
            address("meetups_writeup_change", ahead.pk),
        ),
    ]


def leave_out_buttons(row):
    for buttons in row.select(".actions"):
        buttons.extract()
    return text_of(row)


def test_dashboard_lists_draft_and_scheduled_meetups(organiser_client, calm):
    draft = make.make_meetup(date=TODAY + dt.timedelta(days=40), published_at=None)
    make.make_meetup(date=TODAY + dt.timedelta(days=41), published_at=NOW + dt.timedelta(days=1))

    page = soup_of(organiser_client.get(INDEX))

    rows = [(leave_out_buttons(row), row.a["href"]) for row in page.select(".work li")]
    assert texts(page, ".work h3") == ["Draft meetups", "Scheduled meetups"]
    assert rows[0] == ("13 April 2026", address("meetups_meetup_change", draft.pk))
    assert rows[1][0] == "14 April 2026 goes live Thu 5 Mar 2026, 12:00 London, in 1 day"


def test_dashboard_links_a_meetup_without_writeup_to_a_filled_form(organiser_client, calm):
    past_meetup = make.make_meetup(book=make_whole_book(title="Erewhon"), date=dt.date(2026, 2, 4))

    page = soup_of(organiser_client.get(INDEX))

    link = page.select_one(".work li a")
    came = page.select_one(".work .actions a")
    form = soup_of(organiser_client.get(link["href"]))
    assert text_of(link) == "4 February 2026, Erewhon"
    assert form.select_one("[name=meetup] option[selected]")["value"] == str(past_meetup.pk)
    assert (text_of(came), came["href"]) == ("Who came", address("meetups_meetup_attendance", past_meetup.pk))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"book": None}, "It has no book yet."),
        ({"venue": None}, "It has no venue yet."),
        ({"start_time": None, "end_time": None}, "It has no time yet."),
    ],
)
def test_next_meetup_lists_missing_facts(organiser_client, calm, fields, words):
    type(calm).objects.filter(pk=calm.pk).update(**fields)

    assert read_next_meetup(organiser_client)[0] == [words]


@pytest.mark.parametrize(
    ("published_at", "words"),
    [
        (None, "Draft: nobody sees it yet."),
        (NOW + dt.timedelta(days=1), "Goes live Thu 5 Mar 2026, 12:00 London, in 1 day."),
    ],
)
def test_next_meetup_says_that_nobody_sees_it_yet(organiser_client, calm, published_at, words):
    type(calm).objects.filter(pk=calm.pk).update(published_at=published_at)

    panel = read_page(organiser_client.get(INDEX)).select_one(".next-meetup")

    assert texts(panel, ".state") == [words]


def test_next_meetup_shows_its_numbers_and_buttons(organiser_client, calm):
    type(calm).objects.filter(pk=calm.pk).update(capacity=2)
    for name in ("Ada", "Bo", "Cy", "Di"):
        make.make_rsvp(type(calm).objects.get(pk=calm.pk), make.make_member(name=name))

    panel = read_page(organiser_client.get(INDEX)).select_one(".next-meetup")

    _, buttons = read_next_meetup(organiser_client)
    assert "24 March 2026" in text_of(panel.select_one(".date"))
    assert texts(panel, ".figures div") == ["seats taken 2 of 2", "waiting 2"]
    assert buttons["Guest list"] == address("meetups_meetup_guest_list", calm.pk)
    assert buttons["Change it"] == address("meetups_meetup_change", calm.pk)
    assert "Who came" not in buttons
    assert all(organiser_client.get(link).status_code == 200 for link in buttons.values())


def test_next_meetup_offers_who_came_from_its_day(organiser_client, calm):
    with time_machine.travel(dt.datetime(2026, 3, 24, 8, tzinfo=dt.UTC), tick=False):
        _, buttons = read_next_meetup(organiser_client)

    assert buttons["Who came"] == address("meetups_meetup_attendance", calm.pk)


def test_next_meetup_leaves_out_cancelled_undated_and_later_ones(organiser_client, calm):
    make.make_meetup(date=TODAY + dt.timedelta(days=1), cancelled_at=NOW)
    make.make_meetup(date=None)
    make.make_meetup(date=TODAY + dt.timedelta(days=50))

    panel = read_page(organiser_client.get(INDEX)).select_one(".next-meetup")

    assert panel.select_one(".date a")["href"] == address("meetups_meetup_change", calm.pk)


def test_cancelled_past_meetup_needs_no_writeup(olga, calm):
    make.make_meetup(date=dt.date(2026, 2, 4), cancelled_at=NOW)

    assert waiting(olga) == {}


def test_dashboard_asks_for_a_next_meetup(organiser_client, calm):
    calm.delete()
    make.make_meetup(date=None)

    panel = read_page(organiser_client.get(INDEX)).select_one(".next-meetup")

    assert "No next meetup is announced." in text_of(panel)
    assert panel.select_one("a.button")["href"] == address("meetups_meetup_add")


def test_dashboard_asks_for_covers_and_their_descriptions(olga, calm):
    make.make_book(title="Bare")
    make.make_book(title="Mute", cover=make.make_picture_file())

    assert waiting(olga) == {"Covers without a description": ["Mute"], "Books without a cover": ["Bare"]}


def test_dashboard_links_unpublished_items_of_published_books(organiser_client, calm):
    book = calm.book
    for _ in range(2):
        quote = make.make_quote(book=book, published_at=None)
    make.make_quote(book=make_whole_book(published_at=None), published_at=None)

    page = soup_of(organiser_client.get(INDEX))

    [link] = page.select(".loose-ends li a")
    rows = soup_of(organiser_client.get(link["href"])).select("#result_list tbody tr")
    assert text_of(link) == "Next: 2 quotes"
    assert len(rows) == 2
    assert str(quote.pk) in rows[1].select_one("th a")["href"]


def test_dashboard_shows_the_first_rows_and_links_the_rest(organiser_client, calm):
    for number in range(SHOWN + 3):
        make.make_writeup(title=f"Draft {number}", published_at=None)

    page = soup_of(organiser_client.get(INDEX))

    assert len(page.select(".work li")) == SHOWN + 1
    assert page.select(".work li > a")[-1]["href"] == address("meetups_writeup_changelist", query="?state=draft")


def make_mess(number):
    """Create one row for each entry of the dashboard."""
    book = make.make_book(title=f"Book {number}")
    for part in (make.make_note, make.make_term, make.make_question, make.make_quote, make.make_reading):
        part(book=book, published_at=None)
    make.make_book(title=f"Mute {number}", cover=make.make_picture_file())
    make.make_paste()
    make.make_writeup(published_at=None)
    make.make_writeup(published_at=NOW + dt.timedelta(days=number))
    make.make_meetup(book=book, date=TODAY - dt.timedelta(days=number))
    make.make_meetup(date=TODAY + dt.timedelta(days=number))
    make.make_meetup(date=TODAY + dt.timedelta(days=number), published_at=None)
    make.make_rsvp(make.make_meetup(date=TODAY + dt.timedelta(days=1)))
    make.make_member(name=f"New {number}")
    make.make_member(name=f"Waits {number}", approved_at=None, last_login=NOW)
    make.make_issue(number=None)
    make.make_issue(number=None, send_at=NOW - dt.timedelta(days=1))
    issue = make.make_issue(number=number, frozen_at=NOW)
    issue.deliveries.create(subscriber=make.make_subscriber(), state=Delivery.State.UNKNOWN)


def test_dashboard_lists_mail_that_needs_a_decision(client, olga, calm):
    for state in ("held", "unknown", "sent"):
        fields = {
            "key": state,
            "kind": "newsletter-confirm",
            "to": "ann@example.org",
            "subject": "Hello",
            "text": "Hello",
        }
        OutgoingMail.objects.enqueue(state=state, **fields)

    assert waiting(olga) == {
        "Mail that waits for you": ["1 mail"],
        "Mail that may or may not have gone out": ["1 mail"],
    }
    assert waiting(make.make_writer()) == {}


def test_dashboard_query_count_is_constant(organiser_client):
    counts = []
    for numbers in ([1], range(2, 30)):
        for number in numbers:
            make_mess(number)
        organiser_client.get(INDEX)
        with CaptureQueriesContext(connection) as queries:
            organiser_client.get(INDEX)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_dashboard_shows_authors_their_own_rows_only(client, calm):
    make_mess(1)
    writer = make.make_writer()
    book = make_whole_book(title="Own book")
    make.make_writeup(title="Own draft", author=writer.author, book=book, published_at=None)
    make.make_quote(book=book, published_at=None)
    client.force_login(writer)

    page = soup_of(client.get(INDEX))

    assert texts(page, ".tasks li > a") == ["Own draft", "Own book: 1 quote"]
    assert page.select(".next-meetup, .first-steps, #last-letter, #new-members, .problems") == []


def test_dashboard_helps_author_without_author_page(client, calm):
    writer = make.make_writer()
    writer.author.delete()
    client.force_login(writer)

    page = soup_of(client.get(INDEX))

    assert "Ask an organiser to choose your account on your author’s page." in text_of(page.select_one(".errornote"))


def test_dashboard_shows_permitted_buttons_only(client, olga, calm):
    writer = make.make_writer()
    pages = {}
    for person in (olga, writer):
        client.force_login(person)
        pages[person] = soup_of(client.get(INDEX))

    assert texts(pages[olga], ".starts a") == ["Paste a write-up", "Add a meetup", "Add a book"]
    assert texts(pages[writer], ".starts a") == ["Paste a write-up", "Add a book"]
    for link in pages[olga].select(".starts a"):
        client.force_login(olga)
        assert client.get(link["href"]).status_code == 200


def test_dashboard_shows_the_figures_of_the_last_letter(organiser_client, calm):
    make.make_issue(number=1, frozen_at=NOW - dt.timedelta(days=9))
    issue = make.make_issue(subject="March", number=2, frozen_at=NOW)
    for state, number in (("sent", 4), ("queued", 2), ("failed", 1)):
        for _ in range(number):
            issue.deliveries.create(subscriber=make.make_subscriber(), state=state)
    Delivery.objects.filter(pk=issue.deliveries.first().pk).update(bounced_at=NOW)

    panel = read_page(organiser_client.get(INDEX)).find(id="last-letter").parent

    assert text_of(panel.p) == "Letter 2: March 4 March 2026"
    assert texts(panel, ".figures div") == ["sent 4", "waiting 2", "failed 1", "came back 1"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"send_at": NOW - dt.timedelta(days=1)}, "March missed its time"),
        ({"number": 3, "frozen_at": NOW, "pause_reason": "550 No"}, "Letter 3: March has paused by itself"),
        ({"number": 3, "frozen_at": NOW}, "Letter 3: March of some copies nobody knows whether they arrived"),
    ],
)
def test_dashboard_warns_of_a_letter_that_is_stuck(organiser_client, calm, fields, words):
    issue = make.make_issue(subject="March", number=None)
    if "frozen_at" in fields and "pause_reason" not in fields:
        issue.deliveries.create(subscriber=make.make_subscriber(), state=Delivery.State.UNKNOWN)
    Issue.objects.filter(pk=issue.pk).update(**fields)

    page = read_page(organiser_client.get(INDEX))

    assert texts(page, ".problems li") == [words]
    assert page.select_one(".problems li a")["href"] == address("newsletter_issue_review", issue.pk)


def test_dashboard_lists_letters_that_are_not_sent(organiser_client, calm):
    make.make_issue(subject="Draft", number=None)
    make.make_issue(subject="Soon", number=None, send_at=NOW + dt.timedelta(days=1))

    rows = texts(read_page(organiser_client.get(INDEX)), ".work li")

    assert sorted(rows) == ["Draft draft", "Soon goes out Thu 5 Mar 2026, 12:00 London, in 1 day"]


def test_dashboard_lists_members_of_the_last_thirty_days(organiser_client, calm):
    type(make.make_member()).objects.update(joined_at=NOW - dt.timedelta(days=31))
    new = make.make_member(name="Ada", joined_at=NOW - dt.timedelta(days=29))
    make.make_member(name="Not approved", joined_at=NOW, approved_at=None)

    links = read_page(organiser_client.get(INDEX)).find(id="new-members").parent.select("a")

    assert [(text_of(link), link["href"]) for link in links] == [("Ada", address("members_member_change", new.pk))]


def read_first_steps(client):
    """Return {text: whether it is done}, or None if the list is not shown."""
    panel = read_page(client.get(INDEX)).select_one(".first-steps")
    return panel and {text_of(row.a): "done" in row.get("class", ()) for row in panel.select("li")}


def test_first_steps_of_a_new_club_lead_to_their_pages(organiser_client, settings):
    settings.EMAIL_BACKEND = "bookclub.mail.backends.FolderBackend"

    page = read_page(organiser_client.get(INDEX))

    assert list(read_first_steps(organiser_client).values()) == [False] * 6
    for link in page.select(".first-steps li a"):
        path, _, anchor = link["href"].partition("#")
        target = read_page(organiser_client.get(path, follow=True))
        assert not anchor or target.find(id=anchor), link["href"]


def test_first_steps_are_ticked_and_vanish_when_all_are_done(organiser_client, calm, settings):
    make.make_club(name="The Night Readers", contact_email="", time_zone="Asia/Tokyo")
    settings.EMAIL_BACKEND = "bookclub.mail.backends.SMTPBackend"

    assert read_first_steps(organiser_client) == {
        "Give the club its name": True,
        "Say where people reach you": False,
        "Choose the time zone": True,
        "Plan the first meetup": True,
        "Paste the first write-up": True,
        "Let mail leave": True,
    }
    Club.objects.update(contact_email="hello@example.org")
    assert read_first_steps(organiser_client) is None


def test_first_steps_are_put_away_and_brought_back(organiser_client):
    away = read_page(organiser_client.get(INDEX)).select_one(".first-steps form")["action"]

    organiser_client.post(away)

    page = read_page(organiser_client.get(INDEX))
    assert page.select_one(".first-steps") is None
    button = page.find("button", string="Show the first steps again")
    organiser_client.post(button.find_parent("form")["action"], {button["name"]: button["value"]})
    assert len(read_first_steps(organiser_client)) == 6


def test_first_steps_are_for_organisers_alone_and_no_link_changes_them(author_client, olga):
    assert read_first_steps(author_client) is None
    assert author_client.post(address("first_steps")).status_code == 403
    author_client.force_login(olga)
    assert author_client.get(address("first_steps")).status_code == 405
    assert len(read_first_steps(author_client)) == 6
