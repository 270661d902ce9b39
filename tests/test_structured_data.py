"""Link previews, JSON-LD and microformats of public pages, parsed back and compared with the page."""

import datetime as dt
import json
from pathlib import Path
from urllib.parse import urljoin

import extruct
import pytest

from bookclub.core.structured_data import render_graph
from meetups.models import Meetup
from tests import factories as make
from tests.pages import soup_of

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"
TERMS = {
    kind: set(names.split())
    for kind, names in json.loads(Path("tests/fixtures/schema_org/terms.json").read_text()).items()
}
HOSTILE = "</script><!--<b>&amp; “x” \u2028 \\"
PAGES = [
    "/",
    "/write-ups/",
    "/write-ups/evening/",
    "/books/",
    "/books/the-lamp/",
    "/quotes/",
    "/quotes/7/",
    "/meetups/",
    "/meetups/soon/",
    "/people/ada/",
    "/newsletter/",
    "/newsletter/1/",
]


@pytest.fixture
def club(db):
    """A club with one of each, all of it public."""
    club = make.make_club(name="Lantern Book Club", tagline="We read by lamplight", contact_email="us@example.org")
    make.make_community_link(url="https://chat.example/")
    author = make.make_author(
        name="Ada Byron", slug="ada", job_title="Analyst", email="ada@example.org", shows_email=True, phone="555"
    )
    book = make.make_book(
        title="The Lamp", subtitle="A Light", slug="the-lamp", isbn="9780306406157", first_published_year=1818
    )
    for name, role in [("Mary", "aut"), ("Eva", "edt"), ("Tom", "trl"), ("Ida", "ill"), ("Ian", "aui"), ("Nat", "nrt")]:
        make.make_contribution(book=book, contributor=make.make_contributor(name=name), role=role)
    make.make_question(book=book, term=make.make_term(book=book))
    make.make_question(book=book)
    make.make_quote(book=book, pk=7)
    past = make.make_meetup(slug="past", date=dt.date(2018, 10, 10), book=book, venue=make.make_venue())
    writeup = make.make_writeup(
        slug="evening", title="An evening", meetup=past, author=author, standfirst="It was warm."
    )
    make.make_meetup(
        slug="soon",
        book=book,
        date=dt.date(2031, 7, 9),
        venue=make.make_venue(name="The Boot", area="Southwark", address="10 Redcross Way"),
    )
    make.make_issue(number=1, writeup=writeup)
    return club


def read_nodes(client, path):
    """Return the nodes of a page's JSON-LD, by type."""
    response = client.get(path)
    assert response.status_code == 200
    blocks = extruct.extract(response.text, syntaxes=["json-ld"])["json-ld"]
    return {node["@type"]: node for block in blocks for node in block["@graph"]}


