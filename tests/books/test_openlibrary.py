"""Fetching from Open Library, against a local server that gives valid and invalid answers."""

import io
import json
import shutil
import socket
import ssl
import subprocess
import threading

import pytest
from PIL import Image

from bookclub.core.models import Club
from books import openlibrary
from books.openlibrary import fetch_book
from tests.factories import make_picture_file
from tests.missing_tools import skip_unless_ci
from tests.openlibrary import BLANK_GIF, ISBN, drip_bytes, open_library, send_endlessly, send_nothing

CLUB = Club(name="Lantern Book Club", contact_email="hello@club.example.org")
COVER = "/b/id/41-L.jpg"


def test_fetch_book_returns_facts_people_and_cover(open_library_server):
    open_library_server.add_book()

    book = fetch_book(ISBN, CLUB)

    assert (book.isbn, book.title, book.subtitle) == (ISBN, "Smart Urbanism", "Utopian Vision or False Dawn?")
    assert (book.publisher, book.first_published_year) == ("Routledge", 2016)
    assert (book.people, book.others) == ([("Simon Marvin", "aut"), ("Colin McFarlane", "aut")], [])
    cover = Image.open(io.BytesIO(book.cover))
    assert (cover.format, cover.size, book.cover_note) == ("WEBP", (300, 450), "")


def test_fetch_book_makes_two_requests_with_club_user_agent(open_library_server, settings):
    settings.SITE_URL = "https://club.example.org"
    open_library_server.add_book()

    fetch_book(ISBN, CLUB)

    assert [path for path, _ in open_library_server.requests] == [
        f"/api/books?bibkeys=ISBN:{ISBN}&format=json&jscmd=details",
        f"{COVER}?default=false",
    ]
    agents = {headers["User-Agent"] for _, headers in open_library_server.requests}
    assert agents == {"Lantern Book Club (https://club.example.org; hello@club.example.org)"}


def test_club_name_can_not_inject_a_header(open_library_server):
    open_library_server.add_book()

    fetch_book(ISBN, Club(name="Bücher\r\nX-Evil: 1 ☕", contact_email="hello@club.example.org"))

    assert all(headers["User-Agent"].startswith("Bcher X-Evil: 1 (") for _, headers in open_library_server.requests)
    assert all("X-Evil" not in headers for _, headers in open_library_server.requests)


def test_authors_are_fetched_from_work_if_edition_has_none(open_library_server):
    open_library_server.add_book(authors=None)
    open_library_server.works[f"ISBN:{ISBN}"] = {
        "authors": [{"name": "Mary Shelley", "url": "https://elsewhere.example/"}]
    }

    assert fetch_book(ISBN, CLUB).people == [("Mary Shelley", "aut")]


@pytest.mark.parametrize(
    ("fields", "people", "others"),
    [
        ({"by_statement": "edited by S. Marvin"}, [("Simon Marvin", "edt"), ("Colin McFarlane", "edt")], []),
        (
            {"contributors": [{"role": "Translator", "name": "Jo Wynn"}]},
            [("Simon Marvin", "aut"), ("Colin McFarlane", "aut"), ("Jo Wynn", "trl")],
            [],
        ),
        (
            {"contributors": [{"role": "Editor", "name": "Colin McFarlane"}]},
            [("Simon Marvin", "aut"), ("Colin McFarlane", "edt")],
            [],
        ),
        (
            {"authors": None, "works": None, "contributions": ["Ann Lee (Illustrator)", "Roe, Jane, 1963-"]},
            [("Ann Lee", "ill")],
            ["Roe, Jane, 1963-"],
        ),
        (
            {"authors": None, "works": None, "contributors": [{"role": "Cover Design", "name": "Max Ode"}]},
            [],
            ["Max Ode (Cover Design)"],
        ),
        ({"authors": [{"name": f"N{n}"} for n in range(40)]}, [(f"N{n}", "aut") for n in range(30)], [f"N{n}" for n in range(30, 40)]),
    ],
)  # fmt: skip
def test_people_are_read_with_their_roles(open_library_server, fields, people, others):
    open_library_server.add_book(**fields)

    book = fetch_book(ISBN, CLUB)

    assert (book.people, book.others) == (people, others)


def named(*names):
    return [{"name": name} for name in names]


