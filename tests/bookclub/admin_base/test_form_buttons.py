"""The buttons that lead on from a form save it first, so that nothing typed is ignored."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from books.models import Book
from meetups.models import Meetup, WriteUp
from members.models import Member
from newsletter.models import Issue
from tests.bookclub.test_admin_words import make_everything
from tests.factories import (
    dt,
    make_book,
    make_club,
    make_issue,
    make_meetup,
    make_member,
    make_organiser,
    make_photo,
    make_quote,
    make_session_note,
    make_subscriber,
    make_writeup,
)
from tests.pages import press, read_form, read_page, soup_of, text_of, texts

pytestmark = pytest.mark.django_db
TYPED = "Typed a moment ago"


def address_of(row, page="change"):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def make_draft():
    return make_writeup(title="Tonight", published_at=None)


def make_draft_issue():
    return make_issue(number=None)


def make_past_meetup():
    return make_meetup(date=dt.date(2018, 10, 10))


# --- each button of each form


@pytest.mark.parametrize(
    ("make", "field", "label", "leads_to"),
    [
        (make_draft, "standfirst", "Publish …", "meetups_writeup_publish"),
        (make_draft, "standfirst", "Schedule …", "meetups_writeup_schedule"),
        (make_writeup, "standfirst", "Take back …", "meetups_writeup_take_back"),
        (make_draft, "standfirst", "Preview link …", "meetups_writeup_preview_link"),
        (make_draft, "standfirst", "Paste more", "meetups_writeup_paste_more"),
        (make_draft, "standfirst", "Paste session notes", "meetups_writeup_paste_notes"),
        (make_draft, "standfirst", "Add photos", "meetups_writeup_add_photos"),
        (make_draft, "body", "Replace marks one by one", "meetups_writeup_proof"),
        (make_meetup, "cost", "Take back …", "meetups_meetup_take_back"),
        (make_meetup, "cost", "Guest list", "meetups_meetup_guest_list"),
        (make_meetup, "cost", "Cancel …", "meetups_meetup_cancel"),
        (make_meetup, "cost", "The same again next month", "meetups_meetup_add?same_as={}"),
        (make_past_meetup, "cost", "Who came", "meetups_meetup_attendance"),
        (make_past_meetup, "cost", "Write it up", "meetups_writeup_add?meetup={}&book="),
        (make_book, "publisher", "Take back …", "books_book_take_back"),
        (make_book, "publisher", "Paste quotes", "meetups_writeup_paste_quotes"),
        (make_book, "publisher", "Paste questions", "meetups_writeup_paste_questions"),
        (make_book, "publisher", "Merge with another …", "books_book_merge_with"),
        (make_book, "publisher", "0 quotes", "books_quote_changelist?book__id__exact={}"),
        (make_book, "publisher", "Add a quote", "books_quote_add?book={}"),
        (make_quote, "locator", "Take back …", "books_quote_take_back"),
        (make_draft_issue, "subject", "Look and send", "newsletter_issue_review"),
        (make_draft, "standfirst", "History", "meetups_writeup_history"),
        (make_meetup, "cost", "History", "meetups_meetup_history"),
        (make_club, "motto", "History", "bookclub_club_history"),
    ],
)
def test_button_saves_what_was_typed_and_leads_on(organiser_client, make, field, label, leads_to):
    row = make()
    words = "“A ”" if label.startswith("Replace") else TYPED
    if label.startswith("Replace"):
        type(row).objects.update(body='He said "so".')

    response = press(organiser_client, address_of(row), label, **{field: words})

    assert response.status_code == 302
    name, _, query = leads_to.partition("?")
    expected = reverse(f"admin:{name}", args=() if query else [row.pk])
    assert response.url == (f"{expected}?{query.format(row.pk)}" if query else expected)
    assert organiser_client.get(response.url).status_code == 200
    assert getattr(type(row).objects.get(), field) == words


@pytest.mark.parametrize(
    ("label", "leads_to"),
    [
        ("Say yes", "/admin/joining/yes/?id={}"),
        ("Say no", "/admin/joining/no/?id={}"),
        ("Set a new one", "{}/password/"),
    ],
)
def test_button_in_the_form_of_a_member_saves_first(organiser_client, label, leads_to):
    nina = make_member(approved_at=None, last_login=timezone.now())

    response = press(organiser_client, address_of(nina), label, name=TYPED)

    assert response.url.endswith(leads_to.format(nina.pk))
    assert Member.objects.get(pk=nina.pk).name == TYPED


def test_button_of_a_subscriber_saves_first(organiser_client):
    ann = make_subscriber(wants_dates=False)

    press(organiser_client, address_of(ann), "Take off the list", wants_dates="on")

    ann.refresh_from_db()
    assert (ann.wants_dates, ann.state) == (True, "left")


def test_draft_a_letter_has_the_typed_words(organiser_client):
    writeup = make_writeup(standfirst="Before")

    response = press(organiser_client, address_of(writeup), "Draft a letter", standfirst=TYPED)

    issue = Issue.objects.get()
    assert response.url == address_of(issue)
    assert issue.writeup == writeup
    assert WriteUp.objects.get().standfirst == TYPED


def test_draft_a_note_is_about_the_typed_date(organiser_client):
    meetup = make_meetup()

    press(organiser_client, address_of(meetup), "Draft a note", date="12/12/2091")

    assert Issue.objects.get().subject == "We meet on Wednesday 12 December"


def test_letter_is_looked_at_with_the_typed_words(organiser_client):
    issue = make_issue(number=None, introduction="Before")

    response = press(organiser_client, address_of(issue), "Look and send", introduction=TYPED)

    assert TYPED in organiser_client.get(response.url).text


def test_publish_shows_and_publishes_what_was_typed(organiser_client, client):
    draft = make_draft()

    page = press(organiser_client, address_of(draft), "Publish …", standfirst=TYPED, audience="members").url
    asked = text_of(soup_of(organiser_client.get(page)).select_one(".summary"))
    organiser_client.post(page)

    assert "the write-up, for members" in asked
    assert (WriteUp.objects.get().standfirst, WriteUp.objects.get().state) == (TYPED, "published")


# --- what is not saved


@pytest.mark.parametrize("label", ["Publish …", "Schedule …", "Paste more", "Preview link …", "Save as draft and look"])
def test_invalid_form_stays_with_its_faults_and_words(organiser_client, label):
    draft = make_draft()

    page = read_page(press(organiser_client, address_of(draft), label, title="", standfirst=TYPED))

    assert texts(page, ".errorlist li") == ["This is missing."]
    assert page.select_one("[name=standfirst]").get_text().strip() == TYPED
    assert WriteUp.objects.get().standfirst == ""


@pytest.mark.parametrize("make", [make_draft, make_book])
def test_invalid_form_without_address_keeps_buttons_and_state_of_the_stored_row(organiser_client, make):
    row = make()
    before = read_page(organiser_client.get(address_of(row)))

    form = read_form(before) | {"title": "", "slug": ""}
    page = read_page(organiser_client.post(address_of(row), form))

    assert texts(page, ".errorlist li") == ["This is missing."]
    assert texts(page, ".publication") == texts(before, ".publication")
    assert texts(page, "[name=_go_to]") == texts(before, "[name=_go_to]")
    assert not page.select_one("[name=slug]").get("value")


def test_draft_a_letter_of_invalid_form_drafts_nothing(organiser_client):
    page = read_page(press(organiser_client, address_of(make_writeup()), "Draft a letter", title=""))

    assert texts(page, ".errorlist li") == ["This is missing."]
    assert not Issue.objects.exists()


def test_edit_conflict_keeps_publish_from_leading_on(organiser_client):
    draft = make_draft()
    form = read_form(read_page(organiser_client.get(address_of(draft))))
    other = Client()
    other.force_login(make_organiser(name="Petra Pim"))
    press(other, address_of(draft), "Paste more", standfirst="Hers")

    page = read_page(organiser_client.post(address_of(draft), form | {"standfirst": TYPED, "_go_to": "publish"}))

    assert "You both changed this" in page.text
    assert WriteUp.objects.get().standfirst == "Hers"


def test_unchanged_form_is_not_saved(organiser_client):
    draft = make_draft()
    make_session_note(writeup=draft, text="A point")
    before = list(WriteUp.objects.values())

    response = press(organiser_client, address_of(draft), "Publish …")

    assert response.url == address_of(draft, "publish")
    assert list(WriteUp.objects.values()) == before
    assert not LogEntry.objects.exists()


def test_words_of_an_inline_are_saved(organiser_client):
    draft = make_draft()
    note = make_session_note(writeup=draft, text="A point")

    press(organiser_client, address_of(draft), "Publish …", **{"session_notes-0-text": TYPED})

    note.refresh_from_db()
    assert note.text == TYPED


def test_button_of_a_form_with_an_old_fault_leads_on_if_nothing_was_typed(organiser_client):
    quote = make_quote()
    type(quote).objects.update(text="")

    assert press(organiser_client, address_of(quote), "Take back …").url == address_of(quote, "take_back")


def test_user_without_change_permission_goes_on_without_saving(client):
    permissions = ["meetups.view_writeup", "bookclub.view_drafts", "bookclub.publish"]
    client.force_login(make_member(is_staff=True, permissions=permissions))
    draft = make_draft()

    response = press(client, address_of(draft), "Publish …", title=TYPED)

    assert response.url == address_of(draft, "publish")
    assert read_page(client.get(response.url)).select_one("form.confirm")
    assert WriteUp.objects.get().title == "Tonight"


def test_unknown_or_forbidden_button_leads_to_the_form(author_client, ann):
    draft = make_writeup(author=ann.author, published_at=None)
    form = read_form(read_page(author_client.get(address_of(draft))))

    answers = [author_client.post(address_of(draft), form | {"_go_to": name}) for name in ("publish", "nonsense")]

    assert [answer.url for answer in answers] == [address_of(draft)] * 2


def test_button_of_a_row_of_others_is_refused(author_client):
    draft = make_draft()

    answers = [
        author_client.post(address_of(draft), {"_go_to": name}).status_code for name in ("publish", "paste_more")
    ]

    assert answers == [403, 403]


def test_button_pressed_after_the_session_ended_acts_only_when_pressed_again(client, olga):
    writeup = make_writeup()
    client.force_login(olga)
    form = read_form(read_page(client.get(address_of(writeup))))
    client.logout()

    client.post(address_of(writeup), form | {"_go_to": "draft_letter"}, headers={"Origin": "http://testserver"})
    client.force_login(olga)
    page = read_page(client.get(address_of(writeup)))

    assert not Issue.objects.exists()
    assert "Draft a letter" in texts(page, ".object-tools button")


# --- where the buttons stand


@pytest.mark.parametrize("make", [make_writeup, make_meetup, make_book, make_quote, make_draft_issue])
def test_enter_saves_the_form(organiser_client, make):
    row = make()
    page = read_page(organiser_client.get(address_of(row)))
    form = page.select_one("#content form[id$=_form]")["id"]

    first = next(each for each in page.select("button, [type=submit]") if belongs_to(each, form))

    assert (first["name"], first["value"]) == ("_save", "Save")


def belongs_to(button, form):
    inside = button.find_parent("form")
    return button.get("form") == form or (inside is not None and inside.get("id") == form)


def test_popup_has_no_buttons_that_lead_away(organiser_client):
    for row in (make_meetup(), make_book()):
        page = read_page(organiser_client.get(address_of(row), {"_popup": "1"}))
        assert not page.select(".publication, .object-tools, .submit-row [name=_go_to]")


def test_add_form_saves_and_leads_to_publishing(organiser_client):
    response = press(
        organiser_client, reverse("admin:meetups_meetup_add"), "Save and publish …", date="12/12/2091", capacity="9"
    )

    meetup = Meetup.objects.get()
    assert (meetup.capacity, meetup.state) == (9, "draft")
    assert response.url == address_of(meetup, "publish")


def test_invalid_add_form_publishes_nothing(organiser_client):
    page = read_page(press(organiser_client, reverse("admin:books_book_add"), "Save and publish …", publisher=TYPED))

    assert page.select_one("[name=publisher]")["value"] == TYPED
    assert not Book.objects.exists()


def test_see_its_page_saves_what_was_typed(organiser_client):
    writeup = make_writeup()

    response = press(organiser_client, address_of(writeup), "See its page", standfirst=TYPED)

    assert organiser_client.get(response.url).url == writeup.get_absolute_url()
    assert WriteUp.objects.get().standfirst == TYPED


def test_replacing_a_picture_saves_the_words_of_its_write_up(organiser_client, media):
    photo = make_photo(writeup=make_writeup())

    response = press(organiser_client, address_of(photo.writeup), "Replace the picture", standfirst=TYPED)

    assert response.url == reverse("admin:meetups_photo_change", args=[photo.pk])
    assert WriteUp.objects.get().standfirst == TYPED


@pytest.mark.parametrize("page", ["add", "change"])
def test_links_above_a_form_open_beside_it(organiser_client, media, page):
    make_everything()

    leaving = []
    for model in admin.site._registry:  # noqa: SLF001
        args = [model.objects.first().pk] if page == "change" else []
        response = organiser_client.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args))
        if response.status_code == 200 and "_save" in response.text:
            links = read_page(response).select(".object-tools a")
            leaving += [(model.__name__, text_of(each)) for each in links if each.get("target") != "_blank"]

    assert leaving == []
