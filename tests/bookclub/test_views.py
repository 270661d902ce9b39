import datetime as dt
import re
from xml.etree import ElementTree

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from bookclub.environment import BASE_DIR, read_contacts
from tests import factories as make
from tests.databases import changed_settings
from tests.pages import headings, soup_of, text_of, texts


def test_home_shows_club_next_meetup_and_latest_writeups(client, db):
    make.make_club(
        name="Lantern Club", tagline="We read by lamplight", usually_meets="Monthly", about="A *small* table."
    )
    make.make_meetup(date=timezone.localdate() + dt.timedelta(days=30), book=make.make_book(title="Too late"))
    make.make_meetup(date=timezone.localdate() + dt.timedelta(days=3), book=make.make_book(title="The Lamp"))
    for days in range(4):
        make.make_writeup(title=f"Evening {days}", published_at=timezone.now() - dt.timedelta(days=9 - days))

    soup = soup_of(client.get("/"))

    assert text_of(soup.h1) == "We read by lamplight"
    assert soup.select_one(".lede em").string == "small"
    assert texts(soup, ".accent-panel .cover + p") == ["The Lamp"]
    assert texts(soup, ".row-list h3") == ["Evening 3", "Evening 2", "Evening 1"]


def test_home_without_next_meetup_says_so(client, db):
    make.make_club(contact_email="club@example.org")

    cloth = soup_of(client.get("/")).select_one(".accent-panel")

    assert "The next date is not set yet" in text_of(cloth)
    assert cloth.select_one('a[href="mailto:club@example.org"]')


def test_home_skips_cancelled_meetup(client, db):
    today = timezone.localdate()
    make.make_meetup(date=today + dt.timedelta(days=1), cancelled_at=timezone.now())
    make.make_meetup(date=today + dt.timedelta(days=2), book=make.make_book(title="The Lamp"))

    assert texts(soup_of(client.get("/")), ".accent-panel .cover + p") == ["The Lamp"]


def test_home_hides_draft_book_of_next_meetup(client, db):
    make.make_meetup(book=make.make_book(title="A secret", published_at=None))

    page = client.get("/").content.decode()

    assert "A secret" not in page
    assert "The book is still being chosen" in page


def test_home_rotates_short_quotes_daily(client, db):
    book = make.make_book()
    words = {make.make_quote(book=book, text=f"Line {number}").text for number in range(3)}
    make.make_quote(book=book, text="long " * 40)

    shown = []
    for day in (1, 2, 3):
        with time_machine.travel(dt.datetime(2030, 5, day, 12, tzinfo=dt.UTC)):
            shown.append(text_of(soup_of(client.get("/")).select_one(".quotation blockquote")).strip("“”"))

    assert set(shown) == words


def test_community_link_without_an_address_is_not_shown(client, db):
    make.make_community_link(label="The chat", about="Quick.", is_recommended=True)
    make.make_community_link(label="Not yet", url="")

    page = client.get("/")

    assert texts(soup_of(page), ".community-links li") == ["The chat Start here Quick."]
    assert "Not yet" not in page.content.decode()


def test_home_without_links_has_no_empty_section(client, db):
    assert "Ways to get involved" not in headings(soup_of(client.get("/")))


def test_healthz_is_ok_and_takes_two_queries(client, db, django_assert_num_queries):
    with django_assert_num_queries(2):  # the second reads the cache
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_healthz_is_503_for_an_empty_database(client, tmp_path):
    empty = tmp_path / "empty.sqlite3"
    empty.touch()

    with changed_settings(NAME=str(empty) if connection.vendor == "sqlite" else "postgres"):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (503, b"no database\n")


def test_robots_txt_names_the_sitemap(client, db):
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert "Sitemap: http://localhost:8000/sitemap.xml" in lines
    assert "Disallow: /admin/" in lines


def test_sitemap_lists_public_pages_with_site_url(client, db):
    book = make.make_book(slug="open")
    make.make_book(slug="closed", audience="members")
    make.make_book(slug="draft", published_at=None)
    quote = make.make_quote(book=book)
    hidden = make.make_quote(book=book, published_at=None)
    writeup = make.make_writeup(slug="told", author=make.make_author(slug="ada"))
    make.make_writeup(slug="untold", published_at=None)
    make.make_author(slug="silent")

    response = client.get("/sitemap.xml", headers={"host": "127.0.0.1"})
    addresses = [element.text for element in ElementTree.fromstring(response.content).iter() if "loc" in element.tag]  # noqa: S314 - our own

    assert "http://localhost:8000/books/open/" in addresses
    assert f"http://localhost:8000/quotes/{quote.pk}/" in addresses
    assert "http://localhost:8000/people/ada/" in addresses
    assert f"http://localhost:8000{writeup.get_absolute_url()}" in addresses
    absent = ["closed", "draft", f"quotes/{hidden.pk}/", "untold", "silent"]
    assert [name for name in absent if any(name in address for address in addresses)] == []


