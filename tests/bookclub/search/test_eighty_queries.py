"""Eighty queries, each with the hit that must come first, on both databases; and the text that each kind shows."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from bookclub.search.hits import find_hits
from bookclub.search.index import refresh_index
from bookclub.search.query import Query
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
VISITOR = AnonymousUser()
# Query and first hit: a name of make_library().
QUERIES = """
lamplight                     lamps book
lamplighters                  lamps book
"streets by lamplight"        lamps book
streets lamplight             lamps book
lampl                         lamps book
LAMPLIGHT                     lamps book
’lamplight’                   lamps book
history of street lamps       lamps book
1931                          lamps book
isbn 9780306406157            lamps book
978-0-306-40615-7             lamps book
978 0 306 40615 7             lamps book
ISBN: 0-306-40615-2           lamps book
heron press                   lamps book
Andres                        andres
andrés                        andres
ANDRÉS                        andres
andr                          andres
quintana                      andres
andrés quintana               andres
"andres quintana"             andres
quintan                       andres
Łukasz                        lukasz
lukasz                        lukasz
Wójcik                        lukasz
wojcik                        lukasz
Mattea Brandt                 mattea
mattea                        mattea
brandt editor                 mattea
brand                         mattea
everyware                     everyware
‘everyware’                   everyware
"everyware"                   everyware
everywa                       everyware
everywares                    everyware
everyware dissolves           everyware
dissolving into behaviour     everyware
"dissolves into behaviour"    everyware
dissolve -lamp                everyware
meters count                  meters
metering                      meters
counts meter                  meters
smart meters                  meters
"who reads the meter"         meters
who reads meter               meters
should a city forget          forget
forgetting city               forget
forgets                       forget
"a city forget"               forget
self-driving                  selfdriving
self driving                  selfdriving
self‐driving                  selfdriving
self–driving                  selfdriving
driving verdict               selfdriving
technocratic governance       technocracy
technocra                     technocracy
governance by experts         technocracy
technocratic -tide            technocracy
"technocratic governance"     technocracy
what does technocratic mean   technocracy
points harbour                harbour
harbours                      harbour
tide tables harbour           harbour
harbour -technocratic         harbour
gaslight evening              gaslight
"evening by gaslight"         gaslight
evenings by gaslight          gaslight
gaslights                     gaslight
a pint and a quarrel          gaslight
quarrelling pint              gaslight
umbrella                      umbrella
umbrellas stand               umbrella
"umbrella stand"              umbrella
wednesday 13 february 2019    february
february                      february
13 february                   february
bring your lantern            february
southwark                     february
the almanac letter            almanac
almanac                       almanac
almanacs                      almanac
letter about almanac          almanac
café crème                    cafe
cafe creme                    cafe
straße                        strasse
strasse                       strasse
東京                          tokyo
שלום                          shalom
don't hurry                   hurry
dont hurry                    hurry
don’t hurry                   hurry
"""
CASES = [tuple(part.strip() for part in line.rsplit("  ", 1)) for line in QUERIES.strip().splitlines()]


def make_library():
    """Create a club with something of each kind; return {name: the start of its path}."""
    lamps = make.make_book(
        title="Streets by Lamplight", subtitle="A History of Street Lamps", slug="lamps", kind="A history for lamplighters",
        publisher="Heron Press", first_published_year=1931, isbn="978-0-306-40615-7",
    )  # fmt: skip
    other = make.make_book(title="The Machine Garden", slug="garden")
    for book, name in [(lamps, "Andrés Quintana"), (other, "Łukasz Wójcik")]:
        make.make_contribution(book=book, contributor=make.make_contributor(name=name))
    mattea = make.make_author(name="Mattea Brandt", slug="mattea", job_title="Magazine editor")
    texts = {
        "everyware": "Everyware is the word for computing that ‘dissolves into behaviour’.",
        "meters": "The smart meter counts us, and who reads the meter counts more.",
        "selfdriving": "Nobody has yet asked the self-driving car for its verdict.",
        "cafe": "A café crème costs what the window seat costs.",
        "strasse": "The Straße was brighter than the square.",
        "tokyo": "東京の地図",
        "shalom": "שלום לכל הקוראים",
        "hurry": "Don’t hurry the lamp",
    }
    quotes = {name: make.make_quote(book=other, text=text) for name, text in texts.items()}
    forget = make.make_question(book=other, text="Should a city forget what it knows of us?")
    term = make.make_term(
        book=other, heading="What does technocratic governance mean?", definition="Governance by experts, with a lamp."
    )
    note = make.make_note(book=other, heading="Points about the harbour", body="- Tide tables were the first data")
    writeup = make.make_writeup(
        title="An Evening by Gaslight", slug="gaslight", author=mattea, body="A pint and a *quarrel*, in that order."
    )
    session_note = make.make_session_note(
        writeup=writeup, text="The umbrella stand was the only smart thing", name="Hidden Speaker"
    )
    meetup = make.make_meetup(
        date=dt.date(2019, 2, 13),
        about="Bring your lantern",
        venue=make.make_venue(name="Secret Villa", is_private=True),
    )
    issue = make.make_issue(frozen_subject="The almanac letter", frozen_body="<p>All about an almanac</p>")
    paths = {name: quote.get_absolute_url() for name, quote in quotes.items()}
    paths |= {"lamps book": "/books/lamps/", "andres": "/books/lamps/", "lukasz": "/books/garden/"}
    paths |= {"mattea": "/people/mattea/", "forget": f"/books/garden/#{forget.anchor}"}
    paths |= {"technocracy": f"/books/garden/#{term.anchor}", "harbour": f"/books/garden/#{note.anchor}"}
    paths |= {"gaslight": "/write-ups/gaslight/", "umbrella": f"/write-ups/gaslight/#{session_note.anchor}"}
    paths |= {"february": meetup.get_absolute_url(), "almanac": issue.get_absolute_url()}
    return paths


def make_hidden():
    """Create hidden rows that every query would find: drafts, scheduled ones and those of members."""
    words = " ".join(words.replace('"', "").replace("-", " ") for words, _ in CASES)
    for state in ({"published_at": None}, {"audience": "members"}):
        book = make.make_book(title=words[:200], **state)
        make.make_contribution(book=book, contributor=make.make_contributor(name=words[:150]))
        make.make_quote(book=book, text=words)
        for maker in (make.make_quote, make.make_question):
            maker(text=words, **state)
        make.make_note(heading=words[-150:], body=words, **state)
        make.make_session_note(writeup=make.make_writeup(title=words[-200:], body=words, **state), text=words)


def find_paths(words):
    groups = find_hits(Query.parse(words), VISITOR, stop=50)
    return [(group.name, group.count, [hit.entry.path for hit in group.hits]) for group in groups]


def test_queries_find_their_hit_first_and_hidden_rows_change_nothing():
    paths = make_library()
    fresh = [find_paths(words) for words, _ in CASES]
    refresh_index()
    found = [find_paths(words) for words, _ in CASES]

    wrong = [
        (words, name, hits and hits[0])
        for (words, name), hits in zip(CASES, found, strict=True)
        if not hits or not hits[0][2][0].startswith(paths[name])
    ]
    assert len(CASES) >= 80
    assert wrong == []
    assert fresh == found

    make_hidden()
    assert [find_paths(words) for words, _ in CASES] == found
    refresh_index()
    assert [find_paths(words) for words, _ in CASES] == found


@pytest.mark.parametrize("words", ["hidden", "speaker", "hidden speaker", "secret", "villa"])
def test_names_of_session_notes_and_private_venues_are_found_by_nobody(words, olga):
    make_library()
    refresh_index()
    assert find_hits(Query.parse("umbrella"), olga)

    assert find_hits(Query.parse(words), olga) == []
