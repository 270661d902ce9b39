"""The review is never lost: it has an address, keeps its corrections, and is saved once."""

import datetime as dt
import os
import signal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Quote
from meetups.models import Meetup, Paste, WriteUp
from meetups.models.paste import MAX_UNFINISHED
from meetups.paste.views import review
from tests.factories import make_book, make_member, make_organiser, make_paste, make_quote, make_writer, make_writeup
from tests.meetups.paste.review_pages import (
    DOCUMENT,
    PASTE,
    error_note,
    form_fields,
    messages,
    number_of,
    paste,
    send,
)
from tests.pages import soup_of, text_of, texts
from tests.racing import FORK, race

pytestmark = pytest.mark.django_db
SAME_ORIGIN = {"headers": {"origin": "http://testserver", "sec-fetch-site": "same-origin"}}
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


def review_url(stored, page="paste_review"):
    return reverse(f"admin:meetups_writeup_{page}", args=[stored.pk])


def client_of(member):
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def sent(organiser_client):
    """The fields of a review of DOCUMENT that is open in the browser of an organiser."""
    return form_fields(soup_of(paste(organiser_client, DOCUMENT)))


def open_review(client, sent):
    return form_fields(soup_of(client.get(sent["action"])))


def changed(page, sent):
    """Return what is on the page other than in `sent`, without what the page knows about itself."""
    return {name: value for name, value in page.items() if value != sent.get(name) and name not in {"opened", "csrfmiddlewaretoken"}
            and not name.startswith("_")}  # fmt: skip


def test_look_it_over_stores_the_document_and_redirects_to_its_address(organiser_client, olga):
    response = organiser_client.post(reverse(PASTE), {"text": DOCUMENT, "html": "<h1>A Night at Sea</h1>"})

    stored = Paste.objects.get()
    assert (response.status_code, response.url) == (302, review_url(stored))
    assert (stored.owner, stored.title, stored.text) == (olga, "A Night at Sea", DOCUMENT)
    assert stored.html == "<h1>A Night at Sea</h1>"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("night.html", "<h1>Pages &amp; Pints</h1><p>Posted by Ann, 3 April 2025</p><p>We met.</p>"),
        (
            "night.eml",
            "From: Ann <ann@example.org>\nSubject: Pages & Pints\nDate: Thu, 3 Apr 2025 10:00:00 +0000\n\nWe met.",
        ),
    ],
)
def test_lists_show_the_title_of_a_file(organiser_client, name, text):
    organiser_client.post(reverse(PASTE), {"text": "", "file": SimpleUploadedFile(name, text.encode())})

    page = soup_of(organiser_client.get(reverse("admin:meetups_writeup_unfinished_pastes")))
    assert [text_of(row) for row in page.select("li .name")] == ["Pages & Pints"]


def test_reason_for_what_is_left_out_ends_with_one_stop(organiser_client):
    text = "From: Ann <ann@example.org>\nSubject: A Night\n\nHi all,\n\nWe met at the Crown.\n"
    response = organiser_client.post(reverse(PASTE), {"text": text}, follow=True)

    reasons = [text_of(each) for each in soup_of(response).select(".left-out .doubt")]
    assert "Left out: the greeting of the mail. Put it back" in reasons
    assert not [each for each in reasons if ".." in each]


def test_reload_shows_the_review_as_last_corrected(organiser_client, sent):
    corrected = {
        "text-1": "A Night Ashore",
        "kind-4": "standfirst",
        "told_met_on": "9 October 2018",
        "where-12": "p. 13",
    }

    response = send(organiser_client, sent | corrected, "refresh")

    assert response.redirect_chain == [(sent["action"], 302)]
    assert changed(open_review(organiser_client, sent), sent) == corrected


def test_review_is_sent_as_multipart(organiser_client, sent):
    """Percent-encoding would triple the size of most scripts, beyond the limit of a form."""
    page = soup_of(organiser_client.get(sent["action"]))

    assert page.select_one("form.review")["enctype"] == "multipart/form-data"


def test_moved_pieces_stay_moved(organiser_client, sent):
    send(organiser_client, sent, "move", "15:-1")
    send(organiser_client, open_review(organiser_client, sent), "move", "15:-1")

    page = soup_of(organiser_client.get(sent["action"]))
    assert [piece["id"] for piece in page.select(".piece")][-4:] == ["piece-12", "piece-15", "piece-13", "piece-14"]
    assert texts(page, ".piece .number") == [str(number) for number in range(1, 16)]


