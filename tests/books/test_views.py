import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from books.models import Quote
from tests import factories as make
from tests.pages import headings, soup_of, text_of, texts


def test_book_page_shows_visible_items(client, db):
    book = make.make_book(slug="lamp", title="The Lamp", kind="A novel", first_published_year=1818)
    make.make_contribution(book=book, contributor=make.make_contributor(name="Bea Adams"))
    make.make_quote(book=book, text="Seen")
    make.make_quote(book=book, text="For members", audience="members")
    make.make_quote(book=book, text="Not yet", published_at=None)
    make.make_question(book=book, text="Why?")
    make.make_writeup(book=book, title="Told")
    meetup = make.make_meetup(book=book)

    page = soup_of(client.get("/books/lamp/"))

    assert texts(page, ".quotation blockquote") == ["“Seen”"]
    assert texts(page, ".facts dd")[:2] == ["Bea Adams", "1818"]
    assert page.select_one(f'.facts a[href="{meetup.get_absolute_url()}"]')
    assert headings(page)[-2:] == ["Where we wrote about it", "The club’s letter"]


def test_book_page_shows_members_only_quote_to_member(client, bob):
    book = make.make_book(slug="lamp", audience="members")
    make.make_quote(book=book, text="For members", audience="members")
    client.force_login(bob)

    assert texts(soup_of(client.get("/books/lamp/")), ".quotation blockquote") == ["“For members”"]


def test_book_page_without_notes_says_so(client, db):
    make.make_book(slug="lamp")

    assert "We have written nothing down about this book yet." in text_of(soup_of(client.get("/books/lamp/")))


def test_book_page_without_cover_shows_title_placeholder(client, db):
    make.make_book(slug="lamp", title="The Lamp")

    page = soup_of(client.get("/books/lamp/"))

    assert text_of(page.select_one(".cover.cover-placeholder")) == "The Lamp"
    assert not page.select(".cover[aria-hidden]")


def test_cover_has_alt_text_and_size(client, db):
    cover = make.make_picture_file(size=(200, 300))
    make.make_book(slug="lamp", cover=cover, cover_alt="A lamp in the dark")

    image = soup_of(client.get("/books/lamp/")).select_one("img.cover")

    assert (image["alt"], image["width"], image["height"]) == ("A lamp in the dark", "200", "300")


def test_reading_links_known_book_only_if_visible(client, db):
    book = make.make_book(slug="lamp")
    make.make_reading(book=book, known_book=make.make_book(title="Open", slug="open"), why="Read it.")
    make.make_reading(book=book, known_book=make.make_book(title="Shut", published_at=None))
    make.make_reading(book=book, title="Elsewhere", url="https://example.org/x", by="E. F.")

    section = soup_of(client.get("/books/lamp/")).select_one("section.kind-reading")

    assert texts(section, "li") == ["Open Read it.", "Elsewhere, E. F."]
    assert [link["href"] for link in section.select("a")] == ["/books/open/", "https://example.org/x"]


def test_book_page_groups_contributors_by_role(client, db):
    book = make.make_book(slug="lamp")
    for position, (name, role) in enumerate([("A B", "aut"), ("C D", "trl"), ("E F", "aut")]):
        make.make_contribution(book=book, contributor=make.make_contributor(name=name), role=role, position=position)

    facts = soup_of(client.get("/books/lamp/")).select_one(".facts")

    assert texts(facts, "dt") == ["By", "Translated by"]
    assert texts(facts, "dd") == ["A B and E F", "C D"]


def test_book_list_counts_visible_items(client, db):
    book = make.make_book(title="The Lamp", subtitle="A History")
    make.make_quote(book=book)
    make.make_quote(book=book, published_at=None)
    make.make_question(book=book)
    make.make_book(title="Draft", published_at=None)

    page = soup_of(client.get("/books/?view=list"))

    assert texts(page, ".row-list h2") == ["The Lamp"]
    assert texts(page, ".flag") == ["1 question", "1 quote"]


