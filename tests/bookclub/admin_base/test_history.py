import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bookclub.admin_base.text_diff import diff_html
from bookclub.core.history import restore_deleted
from books.models import ITEMS, Book, Contribution, Question, Quote, Term
from meetups.models import SessionNote, WriteUp
from tests import factories
from tests.factories import (
    make_book,
    make_club,
    make_contribution,
    make_member,
    make_note,
    make_picture_file,
    make_question,
    make_quote,
    make_session_note,
    make_term,
    make_writeup,
    yesterday,
)
from tests.pages import soup_of, text_of, texts

RECORDED = ["book", "contribution", "note", "term", "question", "quote", "reading", "writeup", "session_note"]


def page_of(thing, name, *args):
    opts = thing._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=args)


def quote_form(quote, **fields):
    return {"book": quote.book.pk, "text": quote.text, "position": 1, "audience": "public"} | fields


def said(thing):
    return list(type(thing).history.filter(id=thing.pk).order_by("history_id").values_list("history_type", flat=True))


@pytest.mark.parametrize("name", RECORDED)
def test_history_records_creation_change_and_deletion(db, name):
    thing = getattr(factories, f"make_{name}")()
    thing.position = thing.title = 7

    thing.save()
    thing.delete()

    taken_back_first = ["~"] if name == "writeup" else []
    assert said(type(thing)(pk=type(thing).history.latest().get().id)) == ["+", "~", *taken_back_first, "-"]


@pytest.mark.parametrize("name", RECORDED)
def test_history_leaves_out_html_and_pictures(db, name):
    names = {field.name for field in getattr(factories, f"make_{name}")().history.model._meta.get_fields()}

    assert not [each for each in names if each.endswith("_html")]
    assert not names & {"cover", "cover_width", "cover_height", "version"}


def test_save_without_a_change_adds_no_revision(db):
    quote = make_quote()

    quote.save()
    Quote.objects.get().save()

    assert said(quote) == ["+"]


def test_save_of_one_field_records_the_stored_values_of_others(db):
    writeup = make_writeup(body="Old", published_at=None)
    WriteUp.objects.filter(pk=writeup.pk).update(body="New")

    writeup.publish()

    assert [version.body for version in WriteUp.history.all()] == ["New", "New", "Old"]


def test_admin_form_records_history_user(organiser_client, olga):
    quote = make_quote(text="Old")

    organiser_client.post(page_of(quote, "change", quote.pk), quote_form(quote, text="New"))

    version = Quote.history.first()
    assert (version.text, version.history_user) == ("New", olga)


def test_history_records_a_position_changed_in_the_list(organiser_client, olga):
    quote = make_quote(position=1)
    make_quote(book=quote.book, position=2)
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": quote.pk}

    organiser_client.post(page_of(quote, "changelist"), form | {"form-0-position": 9})

    last = quote.history.first()
    assert (last.position, last.history_user) == (2, olga)


def test_history_records_publishing_of_related_rows(db):
    book = make_book(published_at=None)
    late, early = make_quote(book=book, published_at=None), make_quote(book=book)
    writeup = make_writeup(book=book, published_at=None)

    writeup.publish()
    writeup.unpublish()

    stamps = [version.published_at for version in late.history.order_by("history_id")]
    assert [bool(stamp) for stamp in stamps] == [False, True, False]
    assert said(book) == said(writeup) == ["+", "~", "~"]
    assert said(early) == ["+"]


def test_bulk_action_records_its_user_with_constant_queries(organiser_client, olga):
    organiser_client.get(reverse("admin:index"))
    counts = []
    for _ in range(2):
        quotes = [make_quote(published_at=None) for _ in range(30)]
        form = {"action": "publish", "confirmed": "yes", "_selected_action": [quote.pk for quote in quotes]}
        with CaptureQueriesContext(connection) as queries:
            organiser_client.post(page_of(quotes[0], "changelist"), form)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert Quote.history.filter(history_type="~", history_user=olga).count() == 60


def test_reordering_records_the_moved_rows_only(db):
    quotes = [make_quote(position=number) for number in (1, 2, 3)]
    quotes[0].position, quotes[1].position = 2, 1

    Quote.objects.bulk_update(quotes, ["position"])

    assert [len(said(quote)) for quote in quotes] == [2, 2, 1]