def test_move_back_leaves_no_correction(organiser_client, sent):
    send(organiser_client, sent, "move", "15:-1")
    send(organiser_client, open_review(organiser_client, sent), "move", "15:1")

    assert Paste.objects.get().corrections == {}


def test_move_jumps_to_the_moved_piece(organiser_client, sent):
    response = organiser_client.post(sent["action"], sent | {"move": "15:-1"})

    assert response.url == f"{sent['action']}#piece-15"


def test_closed_tab_is_found_again_from_dashboard_and_list(organiser_client, sent):
    send(organiser_client, sent | {"text-1": "A Night Ashore"}, "keep")

    for page in (reverse("admin:index"), reverse("admin:meetups_writeup_changelist")):
        found = soup_of(organiser_client.get(page)).select(".tasks a, .waiting a")
        links = {text_of(link).removesuffix(" …"): link["href"] for link in found}
        assert links["Go on"] == sent["action"]
        assert links["Throw away"] == review_url(Paste.objects.get(), "discard_paste")


def test_keep_for_later_says_until_when(organiser_client):
    with time_machine.travel(NOW, tick=False):
        sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

        response = send(organiser_client, sent, "keep")

    assert messages(response) == ["Your corrections are kept. Come back to them from the dashboard until Fri 3 Apr."]


def test_another_device_goes_on(organiser_client, olga, sent):
    send(organiser_client, sent | {"text-1": "A Night Ashore"}, "keep")

    telephone = client_of(olga)
    send(telephone, open_review(telephone, sent))

    assert WriteUp.objects.get().title == "A Night Ashore"


def test_ended_session_loses_no_correction(organiser_client, olga, sent):
    send(organiser_client, sent | {"text-2": "Posted by Bo Doe"}, "keep")
    sent = open_review(organiser_client, sent) | {"text-1": "A Night Ashore"}
    organiser_client.logout()

    organiser_client.post(sent["action"], sent | {"save": "1"}, **SAME_ORIGIN)
    organiser_client.force_login(olga)
    response = organiser_client.get(sent["action"])

    page = form_fields(soup_of(response))
    assert (page["text-1"], page["text-2"]) == ("A Night Ashore", "Posted by Bo Doe")
    assert "nothing is lost" in messages(response)[-1]
    assert not WriteUp.objects.exists()
    send(organiser_client, page)
    assert WriteUp.objects.get().title == "A Night Ashore"


def test_ended_session_meets_what_was_changed_meanwhile(organiser_client, olga, sent):
    organiser_client.logout()
    organiser_client.post(sent["action"], sent | {"text-1": "Mine", "save": "1"}, **SAME_ORIGIN)
    other = client_of(olga)
    send(other, sent | {"text-1": "From the telephone"}, "keep")

    organiser_client.force_login(olga)
    page = soup_of(organiser_client.get(sent["action"]))

    assert form_fields(page)["text-1"] == "Mine"
    assert "From the telephone" in text_of(page.select_one(".edit-conflicts"))


def test_back_after_saving_leads_to_the_writeup(organiser_client, sent):
    send(organiser_client, sent)

    page = soup_of(organiser_client.get(sent["action"]))

    writeup = WriteUp.objects.get()
    assert [(text_of(link.parent), link["href"]) for link in page.select(".outcome > ul a")] == [
        ("Write-up: A Night at Sea", reverse("admin:meetups_writeup_change", args=[writeup.pk])),
        ("Book: The Night Ferry", reverse("admin:books_book_change", args=[writeup.book.pk])),
        ("Meetup: 10 October 2018", reverse("admin:meetups_meetup_change", args=[writeup.meetup.pk])),
    ]


def test_same_document_pasted_again_goes_on_with_its_corrections(organiser_client, sent):
    send(organiser_client, sent | {"text-1": "A Night Ashore"}, "keep")

    response = paste(organiser_client, DOCUMENT)

    assert "You have pasted this before" in messages(response)[0]
    assert form_fields(soup_of(response))["text-1"] == "A Night Ashore"
    assert Paste.objects.count() == 1


