"""Deleting an account: every table and every file is searched for what says who the person was."""

import datetime as dt
import json
import time
from urllib.parse import quote_plus

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from bookclub.mail.models import OutgoingMail
from bookclub.mail.rate_limits import MailRequest, keyed_hash
from bookclub.search.index import refresh_index
from meetups.models import RSVP, SessionNote
from members.account_deletion import DeletionChoices, delete_account, lock_member
from members.models import Author, Member, SignIn
from members.privacy import delete_or_anonymise, erase_data
from tests import factories as make
from tests.databases import list_rows
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

NAME, ADDRESS, OTHER_ADDRESS = "Nicoletta Quirrell", "nicoletta@quirrell.example", "nq@work.example"
PROSE = "Said at the table by the window"


def read_all_rows():
    """Yield table and text of each row of each table, sessions decoded."""
    for table, row in list_rows():
        yield table, " ".join(map(str, row))
    for session in Session.objects.all():
        yield "django_session", json.dumps(session.get_decoded(), default=str)


def find_traces(media, *words):
    """Return the tables and files in which any of `words` stands, in any case."""
    spelt = {each.lower() for word in words for each in (word, json.dumps(word)[1:-1])}
    rows = {table for table, text in read_all_rows() if any(word in text.lower() for word in spelt)}
    files = {path.name for path in media.rglob("*") if path.is_file()} if media.exists() else set()
    return rows | files


@pytest.fixture
def nicoletta(media):
    """A member with a row in every table that can hold one of theirs."""
    member = make.make_member(ADDRESS, name=NAME, password="a long enough password", photo=make.make_picture_file())
    EmailAddress.objects.create(user=member, email=ADDRESS, primary=True, verified=True)
    EmailAddress.objects.create(user=member, email=OTHER_ADDRESS, verified=True)
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={"secret": "s"})
    make.make_rsvp(member=member, message=f"I am {NAME}")
    author = make.make_author(
        name=NAME, slug="nicoletta-quirrell", member=member, email=ADDRESS, photo=make.make_picture_file()
    )
    author.slug = "quirrell"
    author.save()
    writeup = make.make_writeup(author=author)
    note = make.make_session_note(writeup=writeup, text=PROSE, name="N. Quirrell, they say")
    note.name, note.member = NAME, member
    note.save()
    OutgoingMail.objects.enqueue(key="sent", kind="test", to=ADDRESS, text="Yours", state=OutgoingMail.State.SENT)
    OutgoingMail.objects.enqueue(key="work", kind="test", to=OTHER_ADDRESS, text=f"Dear {NAME}")
    OutgoingMail.objects.enqueue(key="about", kind="test", to="olga@example.org", text=f"{NAME} ({ADDRESS}) asks")
    OutgoingMail.objects.enqueue(
        key="told", kind="test", to="olga@example.org", text=f"{ADDRESS}.", state=OutgoingMail.State.SENT
    )
    OutgoingMail.objects.enqueue(key=f"wants-to-join:{member.pk}:o", kind="test", to="o@example.org", text=f"{NAME}?")
    OutgoingMail.objects.enqueue(key=f"news:1:{member.pk}:x", kind="test", to="nq@quirrell.example", text=f"For {NAME}")
    OutgoingMail.objects.enqueue(key=f"wants-to-join:99:{ADDRESS}", kind="test", to=ADDRESS, text="Somebody wants to")
    MailRequest.objects.create(kind="code", address_hash=keyed_hash("address", ADDRESS), network_hash="n")
    log_in(member)
    write_log_entry(member, str(member), f'[{{"changed": {{"object": {json.dumps(NAME + ": going")}}}}}]')
    write_log_entry(writeup, writeup.title, f"Named {NAME}")
    return member


def log_in(member):
    client = Client()
    client.force_login(member)
    SignIn.objects.get_or_create(session_key=client.session.session_key, defaults={"member": member, "browser": "X"})
    return client


def write_log_entry(thing, words, message):
    kind = ContentType.objects.get_for_model(type(thing))
    user = Member.objects.organisers().first() or make.make_organiser("olga@example.org")
    LogEntry.objects.create(
        user=user,
        content_type=kind,
        object_id=str(thing.pk),
        object_repr=words,
        action_flag=CHANGE,
        change_message=message,
    )


