import re

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from books.models import Quote
from meetups.models import Meetup, SessionNote, WriteUp
from tests.factories import (
    dt,
    make_author,
    make_book,
    make_club,
    make_meetup,
    make_member,
    make_photo,
    make_question,
    make_quote,
    make_session_note,
    make_venue,
    make_writer,
    make_writeup,
)
from tests.pages import read_page, texts

LIST = "admin:meetups_writeup_changelist"


@pytest.fixture
def draft(db):
    book = make_book(title="The Book", published_at=None)
    make_quote(book=book, published_at=None)
    make_quote(book=book, published_at=None)
    make_question(book=book, published_at=None)
    meetup = make_meetup(book=book, date=dt.date(2018, 10, 10), published_at=None)
    writeup = make_writeup(title="Tonight", meetup=meetup, published_at=None)
    make_session_note(writeup=writeup, name="Nick Nolan")
    make_session_note(writeup=writeup, name="Ada Ames", name_is_public=True)
    return writeup


def messages(response):
    return [each.get_text(strip=True) for each in read_page(response).select(".messagelist li, .errorlist li")]


def ask(client, action, *writeups, **fields):
    return client.post(reverse(LIST), {"action": action, "_selected_action": [w.pk for w in writeups]} | fields)


def words(tag):
    return " ".join(tag.get_text(" ").split())


def test_publish_asks_with_summary_and_names(organiser_client, draft):
    make_club()
    make_photo(writeup=draft)

    page = read_page(ask(organiser_client, "publish", draft))

    assert [words(row) for row in page.select(".summary li")] == [
        "the write-up, for everybody",
        "the meetup “10 October 2018”",
        "the book “The Book”",
        "1 question",
        "2 quotes",
        "1 photo",
    ]
    assert "Beside its session notes everybody reads: Ada Ames; members read: Nick, Ada Ames." in words(page)
    draft.refresh_from_db()
    assert draft.published_at is None


def test_publish_confirmed_shows_book_and_items(organiser_client, draft):
    page = read_page(ask(organiser_client, "publish", draft))
    form = {field["name"]: field.get("value", "") for field in page.select("form.confirm input[name]")}

    response = organiser_client.post(page.select_one("form.confirm")["action"], form, follow=True)

    draft.refresh_from_db()
    assert draft.is_published
    assert {draft.book.published_at, draft.meetup.published_at} == {draft.published_at}
    assert set(Quote.objects.values_list("published_at", flat=True)) == {draft.published_at}
    assert response.redirect_chain[-1][0] == reverse("admin:meetups_writeup_change", args=[draft.pk])
    assert messages(response)[0].startswith("“Tonight”: Published ")


@time_machine.travel("2026-03-04T12:00:00Z", tick=False)
def test_schedule_uses_club_zone(organiser_client, draft):
    make_club(time_zone="Asia/Tokyo")

    response = ask(organiser_client, "schedule", draft, confirmed="yes", at_0="05/03/2026", at_1="09:30")

    draft.refresh_from_db()
    assert draft.published_at == dt.datetime(2026, 3, 5, 0, 30, tzinfo=dt.UTC)
    assert draft.book.published_at == draft.published_at
    page = words(read_page(organiser_client.get(response.url)))
    assert "Goes live Thu 5 Mar 2026, 09:30 Tokyo, in 12 h 30 min" in page


def test_changelist_shows_scheduled_state(organiser_client, draft):
    draft.publish(timezone.now() + dt.timedelta(days=2, hours=3, seconds=9))

    page = read_page(organiser_client.get(reverse(LIST)))

    state = page.select_one("#result_list .field-state").text
    assert re.fullmatch(r"Goes live \w{3} \d+ \w{3} \d{4}, \d\d:\d\d London", state)


@pytest.mark.parametrize(
    ("day", "time", "message"),
    [
        ("soon", "09:00", "Write the date like “3 December 2026” or “3 December”."),
        ("", "", "This is missing."),
        ("01/01/2020", "09:00", "That moment is past. Choose one ahead, or publish it now."),
        (
            "28/03/2027",
            "01:30",
            "On 28 March 2027 the clocks in London go forward, and there is no 01:30. Choose a time before or after.",
        ),
        (
            "25/10/2026",
            "01:30",
            "On 25 October 2026 the clocks in London go back, and 01:30 comes twice. Choose a time before or after.",
        ),
    ],
)
@time_machine.travel("2026-03-04T12:00:00Z", tick=False)
def test_schedule_refuses_invalid_moment(organiser_client, draft, day, time, message):
    response = ask(organiser_client, "schedule", draft, confirmed="yes", at_0=day, at_1=time)

    page = read_page(response)
    assert " ".join(messages(response)) == message
    assert page.title.string.startswith("Error: ")
    assert page.select_one("[name=at_0]").get("value", "") == day
    draft.refresh_from_db()
    assert draft.published_at is None


