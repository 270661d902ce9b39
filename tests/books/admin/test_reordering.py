"""Reordering a book's quotes and questions: by buttons, by typed positions, and by two organisers at once."""

import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse

from books.models import Book, Question, Quote
from tests import factories as make
from tests.pages import soup_of, text_of


@pytest.fixture
def book(db):
    return make.make_book(title="Erewhon")


def make_quotes(book, *positions):
    for text, position in zip("ABCDEFG", positions, strict=False):
        make.make_quote(book=book, text=text, position=position)


def text_order(book):
    """Return the text and position of each quote in order, such as “A1 B2 C3”."""
    return " ".join(f"{quote.text}{quote.position}" for quote in book.quotes.all())


def get_quote(text):
    return Quote.objects.get(text=text)


def list_url_and_query(book, **query):
    return reverse("admin:books_quote_changelist"), {"book__id__exact": book.pk} | query


@pytest.mark.parametrize(
    ("text", "by", "result", "new_position"),
    [
        ("A", 1, "B1 A2 C3", 2),
        ("C", -1, "A1 C2 B3", 2),
        ("A", 2, "B1 C2 A3", 3),
        ("A", -1, "A1 B2 C3", None),
        ("C", 1, "A1 B2 C3", None),
    ],
)
def test_step_moves_quote_within_list(book, text, by, result, new_position):
    make_quotes(book, 1, 2, 3)

    assert Quote.objects.step(get_quote(text), by) == new_position
    assert text_order(book) == result


@pytest.mark.parametrize("positions", [(10, 20, 30), (0, 0, 0), (5, 5, 900)])
def test_step_renumbers_gaps_and_duplicates(book, positions):
    make_quotes(book, *positions)

    Quote.objects.step(get_quote("C"), -1)

    assert text_order(book) == "A1 C2 B3"


@pytest.mark.parametrize(
    ("places", "result"),
    [
        ({"C": 1}, "C1 A2 B3"),
        ({"A": 3}, "B1 C2 A3"),
        ({"A": 2}, "B1 A2 C3"),
        ({"A": 2, "B": 1}, "B1 A2 C3"),
        ({"A": 3, "B": 1, "C": 2}, "B1 C2 A3"),
        ({"A": 99}, "B1 C2 A3"),
        ({"C": 0}, "C1 A2 B3"),
    ],
)
def test_place_moves_quotes_to_typed_positions(book, places, result):
    make_quotes(book, 1, 2, 3)
    old_positions = {"A": 1, "B": 2, "C": 3}

    Quote.objects.place(book, {get_quote(text).pk: (number, old_positions[text]) for text, number in places.items()})

    assert text_order(book) == result


def test_place_accepts_number_between_two_positions(book):
    make_quotes(book, 10, 20, 30)

    Quote.objects.place(book, {get_quote("C").pk: (15, 30)})

    assert text_order(book) == "A1 C2 B3"


def test_step_leaves_other_books_and_models_alone(book):
    make_quotes(book, 10, 20)
    other = make.make_quote(text="Other", position=10)
    question = make.make_question(book=book, position=10)

    Quote.objects.step(get_quote("A"), 1)

    other.refresh_from_db()
    question.refresh_from_db()
    assert (other.position, question.position) == (10, 10)


def test_step_does_not_change_version(book):
    make_quotes(book, 1, 2)
    version = get_quote("A").version

    Quote.objects.step(get_quote("A"), 1)

    assert get_quote("A").version == version


def test_step_writes_only_moved_rows(book):
    make_quotes(book, 1, 2, 3, 4, 5)

    Quote.objects.step(get_quote("A"), 1)

    assert Quote.history.filter(history_type="~").count() == 2


def test_step_over_400_quotes_takes_few_queries(book, django_assert_max_num_queries):
    Quote.objects.bulk_create(Quote(book=book, text=f"Words {number}", position=number) for number in range(400))

    with django_assert_max_num_queries(45):
        Quote.objects.step(Quote.objects.get(text="Words 399"), -399)

    assert Quote.objects.get(text="Words 399").position == 1
    assert sorted(Quote.objects.values_list("position", flat=True)) == list(range(1, 401))


# --- in the admin ----------------------------------------------------------------------------------------------------


def test_up_button_moves_quote_and_redirects_to_its_row(organiser_client, book):
    make_quotes(book, 1, 2, 3)
    page = soup_of(organiser_client.get(*list_url_and_query(book)))
    button = page.select_one(f"#move-{get_quote('C').pk} button")

    response = organiser_client.post(button["formaction"])

    assert text_of(button) == "Up"
    assert button["aria-label"] == "Up: C"
    assert button.find_parent("form")["method"] == "post"
    assert text_order(book) == "A1 C2 B3"
    assert response.url == f"{list_url_and_query(book)[0]}?book__id__exact={book.pk}&p=1#move-{get_quote('C').pk}"
    assert soup_of(organiser_client.get(response.url)).select_one(f"#move-{get_quote('C').pk}")