DELETE_ALL = DeletionChoices(keep_session_notes=False, keep_author_page=False)


def test_personal_data_is_found_before_deletion(nicoletta, media):
    found = find_traces(media, NAME, ADDRESS, OTHER_ADDRESS, "quirrell")

    assert {
        "members_member",
        "members_author",
        "account_emailaddress",
        "meetups_rsvp",
        "meetups_sessionnote",
        "meetups_historicalsessionnote",
        "bookclub_outgoingmail",
        "bookclub_redirect",
        "django_admin_log",
    } <= found
    assert len([name for name in found if name.endswith((".webp", ".jpg"))]) >= 2


@pytest.mark.both_databases
def test_delete_account_leaves_no_trace_of_the_person(nicoletta, media, mailoutbox, django_capture_on_commit_callbacks):
    refresh_index()
    assert "bookclub_searchword" in find_traces(media, "quirrell")
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(nicoletta, DELETE_ALL)

    assert OutgoingMail.objects.exclude(to="").exclude(to__endswith="@example.org").count() == 1
    assert find_traces(media, NAME, ADDRESS, OTHER_ADDRESS) == {"bookclub_outgoingmail"}
    make.run_worker()
    assert [message.to for message in mailoutbox] == [[ADDRESS]]
    assert find_traces(media, NAME, ADDRESS, OTHER_ADDRESS, "quirrell", PROSE) == set()
    assert not SignIn.objects.exists()
    assert not MailRequest.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.both_databases