@pytest.mark.parametrize(
    ("fields", "people", "others"),
    [
        # Names as in a catalogue, and roles beside them.
        ({"authors": named("Farrow, Imogen")}, [("Imogen Farrow", "aut")], []),
        ({"authors": named("Farrow, Imogen", "Sol, Ingrid (Translator)")}, [("Imogen Farrow", "aut"), ("Ingrid Sol", "trl")], []),
        ({"authors": named("Imogen Farrow"), "contributions": ["Farrow, Imogen (Editor)"]}, [("Imogen Farrow", "edt")], []),
        ({"authors": named("Imogen Farrow"), "contributions": ["Farrow, Imogen"]}, [("Imogen Farrow", "aut")], []),
        ({"authors": named("A", "Sol, Ingrid (Afterword)")}, [("A", "aut")], ["Sol, Ingrid (Afterword)"]),
        ({"authors": named("A"), "contributions": ["with a foreword by C"]}, [("A", "aut"), ("C", "aui")], []),
        ({"authors": named("A"), "contributions": ["photographs by D"]}, [("A", "aut")], ["photographs by D"]),
        ({"authors": named("A"), "contributors": [{"role": "trans.", "name": "Sol, Ingrid"}]}, [("A", "aut"), ("Ingrid Sol", "trl")], []),
        ({"authors": named("A"), "contributors": [{"name": "Sol, Ingrid (Ed.)"}]}, [("A", "aut"), ("Ingrid Sol", "edt")], []),
        # Roles from the statement on the title page.
        (
            {"authors": named("A", "B", "C"), "by_statement": "edited by A and B ; with a foreword by C."},
            [("A", "edt"), ("B", "edt"), ("C", "aui")],
            [],
        ),
        (
            {"authors": named("Farrow, Imogen", "Sol, Ingrid"), "by_statement": "Imogen Farrow ; translated from the Welsh by I. Sol"},
            [("Imogen Farrow", "aut"), ("Ingrid Sol", "trl")],
            [],
        ),
        ({"authors": named("A", "C"), "by_statement": "by A, with an afterword by C"}, [("A", "aut")], ["C (an afterword)"]),
        ({"authors": named("A", "C"), "by_statement": "a novel by A ; introduction and notes by C"}, [("A", "aut"), ("C", "aui")], []),
    ],
)  # fmt: skip
def test_catalogue_names_and_roles_are_read(open_library_server, fields, people, others):
    open_library_server.add_book(**fields)

    book = fetch_book(ISBN, CLUB)

    assert (book.people, book.others) == (people, others)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Beauvoir, Simone de", "Simone de Beauvoir"), ("Le Guin, Ursula K.", "Ursula K. Le Guin"),
        ("Roe, Jane, 1963-", "Jane Roe"), ("Roe, Jane, b. 1963", "Jane Roe"), ("Lewis, C. S. (Clive Staples)", "C. S. Lewis"),
        ("King, Martin Luther, Jr.", "Martin Luther King, Jr."), ("Martin Luther King, Jr.", "Martin Luther King, Jr."),
        ("Ngũgĩ wa Thiong'o", "Ngũgĩ wa Thiong'o"), ("村上春樹", "村上春樹"), ("bell hooks", "bell hooks"),
        ("Society of Authors, London", "Society of Authors, London"), ("Penguin Books, Ltd", "Penguin Books, Ltd"),
        ("Ada, Cy and Dov", "Ada, Cy and Dov"), ("Ada, Cy, Dov", "Ada, Cy, Dov"), ("Farrow,", "Farrow"),
    ],
)  # fmt: skip
def test_inverted_name_is_turned_round(open_library_server, typed, name):
    open_library_server.add_book(authors=named(typed))

    assert fetch_book(ISBN, CLUB).people == [(name, "aut")]


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("October 2016", 2016), ("2016", 2016), ("Oct 3, 2016", 2016), ("c1818", 1818), ("2016-10-03", 2016),
        ("3/10/16", None), ("12345", None), ("", None), (None, None), (2016, None), (["2016"], None),
    ],
)  # fmt: skip
def test_year_is_read_from_publish_date(open_library_server, date, year):
    open_library_server.add_book(publish_date=date)

    assert fetch_book(ISBN, CLUB).first_published_year == year


def test_subtitle_inside_title_is_split_off(open_library_server):
    open_library_server.add_book(title="Smart urbanism : utopian vision", subtitle=None)

    assert (fetch_book(ISBN, CLUB).title, fetch_book(ISBN, CLUB).subtitle) == ("Smart urbanism", "utopian vision")


def test_unprintable_characters_are_removed_from_title(open_library_server):
    open_library_server.add_book(title="Smart\u0000 \u202eUrban\ud800ism\n\n(2nd  ed.)", subtitle="x")

    assert fetch_book(ISBN, CLUB).title == "Smart Urbanism (2nd ed.)"