def test_quote_wall_filters_by_book(client, db):
    lamp, candle = make.make_book(title="The Lamp", slug="lamp"), make.make_book(title="The Candle", slug="candle")
    make.make_contribution(book=lamp, contributor=make.make_contributor(name="Bea Adams"))
    make.make_quote(book=lamp, text="Lamp words", locator="p. 3")
    make.make_quote(book=candle, text="Candle words")
    make.make_book(title="Silent")

    all_quotes, lamp_quotes = soup_of(client.get("/quotes/")), soup_of(client.get("/quotes/?book=lamp"))

    assert sorted(texts(all_quotes, ".quotation blockquote")) == ["“Candle words”", "“Lamp words”"]
    assert "Silent" not in texts(all_quotes, "option")
    assert texts(lamp_quotes, ".quotation") == ["“Lamp words” p. 3 Link to this quote"]
    assert texts(lamp_quotes, ".quotes-of-book .row div") == ["The Lamp By Bea Adams"]
    assert text_of(lamp_quotes.select_one("#found")) == "1 quote from The Lamp"


@pytest.mark.parametrize("query", ["book=nothing", "book=%00", "book=draft", "book=quiet"])
def test_quote_wall_for_unknown_book_links_back(client, db, query):
    make.make_quote()
    make.make_quote(book=make.make_book(slug="draft", published_at=None))
    make.make_book(slug="quiet")

    page = soup_of(client.get(f"/quotes/?{query}"))

    assert not page.select(".quotation")
    assert page.select_one('.empty a[href="/quotes/"]')


def test_quote_page_shows_citation(client, db):
    book = make.make_book(title="The Lamp", publisher="Wick & Sons", first_published_year=1901)
    make.make_contribution(book=book, contributor=make.make_contributor(name="Bea Adams"), role="edt")
    quote = make.make_quote(book=book, text="Light\n\nand more", written_by="Cy Dale", locator="p. 12")

    page = soup_of(client.get(f"/quotes/{quote.pk}/"))

    assert texts(page, "blockquote p") == ["“Light", "and more”"]
    assert texts(page, "figcaption") == ["Cy Dale, in The Lamp, edited by Bea Adams, p. 12"]
    assert texts(page, ".citations dd") == [
        "Cy Dale, in The Lamp, ed. Bea Adams (Wick & Sons, 1901), p. 12.",
        "Cy Dale, in The Lamp, ed. by Bea Adams (Wick & Sons, 1901), p. 12.",
        "Cy Dale in Bea Adams (ed), The Lamp (Wick & Sons 1901) p. 12",
    ]
    assert f"http://localhost:8000/quotes/{quote.pk}/" in text_of(page)
    assert page.select_one(f'a[href="{book.get_absolute_url()}#quote-{quote.pk}"]')


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"audience": "members"}])
def test_hidden_book_and_its_quotes_are_not_found(client, db, hidden):
    book = make.make_book(slug="secret", **hidden)
    quote = make.make_quote(book=book, text="Secret words")

    assert client.get("/books/secret/").status_code == 404
    assert client.get(f"/quotes/{quote.pk}/").status_code == 404
    assert "Secret words" not in client.get("/quotes/").content.decode()


def test_quote_page_with_huge_number_is_not_found(client, db):
    assert client.get("/quotes/99999999999999999999999/").status_code == 404


def test_book_page_hides_section_of_invisible_readings(client, db):
    book = make.make_book(slug="lamp")
    make.make_reading(book=book, known_book=make.make_book(published_at=None))

    page = soup_of(client.get("/books/lamp/"))

    assert "Further reading" not in texts(page, "h2, .toc li")


def test_quote_wall_canonical_url_includes_page_number(client, db):
    book = make.make_book()
    for _ in range(41):
        make.make_quote(book=book)

    canonical = [
        soup_of(client.get(f"/quotes/{query}")).find("link", rel="canonical")["href"]
        for query in ("", "?page=1", "?page=2&book=x", "?page=2", "?page=%0Ax")
    ]

    assert [address.removeprefix("http://localhost:8000") for address in canonical] == [
        "/quotes/",
        "/quotes/",
        "/quotes/?page=2",
        "/quotes/?page=2",
        "/quotes/",
    ]