def test_bulk_create_records_first_revisions(db):
    book = make_book()

    Quote.objects.bulk_create([Quote(book=book, text="One"), Quote(book=book, text="Two")])

    assert Quote.history.filter(history_type="+").count() == 2


def test_history_user_is_reset_between_requests(organiser_client):
    organiser_client.post(
        page_of(make_quote(), "change", Quote.objects.get().pk), quote_form(Quote.objects.get(), text="Hers")
    )

    make_quote(text="Nobody's")

    assert Quote.history.get(text="Hers").history_user
    assert Quote.history.get(text="Nobody's").history_user is None


def test_deleting_a_member_removes_their_name_from_history(organiser_client, olga):
    quote = make_quote()
    organiser_client.post(page_of(quote, "change", quote.pk), quote_form(quote, text="New"))

    olga.delete()

    assert Quote.history.first().history_user is None


def test_history_page_shows_user_time_and_difference(organiser_client):
    make_club(time_zone="Europe/London")
    quote = make_quote(text="The quick <b>fox</b> jumps.")
    organiser_client.post(page_of(quote, "change", quote.pk), quote_form(quote, text="The slow <b>fox</b> jumps."))

    page = soup_of(organiser_client.get(page_of(quote, "history", quote.pk)))

    changed, written = page.select(".versions > li")
    assert text_of(changed.h2).startswith("Quote changed by Olga Okafor, ")
    assert "<del>quick</del><ins>slow</ins> &lt;b&gt;fox" in str(changed)
    assert text_of(written.h2).startswith("Quote written by the site itself, ")


def test_history_of_a_writeup_includes_session_notes(organiser_client):
    writeup = make_writeup()
    note = make_session_note(writeup=writeup, text="A point")
    note.delete()

    page = soup_of(organiser_client.get(page_of(writeup, "history", writeup.pk)))

    nouns = [text_of(heading).split(" by ")[0] for heading in page.select(".versions h2")]
    assert nouns == ["Session note deleted", "Session note written", "Write-up written"]


def test_history_page_query_count_is_constant(organiser_client):
    writeup = make_writeup(book=make_book())
    counts = []
    for number in range(2, 40):
        writeup.title, writeup.book = f"Title {number}", make_book()
        writeup.save()
        make_session_note(writeup=writeup)
        if number in {2, 5, 39}:  # the first also asks who she is, and what she may do
            with CaptureQueriesContext(connection) as queries:
                organiser_client.get(page_of(writeup, "history", writeup.pk))
            counts.append(len(queries))

    assert counts[1] == counts[2]


def test_history_page_is_paginated(organiser_client):
    quote = make_quote()
    for number in range(60):
        quote.text = f"Words {number}"
        quote.save()

    page = soup_of(organiser_client.get(page_of(quote, "history", quote.pk), {"p": 2}))

    assert len(page.select(".versions > li")) == 11
    assert text_of(page.select_one("nav.paginator")) == "Newer Page 2 of 2"


def test_revision_can_be_read_and_restored(organiser_client):
    quote = make_quote(text="Old")
    quote.text = "New"
    quote.save()
    old = Quote.history.last()

    page = soup_of(organiser_client.get(page_of(quote, "version", quote.pk, "quote", old.pk)))
    organiser_client.post(page.select_one(".version form")["action"])

    quote.refresh_from_db()
    assert (quote.text, quote.text_html) == ("Old", "<p>Old</p>")
    assert "<del>Old</del><ins>New</ins>" in str(page)
    assert Quote.history.first().history_change_reason.startswith("Brought back as of ")


def test_restoring_a_revision_keeps_publication(organiser_client):
    draft, shown = make_quote(text="A", published_at=yesterday()), make_quote(text="B", published_at=None)
    for quote, moment in ((draft, None), (shown, yesterday())):
        quote.text, quote.published_at = "New", moment
        quote.save()
        old = Quote.history.filter(id=quote.pk).last()
        organiser_client.post(page_of(quote, "restore", quote.pk, "quote", old.pk))

    assert [quote.is_published for quote in Quote.objects.order_by("pk")] == [False, True]
    assert [quote.text for quote in Quote.objects.order_by("pk")] == ["A", "B"]