def fetch_error(seconds=5):
    with pytest.raises(openlibrary.OpenLibraryError) as error_info:
        fetch_book(ISBN, CLUB, seconds=seconds)
    return type(error_info.value).__name__, str(error_info.value)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"body": b"{}"}, "BookNotFound"),
        ({"status": 404}, "BookNotFound"),
        ({"status": 403}, "RequestRefused"),
        ({"status": 429}, "RequestRefused"),
        ({"status": 503, "body": b"<h1>down</h1>"}, "ServiceError"),
        ({"status": 418}, "InvalidAnswer"),
        ({"body": b"<!doctype html><title>Hello</title>", "Content_Type": "text/html"}, "InvalidAnswer"),
        ({"body": b'{"ISBN:9781138844230": {"details": {"title": "Cut of'}, "InvalidAnswer"),
        ({"body": b"[" * 100_000}, "InvalidAnswer"),
        ({"body": b"\xff\xfe\x00"}, "InvalidAnswer"),
        ({"body": b'"a text"'}, "InvalidAnswer"),
        ({"body": b'{"ISBN:0000000000": {}}'}, "InvalidAnswer"),
        ({"body": b'{"ISBN:9781138844230": ["a list"]}'}, "InvalidAnswer"),
        ({"body": b'{"ISBN:9781138844230": {"details": "a text"}}'}, "InvalidAnswer"),
        ({"body": b'{"ISBN:9781138844230": {"details": {"title": {"a": 1}}}}'}, "InvalidAnswer"),
        ({"body": b" " * 2_000_001}, "InvalidAnswer"),
        ({"body": send_endlessly}, "InvalidAnswer"),
        ({"body": b"{", "Content_Length": "100"}, "ServiceUnreachable"),
        ({"body": send_nothing}, "ServiceTimeout"),
        ({"body": drip_bytes}, "ServiceTimeout"),
    ],
)  # fmt: skip
def test_failure_raises_matching_error_with_advice(open_library_server, answer, kind):
    open_library_server.set_answer("/api/books", **answer)

    found, message = fetch_error(seconds=0.7 if kind == "ServiceTimeout" else 20)

    assert found == kind
    assert "yourself" in message


def test_error_messages_are_distinct(open_library_server):
    messages = {kind.__doc__ for kind in openlibrary.OpenLibraryError.__subclasses__()}

    assert len(messages) == len(openlibrary.OpenLibraryError.__subclasses__()) == 7


def test_closed_port_raises_service_unreachable(open_library_server, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.OPEN_LIBRARY_URL = f"http://127.0.0.1:{taken.getsockname()[1]}"

        assert fetch_error()[0] == "ServiceUnreachable"


@pytest.mark.parametrize(
    "fields",
    [
        {"publishers": "Routledge"}, {"publishers": [{"name": "x"}, None, 7]}, {"authors": {"name": "x"}},
        {"authors": ["x", None, {"name": 3}]}, {"contributors": ["x", {"role": 5, "name": ["y"]}]},
        {"contributions": [None, 5]}, {"covers": {"0": 1}}, {"covers": ["../../etc"]}, {"covers": [True]},
        {"covers": [None]}, {"covers": [-1]}, {"covers": []}, {"subtitle": ["x"]}, {"by_statement": 5},
    ],
)  # fmt: skip
def test_fields_of_wrong_type_are_ignored(open_library_server, fields):
    open_library_server.add_book(**fields)

    assert fetch_book(ISBN, CLUB).title == "Smart Urbanism"


@pytest.mark.parametrize(
    "cover",
    [BLANK_GIF, make_picture_file(size=(1, 1)).read(), make_picture_file(size=(49, 400)).read(), b"<svg/>", b""],
)
def test_blank_tiny_or_broken_cover_is_ignored(open_library_server, cover):
    open_library_server.add_book(cover=cover)

    book = fetch_book(ISBN, CLUB)

    assert (book.title, book.cover) == ("Smart Urbanism", None)
    assert book.cover_note.startswith("Open Library has no cover of it")


def test_negative_cover_number_is_not_requested(open_library_server):
    open_library_server.add_book(covers=[-1])

    assert fetch_book(ISBN, CLUB).cover_note == "Open Library has no cover of it."
    assert len(open_library_server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "beginning"),
    [
        ({"status": 404}, "Open Library has no cover"),
        ({"status": 500}, "Open Library has no cover"),
        ({"body": drip_bytes}, "The cover did not come in time"),
        ({"body": send_endlessly}, "The cover could not be fetched"),
        ({"status": 302, "Location": "/b/id/41-L.jpg"}, "The cover could not be fetched"),
    ],
)
def test_cover_failure_keeps_text(open_library_server, answer, beginning):
    open_library_server.add_book()
    open_library_server.set_answer(COVER, **answer)

    book = fetch_book(ISBN, CLUB, seconds=2 if "in time" in beginning else 20)

    assert (book.title, book.cover) == ("Smart Urbanism", None)
    assert book.cover_note.startswith(beginning)


