from tests import factories as make
from tests.pages import soup_of, text_of, texts


def test_author_page_shows_bio_and_writeups(client, db):
    author = make.make_author(name="Ada Byron", slug="ada", job_title="Analyst", bio="Writes *engines*.")
    make.make_writeup(author=author, title="Told")
    make.make_writeup(author=author, title="Untold", published_at=None)

    page = soup_of(client.get("/people/ada/"))

    assert text_of(page.h1) == "Ada Byron"
    assert page.select_one("main em").string == "engines"
    assert texts(page, ".row-list h3") == ["Told"]
    assert text_of(page.select_one(".avatar")) == "AB"


def test_author_page_shows_chosen_contact(client, db):
    author = make.make_author(
        slug="ada", email="ada@example.org", shows_email=True, phone="01632 960 000", website="https://ada.example"
    )
    make.make_writeup(author=author)

    page = client.get("/people/ada/").content.decode()

    assert "mailto:ada@example.org" in page
    assert "01632" not in page
    assert "https://ada.example" in page


def test_author_page_without_visible_writeups_is_404(client, db, olga):
    make.make_writeup(author=make.make_author(slug="ada"), published_at=None)

    assert client.get("/people/ada/").status_code == 404
    client.force_login(olga)
    assert client.get("/people/ada/").status_code == 200