def test_delete_account_keeps_chosen_content(nicoletta, media, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(nicoletta, DeletionChoices())
    make.run_worker()

    author = Author.objects.get()
    assert (author.name, author.member, author.slug) == (NAME, None, "quirrell")
    assert {(note.name, note.name_is_public, note.member) for note in SessionNote.objects.all()} == {
        ("a member", True, None)
    }
    assert PROSE in {note.text for note in SessionNote.objects.all()}
    # The author's page stays, and can be searched for.
    assert find_traces(media / "members", NAME, ADDRESS) == {"members_author", "bookclub_searchentry"}
    assert author.photo.storage.exists(author.photo.name)
    assert {version.name for version in SessionNote.history.all()} == {"a member"}


def test_kept_session_note_is_attributed_to_a_member(nicoletta, visitor):
    note = nicoletta.session_notes.get()

    delete_account(nicoletta)

    note.refresh_from_db()
    assert note.name_for(visitor, make.make_club(names_visible_to="nobody")) == "a member"


def test_delete_account_anonymises_writeups(nicoletta, client):
    [writeup] = nicoletta.author.writeups.all()

    delete_account(nicoletta, DELETE_ALL)

    author = Author.objects.get()
    assert (author.name, author.slug, author.email, author.bio) == ("A former author", "a-former-author", "", "")
    assert "A former author" in client.get(writeup.get_absolute_url()).content.decode()
    assert client.get("/people/quirrell/").status_code == 404
    assert client.get("/people/nicoletta-quirrell/").status_code == 404


def test_delete_account_deletes_author_page_without_writeups():
    member = make.make_author(member=make.make_member()).member

    delete_account(member, DELETE_ALL)

    assert not Author.objects.exists()


def test_delete_account_keeps_other_peoples_notes(nicoletta):
    others = make.make_session_note(name="Nick", member=make.make_member())
    once_hers = make.make_session_note(name=NAME, member=nicoletta)
    once_hers.member, once_hers.name = others.member, "Nick"
    once_hers.save()

    delete_account(nicoletta, DELETE_ALL)

    assert list(SessionNote.objects.filter(member=others.member).order_by("pk")) == [others, once_hers]
    assert list(once_hers.history.values_list("name", flat=True)) == ["Nick", "a member"]


def test_delete_account_frees_seats_for_waiting_list(mailoutbox):
    meetup = make.make_meetup(capacity=1)
    nick, ann = make.make_member(), make.make_member("ann@example.org")
    make.make_rsvp(meetup, nick)
    make.make_rsvp(meetup, ann)
    make.run_worker()
    mailoutbox.clear()

    delete_account(nick)
    make.run_worker()

    [rsvp] = meetup.rsvps.all()
    meetup.seat_counter.refresh_from_db()
    assert (rsvp.member, rsvp.answer, meetup.seat_counter.taken) == (ann, RSVP.Answer.GOING, 1)
    assert sorted(message.to[0] for message in mailoutbox) == sorted([ann.email, nick.email])


def test_delete_account_keeps_headcount_of_past_meetups():
    meetup = make.make_meetup(headcount=8)
    member = make.make_rsvp(meetup).member
    meetup.date = dt.date(2020, 1, 8)
    meetup.save()

    delete_account(member)

    meetup.refresh_from_db()
    assert (meetup.headcount, meetup.seat_counter.taken, meetup.rsvps.count()) == (8, 1, 0)


@pytest.mark.both_databases
def test_delete_account_keeps_mail_to_other_members(nicoletta, bob):
    EmailAddress.objects.create(user=nicoletta, email=bob.email, verified=False)
    OutgoingMail.objects.enqueue(key="bob", kind="test", to=bob.email, text="Yours, Bob")

    delete_account(nicoletta)

    mail = OutgoingMail.objects.get(key="bob")
    assert (mail.to, mail.text, mail.state) == (bob.email, "Yours, Bob", OutgoingMail.State.QUEUED)


@pytest.mark.both_databases
def test_delete_account_ignores_same_names_and_partial_addresses(bob):
    double = make.make_member("ob@example.org", name=bob.name)
    note = make.make_session_note(name=bob.name)
    client = log_in(bob)
    OutgoingMail.objects.enqueue(
        key="bob@example.org", kind="test", to="olga@example.org", text=f"{bob.name}, {bob.email}"
    )
    before = sorted(row for row in read_all_rows() if bob.email in row[1] or bob.name in row[1])
    before = [row for row in before if double.email not in row[1].replace(bob.email, "")]

    delete_account(double, DELETE_ALL)

    note.refresh_from_db()
    assert note.name == bob.name
    assert set(before) <= set(read_all_rows())
    assert client.session["_auth_user_id"] == str(bob.pk)


@pytest.mark.both_databases
@pytest.mark.parametrize("name", ["Zoë Ångström", "Prince"])
def test_delete_account_removes_name_from_admin_log(olga, name):
    member = make.make_member(name=name)
    rsvp = make.make_rsvp(member=member)
    write_log_entry(rsvp, str(rsvp), json.dumps([{"added": {"object": f"{name}: going"}}]))

    delete_account(member)

    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == (
        "somebody: going",
        '[{"added": {"object": "somebody: going"}}]',
    )


@pytest.mark.both_databases
def test_delete_account_is_rolled_back_after_a_crash(nicoletta, media, monkeypatch):
    before = sorted(read_all_rows()), sorted(media.rglob("*"))
    monkeypatch.setattr(Member, "delete", lambda self: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        delete_account(nicoletta, DELETE_ALL)

    assert (sorted(read_all_rows()), sorted(media.rglob("*"))) == before


def test_delete_account_disables_private_calendar(bob, client):
    Member.objects.filter(pk=bob.pk).update(calendar_token="s" * 43)
    address = reverse("meetups:member_calendar", args=["s" * 43])
    assert client.get(address).status_code == 200

    delete_account(bob)

    assert client.get(address).status_code == 404


def test_delete_account_is_idempotent(nicoletta):
    delete_account(nicoletta)
    delete_account(nicoletta)

    assert OutgoingMail.objects.filter(kind="account-deleted").count() == 1


def test_delete_account_refuses_the_last_organiser(olga):
    make.make_organiser(is_active=False)
    make.make_writer()

    with pytest.raises(ValidationError, match="Nobody else runs this site"):
        delete_account(olga)
    make.make_organiser()
    delete_account(olga)

    assert not Member.objects.filter(pk=olga.pk).exists()


def test_delete_account_keeps_history_without_its_author(olga):
    make.make_organiser()
    book = make.make_book()
    book.history.update(history_user=olga)

    delete_account(olga)

    assert [version.history_user for version in book.history.all()] == [None]


def test_last_mail_is_forgotten_when_delivery_is_unknown(bob, media):
    delete_account(bob)
    OutgoingMail.objects.filter(to=bob.email).update(state=OutgoingMail.State.UNKNOWN)

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3)):
        make.run_worker()

    assert find_traces(media, bob.email) == set()