def test_schedule_warns_that_public_writeup_is_hidden(organiser_client, draft):
    draft.publish()

    page = words(read_page(ask(organiser_client, "schedule", draft)))

    assert "It is public now. Scheduling hides it until the moment that you choose." in page


def test_publish_shows_contact_data_of_author(organiser_client, draft):
    author = draft.author
    author.name, author.email, author.shows_email, author.phone = "Mia Moss", "mia@example.org", True, "07700 900123"
    author.save()

    page = words(read_page(ask(organiser_client, "publish", draft)))

    assert "The author’s box names Mia Moss and shows mia@example.org." in page


def test_publish_separates_public_and_member_names(organiser_client, draft):
    WriteUp.objects.update(audience="members")

    page = words(read_page(ask(organiser_client, "publish", draft)))

    assert "Beside its session notes members read: Nick, Ada Ames." in page
    assert "everybody reads" not in page


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        ("public", "Everybody will read these names in its texts: Priit, Ada, Nick, Xaxa."),
        ("members", "Every member will read these names in its texts: Priit, Ada, Nick, Xaxa."),
    ],
)
def test_publish_lists_names_in_texts(organiser_client, draft, audience, said):
    WriteUp.objects.update(audience=audience, body="Priit cried. Ada and Nick laughed.")
    draft.book.quotes.update(text="As Nick says")
    make_session_note(writeup=draft, text="Too long – Xaxa", position=9)

    page = words(read_page(ask(organiser_client, "publish", draft)))

    assert said in page
    assert "No name was found" not in page


def test_publish_says_that_no_name_was_found(organiser_client, draft):
    draft.session_notes.all().delete()

    page = words(read_page(ask(organiser_client, "publish", draft)))

    assert "No name was found in its texts, but for the author’s and those of the book." in page
    assert "Beside its session notes" not in page


def test_publish_points_out_lost_italics(organiser_client, draft):
    WriteUp.objects.update(body="“A plain line.” (Italics mine)\n\nAnother *line*.")

    page = words(read_page(ask(organiser_client, "publish", draft)))

    assert "“Italics mine”, and nothing is in italics." in page


@pytest.mark.parametrize(
    ("action", "fields"),
    [("publish", {}), ("take_back", {}), ("schedule", {"at_0": "03/12/2090", "at_1": "09:00"})],
)
def test_publish_twice_changes_nothing(organiser_client, draft, action, fields):
    if action == "take_back":
        draft.publish()

    first = ask(organiser_client, action, draft, confirmed="yes", **fields)
    organiser_client.get(first.url)
    once = [*WriteUp.objects.values_list("published_at"), *Quote.objects.values_list("published_at")]
    again = ask(organiser_client, action, draft, confirmed="yes", **fields)

    assert [*WriteUp.objects.values_list("published_at"), *Quote.objects.values_list("published_at")] == once
    assert messages(organiser_client.get(again.url))[0].startswith("“Tonight” is as it was: ")
    assert LogEntry.objects.count() == 1


def test_publish_uses_posted_date(organiser_client, draft):
    WriteUp.objects.update(posted_on=dt.date(2018, 10, 11))

    ask(organiser_client, "publish", draft, confirmed="yes")

    draft.refresh_from_db()
    assert timezone.localdate(draft.published_at) == dt.date(2018, 10, 11)


def test_take_back_asks_and_hides(organiser_client, draft):
    draft.publish()

    page = read_page(ask(organiser_client, "take_back", draft))
    still = WriteUp.objects.get().published_at
    ask(organiser_client, "take_back", draft, confirmed="yes")

    assert "2 quotes" in words(page)
    assert still is not None
    draft.refresh_from_db()
    assert (draft.published_at, draft.book.published_at, draft.meetup.published_at) == (None, None, None)
    assert set(Quote.objects.values_list("published_at", flat=True)) == {None}


def test_publish_several_writeups(organiser_client, draft):
    other = make_writeup(published_at=None)

    response = ask(organiser_client, "publish", draft, other, confirmed="yes")

    assert WriteUp.objects.published().count() == 2
    assert response.url == reverse(LIST)