def test_up_button_redirects_to_new_page_of_quote(organiser_client, book):
    Quote.objects.bulk_create(Quote(book=book, text=f"Words {number}", position=number) for number in range(1, 52))
    first_of_second_page = Quote.objects.get(text="Words 51")

    response = organiser_client.post(reverse("admin:books_quote_up", args=[first_of_second_page.pk]))

    assert "&p=1#" in response.url


def test_up_on_first_quote_shows_message(organiser_client, book):
    make_quotes(book, 1, 2)

    response = organiser_client.post(reverse("admin:books_quote_up", args=[get_quote("A").pk]), follow=True)

    assert "It is the first of its book already." in soup_of(response).text
    assert text_order(book) == "A1 B2"


@pytest.mark.parametrize("extra_query", [{"q": "A"}, {"state": "draft"}, {"o": "1"}, None])
def test_move_buttons_are_hidden_unless_list_is_one_whole_book(organiser_client, book, extra_query):
    make_quotes(book, 1, 2)
    url, query = list_url_and_query(book, **(extra_query or {}))

    page = soup_of(organiser_client.get(url, query if extra_query else {}))

    assert not page.select(".mover")


def test_quote_list_applies_all_typed_positions_together(organiser_client, book):
    make_quotes(book, 1, 2, 3)
    url, _ = list_url_and_query(book)
    form = {"form-TOTAL_FORMS": 3, "form-INITIAL_FORMS": 3, "_save": "Save"}
    for number, (text, position) in enumerate([("A", 3), ("B", 1), ("C", 2)]):
        form |= {f"form-{number}-id": get_quote(text).pk, f"form-{number}-position": position}

    organiser_client.post(f"{url}?book__id__exact={book.pk}", form)

    assert text_order(book) == "B1 C2 A3"


def test_quote_form_position_moves_quote(organiser_client, book):
    make_quotes(book, 1, 2, 3)
    item = get_quote("C")

    organiser_client.post(
        reverse("admin:books_quote_change", args=[item.pk]),
        {"book": book.pk, "text": "C", "position": 1, "audience": "public"},
    )
    organiser_client.post(
        reverse("admin:books_quote_add"), {"book": book.pk, "text": "D", "position": 2, "audience": "public"}
    )

    assert text_order(book) == "C1 D2 A3 B4"


def test_down_moves_question(organiser_client, book):
    for text in "AB":
        make.make_question(book=book, text=text, position=ord(text))

    organiser_client.post(reverse("admin:books_question_down", args=[Question.objects.get(text="A").pk]))

    assert list(book.questions.values_list("text", "position")) == [("B", 1), ("A", 2)]


def test_down_rejects_get(organiser_client, book):
    make_quotes(book, 1, 2)

    assert organiser_client.get(reverse("admin:books_quote_down", args=[get_quote("A").pk])).status_code == 405
    assert text_order(book) == "A1 B2"


def test_down_requires_change_permission(client, book):
    make_quotes(book, 1, 2)
    url = reverse("admin:books_quote_down", args=[get_quote("A").pk])
    people = [
        make.make_writer(),
        make.make_member(is_staff=True, permissions=["books.view_quote", "bookclub.view_drafts"]),
    ]
    statuses = []
    for person in people:
        client.force_login(person)
        statuses.append(client.post(url).status_code)

    assert statuses == [403, 403]
    assert text_order(book) == "A1 B2"


# --- concurrency ----------------------------------------------------------------------------------------------------


def race(*steps):
    """Run all `steps` at the same moment, each in a thread with its own database connection."""
    barrier = threading.Barrier(len(steps))
    errors = []

    def run(step):
        barrier.wait()
        try:
            step()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_concurrent_moves_leave_unique_positions():
    book = make.make_book()
    make_quotes(book, 1, 2, 3, 4, 5)
    rows = {text: get_quote(text) for text in "ABCDE"}

    for _ in range(5):
        race(
            lambda: Quote.objects.step(rows["A"], 1),
            lambda: Quote.objects.step(rows["E"], -1),
            lambda: Quote.objects.place(book, {rows["C"].pk: (1, 3)}),
        )

    assert sorted(Quote.objects.values_list("position", flat=True)) == [1, 2, 3, 4, 5]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_step_waits_for_lock_on_book():
    book = make.make_book()
    make_quotes(book, 1, 2, 3)
    locked, stepped = threading.Event(), threading.Event()

    def hold_lock():
        with transaction.atomic():
            Book.objects.select_for_update().get(pk=book.pk)
            locked.set()
            assert not stepped.wait(0.5)

    def step_after_lock():
        locked.wait()
        Quote.objects.step(get_quote("A"), 1)
        stepped.set()

    race(hold_lock, step_after_lock)

    assert text_order(book) == "B1 A2 C3"