# The page


@pytest.fixture
def member_client(nicoletta):
    """A browser in which Nicoletta has just logged in."""
    return log_in_just_now(nicoletta)


def log_in_just_now(member):
    client = log_in(member)
    session = client.session
    session["account_authentication_methods_user"] = str(member.pk)
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session.save()
    return client


DELETE_URL = "/members/me/deletion/"


def test_delete_account_page_lists_data_and_choices(member_client):
    soup = soup_of(member_client.get(DELETE_URL))

    assert texts(soup, "main h1, main h2") == ["Delete your account", "What goes", "What stays"]
    assert "the club’s letter" in text_of(soup.select("main ul")[0])
    assert "a mark that keeps your address off the list of our letter" in text_of(soup.select("main ul")[1])
    assert texts(soup, "main legend") == ["What you said at our evenings", "Your author’s page"]
    assert [each["value"] for each in soup.select("main [checked]")] == ["keep", "keep"]


def test_delete_account_page_without_content_offers_no_choices(bob):
    soup = soup_of(log_in_just_now(bob).get(DELETE_URL))

    assert texts(soup, "main legend") == []


def test_visitor_is_asked_to_log_in(client):
    assert client.get(DELETE_URL).url == f"/accounts/login/?next={DELETE_URL}"
    assert client.post(DELETE_URL).url == f"/accounts/login/?next={DELETE_URL}"


def test_delete_account_needs_reauthentication(bob):
    client = log_in(bob)

    response = client.post(DELETE_URL, {"address": bob.email}, follow=True)

    assert text_of(soup_of(response).h1) == "Is it you?"
    assert Member.objects.filter(pk=bob.pk).exists()


def test_delete_account_asks_for_password_if_set(bob):
    bob.set_password("a long enough password")
    bob.save()

    response = log_in(bob).get(DELETE_URL)

    assert response.url == f"/accounts/reauthenticate/?next={quote_plus(DELETE_URL)}"


def test_delete_account_needs_typed_address(member_client, nicoletta):
    response = member_client.post(
        DELETE_URL, {"session_notes": "keep", "author_page": "keep", "address": "nobody@example.org"}
    )

    soup = soup_of(response)
    assert soup.title.string.startswith("Error: ")
    assert texts(soup, ".error-summary li") == ["This is not the address of your account."]
    assert Member.objects.filter(pk=nicoletta.pk).exists()


def test_delete_account_refuses_invalid_choice(member_client, nicoletta):
    response = member_client.post(DELETE_URL, {"session_notes": "burn", "author_page": "keep", "address": ADDRESS})

    assert soup_of(response).select(".error-summary li")
    assert Member.objects.filter(pk=nicoletta.pk).exists()


def test_delete_account_logs_out_and_deletes(member_client, nicoletta):
    form = {"session_notes": "delete", "author_page": "delete", "address": f" {ADDRESS.upper()} ", "member": "1"}

    response = member_client.post(DELETE_URL, form, follow=True)

    assert response.redirect_chain == [("/members/gone/", 302)]
    assert not member_client.cookies[settings.SESSION_COOKIE_NAME].value
    assert text_of(soup_of(response).h1) == "Your account is gone"
    assert "Sign in" in texts(soup_of(response), ".site-header a")
    assert not Member.objects.filter(pk=nicoletta.pk).exists()
    assert not SessionNote.objects.filter(text=PROSE).exists()
    assert Author.objects.get().name == "A former author"


def test_delete_account_page_explains_refusal_to_last_organiser(olga):
    response = log_in_just_now(olga).post(DELETE_URL, {"address": olga.email})

    assert text_of(soup_of(response).h1) == "You are the last organiser"
    assert Member.objects.filter(pk=olga.pk).exists()