def test_restoring_a_revision_keeps_book_and_meetup_of_a_published_writeup(organiser_client):
    writeup = make_writeup(body="Old", book=None)
    WriteUp.objects.update(body="New", book=make_book())

    organiser_client.post(page_of(writeup, "restore", writeup.pk, "writeup", WriteUp.history.last().pk))

    writeup.refresh_from_db()
    assert writeup.body == "Old"
    assert writeup.book


def test_invalid_revision_is_refused_with_a_message(organiser_client):
    book = make_book(slug="one")
    Book.objects.update(slug="two")
    make_book(slug="one")

    response = organiser_client.post(page_of(book, "restore", book.pk, "book", Book.history.last().pk), follow=True)

    book.refresh_from_db()
    assert book.slug == "two"
    assert "It can't come back as it was: Book: there is one with this Slug already." in texts(
        soup_of(response), ".messagelist li"
    )


@pytest.mark.parametrize("model", ITEMS)
def test_deleted_item_is_restored_with_its_primary_key(organiser_client, model):
    item = getattr(factories, f"make_{model._meta.model_name}")()
    key, address, anchor = item.pk, item.get_absolute_url(), item.anchor
    organiser_client.post(page_of(item, "delete", item.pk), {"post": "yes"})

    listed = soup_of(organiser_client.get(page_of(item, "deleted")))
    version = soup_of(organiser_client.get(listed.select_one(".versions a")["href"]))
    organiser_client.post(version.select_one(".version form")["action"])

    back = model.objects.get()
    assert (back.pk, back.anchor, back.get_absolute_url()) == (key, anchor, address)
    assert back.is_published


def test_restored_quote_has_its_old_address(organiser_client, client):
    quote = make_quote()
    address = quote.get_absolute_url()
    organiser_client.post(page_of(quote, "delete", quote.pk), {"post": "yes"})
    gone = client.get(address).status_code

    organiser_client.post(page_of(quote, "restore", quote.pk, "quote", Quote.history.deleted().get().pk))

    assert (gone, client.get(address).status_code) == (404, 200)


def test_deleted_session_note_is_restored_from_the_writeup_history(organiser_client):
    note = make_session_note(text="A point")
    key = note.pk
    note.delete()

    page = soup_of(organiser_client.get(page_of(note.writeup, "history", note.writeup.pk)))
    version = soup_of(organiser_client.get(page.select_one(".versions a")["href"]))
    response = organiser_client.post(version.select_one(".version form")["action"])

    assert SessionNote.objects.get().pk == key
    assert response.url == page_of(note.writeup, "change", note.writeup.pk)


def test_restoring_a_note_increments_the_writeup_version(organiser_client):
    note = make_session_note()
    note.delete()
    before = note.writeup.version

    organiser_client.post(
        page_of(note.writeup, "restore", note.writeup.pk, "sessionnote", SessionNote.history.first().pk)
    )

    assert WriteUp.objects.get().version > before


def test_deleted_book_is_restored_with_its_own_items_only(organiser_client):
    book = make_book(cover=make_picture_file())
    make_contribution(book=book)
    quote, earlier = make_quote(book=book), make_quote(book=book)
    make_question(book=book, term=make_term(book=book))
    earlier.delete()
    organiser_client.post(page_of(book, "delete", book.pk), {"post": "yes"})

    organiser_client.post(page_of(book, "restore", book.pk, "book", Book.history.deleted().get().pk))

    assert Book.objects.get().title == book.title
    assert list(Quote.objects.all()) == [quote]
    assert Question.objects.get().term == Term.objects.get()
    assert Contribution.objects.count() == 1


def test_books_deleted_by_an_action_are_restored_with_their_items(organiser_client):
    quotes = [make_quote(), make_quote()]
    form = {"action": "delete_selected", "_selected_action": [quote.book.pk for quote in quotes], "post": "yes"}
    organiser_client.post(page_of(quotes[0].book, "changelist"), form)

    version = Book.history.deleted().get(id=quotes[0].book_id)
    organiser_client.post(page_of(version.instance, "restore", version.id, "book", version.pk))

    assert list(Quote.objects.all()) == quotes[:1]


def test_restored_term_has_its_questions_again(db):
    term = make_term()
    question, other = make_question(term=term), make_question(term=term)
    term.delete()
    Question.objects.filter(pk=other.pk).update(text="Changed since")

    restore_deleted(Term.history.deleted().get(), "")

    question.refresh_from_db()
    assert question.term == Term.objects.get()