def test_byte_limit_covers_text_and_cover_together(open_library_server):
    open_library_server.add_book(description="x" * 1_500_000)
    open_library_server.covers[41] = make_picture_file(size=(300, 450)).read() + b"\0" * 600_000

    book = fetch_book(ISBN, CLUB)

    assert (book.title, book.cover) == ("Smart Urbanism", None)


def test_redirect_within_configured_host_is_followed(open_library_server):
    open_library_server.add_book()
    open_library_server.set_answer(COVER, status=302, Location="/elsewhere.jpg")
    open_library_server.set_answer("/elsewhere.jpg", body=make_picture_file(size=(60, 90)).read())

    assert Image.open(io.BytesIO(fetch_book(ISBN, CLUB).cover)).size == (60, 90)


def test_fourth_redirect_is_not_followed(open_library_server):
    open_library_server.add_book()
    for number in range(5):
        open_library_server.set_answer(f"/hop{number}", status=302, Location=f"/hop{number + 1}")
    open_library_server.set_answer(COVER, status=302, Location="/hop1")

    book = fetch_book(ISBN, CLUB)

    assert book.cover is None
    assert [path for path, _ in open_library_server.requests][-1] == "/hop3"


FORBIDDEN_URLS = [
    "https://evil.example/cover.jpg",
    "//evil.example/cover.jpg",
    "http://ia800505.us.archive.org/cover.jpg",
    "https://ia800505.us.archive.org:8443/cover.jpg",
    "https://archive.org@evil.example/cover.jpg",
    "https://user:secret@archive.org/cover.jpg",
    "https://archive.org.evil.example/",
    "https://evilarchive.org/",
    "https://127.0.0.1/",
    "http://127.0.0.1/",
    "https://[::1]/",
    "https://[::1/",
    "file:///etc/passwd",
    "ftp://archive.org/cover.jpg",
    "https://a..archive.org/",
    "https://archive.org:99999/",
    "gopher://127.0.0.1:70/_",
]


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_redirect_to_foreign_host_is_not_followed(open_library_server, url, monkeypatch):
    open_library_server.add_book()
    open_library_server.set_answer(COVER, status=302, Location=url)
    names = record_dns_lookups(monkeypatch)

    book = fetch_book(ISBN, CLUB)

    assert book.title == "Smart Urbanism"
    assert book.cover_note.startswith("The cover could not be fetched")
    assert {name for name in names if ".." not in name} == {"127.0.0.1"}
    assert len(open_library_server.requests) == 2


def test_redirect_to_another_local_port_is_not_followed(open_library_server):
    with open_library() as other:
        other.set_answer("/", body=make_picture_file(size=(60, 90)).read())
        open_library_server.add_book()
        open_library_server.set_answer(COVER, status=302, Location=f"{other.address}/cover.jpg")

        book = fetch_book(ISBN, CLUB)

        assert book.cover is None
        assert other.requests == []


def test_redirect_of_book_request_raises_forbidden_redirect(open_library_server):
    open_library_server.set_answer("/api/books", status=302, Location="https://evil.example/")

    assert fetch_error()[0] == "ForbiddenRedirectError"