def test_twenty_first_paste_is_refused_with_its_text(organiser_client, olga):
    for _ in range(MAX_UNFINISHED):
        make_paste(owner=olga)

    response = paste(organiser_client, DOCUMENT)

    page = soup_of(response)
    assert "no room for more" in error_note(response)
    assert page.select_one(".errornote a")["href"] == reverse("admin:meetups_writeup_unfinished_pastes")
    assert page.select_one("[name=text]").text.removeprefix("\n") == DOCUMENT


# Saving once.


def test_saving_twice_makes_one_writeup_and_leads_to_it(organiser_client, sent):
    first = send(organiser_client, sent)

    second = send(organiser_client, sent)

    assert WriteUp.objects.count() == 1
    assert second.url == first.url
    assert any("saved already" in message for message in messages(organiser_client.get(second.url)))


@pytest.fixture
def save_at_once(transactional_db, olga):
    """Return a function that saves one review from four browsers, each in a process, after all have read the paste."""
    sent = form_fields(soup_of(paste(client_of(olga), DOCUMENT)))
    browsers, have_read, find_paste = [client_of(olga) for _ in range(4)], FORK.Barrier(4), review.find_paste

    def find_and_wait(request, pk):
        stored = find_paste(request, pk)
        have_read.wait()
        return stored

    def save(browser, *, is_locked):
        review.find_paste = find_and_wait  # only in this process, which ends after the act
        if not is_locked:
            review.lock_paste = lambda stored: stored
        return send(browser, sent).url

    return lambda *, is_locked=True: race([lambda each=each: save(each, is_locked=is_locked) for each in browsers])


@pytest.mark.both_databases
def test_saving_at_the_same_moment_makes_one_writeup(save_at_once):
    runs = save_at_once()

    writeup = WriteUp.objects.get()
    assert [(run.result, run.error) for run in runs] == [
        (reverse("admin:meetups_writeup_change", args=[writeup.pk]), "")
    ] * 4
    assert (Meetup.objects.count(), Quote.objects.count(), Paste.objects.unfinished().count()) == (1, 1, 0)


@pytest.mark.both_databases
def test_saving_at_the_same_moment_without_the_lock_fails(save_at_once):
    """A control: the test above would notice if the paste were not locked."""
    runs = save_at_once(is_locked=False)

    assert [run for run in runs if run.error]


def kill_when_saved(browser, sent):
    """Save, and kill the process when all rows are written, before the transaction ends."""

    def kill(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and Paste._meta.db_table in sql and '"saved_at" = ' in sql:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connection.execute_wrapper(kill):
        send(browser, sent)


@pytest.mark.both_databases
def test_server_killed_while_saving_loses_nothing(transactional_db, olga):
    browser = client_of(olga)
    sent = form_fields(soup_of(paste(browser, DOCUMENT)))
    send(browser, sent | {"text-1": "A Night Ashore"}, "keep")
    sent = open_review(browser, sent)

    [run] = race([lambda: kill_when_saved(browser, sent)])

    assert run.error == "killed"
    assert not WriteUp.objects.exists()
    send(browser, open_review(browser, sent))
    assert WriteUp.objects.get().title == "A Night Ashore"


def test_second_tab_with_other_corrections_meets_the_conflict(organiser_client, sent):
    send(organiser_client, sent | {"text-1": "From the first tab"}, "keep")

    response = send(organiser_client, sent | {"text-1": "From the second tab", "text-4": "Nine of us."})

    page = soup_of(response)
    conflict = page.select_one(".conflict")
    assert "changed in another window" in error_note(response)
    assert text_of(conflict.h3) == "Piece 1: text"
    assert "From the first tab" in text_of(conflict)
    assert not WriteUp.objects.exists()
    assert Paste.objects.get().corrections["text-1"] == "From the first tab"

    send(organiser_client, form_fields(page))

    assert WriteUp.objects.get().title == "From the second tab"
    assert "Nine of us." in WriteUp.objects.get().body


def test_second_tab_without_corrections_meets_those_of_the_first(organiser_client, sent):
    send(organiser_client, sent | {"text-1": "From the first tab"}, "keep")

    page = soup_of(send(organiser_client, sent))

    assert "You had not changed this" in text_of(page.select_one(".conflict"))
    assert form_fields(page)["text-1"] == "From the first tab"
    assert not WriteUp.objects.exists()


def test_second_tab_with_other_corrections_after_saving_shows_them(organiser_client, sent):
    send(organiser_client, sent)

    response = send(organiser_client, sent | {"text-1": "From the second tab", "told_headcount": "9"})

    page = soup_of(response)
    assert WriteUp.objects.get().title == "A Night at Sea"
    assert page.select_one("link[href*='css/admin-history.']")  # the styles of .edit-conflicts
    assert [(text_of(each.dt), text_of(each.dd)) for each in page.select(".edit-conflicts dl div")] == [
        ("Headcount", "9"),
        ("Piece 1: text", "From the second tab"),
    ]
    assert page.select_one(".outcome > ul a")["href"] == reverse(
        "admin:meetups_writeup_change", args=[WriteUp.objects.get().pk]
    )


def test_refused_save_keeps_the_corrections(organiser_client, sent):
    error_note(send(organiser_client, sent | {"told_met_on": "last week", "text-1": "A Night Ashore"}))

    page = open_review(organiser_client, sent)

    assert (page["told_met_on"], page["text-1"]) == ("last week", "A Night Ashore")


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        ({"text-99": "Forged"}, "another document"),
        ({"kind-1": "nonsense"}, "Piece 1 can’t be"),
        ({"order": "1,1"}, "another document"),
        ({"text-1": "x" * 2_100_000}, "longer than 2 MB"),
    ],
)
def test_forged_corrections_are_refused_and_not_stored(organiser_client, sent, forged, words):
    assert words in error_note(send(organiser_client, sent | forged))

    assert Paste.objects.get().corrections == {}
    assert not WriteUp.objects.exists()