def test_wall_has_a_shelf_for_each_state_of_a_book(client, db):
    now, later, early, late = (make.make_book(title=title) for title in ("Now", "Later", "Early", "Late"))
    make.make_book(title="Beside", verdict="Worth a winter")
    make.make_meetup(book=now, date=dt.date(2090, 1, 10))
    make.make_meetup(book=later, date=dt.date(2090, 2, 10))
    make.make_meetup(book=early, date=dt.date(2018, 10, 10))
    make.make_meetup(book=late, date=dt.date(2019, 2, 10))

    page = soup_of(client.get("/books/"))

    shelves = {text_of(section.h2): texts(section, "h3") for section in page.select("section:has(.cover-wall)")}
    assert shelves == {"Reading now": ["Now"], "To come": ["Later"], "Read": ["Late", "Early"], "Also here": ["Beside"]}
    assert texts(page, ".cover-wall li > p.small")[-1] == "Worth a winter"
    assert texts(page, ".cover-wall .full-date") == [
        "10 January 2090",
        "10 February 2090",
        "February 2019",
        "October 2018",
    ]


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"cancelled_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}])
def test_hidden_or_cancelled_meetup_puts_a_book_on_no_shelf(client, db, hidden):
    make.make_meetup(book=make.make_book(title="Quiet"), date=dt.date(2090, 1, 10), **hidden)

    page = soup_of(client.get("/books/"))

    assert texts(page, "main h2")[0] == "Also here"
    assert "2090" not in text_of(page)


@pytest.mark.parametrize("path", ["/books/", "/books/?view=list", "/quotes/"])
def test_lists_of_books_and_quotes_have_a_fixed_number_of_queries(client, db, path, django_assert_num_queries):
    for number in range(3):
        book = make.make_book()
        make.make_contribution(book=book)
        make.make_quote(book=book)
        make.make_meetup(book=book, date=dt.date(2090, 1, 1 + number))
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(20):
        book = make.make_book()
        make.make_contribution(book=book)
        make.make_quote(book=book)
        make.make_meetup(book=book, date=dt.date(2090, 2, 1 + number))

    with django_assert_num_queries(len(few)):
        client.get(path)


def test_quote_page_leads_to_its_neighbours_and_to_another_book(client, db):
    book = make.make_book()
    first, middle, last = (make.make_quote(book=book, position=place) for place in (1, 2, 3))
    make.make_quote(book=book, position=2, published_at=None)
    other = make.make_quote()

    links = {text_of(a): a["href"] for a in soup_of(client.get(middle.get_absolute_url())).select("nav .btn")}
    ends = [texts(soup_of(client.get(each.get_absolute_url())), "nav .btn") for each in (first, last)]

    assert links == {
        "Previous": first.get_absolute_url(),
        "Next": last.get_absolute_url(),
        "One from another book": other.get_absolute_url(),
    }
    assert ends == [["Next", "One from another book"], ["Previous", "One from another book"]]


def test_editors_are_never_named_as_the_writers_of_a_quote(client, db):
    book = make.make_book(title="The Lamp")
    for name in ("Bea Adams", "Cy Dale"):
        make.make_contribution(book=book, contributor=make.make_contributor(name=name), role="edt")
    quote = make.make_quote(book=book)

    page = soup_of(client.get(quote.get_absolute_url()))

    assert texts(page, "figcaption") == ["The Lamp, edited by Bea Adams and Cy Dale"]
    assert texts(page, ".citations dd")[0] == "Bea Adams and Cy Dale, eds., The Lamp."


@pytest.mark.parametrize("ending", ["bib", "ris", "json"])
def test_citation_of_a_hidden_quote_is_not_found(client, db, ending):
    quote = make.make_quote(published_at=None)

    assert client.get(f"/quotes/{quote.pk}/citation.{ending}").status_code == 404


@pytest.mark.parametrize("path", ["/books/", "/books/?view=list"])
def test_lists_of_books_name_editors_as_editors(client, db, path):
    make.make_contribution(contributor=make.make_contributor(name="Bea Adams"), role="edt")

    assert "Edited by Bea Adams" in text_of(soup_of(client.get(path)).main)


def test_neighbours_of_a_quote_take_four_queries(db, django_assert_num_queries):
    book = make.make_book()
    quotes = [make.make_quote(book=book) for _ in range(3)]
    make.make_contribution(book=book)
    make.make_quote()

    with django_assert_num_queries(4):
        neighbours = Quote.objects.by_book().neighbours_of(quotes[1])

    assert (neighbours["previous_quote"], neighbours["next_quote"]) == (quotes[0], quotes[2])
