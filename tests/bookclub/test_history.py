import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bookclub.desk.differences import difference
from bookclub.history import bring_back
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


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def page_of(thing, name, *args):
    opts = thing._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=args)


def quote_form(quote, **fields):
    return {"book": quote.book.pk, "text": quote.text, "position": 1, "audience": "public"} | fields


def said(thing):
    return list(type(thing).history.filter(id=thing.pk).order_by("history_id").values_list("history_type", flat=True))


@pytest.mark.parametrize("name", RECORDED)
def test_what_is_written_changed_and_deleted_is_kept(db, name):
    thing = getattr(factories, f"make_{name}")()
    thing.position = thing.title = 7

    thing.save()
    thing.delete()

    taken_back_first = ["~"] if name == "writeup" else []
    assert said(type(thing)(pk=type(thing).history.latest().get().id)) == ["+", "~", *taken_back_first, "-"]


@pytest.mark.parametrize("name", RECORDED)
def test_neither_rendered_html_nor_pictures_are_kept(db, name):
    names = {field.name for field in getattr(factories, f"make_{name}")().history.model._meta.get_fields()}

    assert not [each for each in names if each.endswith("_html")]
    assert not names & {"cover", "cover_width", "cover_height", "version"}


def test_a_save_without_a_change_is_no_version(db):
    quote = make_quote()

    quote.save()
    Quote.objects.get().save()

    assert said(quote) == ["+"]


def test_a_save_of_one_field_keeps_what_somebody_else_wrote_meanwhile(db):
    writeup = make_writeup(body="Old", published_at=None)
    WriteUp.objects.filter(pk=writeup.pk).update(body="New")

    writeup.publish()

    assert [version.body for version in WriteUp.history.all()] == ["New", "New", "Old"]


def test_a_form_of_the_desk_says_who(desk, olga):
    quote = make_quote(text="Old")

    desk.post(page_of(quote, "change", quote.pk), quote_form(quote, text="New"))

    version = Quote.history.first()
    assert (version.text, version.history_user) == ("New", olga)


def test_a_position_changed_in_the_list_is_kept(desk, olga):
    quote = make_quote(position=1)
    make_quote(book=quote.book, position=2)
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": quote.pk}

    desk.post(page_of(quote, "changelist"), form | {"form-0-position": 9})

    last = quote.history.first()
    assert (last.position, last.history_user) == (2, olga)


def test_publishing_and_taking_back_is_in_the_history_of_all_that_goes_along(db):
    book = make_book(published_at=None)
    late, early = make_quote(book=book, published_at=None), make_quote(book=book)
    writeup = make_writeup(book=book, published_at=None)

    writeup.publish()
    writeup.take_back()

    stamps = [version.published_at for version in late.history.order_by("history_id")]
    assert [bool(stamp) for stamp in stamps] == [False, True, False]
    assert said(book) == said(writeup) == ["+", "~", "~"]
    assert said(early) == ["+"]


def test_an_action_on_many_rows_says_who_and_costs_the_same_for_any_number(desk, olga):
    desk.get(reverse("admin:index"))
    counts = []
    for _ in range(2):
        quotes = [make_quote(published_at=None) for _ in range(30)]
        form = {"action": "publish_now", "_selected_action": [quote.pk for quote in quotes]}
        with CaptureQueriesContext(connection) as queries:
            desk.post(page_of(quotes[0], "changelist"), form)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert Quote.history.filter(history_type="~", history_user=olga).count() == 60


def test_numbering_anew_keeps_a_version_of_the_moved_rows_alone(db):
    quotes = [make_quote(position=number) for number in (1, 2, 3)]
    quotes[0].position, quotes[1].position = 2, 1

    Quote.objects.bulk_update(quotes, ["position"])

    assert [len(said(quote)) for quote in quotes] == [2, 2, 1]


def test_rows_made_at_once_have_a_first_version(db):
    book = make_book()

    Quote.objects.bulk_create([Quote(book=book, text="One"), Quote(book=book, text="Two")])

    assert Quote.history.filter(history_type="+").count() == 2