def test_quote_of_a_deleted_book_cannot_be_restored_alone(organiser_client):
    quote = make_quote()
    quote.delete()
    quote.book.delete()

    with pytest.raises(ValidationError):
        restore_deleted(Quote.history.deleted().get(), "")

    assert not Quote.objects.exists()


def test_deleted_list_leaves_out_existing_rows(organiser_client):
    quote = make_quote()
    quote.delete()
    restore_deleted(Quote.history.deleted().get(), "")

    page = soup_of(organiser_client.get(page_of(quote, "deleted")))

    assert "Nothing has been deleted." in page.text


def test_deleted_list_leaves_out_rows_from_a_backup(db):
    quote = make_quote()
    key = quote.pk
    quote.delete()
    quote.pk = key

    quote.save_base(raw=True)  # as `loaddata` does, which writes no history

    assert not Quote.history.deleted().exists()


def test_every_list_with_history_links_to_deleted_rows(organiser_client):
    for maker in (make_quote, make_note, make_book, make_writeup):
        thing = maker()

        page = soup_of(organiser_client.get(page_of(thing, "changelist")))

        assert page.select_one(f'.object-tools a[href="{page_of(thing, "deleted")}"]')


@pytest.mark.parametrize("page", ["history", "deleted", "version", "restore"])
def test_history_is_hidden_with_its_row(client, db, page):
    quote = make_quote(published_at=None)
    client.force_login(make_member(is_staff=True, permissions=["books.view_term", "bookclub.view_drafts"]))
    args = {"history": [quote.pk], "deleted": []}.get(page, [quote.pk, "quote", Quote.history.get().pk])

    response = (client.post if page == "restore" else client.get)(page_of(quote, page, *args))

    assert response.status_code == 403


def test_view_permission_reads_history_but_restores_nothing(client, db):
    quote = make_quote(text="Old")
    Quote.objects.update(text="New")
    client.force_login(make_member(is_staff=True, permissions=["books.view_quote", "bookclub.view_drafts"]))
    address = page_of(quote, "version", quote.pk, "quote", Quote.history.last().pk)

    page = soup_of(client.get(address))
    response = client.post(page_of(quote, "restore", quote.pk, "quote", Quote.history.last().pk))

    assert client.get(page_of(quote, "history", quote.pk)).status_code == 200
    assert not page.select(".version form")
    assert response.status_code == 403
    assert Quote.objects.get().text == "New"


def test_get_restores_nothing(organiser_client):
    quote = make_quote()
    quote.delete()

    response = organiser_client.get(
        page_of(quote, "restore", Quote.history.first().id, "quote", Quote.history.first().pk)
    )

    assert response.status_code == 405
    assert not Quote.objects.exists()


def test_revision_of_another_row_is_a_404(organiser_client):
    quote, other = make_quote(), make_quote()
    number = Quote.history.get(id=other.pk).pk

    assert organiser_client.get(page_of(quote, "version", quote.pk, "quote", number)).status_code == 404
    assert organiser_client.get(page_of(quote, "version", quote.pk, "book", number)).status_code == 404
    assert organiser_client.get(page_of(quote, "history", "nonsense")).status_code == 404


TYPED = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]))


@given(TYPED, TYPED)
def test_difference_contains_both_texts(old, new):
    page = BeautifulSoup(f"<pre>{diff_html(old, new)}</pre>", "html.parser")
    before, after = (BeautifulSoup(str(page), "html.parser") for _ in range(2))
    for tag in before.find_all("ins"):
        tag.extract()
    for tag in after.find_all("del"):
        tag.extract()

    is_cut = " … " in page.text
    assert is_cut or before.text.replace("¶\n", "\n") == old.replace("¶\n", "\n")
    assert is_cut or after.text.replace("¶\n", "\n") == new.replace("¶\n", "\n")
    assert not page.find(lambda tag: tag.name not in {"pre", "ins", "del"})


def test_difference_of_long_texts_is_fast_and_shortened():
    old = "word " * 12_000 + "end"

    page = diff_html(old, f"{old}ing")

    assert str(page).endswith("<del>end</del><ins>ending</ins>")
    assert len(page) < 200