def test_writeup_form_has_publish_buttons(organiser_client, draft):
    address = reverse("admin:meetups_writeup_change", args=[draft.pk])
    before = read_page(organiser_client.get(address))
    draft.publish()
    after = read_page(organiser_client.get(address))

    paste = ["Paste more", "Paste session notes"]
    of_every_row = ["History", "See its page"]
    assert texts(before, ".publication button") == ["Publish …", "Schedule …"]
    assert texts(before, ".object-tools button") == [*paste, "Preview link …", *of_every_row]
    assert texts(after, ".publication button") == ["Take back …"]
    assert texts(after, ".object-tools button") == [*paste, "Draft a letter", *of_every_row]


def test_get_does_not_publish(organiser_client, draft):
    organiser_client.get(reverse(LIST), {"action": "publish", "_selected_action": draft.pk, "confirmed": "yes"})

    assert WriteUp.objects.get().published_at is None


def test_publish_requires_permission(client, draft):
    client.force_login(make_member(is_staff=True, permissions=["meetups.view_writeup", "bookclub.view_drafts"]))

    ask(client, "publish", draft, confirmed="yes")
    page = read_page(client.get(reverse("admin:meetups_writeup_change", args=[draft.pk])))

    assert WriteUp.objects.get().published_at is None
    assert texts(page, ".publication button, .object-tools button") == ["History", "See its page"]


def writeup_form(**fields):
    parts = {f"{name}-{form}_FORMS": 0 for name in ("photos", "session_notes") for form in ("TOTAL", "INITIAL")}
    return {"title": "Tonight", "slug": "", "body": "We met.", "audience": "public"} | parts | fields


def test_writeup_form_saves_notes_and_photo(organiser_client):
    form = writeup_form(
        **{
            "author": make_author().pk,
            "meetup": make_meetup().pk,
            "session_notes-TOTAL_FORMS": 2,
            "session_notes-0-text": "First point",
            "session_notes-1-text": "Second point",
            "session_notes-1-name": "Nick",
        }
    )

    response = organiser_client.post(reverse("admin:meetups_writeup_add"), form)

    assert response.status_code == 302
    writeup = WriteUp.objects.get()
    assert (writeup.slug, writeup.published_at) == ("tonight", None)
    assert [note.text for note in writeup.session_notes.all()] == ["First point", "Second point"]


def test_standfirst_is_joined_to_one_paragraph(organiser_client):
    form = writeup_form(author=make_author().pk, standfirst="A hard book,\r\na warm room.")

    organiser_client.post(reverse("admin:meetups_writeup_add"), form)

    assert WriteUp.objects.get().standfirst == "A hard book, a warm room."


@pytest.mark.parametrize("field", ["body", "session_notes-0-text"])
def test_hostile_markdown_is_refused_and_kept_in_form(organiser_client, field):
    hostile = "*" * 5000
    form = writeup_form(author=make_author().pk, **{"session_notes-TOTAL_FORMS": 1, "session_notes-0-text": "Point"})

    response = organiser_client.post(reverse("admin:meetups_writeup_add"), form | {field: hostile})

    assert len(messages(response)) == 1
    assert read_page(response).select_one(f'[name="{field}"]').get_text().strip() == hostile
    assert not SessionNote.objects.exists()


def test_published_at_is_not_editable(organiser_client, draft):
    address = reverse("admin:meetups_writeup_change", args=[draft.pk])
    form = writeup_form(author=draft.author.pk, published_at_0="01/01/2018", published_at_1="09:00")

    organiser_client.post(address, form)

    draft.refresh_from_db()
    assert (draft.body, draft.published_at) == ("We met.", None)


def test_book_and_meetup_are_fixed_while_published(organiser_client, draft):
    draft.publish()
    form = writeup_form(author=draft.author.pk, book=make_book().pk, meetup="")

    organiser_client.post(reverse("admin:meetups_writeup_change", args=[draft.pk]), form)

    before = (draft.book, draft.meetup)
    draft.refresh_from_db()
    assert ((draft.book, draft.meetup), draft.body) == (before, "We met.")


def test_meetup_links_to_its_or_a_new_writeup(organiser_client, draft):
    other = make_meetup(book=make_book())

    page = read_page(organiser_client.get(reverse("admin:meetups_meetup_changelist")))

    links = {a.get_text(strip=True): a["href"] for a in page.select(".field-writeup_link a")}
    form = read_page(organiser_client.get(links["Write it up"]))
    assert links["Tonight"] == reverse("admin:meetups_writeup_change", args=[draft.pk])
    assert form.select_one("[name=meetup] option[selected]")["value"] == str(other.pk)
    assert form.select_one("[name=book] option[selected]")["value"] == str(other.book.pk)


