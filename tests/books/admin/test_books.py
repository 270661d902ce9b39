import pytest
from django.urls import reverse

from books.models import ITEMS, Book, Contribution, Question, Quote, Reading
from tests.factories import (
    dt,
    make_book,
    make_contributor,
    make_member,
    make_note,
    make_picture_file,
    make_question,
    make_quote,
    make_reading,
    make_term,
    make_writeup,
    yesterday,
)
from tests.pages import press, soup_of, texts

MAKERS = {"note": make_note, "term": make_term, "question": make_question, "quote": make_quote, "reading": make_reading}
QUOTE_LIST = "admin:books_quote_changelist"


def run_action(client, action, *items, **more):
    opts = items[0]._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return client.post(url, {"action": action, "_selected_action": [item.pk for item in items]} | more, follow=True)


def messages(response):
    return texts(soup_of(response), ".messagelist li, .errorlist li")


def make_form_data(**fields):
    contributions = {"contributions-TOTAL_FORMS": 0, "contributions-INITIAL_FORMS": 0}
    return {"title": "The Book", "slug": "", "audience": "public"} | contributions | fields


def test_add_book_saves_contributors_in_order(organiser_client):
    first, second = make_contributor(name="Z. First"), make_contributor(name="A. Second")
    rows = {"contributions-TOTAL_FORMS": 2}
    for number, person in enumerate([first, second]):
        rows |= {f"contributions-{number}-contributor": person.pk, f"contributions-{number}-role": "edt"}

    organiser_client.post(reverse("admin:books_book_add"), make_form_data(**rows))

    book = Book.objects.get()
    assert (book.slug, book.published_at) == ("the-book", None)
    assert book.credits == [("Edited by", [first, second])]


def test_add_book_rejects_repeated_person_in_one_role(organiser_client):
    person = make_contributor()
    rows = {"contributions-TOTAL_FORMS": 2}
    for number in range(2):
        rows |= {f"contributions-{number}-contributor": person.pk, f"contributions-{number}-role": "edt"}

    response = organiser_client.post(reverse("admin:books_book_add"), make_form_data(**rows))

    assert soup_of(response).select(".errorlist")
    assert not Contribution.objects.exists()


def test_add_book_with_existing_title_gets_numbered_slug(organiser_client):
    make_book(slug="the-book")

    organiser_client.post(reverse("admin:books_book_add"), make_form_data())

    assert Book.objects.get(title="The Book").slug == "the-book-2"


def test_add_book_with_taken_slug_keeps_form_values(organiser_client):
    make_book(slug="taken")

    response = organiser_client.post(reverse("admin:books_book_add"), make_form_data(slug="taken", kind="A novel"))

    assert messages(response) == ["Book: there is one with this Slug already."]
    assert soup_of(response).select_one("[name=kind]")["value"] == "A novel"


def test_add_book_rejects_invalid_cover_file(organiser_client):
    cover = make_picture_file()
    cover.file.write(b"<svg>" * 9)
    cover.file.truncate(20)

    response = organiser_client.post(reverse("admin:books_book_add"), make_form_data(cover=cover))

    assert len(messages(response)) == 1
    assert not Book.objects.exists()


def test_change_book_page_counts_and_links_items(organiser_client):
    book = make_book()
    for model in ITEMS:
        MAKERS[model._meta.model_name](book=book)
    make_quote(book=book)
    make_quote()

    address = reverse("admin:books_book_change", args=[book.pk])
    page = soup_of(organiser_client.get(address))

    assert texts(page, "fieldset .readonly button") == [
        "1 note", "Add a note", "1 term", "Add a term", "1 question", "Add a question",
        "2 quotes", "Add a quote", "1 reading", "Add a reading",
    ]  # fmt: skip
    quotes = soup_of(organiser_client.get(press(organiser_client, address, "2 quotes").url))
    assert len(quotes.select("#result_list tbody tr")) == 2
    form = soup_of(organiser_client.get(press(organiser_client, address, "Add a quote").url))
    chosen = form.select_one("[name=book] option[selected]")
    assert chosen["value"] == str(book.pk)


def test_change_book_page_with_400_quotes_takes_few_queries(organiser_client, django_assert_max_num_queries):
    book = make_book()
    Quote.objects.bulk_create(Quote(book=book, text=f"Words {number}") for number in range(400))

    with django_assert_max_num_queries(30):
        page = soup_of(organiser_client.get(reverse("admin:books_book_change", args=[book.pk])))

    assert "400 quotes" in page.text


def test_add_quote_without_position_appends_it(organiser_client):
    book = make_book()
    make_quote(book=book, position=7)

    organiser_client.post(
        reverse("admin:books_quote_add"), {"book": book.pk, "text": "New", "position": "", "audience": "public"}
    )

    assert Quote.objects.get(text="New").position == 8


def test_add_quote_keeps_text_and_normalizes_newlines(organiser_client):
    text = "“Outer” … [ours] – <b>&amp;</b>\n\nthe teh"
    form = {"book": make_book().pk, "text": text.replace("\n", "\r\n"), "audience": "public"}

    organiser_client.post(reverse("admin:books_quote_add"), form)

    assert Quote.objects.get().text == text


