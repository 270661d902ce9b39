"""Rules for every URL of the site, requested as a visitor."""

import datetime as dt

import pytest
from django.urls import get_resolver, reverse

from tests import factories as make
from tests.pages import soup_of

PAGES = {
    "home": {},
    "meetups:list": {},
    "meetups:detail": {"slug": "the-evening"},
    "meetups:writeup_list": {},
    "meetups:writeup": {"slug": "the-write-up"},
    "books:list": {},
    "books:detail": {"slug": "the-book"},
    "books:quotes": {},
    "books:quote": {"pk": 7},
    "members:author_list": {},
    "members:author": {"slug": "the-author"},
    "newsletter:issue_list": {},
    "newsletter:issue": {"number": 1},
    "search": {},
    "privacy": {},
}
PLUMBING = {"healthz", "theme", "robots", "sitemap", "media", "meetups:calendar", "meetups:meetup_calendar"}
PLUMBING |= {"share_card", "books:quote_citation", "favicon", "touch_icon"}
PLUMBING |= {"meetups:feed", "meetups:writeup_feed", "meetups:book_feed", "meetups:author_feed"}
PLUMBING |= {"security_txt"}  # tests/bookclub/test_views.py
PLUMBING |= {"books:quote_feed", "newsletter:feed"}  # tests/test_feeds.py
# Open with a key alone: tests/meetups/admin/test_preview.py, tests/meetups/test_calendar.py, tests/newsletter/.
SECRET = {"meetups:preview", "meetups:member_calendar", "members:messages"}
SECRET |= {f"newsletter:{name}" for name in ("check_inbox", "confirm", "leave", "come_back", "topics")}
# A member's own, and the page after the last one: tests/members/test_me.py, test_leaving.py.
OWN = {"members:profile", "members:delete_account", "members:account_deleted"}
ANSWERS = {
    "meetups:calendar_address",
    "members:export_data",
    "members:end_sign_in",
    "members:end_other_sign_ins",
    "meetups:rsvp",
    "newsletter:subscribe",
}  # take a form and show no page


@pytest.fixture
def everything(db):
    """A club with one of each, all of it public."""
    make.make_club(name="Lantern Book Club", tagline="We read by lamplight")
    make.make_community_link(label="The chat")
    author = make.make_author(name="Ada Byron", slug="the-author")
    book = make.make_book(title="The Lamp", slug="the-book")
    make.make_contribution(book=book)
    make.make_note(book=book)
    make.make_question(book=book, term=make.make_term(book=book))
    make.make_question(book=book)
    make.make_quote(book=book, pk=7)
    make.make_reading(book=book)
    past_meetup = make.make_meetup(
        slug="the-evening", date=dt.date(2018, 10, 10), book=book, venue=make.make_venue(), headcount=8
    )
    writeup = make.make_writeup(slug="the-write-up", meetup=past_meetup, author=author)
    make.make_photo(writeup=writeup)
    make.make_session_note(writeup=writeup)
    make.make_meetup(book=book)
    make.make_meetup(date=None)
    make.make_issue(number=1, writeup=writeup)


def our_names():
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    for namespace, (_prefix, resolver) in get_resolver().namespace_dict.items():
        if namespace != "admin":
            names |= {f"{namespace}:{key}" for key in resolver.reverse_dict if isinstance(key, str)}
    return {name for name in names if not name.startswith(("account_", "mfa_")) and "django.contrib" not in name}


def test_all_urls_are_covered():
    assert our_names() == PAGES.keys() | PLUMBING | SECRET | OWN | ANSWERS


@pytest.mark.parametrize("name", PAGES)
def test_page_passes_checks_for_a_visitor(client, everything, name):
    response = client.get(reverse(name, kwargs=PAGES[name]))
    soup = soup_of(response)

    assert response.status_code == 200
    assert not response.cookies
    assert len(soup.select("h1")) == 1
    assert soup.title.string.strip()
    assert soup.find("meta", attrs={"name": "description"})["content"].strip()
    assert soup.find("link", rel="canonical")["href"] == "http://localhost:8000" + response.wsgi_request.path
    assert not soup.select("script:not([type='application/ld+json']), style, [style], iframe")
    assert all(image.has_attr("alt") and image.get("width") for image in soup.select("img"))
    ids = [element["id"] for element in soup.select("[id]")]
    assert len(ids) == len(set(ids))


def test_pages_answer_head_and_refuse_post(client, everything):
    addresses = [reverse(name, kwargs=PAGES[name]) for name in PAGES]

    assert {address: client.head(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
    assert {address: client.post(address).status_code for address in addresses} == dict.fromkeys(addresses, 405)


def test_links_of_a_page_work(client, everything):
    addresses, broken = {"/"}, []
    visited = set()
    while addresses - visited:
        address = (addresses - visited).pop()
        visited.add(address)
        response = client.get(address)
        if response.status_code >= 400:
            broken.append(address)
        elif "html" in response["Content-Type"] and not address.startswith(("/accounts/", "/admin/")):
            links = [link["href"] for link in soup_of(response).select("a[href]")]
            addresses |= {link.partition("#")[0] for link in links if link.startswith("/")}

    assert {reverse(name, kwargs=PAGES[name]) for name in PAGES} <= visited
    assert broken == []


def test_anchors_of_the_writeup_page_exist(client, everything):
    soup = soup_of(client.get(reverse("meetups:writeup", kwargs=PAGES["meetups:writeup"])))
    jumps = {link["href"][1:] for link in soup.select('a[href^="#"]')}

    assert jumps
    assert jumps <= {element["id"] for element in soup.select("[id]")}


@pytest.mark.parametrize("name", PAGES)
def test_page_works_for_an_empty_club(client, db, name):
    response = client.get(reverse(name, kwargs=PAGES[name]))

    assert response.status_code == (404 if PAGES[name] else 200)
    assert len(soup_of(response).select("h1")) == 1


def test_not_found_page_has_links_and_no_canonical_url(client, db):
    response = client.get("/fallen/out/")
    soup = soup_of(response)

    assert response.status_code == 404
    assert soup.h1.string == "This page has fallen out"
    assert soup.select_one('main a[href="/write-ups/"]')
    assert soup.find("link", rel="canonical") is None


@pytest.mark.parametrize("address", ["/.env", "/.git/HEAD", "/db.sqlite3", "/backup.zip", "/media/", "/static/"])
def test_common_attack_paths_are_404(client, db, address):
    assert client.get(address).status_code == 404


def test_media_path_traversal_is_404(client, db, media):
    media.mkdir()
    (media.parent / "db.sqlite3").write_text("secret")

    for way_out in (
        "/media/../db.sqlite3",
        "/media/%2e%2e/db.sqlite3",
        "/media/..%2fdb.sqlite3",
        "/media//etc/passwd",
        f"/media/covers/{'a' * 300}",
    ):
        assert client.get(way_out).status_code in {400, 404}