def test_incomplete_form_shows_what_is_stored(organiser_client, sent):
    send(organiser_client, sent | {"text-1": "A Night Ashore"}, "keep")

    response = send(organiser_client, {"action": sent["action"], "text-1": "Half"})

    assert "Only part of the page arrived" in error_note(response)
    assert form_fields(soup_of(response))["text-1"] == "A Night Ashore"


def test_writeup_that_came_meanwhile_is_told_when_saving(organiser_client, sent):
    make_writeup(title="A Night at Sea", posted_on=dt.date(2018, 10, 11))

    page = soup_of(organiser_client.get(sent["action"]))
    response = send(organiser_client, form_fields(page))

    assert "exists already" in error_note(response)
    assert form_fields(soup_of(response)).keys() >= {"text-1", "kind-15"}
    assert WriteUp.objects.count() == 1


# Who may open it.


def test_others_get_404_for_a_paste(organiser_client, sent):
    stored = Paste.objects.get()
    author = client_of(make_writer())

    for page in ("paste_review", "discard_paste"):
        assert author.get(review_url(stored, page)).status_code == 404
        assert author.post(review_url(stored, page), sent).status_code == 404
    assert client_of(make_member()).get(sent["action"]).status_code == 302
    assert Client().get(sent["action"]).status_code == 302
    assert Paste.objects.exists()


def test_organiser_opens_and_saves_the_paste_of_an_author(organiser_client):
    author = make_writer(name="Bo Doe")
    sent = form_fields(soup_of(paste(client_of(author), DOCUMENT)))

    page = soup_of(organiser_client.get(sent["action"]))
    send(organiser_client, form_fields(page))

    assert "the text of Bo Doe" in text_of(page.select_one(".overview"))
    assert WriteUp.objects.get().author.name == "Anna Lee"


def test_lists_show_own_pastes_to_authors_and_all_with_owners_to_organisers(organiser_client, olga):
    ann = make_writer(name="Ann Author")
    make_paste(owner=ann, text="Hers")
    make_paste(owner=olga, text="Mine")

    def shown(client):
        page = soup_of(client.get(reverse("admin:meetups_writeup_unfinished_pastes")))
        return {
            text_of(row.select_one(".name")): "by Ann Author" in text_of(row) for row in page.select("li:has(.name)")
        }

    assert shown(organiser_client) == {"Hers": True, "Mine": False}
    assert shown(client_of(ann)) == {"Hers": False}