def test_quote_list_saves_typed_positions(organiser_client):
    book = make_book()
    quotes = [make_quote(book=book, position=number) for number in (1, 2)]
    form = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    for number, quote in enumerate(quotes):
        form |= {f"form-{number}-id": quote.pk, f"form-{number}-position": 9 - number}

    organiser_client.post(reverse(QUOTE_LIST), form)

    assert list(Quote.objects.order_by("position")) == quotes[::-1]


@pytest.mark.parametrize("position", ["", "-1", "first", "9" * 30])
def test_quote_list_rejects_invalid_position(organiser_client, position):
    quote = make_quote(position=1)
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": quote.pk}

    response = organiser_client.post(reverse(QUOTE_LIST), form | {"form-0-position": position})

    assert soup_of(response).select(".errorlist")
    assert Quote.objects.get().position == 1


@pytest.mark.parametrize("name", list(MAKERS))
def test_publish_and_take_back_actions(organiser_client, name):
    items = [MAKERS[name](published_at=None) for _ in range(2)]

    asked = run_action(organiser_client, "publish", *items)
    before = [row.published_at for row in type(items[0]).objects.all()]
    done = run_action(organiser_client, "publish", *items, confirmed="yes")
    published = [row.is_published for row in type(items[0]).objects.all()]
    run_action(organiser_client, "take_back", *items, confirmed="yes")

    assert texts(soup_of(asked), ".summary li") == [f"the {items[0]._meta.verbose_name}, for everybody"] * 2
    assert before == [None, None]
    assert messages(done) == [f"2 {items[0]._meta.verbose_name_plural} published."]
    assert published == [True, True]
    assert [row.published_at for row in type(items[0]).objects.all()] == [None, None]


def test_publish_keeps_existing_published_at(organiser_client):
    quote = make_quote(published_at=yesterday())
    before = Quote.objects.get().published_at

    run_action(organiser_client, "publish", quote, confirmed="yes")

    assert Quote.objects.get().published_at == before


def test_publish_with_writeup_uses_latest_writeup_of_same_book(organiser_client):
    book, other = make_book(), make_book()
    first, latest = yesterday() - dt.timedelta(days=30), yesterday()
    make_writeup(book=book, published_at=first)
    make_writeup(book=book, published_at=latest)
    make_writeup(book=book, published_at=None)
    quotes = [make_quote(book=book, published_at=None), make_quote(book=other, published_at=None)]
    old = make_quote(book=book, published_at=first)

    response = run_action(organiser_client, "publish_with_writeup", *quotes, old)

    published_at = dict(Quote.objects.values_list("pk", "published_at"))
    assert [published_at[quote.pk] for quote in (*quotes, old)] == [latest, None, first]
    assert messages(response) == [
        f"No write-up of “{other}” has been published yet.",
        "1 quote published with the book's latest write-up.",
    ]


def test_publish_says_that_book_is_draft(organiser_client):
    quote = make_quote(book=make_book(title="Hidden", published_at=None), published_at=None)

    page = soup_of(run_action(organiser_client, "publish", quote))

    assert "“Hidden” is not published itself: its page is hidden, and all on it." in texts(page, ".summary p")


def test_publish_requires_permission(client, db):
    client.force_login(make_member(is_staff=True, permissions=["books.view_quote", "bookclub.view_drafts"]))
    quote = make_quote(published_at=None)

    run_action(client, "publish", quote, confirmed="yes")

    assert Quote.objects.get().published_at is None


def test_add_question_rejects_term_of_another_book(organiser_client):
    form = {"book": make_book().pk, "text": "Why?", "term": make_term().pk, "audience": "public"}

    response = organiser_client.post(reverse("admin:books_question_add"), form)

    assert messages(response) == ["This term is from another book."]
    assert soup_of(response).select_one("[name=text]").get_text().strip() == "Why?"
    assert not Question.objects.exists()


def test_add_reading_requires_book_or_title(organiser_client):
    form = {"book": make_book().pk, "why": "Because", "audience": "public"}

    response = organiser_client.post(reverse("admin:books_reading_add"), form)

    assert messages(response) == ["Choose a book, or write a title."]
    assert not Reading.objects.exists()


def test_scheduled_quote_goes_live_in_club_time_zone(organiser_client):
    quote = make_quote(published_at=None)
    moment = {"at_0": "01/07/2090", "at_1": "09:00"}

    organiser_client.post(reverse("admin:books_quote_schedule", args=[quote.pk]), moment)

    quote.refresh_from_db()
    assert quote.state == "scheduled"
    assert quote.published_at == dt.datetime(2090, 7, 1, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["*" * 5000, "_a " * 3000, "`" * 70_000])
def test_add_quote_rejects_hostile_markdown_and_keeps_text(organiser_client, text):
    form = {"book": make_book().pk, "text": text, "audience": "public"}

    response = organiser_client.post(reverse("admin:books_quote_add"), form)

    assert len(messages(response)) == 1
    assert soup_of(response).select_one("[name=text]").get_text().strip() == text.strip()


def test_book_autocomplete_finds_title_prefix(organiser_client):
    book = make_book(title="Erewhon")
    make_book(title="Walden")
    query = {"app_label": "books", "model_name": "quote", "field_name": "book", "term": "erew"}

    found = organiser_client.get(reverse("admin:autocomplete"), query).json()

    assert found["results"] == [{"id": str(book.pk), "text": "Erewhon"}]