def record_dns_lookups(monkeypatch, answers=()):
    """Return a list that collects the resolved names. Resolve archive.org to `answers`, in order."""
    names, answers, resolve = [], list(answers), socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        names.append(host)
        if host.endswith("archive.org") and answers:
            return resolve(answers.pop(0), port, *args, **options)
        return resolve(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"])
def test_allowed_host_with_private_address_is_not_contacted(open_library_server, monkeypatch, address):
    open_library_server.add_book()
    open_library_server.set_answer(COVER, status=302, Location="https://ia800505.us.archive.org/cover.jpg")
    record_dns_lookups(monkeypatch, [address])
    connections = record_connections(monkeypatch)

    book = fetch_book(ISBN, CLUB)

    assert book.cover_note.startswith("The cover could not be fetched")
    assert {address[0] for address in connections} == {"127.0.0.1"}
    assert {address[1] for address in connections} == {int(open_library_server.address.rpartition(":")[2])}


def record_connections(monkeypatch):
    """Return a list that collects the addresses of attempted connections; refuse those to archive.org."""
    connections, connect = [], socket.socket.connect

    def record(self, address):
        connections.append(address)
        if address[0].startswith("207.241."):
            raise ConnectionRefusedError
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", record, raising=False)
    return connections


def test_dns_rebinding_connects_to_the_checked_address(open_library_server, monkeypatch):
    open_library_server.add_book()
    open_library_server.set_answer(COVER, status=302, Location="https://ia800505.us.archive.org/cover.jpg")
    names = record_dns_lookups(monkeypatch, ["207.241.224.2", "127.0.0.1"])
    connections = record_connections(monkeypatch)

    fetch_book(ISBN, CLUB)

    assert connections[-1] == ("207.241.224.2", 443)
    assert names.count("ia800505.us.archive.org") == 1


def test_slow_dns_lookup_raises_service_timeout(open_library_server, monkeypatch):
    is_over, answers = threading.Event(), []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answers.append(is_over.wait(60)))

    error = fetch_error(seconds=0.3)[0]

    assert (error, answers) == ("ServiceTimeout", [])
    is_over.set()


def test_requests_refuse_compression(open_library_server):
    open_library_server.add_book()

    fetch_book(ISBN, CLUB)

    assert {headers["Accept-Encoding"] for _, headers in open_library_server.requests} == {"identity"}


def test_cover_url_in_answer_is_ignored(open_library_server):
    """The cover URL is built from the cover number; a URL in the answer is never fetched."""
    open_library_server.add_book(cover_url="https://evil.example/x.jpg", covers=[41, 42])

    fetch_book(ISBN, CLUB)

    assert json.dumps([path for path, _ in open_library_server.requests]).count("/b/id/41-L.jpg") == 1


@pytest.fixture
def archive_server(open_library_server, monkeypatch, tmp_path):
    """A second local server, with a TLS certificate for ia800505.us.archive.org; connections to port 443 reach it."""
    if not shutil.which("openssl"):
        skip_unless_ci("No openssl for the certificate of the HTTPS tests: apt install openssl.")
    pem = tmp_path / "archive.pem"
    name = ["-subj", "/CN=archive", "-addext", "subjectAltName=DNS:ia800505.us.archive.org"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", pem, "-out", pem]
    subprocess.run([*command, *name], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    record_dns_lookups(monkeypatch, ["207.241.224.2"])
    with open_library() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        route_https_to(monkeypatch, server.server_port)
        yield server


def route_https_to(monkeypatch, port):
    connect = socket.socket.connect

    def connect_locally(self, address):
        return connect(self, ("127.0.0.1", port) if address[1] == 443 else address)

    monkeypatch.setattr(socket.socket, "connect", connect_locally, raising=False)


def test_cover_redirect_to_internet_archive_is_fetched_over_tls(open_library_server, archive_server):
    archive_server.set_answer("/", body=make_picture_file(size=(60, 90)).read())
    open_library_server.add_book()
    open_library_server.set_answer(COVER, status=302, Location="https://ia800505.us.archive.org/41.jpg?x=%20y")

    book = fetch_book(ISBN, CLUB)

    assert Image.open(io.BytesIO(book.cover)).size == (60, 90)
    assert [(path, headers["Host"]) for path, headers in archive_server.requests] == [
        ("/41.jpg?x=%20y", "ia800505.us.archive.org")
    ]


def test_tls_certificate_for_another_host_is_rejected(open_library_server, archive_server):
    archive_server.set_answer("/", body=make_picture_file(size=(60, 90)).read())
    open_library_server.add_book()
    open_library_server.set_answer(COVER, status=302, Location="https://other.archive.org/41.jpg")

    assert fetch_book(ISBN, CLUB).cover is None
    assert archive_server.requests == []


def test_slow_tls_answer_stops_at_time_limit(open_library_server, archive_server):
    archive_server.set_answer("/", body=drip_bytes)
    open_library_server.add_book()
    open_library_server.set_answer(COVER, status=302, Location="https://ia800505.us.archive.org/41.jpg")

    book = fetch_book(ISBN, CLUB, seconds=2)

    assert book.cover_note.startswith("The cover did not come in time")
