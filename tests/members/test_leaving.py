"""A person goes, and nothing is left that says who they were: every table and every file is searched."""

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
from django.db import connection
from django.test import Client
from django.urls import reverse

from bookclub.budgets import MailRequest, keyed
from bookclub.models import OutgoingMail
from meetups.models import RSVP, SessionNote
from members.leaving import Wishes, leave
from members.models import Author, Member, SignIn
from tests import factories as make
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db

NAME, ADDRESS, OTHER_ADDRESS = "Nicoletta Quirrell", "nicoletta@quirrell.example", "nq@work.example"
PROSE = "Said at the table by the window"


def everything_stored():
    """Each row of each table as words, sessions unpacked."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables
            for row in cursor.fetchall():
                yield table, " ".join(map(str, row))
    for session in Session.objects.all():
        yield "django_session", json.dumps(session.get_decoded(), default=str)


def traces(media, *words):
    """Where any of `words` still stands, in whatever case."""
    spelt = {each.lower() for word in words for each in (word, json.dumps(word)[1:-1])}
    rows = {table for table, text in everything_stored() if any(word in text.lower() for word in spelt)}
    files = {path.name for path in media.rglob("*") if path.is_file()} if media.exists() else set()
    return rows | files


@pytest.fixture
def nicoletta(media):
    """With a row in every table that can have one of hers."""
    member = make.make_member(ADDRESS, name=NAME, password="a long enough password", photo=make.make_picture_file())
    EmailAddress.objects.create(user=member, email=ADDRESS, primary=True, verified=True)
    EmailAddress.objects.create(user=member, email=OTHER_ADDRESS, verified=True)
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={"secret": "s"})
    make.make_rsvp(member=member, line=f"I am {NAME}")
    author = make.make_author(
        name=NAME, slug="nicoletta-quirrell", member=member, email=ADDRESS, photo=make.make_picture_file()
    )
    author.slug = "quirrell"
    author.save()
    writeup = make.make_writeup(author=author)
    note = make.make_session_note(writeup=writeup, text=PROSE, name="N. Quirrell, they say")
    note.name, note.member = NAME, member
    note.save()
    OutgoingMail.objects.write(key="sent", kind="test", to=ADDRESS, text="Yours", state=OutgoingMail.State.SENT)
    OutgoingMail.objects.write(key="work", kind="test", to=OTHER_ADDRESS, text=f"Dear {NAME}")
    OutgoingMail.objects.write(key="about", kind="test", to="olga@example.org", text=f"{NAME} ({ADDRESS}) asks")
    OutgoingMail.objects.write(
        key="told", kind="test", to="olga@example.org", text=f"{ADDRESS}.", state=OutgoingMail.State.SENT
    )
    OutgoingMail.objects.write(key=f"wants-to-join:{member.pk}:o", kind="test", to="o@example.org", text=f"{NAME}?")
    OutgoingMail.objects.write(key=f"news:1:{member.pk}:x", kind="test", to="nq@quirrell.example", text=f"For {NAME}")
    OutgoingMail.objects.write(key=f"wants-to-join:99:{ADDRESS}", kind="test", to=ADDRESS, text="Somebody wants to")
    MailRequest.objects.create(kind="code", address_key=keyed("address", ADDRESS), network_key="n")
    sign_in(member)
    log(member, str(member), f'[{{"changed": {{"object": {json.dumps(NAME + ": going")}}}}}]')
    log(writeup, writeup.title, f"Named {NAME}")
    return member


def sign_in(member):
    client = Client()
    client.force_login(member)
    SignIn.objects.get_or_create(session_key=client.session.session_key, defaults={"member": member, "browser": "X"})
    return client


def log(thing, words, message):
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


ALL_GOES = Wishes(keeps_session_notes=False, keeps_author_page=False)


def test_there_is_much_to_be_found_before(nicoletta, media):
    found = traces(media, NAME, ADDRESS, OTHER_ADDRESS, "quirrell")

    assert {
        "members_member",
        "members_author",
        "account_emailaddress",
        "meetups_rsvp",
        "meetups_sessionnote",
        "meetups_historicalsessionnote",
        "bookclub_outgoingmail",
        "bookclub_oldaddress",
        "django_admin_log",
    } <= found
    assert len([name for name in found if name.endswith((".webp", ".jpg"))]) >= 2


def test_nothing_says_who_they_were_once_they_have_gone_and_their_mail_is_sent(
    nicoletta, media, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        leave(nicoletta, ALL_GOES)

    assert OutgoingMail.objects.exclude(to="").exclude(to__endswith="@example.org").count() == 1
    assert traces(media, NAME, ADDRESS, OTHER_ADDRESS) == {"bookclub_outgoingmail"}
    make.do_post()
    assert [message.to for message in mailoutbox] == [[ADDRESS]]
    assert traces(media, NAME, ADDRESS, OTHER_ADDRESS, "quirrell", PROSE) == set()
    assert not SignIn.objects.exists()
    assert not MailRequest.objects.exists()
    assert not Session.objects.exists()


def test_what_they_wish_to_stay_stays_without_their_account(
    nicoletta, media, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        leave(nicoletta, Wishes())
    make.do_post()

    author = Author.objects.get()
    assert (author.name, author.member, author.slug) == (NAME, None, "quirrell")
    assert {(note.name, note.name_is_public, note.member) for note in SessionNote.objects.all()} == {
        ("a member", True, None)
    }
    assert PROSE in {note.text for note in SessionNote.objects.all()}
    assert traces(media / "members", NAME, ADDRESS) == {"members_author"}
    assert author.photo.storage.exists(author.photo.name)
    assert {version.name for version in SessionNote.history.all()} == {"a member"}


def test_a_note_that_stays_is_read_as_a_members_by_everybody(nicoletta, visitor):
    note = nicoletta.session_notes.get()

    leave(nicoletta)

    note.refresh_from_db()
    assert note.name_for(visitor, make.make_club(names_visible_to="nobody")) == "a member"


def test_what_a_former_author_wrote_stays_under_no_name(nicoletta, client):
    [writeup] = nicoletta.author.writeups.all()

    leave(nicoletta, ALL_GOES)

    author = Author.objects.get()
    assert (author.name, author.slug, author.email, author.bio) == ("A former author", "a-former-author", "", "")
    assert "A former author" in client.get(writeup.get_absolute_url()).content.decode()
    assert client.get("/people/quirrell/").status_code == 404
    assert client.get("/people/nicoletta-quirrell/").status_code == 404


def test_a_page_on_which_nothing_stands_goes_whole():
    member = make.make_author(member=make.make_member()).member

    leave(member, ALL_GOES)

    assert not Author.objects.exists()


def test_the_notes_of_others_are_nobody_elses_to_take_away(nicoletta):
    others = make.make_session_note(name="Nick", member=make.make_member())
    once_hers = make.make_session_note(name=NAME, member=nicoletta)
    once_hers.member, once_hers.name = others.member, "Nick"
    once_hers.save()

    leave(nicoletta, ALL_GOES)

    assert list(SessionNote.objects.filter(member=others.member).order_by("pk")) == [others, once_hers]
    assert list(once_hers.history.values_list("name", flat=True)) == ["Nick", "a member"]


def test_the_seats_of_who_goes_are_taken_by_who_waits(mailoutbox):
    meetup = make.make_meetup(capacity=1)
    nick, ann = make.make_member(), make.make_member("ann@example.org")
    make.make_rsvp(meetup, nick)
    make.make_rsvp(meetup, ann)
    make.do_post()
    mailoutbox.clear()

    leave(nick)
    make.do_post()

    [rsvp] = meetup.rsvps.all()
    meetup.seats.refresh_from_db()
    assert (rsvp.member, rsvp.answer, meetup.seats.taken) == (ann, RSVP.Answer.GOING, 1)
    assert sorted(message.to[0] for message in mailoutbox) == sorted([ann.email, nick.email])


def test_an_evening_that_is_over_keeps_its_count():
    meetup = make.make_meetup(headcount=8)
    member = make.make_rsvp(meetup).member
    meetup.date = dt.date(2020, 1, 8)
    meetup.save()

    leave(member)

    meetup.refresh_from_db()
    assert (meetup.headcount, meetup.seats.taken, meetup.rsvps.count()) == (8, 1, 0)


def test_a_mail_to_an_address_that_somebody_else_has_is_not_theirs_to_forget(nicoletta, bob):
    EmailAddress.objects.create(user=nicoletta, email=bob.email, verified=False)
    OutgoingMail.objects.write(key="bob", kind="test", to=bob.email, text="Yours, Bob")

    leave(nicoletta)

    mail = OutgoingMail.objects.get(key="bob")
    assert (mail.to, mail.text, mail.state) == (bob.email, "Yours, Bob", OutgoingMail.State.QUEUED)


def test_whoever_takes_anothers_name_or_a_part_of_an_address_takes_nothing_of_theirs_along(bob):
    double = make.make_member("ob@example.org", name=bob.name)
    note = make.make_session_note(name=bob.name)
    client = sign_in(bob)
    OutgoingMail.objects.write(
        key="bob@example.org", kind="test", to="olga@example.org", text=f"{bob.name}, {bob.email}"
    )
    before = sorted(row for row in everything_stored() if bob.email in row[1] or bob.name in row[1])
    before = [row for row in before if double.email not in row[1].replace(bob.email, "")]

    leave(double, ALL_GOES)

    note.refresh_from_db()
    assert note.name == bob.name
    assert set(before) <= set(everything_stored())
    assert client.session["_auth_user_id"] == str(bob.pk)


@pytest.mark.parametrize("name", ["Zoë Ångström", "Prince"])
def test_a_name_of_any_kind_goes_from_the_log(olga, name):
    member = make.make_member(name=name)
    rsvp = make.make_rsvp(member=member)
    log(rsvp, str(rsvp), json.dumps([{"added": {"object": f"{name}: going"}}]))

    leave(member)

    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.change_message) == (
        "somebody: going",
        '[{"added": {"object": "somebody: going"}}]',
    )


def test_a_crash_in_the_middle_leaves_everything_as_it_was(nicoletta, media, monkeypatch):
    before = sorted(everything_stored()), sorted(media.rglob("*"))
    monkeypatch.setattr(Member, "delete", lambda self: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        leave(nicoletta, ALL_GOES)

    assert (sorted(everything_stored()), sorted(media.rglob("*"))) == before


def test_their_private_calendar_is_not_there_any_more(bob, client):
    Member.objects.filter(pk=bob.pk).update(calendar_token="s" * 43)
    address = reverse("meetups:member_calendar", args=["s" * 43])
    assert client.get(address).status_code == 200

    leave(bob)

    assert client.get(address).status_code == 404


def test_leaving_twice_is_leaving_once(nicoletta):
    leave(nicoletta)
    leave(nicoletta)

    assert OutgoingMail.objects.filter(kind="account-gone").count() == 1


def test_the_last_organiser_stays_until_there_is_another(olga):
    make.make_organiser(is_active=False)
    make.make_writer()

    with pytest.raises(ValidationError, match="Nobody else runs this site"):
        leave(olga)
    make.make_organiser()
    leave(olga)

    assert not Member.objects.filter(pk=olga.pk).exists()


def test_what_an_organiser_wrote_keeps_its_versions_without_them(olga):
    make.make_organiser()
    book = make.make_book()
    book.history.update(history_user=olga)

    leave(olga)

    assert [version.history_user for version in book.history.all()] == [None]


def test_the_last_mail_is_forgotten_too_where_nobody_knows_what_became_of_it(bob, media):
    leave(bob)
    OutgoingMail.objects.filter(to=bob.email).update(state=OutgoingMail.State.UNKNOWN)

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3)):
        make.do_post()

    assert traces(media, bob.email) == set()


# The page


@pytest.fixture
def hers(nicoletta):
    """A browser of hers in which she has signed in just now."""
    return just_signed_in(nicoletta)


def just_signed_in(member):
    client = sign_in(member)
    session = client.session
    session["account_authentication_methods_user"] = str(member.pk)
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session.save()
    return client


LEAVING = "/members/me/deletion/"


def test_the_page_says_what_goes_and_asks_about_what_may_stay(hers):
    soup = soup_of(hers.get(LEAVING))

    assert texts(soup, "main h1, main h2") == ["Delete your account", "What goes", "What stays"]
    assert "the club’s letter" in text_of(soup.select("main ul")[0])
    assert "a mark that keeps your address off the list of our letter" in text_of(soup.select("main ul")[1])
    assert texts(soup, "main legend") == ["What you said at our evenings", "Your author’s page"]
    assert [each["value"] for each in soup.select("main [checked]")] == ["stay", "stay"]


def test_who_has_said_and_written_nothing_is_not_asked_about_it(bob):
    soup = soup_of(just_signed_in(bob).get(LEAVING))

    assert texts(soup, "main legend") == []


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(LEAVING).url == f"/accounts/login/?next={LEAVING}"
    assert client.post(LEAVING).url == f"/accounts/login/?next={LEAVING}"


def test_whoever_finds_a_browser_open_deletes_nothing(bob):
    client = sign_in(bob)

    response = client.post(LEAVING, {"address": bob.email}, follow=True)

    assert text_of(soup_of(response).h1) == "Is it you?"
    assert Member.objects.filter(pk=bob.pk).exists()


def test_who_has_a_password_is_asked_for_it_first(bob):
    bob.set_password("a long enough password")
    bob.save()

    response = sign_in(bob).get(LEAVING)

    assert response.url == f"/accounts/reauthenticate/?next={quote_plus(LEAVING)}"


def test_nobody_leaves_by_a_slip(hers, nicoletta):
    response = hers.post(LEAVING, {"session_notes": "stay", "author_page": "stay", "address": "nobody@example.org"})

    soup = soup_of(response)
    assert soup.title.string.startswith("Error: ")
    assert texts(soup, ".errs li") == ["This is not the address of your account."]
    assert Member.objects.filter(pk=nicoletta.pk).exists()


def test_a_wish_that_is_none_is_refused(hers, nicoletta):
    response = hers.post(LEAVING, {"session_notes": "burn", "author_page": "stay", "address": ADDRESS})

    assert soup_of(response).select(".errs li")
    assert Member.objects.filter(pk=nicoletta.pk).exists()


def test_they_are_gone_and_signed_out(hers, nicoletta):
    form = {"session_notes": "go", "author_page": "go", "address": f" {ADDRESS.upper()} ", "member": "1"}

    response = hers.post(LEAVING, form, follow=True)

    assert response.redirect_chain == [("/members/gone/", 302)]
    assert not hers.cookies[settings.SESSION_COOKIE_NAME].value
    assert text_of(soup_of(response).h1) == "Your account is gone"
    assert "Sign in" in texts(soup_of(response), ".top a")
    assert not Member.objects.filter(pk=nicoletta.pk).exists()
    assert not SessionNote.objects.filter(text=PROSE).exists()
    assert Author.objects.get().name == "A former author"


def test_the_last_organiser_is_told_why(olga):
    response = just_signed_in(olga).post(LEAVING, {"address": olga.email})

    assert text_of(soup_of(response).h1) == "You are the last organiser"
    assert Member.objects.filter(pk=olga.pk).exists()


# At the desk


@pytest.fixture
def desk(client):
    client.force_login(Member.objects.organisers().first() or make.make_organiser("olga@example.org"))
    return client


def deletion(member):
    return reverse("admin:members_member_delete", args=[member.pk])


def test_an_organiser_is_told_what_goes_and_what_stays(nicoletta, desk):
    page = text_of(soup_of(desk.get(deletion(nicoletta))))

    assert "their seats" in page
    assert "Their session notes go too Their author’s page goes too" in page
    assert "goes too" not in text_of(soup_of(desk.get(deletion(make.make_member()))))


def test_an_organiser_deletes_a_member_the_same_way(
    nicoletta, desk, media, mailoutbox, django_capture_on_commit_callbacks
):
    form = {"post": "yes", "session_notes_go": "on", "author_page_goes": "on"}

    with django_capture_on_commit_callbacks(execute=True):
        response = desk.post(deletion(nicoletta), form)
    make.do_post()

    assert response.status_code == 302
    assert ADDRESS in [message.to[0] for message in mailoutbox]
    assert traces(media, NAME, ADDRESS, OTHER_ADDRESS, PROSE) - {"django_session"} == set()
    assert LogEntry.objects.filter(action_flag=DELETION, object_id=str(nicoletta.pk)).count() == 1


def test_an_organiser_deletes_several_at_once_and_their_seats_are_free(desk, media, mailoutbox):
    meetup = make.make_meetup(capacity=2)
    members = [make.make_rsvp(meetup).member for _ in range(2)]
    waits = make.make_rsvp(meetup)

    desk.post(
        reverse("admin:members_member_changelist"),
        {"action": "delete_selected", "_selected_action": [each.pk for each in members], "post": "yes"},
    )

    waits.refresh_from_db()
    assert [rsvp.member for rsvp in meetup.rsvps.all()] == [waits.member]
    assert waits.answer == RSVP.Answer.GOING


def test_an_organiser_does_not_delete_the_last_one(olga, desk):
    page = desk.get(deletion(olga))
    desk.post(deletion(olga), {"post": "yes"})
    desk.post(
        reverse("admin:members_member_changelist"),
        {"action": "delete_selected", "_selected_action": [olga.pk], "post": "yes"},
    )

    assert "Nobody else runs this site" in text_of(soup_of(page))
    assert not soup_of(page).select("[name=post]")
    assert Member.objects.filter(pk=olga.pk).exists()