def test_the_name_of_one_request_is_not_on_the_changes_of_the_next(desk):
    desk.post(page_of(make_quote(), "change", Quote.objects.get().pk), quote_form(Quote.objects.get(), text="Hers"))

    make_quote(text="Nobody's")

    assert Quote.history.get(text="Hers").history_user
    assert Quote.history.get(text="Nobody's").history_user is None


def test_a_deleted_member_leaves_what_they_changed_without_their_name(desk, olga):
    quote = make_quote()
    desk.post(page_of(quote, "change", quote.pk), quote_form(quote, text="New"))

    olga.delete()

    assert Quote.history.first().history_user is None


def test_the_history_page_shows_who_when_and_the_words_that_changed(desk):
    make_club(time_zone="Europe/London")
    quote = make_quote(text="The quick <b>fox</b> jumps.")
    desk.post(page_of(quote, "change", quote.pk), quote_form(quote, text="The slow <b>fox</b> jumps."))

    page = soup_of(desk.get(page_of(quote, "history", quote.pk)))

    changed, written = page.select(".versions > li")
    assert text_of(changed.h2).startswith("Quote changed by Olga Okafor, ")
    assert "<del>quick</del><ins>slow</ins> &lt;b&gt;fox" in str(changed)
    assert text_of(written.h2).startswith("Quote written by the site itself, ")


def test_the_history_of_a_write_up_holds_its_notes(desk):
    writeup = make_writeup()
    note = make_session_note(writeup=writeup, text="A point")
    note.delete()

    page = soup_of(desk.get(page_of(writeup, "history", writeup.pk)))

    nouns = [text_of(heading).split(" by ")[0] for heading in page.select(".versions h2")]
    assert nouns == ["Session note deleted", "Session note written", "Write-up written"]


def test_the_history_page_asks_the_same_queries_for_any_number_of_versions(desk):
    writeup = make_writeup(book=make_book())
    counts = []
    for number in range(2, 40):
        writeup.title, writeup.book = f"Title {number}", make_book()
        writeup.save()
        make_session_note(writeup=writeup)
        with CaptureQueriesContext(connection) as queries:
            desk.get(page_of(writeup, "history", writeup.pk))
        counts.append(len(queries))

    assert counts[3] == counts[-1]


def test_a_long_history_is_paged(desk):
    quote = make_quote()
    for number in range(60):
        quote.text = f"Words {number}"
        quote.save()

    page = soup_of(desk.get(page_of(quote, "history", quote.pk), {"p": 2}))

    assert len(page.select(".versions > li")) == 11
    assert text_of(page.select_one("nav.paginator")) == "Newer Page 2 of 2"


def test_an_earlier_version_is_read_and_brought_back(desk):
    quote = make_quote(text="Old")
    quote.text = "New"
    quote.save()
    old = Quote.history.last()

    page = soup_of(desk.get(page_of(quote, "version", quote.pk, "quote", old.pk)))
    desk.post(page.select_one(".version form")["action"])

    quote.refresh_from_db()
    assert (quote.text, quote.text_html) == ("Old", "<p>Old</p>")
    assert "<del>Old</del><ins>New</ins>" in str(page)
    assert Quote.history.first().history_change_reason.startswith("Brought back as of ")


def test_bringing_a_version_back_publishes_nothing_and_hides_nothing(desk):
    draft, shown = make_quote(text="A", published_at=yesterday()), make_quote(text="B", published_at=None)
    for quote, moment in ((draft, None), (shown, yesterday())):
        quote.text, quote.published_at = "New", moment
        quote.save()
        old = Quote.history.filter(id=quote.pk).last()
        desk.post(page_of(quote, "restore", quote.pk, "quote", old.pk))

    assert [quote.is_published for quote in Quote.objects.order_by("pk")] == [False, True]
    assert [quote.text for quote in Quote.objects.order_by("pk")] == ["A", "B"]