def test_lists_need_the_same_queries_for_any_number(organiser_client):
    for page in (reverse("admin:meetups_writeup_unfinished_pastes"), reverse("admin:meetups_writeup_changelist")):
        counts = []
        for number in (1, 15):
            for _ in range(number):
                make_paste()
            organiser_client.get(page)
            with CaptureQueriesContext(connection) as queries:
                organiser_client.get(page)
            counts.append(len(queries))
        assert counts[0] == counts[1]


def test_lists_do_not_read_the_documents(db):
    make_paste()

    with CaptureQueriesContext(connection) as queries:
        str(Paste.objects.unfinished().for_lists().get())

    assert '"html"' not in queries[0]["sql"]


def test_author_without_the_writeup_can_not_open_the_paste_into_it(db):
    author = make_writer()
    stored = make_paste(owner=author, destination=Paste.Destination.WRITEUP, writeup=make_writeup())

    assert client_of(author).get(review_url(stored)).status_code == 404


def test_paste_into_a_deleted_writeup_shows_its_text(organiser_client, olga):
    writeup = make_writeup()
    stored = make_paste(owner=olga, destination=Paste.Destination.WRITEUP, writeup=writeup, text="More words.")
    writeup.delete()

    response = organiser_client.get(review_url(stored))

    assert "was deleted" in error_note(response)
    assert soup_of(response).select_one("[name=text]").text.strip() == "More words."


# Throwing away, and what was left out.


def test_throw_away_asks_and_deletes_by_post(organiser_client, sent):
    stored = Paste.objects.get()

    page = organiser_client.get(review_url(stored, "discard_paste"))
    assert "can’t be brought back" in text_of(soup_of(page))
    assert Paste.objects.exists()
    response = organiser_client.post(review_url(stored, "discard_paste"), follow=True)

    assert not Paste.objects.exists()
    assert messages(response) == ["“A Night at Sea” is thrown away."]
    assert organiser_client.get(review_url(stored)).status_code == 404


def test_what_was_left_out_is_listed_and_can_be_put_back(organiser_client):
    book = make_book(title="The Night Ferry")
    make_quote(book=book, text="The sea keeps its letters")
    page = soup_of(paste(organiser_client, DOCUMENT))
    left = number_of(page, "expected")

    response = send(organiser_client, form_fields(page) | {f"kind-{left}": "left out", "book": book.pk})
    stored = Paste.objects.get()
    told = messages(organiser_client.get(response.url))
    page = soup_of(organiser_client.get(review_url(stored)))

    assert "Left out: “It was *not* what we expected.” – you chose to leave it out." in told
    listed = {
        text_of(each.select_one(".text")): text_of(each.select_one(".quiet"))
        for each in page.select(".left-out-pieces li")
    }
    assert listed["It was *not* what we expected."] == "You chose to leave it out."
    form = next(each for each in page.select(".left-out-pieces form") if "expected" in each.textarea.text)
    response = organiser_client.post(form["action"], {"text": form.textarea.text.removeprefix("\n")}, follow=True)
    send(organiser_client, form_fields(soup_of(response)))

    assert WriteUp.objects.get().body.endswith("It was \\*not\\* what we expected.")


def test_saved_paste_links_to_what_was_found(organiser_client):
    book = make_book(title="Chosen")
    sent = form_fields(soup_of(paste(organiser_client, DOCUMENT)))

    page = soup_of(organiser_client.get(send(organiser_client, sent | {"book": book.pk}).url))

    links = {link["href"] for link in page.select(".messagelist a")}
    meetup = Meetup.objects.get()
    assert {
        reverse("admin:books_book_change", args=[book.pk]),
        reverse("admin:meetups_meetup_change", args=[meetup.pk]),
        book.get_absolute_url(),
        review_url(Paste.objects.get()),
    } <= links
    assert "http://" not in text_of(page.select_one(".messagelist"))


def test_saved_paste_of_a_deleted_writeup_still_lists_what_was_left_out(organiser_client, sent):
    send(organiser_client, sent | {"kind-5": "left out"})
    WriteUp.objects.get().delete()

    page = soup_of(organiser_client.get(sent["action"]))

    assert "no longer here" in text_of(page.select_one(".outcome"))
    assert "expected" in text_of(page.select_one(".left-out-pieces"))
    assert page.select_one(".left-out-pieces form")["action"] == reverse(PASTE)