def walk_nodes(value):
    """Yield all nodes within `value`."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from walk_nodes(each)


@pytest.mark.parametrize("path", PAGES)
def test_preview_says_what_the_page_is(client, club, path):
    soup = soup_of(client.get(path))
    preview = {tag["property"]: tag["content"] for tag in soup.select("meta[property]")}

    assert preview["og:url"] == soup.find("link", rel="canonical")["href"] == SITE + path
    assert preview["og:title"]
    assert soup.title.string.startswith(preview["og:title"])
    assert preview["og:description"] == soup.find("meta", attrs={"name": "description"})["content"]
    assert preview["og:site_name"] == "Lantern Book Club"
    assert (preview["og:image:width"], preview["og:image:height"]) == ("1200", "630")
    assert soup.find("meta", attrs={"name": "twitter:card"})["content"] == "summary_large_image"
    card = client.get(preview["og:image"].removeprefix(SITE))
    assert (card.status_code, card["Content-Type"]) == (200, "image/jpeg")


def test_preview_of_a_hidden_page_names_no_card(client, club, olga):
    make.make_writeup(slug="draft", published_at=None)
    client.force_login(olga)

    soup = soup_of(client.get("/write-ups/draft/"))

    assert not soup.select("meta[property='og:image'], script")


@pytest.mark.parametrize("path", PAGES)
def test_structured_data_use_terms_of_schema_org(client, club, path):
    response = client.get(path)
    blocks = extruct.extract(response.text, syntaxes=["json-ld"])["json-ld"]
    nodes = [node for block in blocks for node in walk_nodes(block["@graph"])]

    wrong = {
        (node["@type"], name)
        for node in nodes
        if "@type" in node
        for name in node.keys() - {"@type", "@id"}
        if name not in TERMS[node["@type"]]
    }
    assert wrong == set()
    assert [block["@context"] for block in blocks] == ["https://schema.org"] * len(blocks)


@pytest.mark.parametrize("path", PAGES)
def test_structured_data_point_to_pages_of_the_site(client, club, path):
    """Each @id is an address that answers, and an anchor of an item stands on its page."""
    identifiers = {node["@id"] for node in walk_nodes(list(read_nodes(client, path).values())) if "@id" in node}

    for identifier in identifiers:
        address, _, anchor = urljoin(path, identifier).partition("#")
        soup = soup_of(client.get(address))
        assert anchor in {"club", "book", "event", "person", "letter"} or soup.find(id=anchor), identifier


def test_writeup_is_an_article_about_its_book_and_meetup(client, club):
    article = read_nodes(client, "/write-ups/evening/")["Article"]

    assert article["headline"] == "An evening"
    assert (article["author"]["name"], article["author"]["url"]) == ("Ada Byron", f"{SITE}/people/ada/")
    assert (article["publisher"]["@id"], article["publisher"]["name"]) == ("/#club", "Lantern Book Club")
    assert dt.datetime.fromisoformat(article["datePublished"]).tzinfo
    assert [(each["@type"], each["@id"]) for each in article["about"]] == [
        ("Book", "/books/the-lamp/#book"),
        ("Event", "/meetups/past/#event"),
    ]
    assert "It was warm." not in json.dumps(article)


def test_breadcrumbs_lead_from_the_list_to_the_page(client, club):
    trail = read_nodes(client, "/quotes/7/")["BreadcrumbList"]["itemListElement"]

    assert [(step["position"], step["name"], step.get("item")) for step in trail] == [
        (1, "Books", f"{SITE}/books/"),
        (2, "The Lamp", f"{SITE}/books/the-lamp/"),
        (3, "Quote", None),
    ]


def test_book_names_its_makers_by_role_and_points_to_its_items(client, club):
    book = read_nodes(client, "/books/the-lamp/")["Book"]
    people = {
        role: [person["name"] for person in book[role]]
        for role in ("author", "editor", "translator", "illustrator", "contributor")
    }

    assert people == {
        "author": ["Mary"],
        "editor": ["Eva"],
        "translator": ["Tom"],
        "illustrator": ["Ida"],
        "contributor": ["Ian", "Nat"],
    }
    assert (book["isbn"], book["datePublished"]) == ("9780306406157", "1818")
    assert book["hasPart"] == [{"@type": "Quotation", "@id": "/quotes/7/#quote-7"}]
    assert [term["@type"] for term in book["mentions"]] == ["DefinedTerm"]
    assert [question["@type"] for question in book["subjectOf"]] == ["Question", "Question"]


@pytest.mark.parametrize("words", ["Words from the book", "Definition ", "Question "])
def test_structured_data_do_not_repeat_the_text_of_items(client, club, words):
    page = client.get("/books/the-lamp/").text
    block = page[page.index("<script") : page.index("</script>")]

    assert words in page
    assert words not in block.replace('"Question"', "")


@pytest.mark.parametrize(
    ("written_by", "roles", "authors"),
    [("Jane Roe", ["edt"], ["Jane Roe"]), ("", ["aut", "edt"], ["Name aut"]), ("", ["edt"], None)],
)
def test_quote_is_by_the_author_of_the_chapter_and_never_by_editors(client, db, written_by, roles, authors):
    book = make.make_book()
    for role in roles:
        make.make_contribution(book=book, role=role, contributor=make.make_contributor(name=f"Name {role}"))
    quote = make.make_quote(book=book, written_by=written_by)

    node = read_nodes(client, quote.get_absolute_url())["Quotation"]

    assert [person["name"] for person in node.get("author", [])] == (authors or [])
    assert node["isPartOf"]["@id"] == f"{book.get_absolute_url()}#book"


def test_meetup_is_an_event_in_its_zone(client, club):
    nodes = read_nodes(client, "/meetups/soon/")
    event = nodes["Event"]

    assert (event["startDate"], event["endDate"]) == ("2031-07-09T19:00:00+01:00", "2031-07-09T21:00:00+01:00")
    assert event["eventStatus"] == "https://schema.org/EventScheduled"
    assert event["location"] == {"@type": "Place", "name": "The Boot, Southwark", "address": "10 Redcross Way"}
    assert event["organizer"] == {"@id": nodes["Organization"]["@id"]}


def test_cancelled_meetup_says_so_and_one_without_times_has_a_date(client, club):
    make.make_meetup(slug="off", date=dt.date(2031, 1, 2), start_time=None, end_time=None)
    Meetup.objects.filter(slug="off").update(cancelled_at=make.yesterday())

    event = read_nodes(client, "/meetups/off/")["Event"]

    assert (event["startDate"], event["eventStatus"]) == ("2031-01-02", "https://schema.org/EventCancelled")
    assert "endDate" not in event


def test_meetup_without_a_date_is_no_event(client, club):
    make.make_meetup(slug="later", date=None)

    assert "Event" not in read_nodes(client, "/meetups/later/")


def test_event_at_a_private_address_names_the_area_alone_even_for_its_guests(client, club, alice):
    venue = make.make_venue(name="Ann’s flat", area="Peckham", address="7 X Street", is_private=True)
    meetup = make.make_meetup(slug="home", venue=venue)
    make.make_rsvp(meetup, alice)
    client.force_login(alice)

    event = read_nodes(client, "/meetups/home/")["Event"]

    assert "7 X Street" in client.get("/meetups/home/").text
    assert event["location"] == {"@type": "Place", "name": "Peckham", "address": "Peckham"}


def test_structured_data_do_not_name_a_hidden_book_or_meetup(client, db, alice):
    book = make.make_book(title="For members", slug="hidden", audience="members")
    meetup = make.make_meetup(slug="theirs", book=book, audience="members")
    make.make_writeup(slug="open", meetup=meetup, book=book)
    client.force_login(alice)

    page = client.get("/write-ups/open/").text
    block = page[page.index("<script") : page.index("</script>")]

    assert "For members" in page
    assert "hidden" not in block
    assert "theirs" not in block


def test_author_is_a_person_with_the_contact_that_they_show(client, club):
    person = read_nodes(client, "/people/ada/")["Person"]

    assert (person["name"], person["jobTitle"], person["email"]) == ("Ada Byron", "Analyst", "ada@example.org")
    assert "telephone" not in person


def test_club_is_an_organization(client, club):
    organization = read_nodes(client, "/")["Organization"]

    assert (organization["name"], organization["sameAs"]) == ("Lantern Book Club", ["https://chat.example/"])
    assert client.get(organization["logo"].removeprefix(SITE))["Content-Type"] == "image/png"


def test_hostile_text_stays_within_the_block():
    block = render_graph([{"@type": "Book", "name": HOSTILE}])
    inside = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")

    assert not set(inside) & set("<>&\u2028")
    assert json.loads(inside)["@graph"][0]["name"] == HOSTILE


def read_microformats(client, path):
    return extruct.extract(client.get(path).text, base_url=SITE + path, syntaxes=["microformat"])["microformat"]


def test_writeup_is_an_entry_with_its_author(client, club):
    [entry] = [item for item in read_microformats(client, "/write-ups/evening/") if item["type"] == ["h-entry"]]
    properties = entry["properties"]

    assert (properties["name"], properties["summary"]) == (["An evening"], ["It was warm."])
    assert properties["published"]
    assert properties["content"][0]["value"].strip().startswith("Prose")
    assert properties["author"][0]["properties"]["url"] == [f"{SITE}/people/ada/"]


def test_meetup_author_and_quote_are_microformats(client, club):
    [event] = [item for item in read_microformats(client, "/meetups/soon/") if item["type"] == ["h-event"]]
    [card] = [item for item in read_microformats(client, "/people/ada/") if item["type"] == ["h-card"]]
    [cite] = [item for item in read_microformats(client, "/quotes/7/") if item["type"] == ["h-cite"]]

    assert event["properties"]["start"] == ["2031-07-09T19:00:00+0100"]
    assert "The Boot" in event["properties"]["location"][0]
    assert (card["properties"]["name"], card["properties"]["email"]) == (["Ada Byron"], ["mailto:ada@example.org"])
    assert "Words from the book" in cite["properties"]["content"][0]["value"]