def test_a_published_write_up_keeps_book_and_evening_when_an_old_text_comes_back(desk):
    writeup = make_writeup(body="Old", book=None)
    WriteUp.objects.update(body="New", book=make_book())

    desk.post(page_of(writeup, "restore", writeup.pk, "writeup", WriteUp.history.last().pk))

    writeup.refresh_from_db()
    assert writeup.body == "Old"
    assert writeup.book


def test_a_version_that_can_not_stand_today_is_a_message_and_changes_nothing(desk):
    book = make_book(slug="one")
    Book.objects.update(slug="two")
    make_book(slug="one")

    response = desk.post(page_of(book, "restore", book.pk, "book", Book.history.last().pk), follow=True)

    book.refresh_from_db()
    assert book.slug == "two"
    assert "It can't come back as it was: Book with this Slug already exists." in texts(
        soup_of(response), ".messagelist li"
    )


@pytest.mark.parametrize("model", ITEMS)
def test_a_deleted_item_comes_back_under_its_old_key(desk, model):
    item = getattr(factories, f"make_{model._meta.model_name}")()
    key, address, anchor = item.pk, item.get_absolute_url(), item.anchor
    desk.post(page_of(item, "delete", item.pk), {"post": "yes"})

    listed = soup_of(desk.get(page_of(item, "deleted")))
    version = soup_of(desk.get(listed.select_one(".versions a")["href"]))
    desk.post(version.select_one(".version form")["action"])

    back = model.objects.get()
    assert (back.pk, back.anchor, back.get_absolute_url()) == (key, anchor, address)
    assert back.is_published


def test_the_address_of_a_deleted_quote_lives_again(desk, client):
    quote = make_quote()
    address = quote.get_absolute_url()
    desk.post(page_of(quote, "delete", quote.pk), {"post": "yes"})
    gone = client.get(address).status_code

    desk.post(page_of(quote, "restore", quote.pk, "quote", Quote.history.deleted().get().pk))

    assert (gone, client.get(address).status_code) == (404, 200)


def test_a_deleted_note_of_a_write_up_comes_back_from_its_history(desk):
    note = make_session_note(text="A point")
    key = note.pk
    note.delete()

    page = soup_of(desk.get(page_of(note.writeup, "history", note.writeup.pk)))
    version = soup_of(desk.get(page.select_one(".versions a")["href"]))
    response = desk.post(version.select_one(".version form")["action"])

    assert SessionNote.objects.get().pk == key
    assert response.url == page_of(note.writeup, "change", note.writeup.pk)


def test_a_form_that_is_open_is_older_than_the_note_that_came_back(desk):
    note = make_session_note()
    note.delete()
    before = note.writeup.version

    desk.post(page_of(note.writeup, "restore", note.writeup.pk, "sessionnote", SessionNote.history.first().pk))

    assert WriteUp.objects.get().version > before


def test_a_deleted_book_comes_back_with_what_went_with_it_and_with_nothing_else(desk):
    book = make_book(cover=make_picture_file())
    make_contribution(book=book)
    quote, earlier = make_quote(book=book), make_quote(book=book)
    make_question(book=book, term=make_term(book=book))
    earlier.delete()
    desk.post(page_of(book, "delete", book.pk), {"post": "yes"})

    desk.post(page_of(book, "restore", book.pk, "book", Book.history.deleted().get().pk))

    assert Book.objects.get().title == book.title
    assert list(Quote.objects.all()) == [quote]
    assert Question.objects.get().term == Term.objects.get()
    assert Contribution.objects.count() == 1


def test_books_deleted_by_an_action_come_back_with_what_went_with_them(desk):
    quotes = [make_quote(), make_quote()]
    form = {"action": "delete_selected", "_selected_action": [quote.book.pk for quote in quotes], "post": "yes"}
    desk.post(page_of(quotes[0].book, "changelist"), form)

    version = Book.history.deleted().get(id=quotes[0].book_id)
    desk.post(page_of(version.instance, "restore", version.id, "book", version.pk))

    assert list(Quote.objects.all()) == quotes[:1]