# Its time.


def test_review_and_dashboard_warn_from_day_twenty_three(organiser_client, olga):
    with time_machine.travel(NOW, tick=False) as clock:
        stored = make_paste(owner=olga, text="A Night")
        clock.move_to(NOW + dt.timedelta(days=22))
        organiser_client.force_login(olga)
        before = text_of(soup_of(organiser_client.get(reverse("admin:index"))).select_one(".work"))
        clock.move_to(NOW + dt.timedelta(days=23))
        after = text_of(soup_of(organiser_client.get(reverse("admin:index"))).select_one(".work"))
        review = text_of(soup_of(organiser_client.get(review_url(stored))).select_one(".warning"))

    assert ("A Night" in before, "goes on" in before) == (True, False)
    assert "goes on Fri 3 Apr" in after
    assert "goes on Fri 3 Apr" in review


def test_paste_of_another_owner_is_named_on_the_dashboard(organiser_client):
    make_paste(owner=make_organiser(name="Bo Doe"), text="A Night")

    page = soup_of(organiser_client.get(reverse("admin:index")))

    assert "A Night a new write-up, by Bo Doe" in text_of(page.select_one(".work"))


def test_one_press_takes_the_likeliest_other_kind(organiser_client):
    text = "A title\n11 October 2018\n\nProse that ends.\n\nRead our notes and questions below\n\nMore of it."
    sent = form_fields(soup_of(paste(organiser_client, text)))

    page = soup_of(send(organiser_client, sent, "as", "4:prose"))

    assert page.select_one("#piece-4 select option[selected]")["value"] == "prose"
    send(organiser_client, form_fields(page))
    assert "Read our notes and questions below" in WriteUp.objects.get().body


@pytest.mark.parametrize("forged", ["4:superuser", "99:prose", "0:prose", "x:prose", "4:", ""])
def test_forged_kind_changes_nothing(organiser_client, sent, forged):
    send(organiser_client, sent, "as", forged)

    assert Paste.objects.get().corrections == {}


def test_markdown_of_the_box_can_be_read_as_plain_text(organiser_client):
    text = "# A *slow* night\n\n**Eight** of us met.\n\n## Questions\n\n- [Who](https://example.org) asked?"
    page = soup_of(paste(organiser_client, text))
    assert "Read as Markdown." in page.select_one(".overview").text
    assert page.select_one("#piece-1 textarea").text.strip() == "A slow night"

    page = soup_of(send(organiser_client, form_fields(page), "plain"))

    assert page.select_one("#piece-1 .typed").text == "# A *slow* night"
    assert not page.select("[name=plain]")


def test_review_lists_names_that_everybody_will_read(organiser_client):
    text = (
        "A title\nPosted by Anna Lee\n11 October 2018\n\nSam read it aloud, and Bea read it back to him.\n\n"
        "Notes on the session\n\n1. Nobody slept – Nick"
    )

    page = soup_of(paste(organiser_client, text))

    assert [line.select_one("bdi").text for line in page.select(".people li")] == ["Sam", "Bea"]


def test_names_of_those_present_stay_out_of_the_write_up(organiser_client):
    text = "Minutes\nMet: 4 March 2025\nPresent: Joan, Ali and Pru\n\nWe read the book."
    page = soup_of(paste(organiser_client, text))
    assert "stay out of the public text; the headcount is 3" in page.select_one(".overview details").text

    send(organiser_client, form_fields(page))

    assert (WriteUp.objects.get().body, Meetup.objects.get().headcount) == ("We read the book.", 3)


def test_line_that_stands_twice_is_kept_twice(organiser_client):
    text = (
        "A title\n11 October 2018\n\nO tide, come in.\n\nWe laughed.\n\nO tide, come in.\n\nNotes on the session\n\n"
        "1. Agreed – Ada\n2. Agreed – Cy\n3. Agreed – Ada"
    )

    send(organiser_client, form_fields(soup_of(paste(organiser_client, text))))

    writeup = WriteUp.objects.get()
    assert writeup.body.count("O tide, come in.") == 2
    assert list(writeup.session_notes.values_list("text", "name")) == [
        ("Agreed", "Ada"),
        ("Agreed", "Cy"),
        ("Agreed", "Ada"),
    ]