# In the admin


@pytest.fixture
def organiser_client(client):
    client.force_login(Member.objects.organisers().first() or make.make_organiser("olga@example.org"))
    return client


def get_delete_url(member):
    return reverse("admin:members_member_delete", args=[member.pk])


def test_admin_delete_page_lists_deleted_and_kept_data(nicoletta, organiser_client):
    page = text_of(soup_of(organiser_client.get(get_delete_url(nicoletta))))

    assert "their seats" in page
    assert "Their session notes go too Their author’s page goes too" in page
    assert "goes too" not in text_of(soup_of(organiser_client.get(get_delete_url(make.make_member()))))


def test_admin_delete_follows_the_chosen_options(
    nicoletta, organiser_client, media, mailoutbox, django_capture_on_commit_callbacks
):
    form = {"post": "yes", "delete_session_notes": "on", "delete_author_page": "on"}

    with django_capture_on_commit_callbacks(execute=True):
        response = organiser_client.post(get_delete_url(nicoletta), form)
    make.run_worker()

    assert response.status_code == 302
    assert ADDRESS in [message.to[0] for message in mailoutbox]
    assert find_traces(media, NAME, ADDRESS, OTHER_ADDRESS, PROSE) - {"django_session"} == set()
    assert LogEntry.objects.filter(action_flag=DELETION, object_id=str(nicoletta.pk)).count() == 1


def test_admin_bulk_delete_frees_seats(organiser_client, media, mailoutbox):
    meetup = make.make_meetup(capacity=2)
    members = [make.make_rsvp(meetup).member for _ in range(2)]
    waits = make.make_rsvp(meetup)

    organiser_client.post(
        reverse("admin:members_member_changelist"),
        {"action": "delete_selected", "_selected_action": [each.pk for each in members], "post": "yes"},
    )

    waits.refresh_from_db()
    assert [rsvp.member for rsvp in meetup.rsvps.all()] == [waits.member]
    assert waits.answer == RSVP.Answer.GOING


def test_admin_delete_refuses_the_last_organiser(olga, organiser_client):
    page = organiser_client.get(get_delete_url(olga))
    organiser_client.post(get_delete_url(olga), {"post": "yes"})
    organiser_client.post(
        reverse("admin:members_member_changelist"),
        {"action": "delete_selected", "_selected_action": [olga.pk], "post": "yes"},
    )

    assert "Nobody else runs this site" in text_of(soup_of(page))
    assert not soup_of(page).select("[name=post]")
    assert Member.objects.filter(pk=olga.pk).exists()


def test_anonymised_author_gets_unique_slug():
    authors = [make.make_writeup(author=make.make_author(member=make.make_member())).author for _ in range(2)]

    for author in authors:
        delete_account(author.member, DELETE_ALL)
        delete_or_anonymise(author)

    assert sorted(Author.objects.values_list("slug", flat=True)) == ["a-former-author", "a-former-author-2"]


def test_erase_join_request_keeps_requests_of_others(bob):
    mails = {
        key: make.make_mail(key=key, state=state)
        for key, state in (
            (f"wants-to-join:{bob.pk}:a", OutgoingMail.State.SENT),
            (f"wants-to-join:{bob.pk}:b", OutgoingMail.State.QUEUED),
            (f"wants-to-join:{bob.pk}0:c", OutgoingMail.State.QUEUED),
        )
    }

    erase_data(bob, DeletionChoices())

    assert list(OutgoingMail.objects.order_by("pk").values_list("key", "state", "text")) == [
        (key, state, text)
        for (key, mail), state, text in zip(
            mails.items(), ("sent", "dropped", "queued"), ("", "", list(mails.values())[2].text), strict=True
        )
    ]


def test_lock_member_returns_the_row_as_it_is_now(bob, olga):
    other = make.make_organiser()
    Member.objects.filter(pk=bob.pk).update(name="Robert")

    assert lock_member(bob).name == "Robert"
    assert [lock_member(member) for member in (olga, other)] == [olga, other]
    Member.objects.filter(pk=bob.pk).delete()
    assert lock_member(bob) is None