def meetup_form(**fields):
    return {"date": "10/10/2090", "audience": "public"} | fields


def test_meetup_form_needs_few_fields(organiser_client):
    organiser_client.post(reverse("admin:meetups_meetup_add"), {"audience": "public"})
    organiser_client.post(reverse("admin:meetups_meetup_add"), meetup_form(start_time="19:00"))

    assert list(Meetup.objects.order_by("pk").values_list("slug", flat=True)) == ["to-be-announced", "2090-10-10"]
    assert Meetup.objects.filter(starts_at=dt.datetime(2090, 10, 10, 18, tzinfo=dt.UTC)).exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"date": "", "start_time": "19:00"}, "Give the date too, or leave the time empty."),
        ({"end_time": "19:00"}, "Say when it begins, or leave the end empty."),
        ({"date": "31/12/9999"}, "Give the year with all four figures, such as 2026."),
        ({"date": "01/01/0001"}, "Give the year with all four figures, such as 2026."),
        ({"time_zone": "Narnia/Lantern"}, "Write a time zone such as Europe/London."),
        (
            {"date": "29/03/2026", "start_time": "01:30", "end_time": "02:00"},
            "The clocks change at this hour on this day: choose a time before or after it.",
        ),
    ],
)
def test_meetup_form_refuses_impossible_times(organiser_client, fields, message):
    make_club(time_zone="Europe/London")

    response = organiser_client.post(reverse("admin:meetups_meetup_add"), meetup_form(**fields) | {"cost": "Free"})

    assert messages(response) == [message]
    assert read_page(response).select_one("[name=cost]")["value"] == "Free"
    assert not Meetup.objects.exists()


def test_meetup_form_takes_time_zone_of_venue(organiser_client):
    venue = make_venue(time_zone="Asia/Tokyo")

    organiser_client.post(reverse("admin:meetups_meetup_add"), meetup_form(start_time="19:00", venue=venue.pk))

    meetup = Meetup.objects.get()
    assert (meetup.time_zone, meetup.starts_at) == ("Asia/Tokyo", dt.datetime(2090, 10, 10, 10, tzinfo=dt.UTC))


def test_meetup_autocomplete_finds_book_with_constant_queries(organiser_client, django_assert_max_num_queries):
    for _ in range(20):
        make_meetup(book=make_book(title="Erewhon"))
    where = {"app_label": "meetups", "model_name": "writeup", "field_name": "meetup", "term": "erew"}

    with django_assert_max_num_queries(10):
        found = organiser_client.get(reverse("admin:autocomplete"), where).json()

    assert len(found["results"]) == 20


def test_session_note_member_is_chosen_and_name_kept(organiser_client, draft):
    nick = make_member(name="Nicholas Nolan")
    note = draft.session_notes.get(name="Nick Nolan")
    address = reverse("admin:meetups_writeup_change", args=[draft.pk])
    form = read_page(organiser_client.get(address)).select_one("#writeup_form")
    sent = {each["name"]: each.get("value", "") for each in form.select("input[name]:not([type=submit])")}
    sent = {name: value for name, value in sent.items() if not name.endswith(("name_is_public", "DELETE"))}
    sent |= {each["name"]: each.get_text().removeprefix("\n") for each in form.select("textarea[name]")}
    sent |= {each["name"]: each.select_one("[selected]")["value"] for each in form.select("select:has([selected])")}
    [prefix] = {
        name.removesuffix("-id") for name, value in sent.items() if name.endswith("-id") and value == str(note.pk)
    }

    response = organiser_client.post(address, sent | {f"{prefix}-member": nick.pk})

    note.refresh_from_db()
    assert response.status_code == 302
    assert (note.member, note.name) == (nick, "Nick Nolan")


def test_author_sees_no_member_choice(client, draft):
    writer = make_writer()
    WriteUp.objects.filter(pk=draft.pk).update(author=writer.author)
    nick = make_member(name="Nicholas Nolan")
    note = draft.session_notes.get(name="Nick Nolan")
    SessionNote.objects.filter(pk=note.pk).update(member=nick)
    client.force_login(writer)
    field = {"app_label": "meetups", "model_name": "sessionnote", "field_name": "member", "term": "Nicholas"}

    page = client.get(reverse("admin:meetups_writeup_change", args=[draft.pk]))
    offered = client.get(reverse("admin:autocomplete"), field)

    assert not read_page(page).select("[name$=-member]")
    assert "Nicholas" not in page.content.decode()
    assert offered.status_code == 403