def test_questions_hang_again_on_the_term_that_came_back(db):
    term = make_term()
    question, other = make_question(term=term), make_question(term=term)
    term.delete()
    Question.objects.filter(pk=other.pk).update(text="Changed since")

    bring_back(Term.history.deleted().get(), "")

    question.refresh_from_db()
    assert question.term == Term.objects.get()


def test_a_quote_whose_book_is_gone_waits_for_its_book(desk):
    quote = make_quote()
    quote.delete()
    quote.book.delete()

    with pytest.raises(ValidationError):
        bring_back(Quote.history.deleted().get(), "")

    assert not Quote.objects.exists()


def test_a_row_that_is_there_is_in_no_list_of_deleted_ones(desk):
    quote = make_quote()
    quote.delete()
    bring_back(Quote.history.deleted().get(), "")

    page = soup_of(desk.get(page_of(quote, "deleted")))

    assert "Nothing has been deleted." in page.text


def test_a_row_that_came_back_from_a_backup_is_in_no_list_of_deleted_ones(db):
    quote = make_quote()
    key = quote.pk
    quote.delete()
    quote.pk = key

    quote.save_base(raw=True)  # as `loaddata` does, which writes no history

    assert not Quote.history.deleted().exists()


def test_every_list_of_what_has_a_history_leads_to_what_was_deleted(desk):
    for maker in (make_quote, make_note, make_book, make_writeup):
        thing = maker()

        page = soup_of(desk.get(page_of(thing, "changelist")))

        assert page.select_one(f'.object-tools a[href="{page_of(thing, "deleted")}"]')


@pytest.mark.parametrize("page", ["history", "deleted", "version", "restore"])
def test_the_history_is_closed_to_whoever_may_not_see_the_thing(client, db, page):
    quote = make_quote(published_at=None)
    client.force_login(make_member(is_staff=True, permissions=["books.view_term", "bookclub.view_drafts"]))
    args = {"history": [quote.pk], "deleted": []}.get(page, [quote.pk, "quote", Quote.history.get().pk])

    response = (client.post if page == "restore" else client.get)(page_of(quote, page, *args))

    assert response.status_code == 403


def test_who_may_look_reads_the_history_and_changes_nothing(client, db):
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


def test_no_get_brings_anything_back(desk):
    quote = make_quote()
    quote.delete()

    response = desk.get(page_of(quote, "restore", Quote.history.first().id, "quote", Quote.history.first().pk))

    assert response.status_code == 405
    assert not Quote.objects.exists()


def test_a_version_is_found_on_its_own_page_alone(desk):
    quote, other = make_quote(), make_quote()
    number = Quote.history.get(id=other.pk).pk

    assert desk.get(page_of(quote, "version", quote.pk, "quote", number)).status_code == 404
    assert desk.get(page_of(quote, "version", quote.pk, "book", number)).status_code == 404
    assert desk.get(page_of(quote, "history", "nonsense")).status_code == 404


TYPED = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]))


@given(TYPED, TYPED)
def test_both_texts_can_be_read_out_of_their_difference(old, new):
    page = BeautifulSoup(f"<pre>{difference(old, new)}</pre>", "html.parser")
    before, after = (BeautifulSoup(str(page), "html.parser") for _ in range(2))
    for tag in before.find_all("ins"):
        tag.extract()
    for tag in after.find_all("del"):
        tag.extract()

    is_cut = " … " in page.text
    assert is_cut or before.text.replace("¶\n", "\n") == old.replace("¶\n", "\n")
    assert is_cut or after.text.replace("¶\n", "\n") == new.replace("¶\n", "\n")
    assert not page.find(lambda tag: tag.name not in {"pre", "ins", "del"})


def test_a_long_text_is_compared_in_no_time_and_cut_to_what_changed():
    old = "word " * 12_000 + "end"

    page = difference(old, f"{old}ing")

    assert str(page).endswith("<del>end</del><ins>ending</ins>")
    assert len(page) < 200