def test_media_file_is_cached_as_immutable(client, db):
    photo = make.make_photo()

    response = client.get(photo.image.url)
    response.close()

    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert "immutable" in response["Cache-Control"]


def test_media_file_is_not_compressed_again(client, db):
    photo = make.make_photo()

    response = client.get(photo.image.url, headers={"Accept-Encoding": "gzip"})
    size = len(b"".join(response))
    response.close()

    assert "Content-Encoding" not in response
    assert int(response["Content-Length"]) == size


def test_failing_view_gives_the_error_page(db, monkeypatch, settings):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("bookclub.core.middleware.Club.objects.current", fail)
    client = Client(raise_request_exception=False)

    response = client.get("/")

    assert response.status_code == 500
    assert text_of(soup_of(response).h1) == "Something went wrong on our side"


def test_times_are_shown_in_the_club_time_zone(client, db):
    make.make_club(time_zone="Pacific/Auckland")
    make.make_writeup(published_at=dt.datetime(2018, 10, 11, 23, tzinfo=dt.UTC))

    assert texts(soup_of(client.get("/")), ".row-list time") == ["12 October 2018"]
    assert timezone.get_current_timezone_name() == "Europe/London"


def test_page_for_member_shows_name_and_is_not_cached(client, alice):
    client.force_login(alice)

    response = client.get("/")

    assert text_of(soup_of(response).select_one(".account-links button")) == "Alice, sign out"
    assert response["Cache-Control"] == "private, no-store"


def test_page_for_visitor_is_cached_and_revalidated(client, db):
    first = client.get("/")

    again = client.get("/", headers={"if-none-match": first["ETag"]})

    assert first["Cache-Control"] == "public, no-cache"
    assert again.status_code == 304


def test_privacy_page_is_the_page_of_the_docs(client, db):
    make.make_club(contact_email="hello@club.example")
    docs = (BASE_DIR / "docs/members-and-privacy.md").read_text(encoding="utf-8")

    page = soup_of(client.get("/privacy/"))

    words = text_of(page.main)
    assert text_of(page.h1) == docs.splitlines()[0].removeprefix("# ")
    assert [text_of(each) for each in page.main.select(".prose h2")] == re.findall("^## (.+)$", docs, re.MULTILINE)
    assert len(page.main.select("tr")) == len(re.findall(r"^\|(?! ---)", docs, re.MULTILINE))
    assert "Nobody's IP address is stored." in words
    for table in page.main.select(".stacked-tables table"):
        columns = [text_of(each) for each in table.select("th")]
        assert all([cell["data-label"] for cell in row.select("td")] == columns for row in table.select("tbody tr"))
    assert page.main.select(".stacked-tables td[data-label='For how long']")
    assert page.main.select_one('a[href="mailto:hello@club.example"]')
    assert all(page.find(id=link["href"][1:]) for link in page.main.select("nav a"))


@pytest.mark.parametrize("address", ["/", "/newsletter/", "/accounts/login/", "/accounts/signup/", "/meetups/next/"])
def test_forms_link_to_the_privacy_page(client, db, address):
    make.make_meetup(slug="next")

    page = soup_of(client.get(address))

    [foot, *at_forms] = reversed(page.select('a[href="/privacy/"]'))
    assert foot.find_parent("footer")
    assert at_forms
    assert all(link.find_parent().find_previous_sibling("form") for link in at_forms)


def test_security_txt_names_contacts_and_expires_within_a_year(client, db, settings, time_machine):
    time_machine.move_to(dt.datetime(2030, 2, 1, 12, tzinfo=dt.UTC))
    settings.SECURITY_CONTACTS = ["mailto:security@club.example", "https://club.example/report"]

    response = client.get("/.well-known/security.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text.splitlines() == [
        "Contact: mailto:security@club.example",
        "Contact: https://club.example/report",
        "Expires: 2030-07-31T00:00:00Z",
        "Preferred-Languages: en",
        "Canonical: http://localhost:8000/.well-known/security.txt",
    ]


def test_security_txt_is_missing_without_contacts(client, db):
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        ("", []),
        ("a@b.example, https://b.example/x", ["mailto:a@b.example", "https://b.example/x"]),
        ("mailto:a@b.example", ["mailto:a@b.example"]),
    ],
)
def test_security_contacts_are_read_from_the_environment(monkeypatch, text, contacts):
    monkeypatch.setenv("SECURITY_CONTACTS", text)

    assert read_contacts("SECURITY_CONTACTS", "") == contacts


@pytest.mark.parametrize("text", ["http://b.example/", "Ann", "a@b.example\nExpires: 1", "javascript:x@y"])
def test_invalid_security_contact_is_refused(monkeypatch, text):
    monkeypatch.setenv("SECURITY_CONTACTS", text)

    with pytest.raises(ValueError, match=re.escape(text.partition(",")[0])):
        read_contacts("SECURITY_CONTACTS", "")
