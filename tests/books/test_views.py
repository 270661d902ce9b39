import pytest

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

    page = soup_of(client.get("/books/"))

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
    assert texts(lamp_quotes, ".quotation") == ["“Lamp words” Bea Adams, The Lamp, p. 3 Link to this quote"]
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
    assert "Cy Dale, in Bea Adams, The Lamp (Wick & Sons, 1901), p. 12" in text_of(page)
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
