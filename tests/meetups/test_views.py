import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from bookclub.core.models import Club
from tests import factories as make
from tests.pages import headings, soup_of, text_of, texts

LONDON_7PM = dt.datetime(2018, 10, 10, 19, tzinfo=dt.timezone(dt.timedelta(hours=1)))


@pytest.fixture
def writeup(db):
    """A draft write-up of a meetup, with one item of each kind."""
    make.make_club(name="Lantern Club", motto="What happens here stays here")
    book = make.make_book(title="The Lamp", subtitle="A History", published_at=None)
    make.make_contribution(book=book, contributor=make.make_contributor(name="Bea Adams"), role="edt")
    make.make_contribution(book=book, contributor=make.make_contributor(name="Cy Dale"), role="edt", position=1)
    make.make_note(book=book, heading="Some points", body="- One\n- Two\n\nBetween\n\n- Three", published_at=None)
    term = make.make_term(
        book=book,
        heading="What does wick mean?",
        definition="First part.\n\nSecond *part*.",
        emphasis_note="Italics mine",
        published_at=None,
    )
    make.make_question(book=book, term=term, text="Is it a good word?", lead_word="Discuss", published_at=None)
    make.make_question(book=book, text="Who trims it?", published_at=None)
    make.make_question(
        book=book, text="Light is cheap.", is_quotation=True, lead_word="Discuss", position=2, published_at=None
    )
    make.make_quote(book=book, text="[A] lamp … for all", locator="p. 12", published_at=None)
    make.make_reading(book=book, title="The Candle", by="D. Eve", why="It came before.", published_at=None)
    meetup = make.make_meetup(
        date=dt.date(2018, 10, 10),
        book=book,
        venue=make.make_venue(name="The Boot", area="Southwark"),
        room="private room",
        headcount=8,
        published_at=None,
    )
    writeup = make.make_writeup(
        title="A Lamp Special",
        slug="a-lamp-special",
        standfirst="Eight readers and a lamp.",
        body="Prose *here*.",
        pull_quote="What happens here stays here",
        meetup=meetup,
        author=make.make_author(name="Ada Byron", bio="Writes.", phone="01632 960 000"),
        published_at=None,
        posted_on=dt.date(2018, 10, 11),
    )
    make.make_photo(writeup=writeup, alt="A table", caption="The first table")
    make.make_session_note(writeup=writeup, text="Who owns the light?", position=1)
    make.make_session_note(writeup=writeup, text="Rest of world", name="Nick Long", position=2)
    return writeup


@pytest.fixture
def writeup_page(client, writeup):
    """The published write-up as a visitor sees it, parsed."""
    writeup.publish()
    return soup_of(client.get("/write-ups/a-lamp-special/"))


def test_writeup_shows_author_dates_and_venue(writeup_page):
    assert text_of(writeup_page.h1) == "A Lamp Special"
    assert text_of(writeup_page.select_one(".page-head")).startswith(
        "Write-up A Lamp Special Posted by Ada Byron, 11 October 2018"
    )
    assert texts(writeup_page, ".sidebar dd") == [
        "The Lamp: A History",
        "Bea Adams and Cy Dale",
        "Wednesday 10 October 2018, The Boot, Southwark. Private room",
        "Eight readers",
    ]
    assert writeup_page.select_one(".sidebar dd time")["datetime"] == LONDON_7PM.isoformat()


def test_writeup_sections_are_in_order(writeup_page):
    make_order = ["Some points #", "What does wick mean? #", "Questions to discuss", "Quotes from the book"]

    assert headings(writeup_page) == [
        "In this write-up",
        "Next meetup",
        *make_order,
        "Further reading",
        "Notes on the session",
        "The club’s letter",
        "Ada Byron",
    ]
    body = text_of(writeup_page.select_one(".article-body"))
    parts = ["The first table", "“What happens here stays here”", "Prose here.", "Next meetup", "Some points"]
    assert [body.index(part) for part in parts] == sorted(body.index(part) for part in parts)


def test_writeup_keeps_order_of_points_and_paragraphs(writeup_page):
    note = writeup_page.select_one(".kind-note.flow")

    assert [(tag.name, text_of(tag)) for tag in note.find_all(["li", "p"]) if not tag.find_parent("li")] == [
        ("li", "One"),
        ("li", "Two"),
        ("p", "Between"),
        ("li", "Three"),
    ]


def test_writeup_shows_term_with_its_question(writeup_page):
    term = writeup_page.select_one("section.kind-term")

    assert texts(term, "blockquote p") == ["“First part.", "Second part.”"]
    assert term.select_one("blockquote em").string == "part"
    assert "(Italics mine)" in text_of(term)
    assert texts(term, "[id^=question]") == ["Discuss: Is it a good word? #"]


def test_writeup_numbers_questions(writeup_page):
    assert texts(writeup_page, "section.kind-question li") == ["Who trims it? #", "“Light is cheap.” – Discuss #"]


def test_writeup_shows_exact_quote_with_locator_and_link(writeup_page):
    quote = writeup_page.select_one("figure.quotation")

    assert text_of(quote.blockquote) == "“[A] lamp … for all”"
    assert quote.select_one(".editorial").string == "[A]"
    assert text_of(quote.figcaption) == "p. 12 Link to this quote"


def test_session_notes_show_first_names_to_members_only(client, writeup, bob):
    writeup.publish()
    address = "/write-ups/a-lamp-special/"
    visitors = texts(soup_of(client.get(address)), ".session-notes li")
    client.force_login(bob)
    members = texts(soup_of(client.get(address)), ".session-notes li")

    assert visitors == ["Who owns the light? #", "Rest of world #"]
    assert members == ["Who owns the light? #", "Rest of world – Nick #"]


def test_author_phone_is_hidden_unless_shows_phone(client, writeup):
    writeup.publish()
    hidden = client.get("/write-ups/a-lamp-special/").content.decode()
    writeup.author.shows_phone = True
    writeup.author.save()
    shown = client.get("/write-ups/a-lamp-special/").content.decode()

    assert "01632" not in hidden
    assert 'href="tel:01632960000"' in shown


def test_writeup_without_readings_has_no_readings_heading(client, writeup):
    writeup.book.readings.all().delete()
    writeup.publish()

    page = soup_of(client.get("/write-ups/a-lamp-special/"))

    assert "Further reading" not in texts(page, "h2, .toc li")


def test_old_writeup_shows_current_next_meetup(client, writeup):
    writeup.publish()
    make.make_meetup(date=timezone.localdate() + dt.timedelta(days=5), published_at=timezone.now())

    soon = soup_of(client.get("/write-ups/a-lamp-special/")).select_one(".accent-panel")
    with time_machine.travel(timezone.now() + dt.timedelta(days=40)):
        later = soup_of(client.get("/write-ups/a-lamp-special/")).select_one(".accent-panel")

    assert f"{timezone.localdate() + dt.timedelta(days=5):%B}" in text_of(soon)
    assert "The next date is not set yet" in text_of(later)


def test_old_writeup_links_later_meetup_without_its_items(client, writeup):
    writeup.publish()
    make.make_quote(book=writeup.book, text="A later line")
    make.make_quote(book=writeup.book, text="Not out yet", published_at=None)

    page = soup_of(client.get("/write-ups/a-lamp-special/"))

    assert texts(page, ".later") == ["1 more thing on this book from a later evening"]
    assert page.select_one(".later a")["href"] == writeup.book.get_absolute_url()
    assert "A later line" not in text_of(page)


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"audience": "members"}])
def test_writeup_hides_hidden_book_and_meetup(client, writeup, hidden):
    writeup.publish()
    for thing in (writeup.book, writeup.meetup):
        type(thing).objects.filter(pk=thing.pk).update(**hidden)

    for address in ("/write-ups/a-lamp-special/", "/write-ups/", "/", writeup.author.get_absolute_url()):
        page = client.get(address).content.decode()
        assert "A Lamp Special" in page
        assert [word for word in ("The Lamp", "The Boot", "Who trims it", "Bea Adams") if word in page] == []


def test_draft_writeup_is_404_except_for_organiser(client, writeup, olga, bob):
    address = "/write-ups/a-lamp-special/"
    assert client.get(address).status_code == 404
    client.force_login(bob)
    assert client.get(address).status_code == 404

    client.force_login(olga)
    page = soup_of(client.get(address))

    assert text_of(page.select_one(".page-head .badge")) == "Draft"
    assert text_of(page.select_one(".page-head time")) == "11 October 2018"
    assert "Who trims it?" in text_of(page)


def test_scheduled_writeup_appears_at_published_at(client, writeup):
    goes_live_at = timezone.now() + dt.timedelta(hours=3)
    writeup.publish(at=goes_live_at)
    before = client.get("/write-ups/a-lamp-special/")
    with time_machine.travel(goes_live_at):
        after = client.get("/write-ups/a-lamp-special/")

    assert (before.status_code, after.status_code) == (404, 200)


def test_unpublished_writeup_is_on_no_page(client, writeup):
    writeup.publish()
    pages = ["/", "/write-ups/", "/books/", "/quotes/", "/meetups/", "/sitemap.xml"]
    there = [client.get(page).content.decode() for page in pages]
    writeup.unpublish()
    gone = [client.get(page).content.decode() for page in pages]

    words = ["Lamp", "lamp"]
    assert all(any(word in page for word in words) for page in there)
    assert [page for page in gone if any(word in page for word in words)] == []


def test_writeup_escapes_hostile_text(client, db):
    make.make_writeup(
        slug="x", title="<script>alert(1)</script>", standfirst='"><img src=x>', body="<b onclick=x>hi</b>"
    )

    soup = soup_of(client.get("/write-ups/x/"))

    assert text_of(soup.h1) == "<script>alert(1)</script>"
    assert not soup.select("script:not([type='application/ld+json']), main img, main b[onclick]")
    assert "<b onclick=x>hi</b>" in text_of(soup)


def test_article_without_meetup_and_book_has_no_sidebar(client, db):
    make.make_writeup(slug="thoughts", title="Thoughts", body="Only prose.")

    page = soup_of(client.get("/write-ups/thoughts/"))

    assert text_of(page.select_one(".eyebrow")) == "Article"
    assert not page.select(".toc, .sidebar dd, .cover:not(.accent-panel .cover)")


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("", ["New", "Old"]),
        ("year=2018", ["Old"]),
        ("book=lamp", ["Old"]),
        ("author=ada", ["New"]),
        ("year=2018&author=ada", []),
        ("year=1066", []),
        ("year=x", []),
        ("book=%00", []),
        ("book=draft", []),
        ("author=' OR 1=1", []),
    ],
)
def test_writeup_list_filters_by_year_book_and_author(client, db, question, found):
    lamp = make.make_book(slug="lamp")
    make.make_book(slug="draft", published_at=None)
    make.make_writeup(title="Old", book=lamp, published_at=dt.datetime(2018, 10, 11, tzinfo=dt.UTC))
    make.make_writeup(
        title="New", author=make.make_author(slug="ada"), published_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    )

    page = soup_of(client.get(f"/write-ups/?{question}"))

    assert texts(page, ".row-list h3") == found
    assert bool(page.select(".empty")) == (not found)


def test_writeup_filters_offer_visible_choices(client, db):
    make.make_writeup(book=make.make_book(title="Open"), published_at=dt.datetime(2018, 10, 11, tzinfo=dt.UTC))
    make.make_writeup(book=make.make_book(title="Shut"), author=make.make_author(name="Nobody yet"), published_at=None)

    options = texts(soup_of(client.get("/write-ups/")), "option")

    assert {"2018", "Open"} <= set(options)
    assert not {"Shut", "Nobody yet"} & set(options)


def test_writeup_pages_keep_filters(client, db):
    author = make.make_author(slug="ada")
    for number in range(21):
        make.make_writeup(title=f"No {number}", author=author)

    first = soup_of(client.get("/write-ups/?author=ada"))
    second = soup_of(client.get("/write-ups/?author=ada&page=2"))
    beyond = soup_of(client.get("/write-ups/?author=ada&page=99"))

    assert len(first.select(".row-list h3")) == 20
    assert first.select_one('.pagination a[rel="next"]')["href"] == "?author=ada&page=2"
    assert len(second.select(".row-list h3")) == len(beyond.select(".row-list h3")) == 1


def test_related_writeups_begin_with_chosen_ones(client, writeup):
    writeup.publish()
    newest = make.make_writeup(title="Newest", published_at=timezone.now())
    same_book = make.make_writeup(title="Same book", book=writeup.book, published_at=newest.published_at)
    chosen = make.make_writeup(title="Chosen", published_at=dt.datetime(2010, 1, 1, tzinfo=dt.UTC))
    hidden = make.make_writeup(title="Hidden", published_at=None)
    writeup.related.set([chosen, hidden])

    page = soup_of(client.get("/write-ups/a-lamp-special/"))

    assert texts(page, "section:has(> #more) h3") == ["Chosen", same_book.title, "Newest"]


def test_meetup_list_separates_upcoming_and_past(client, db):
    make.make_meetup(date=dt.date(2018, 10, 10), headcount=8)
    make.make_meetup(date=dt.date(2019, 10, 10))
    make.make_meetup(date=None)
    make.make_meetup(date=timezone.localdate() + dt.timedelta(days=9), book=make.make_book(title="Soon"))

    page = soup_of(client.get("/meetups/"))

    assert texts(page, "section:has(> #past) h3") == ["Thursday 10 October 2019", "Wednesday 10 October 2018"]
    assert texts(page, "section:has(> #upcoming) h3")[1:] == ["To be announced"]
    assert texts(page, "section:has(> #upcoming) cite") == ["Soon"]
    assert texts(page, ".flags") == ["8 readers"]


def test_upcoming_meetup_shows_time_place_and_directions(client, db):
    venue = make.make_venue(
        name="The Boot", area="Southwark", address="10 Redcross Way", getting_in="Down the *stairs*."
    )
    make.make_meetup(
        slug="soon",
        date=dt.date(2040, 2, 15),
        end_time=dt.time(21, 30),
        venue=venue,
        room="the back room",
        about="Chairs.",
    )

    page = soup_of(client.get("/meetups/soon/"))

    assert text_of(page.h1) == "Wednesday 15 February 2040"
    assert texts(page, ".facts dd")[:3] == [
        "7 pm to 9.30 pm, London time. Into my calendar",
        "The Boot, Southwark. 10 Redcross Way. The back room",
        "To be chosen",
    ]
    assert texts(page, ".badge") == ["Open"]
    assert "Down the stairs." in text_of(page)


def test_private_venue_shows_only_its_area(client, db):
    venue = make.make_venue(
        name="Alice's flat", area="Peckham", address="Flat 3, 1 High Street", getting_in="Ring twice.", is_private=True
    )
    make.make_writeup(
        slug="w", meetup=make.make_meetup(slug="m", date=dt.date(2018, 1, 1), venue=venue, room="the loft")
    )
    make.make_meetup(slug="n", venue=venue, room="the loft")

    for address in ("/meetups/m/", "/meetups/n/", "/meetups/", "/", "/write-ups/w/"):
        page = client.get(address).content.decode()
        assert "Peckham" in page
        assert [word for word in ("flat", "Flat 3", "High Street", "Ring twice", "loft") if word in page] == []


def test_meetup_without_date_shows_to_be_announced(client, db):
    make.make_meetup(slug="later", date=None)

    page = soup_of(client.get("/meetups/later/"))

    assert text_of(page.h1) == "To be announced"
    assert texts(page, ".facts dd") == ["To be announced", "To be announced", "To be chosen"]
    assert text_of(soup_of(client.get("/")).select_one(".accent-panel .date-block")) == "To be announced"


def test_past_meetup_links_to_writeup_and_next_meetup(client, db):
    past = make.make_meetup(slug="past", date=dt.date(2018, 10, 10), headcount=8)
    following = make.make_meetup()
    make.make_writeup(meetup=past, slug="told", standfirst="What we made of it.")

    page = soup_of(client.get("/meetups/past/"))

    assert texts(page, ".badge") == ["Past"]
    assert "Eight readers came." in text_of(page.select_one(".rsvp-panel"))
    assert page.select_one(f'.rsvp-panel a[href="{following.get_absolute_url()}"]')
    assert page.select_one('main a[href="/write-ups/told/"]')


def test_writeup_skips_cancelled_next_meetup(client, db):
    today = timezone.localdate()
    make.make_writeup(slug="told")
    make.make_meetup(date=today + dt.timedelta(days=1), cancelled_at=timezone.now())
    make.make_meetup(date=today + dt.timedelta(days=2), book=make.make_book(title="The Lamp"))

    page = soup_of(client.get("/write-ups/told/"))

    assert texts(page, ".accent-panel .cover + p") == ["The Lamp"]


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"audience": "members"}])
def test_hidden_meetup_is_not_found(client, db, hidden):
    make.make_meetup(slug="secret", **hidden)

    assert client.get("/meetups/secret/").status_code == 404
    assert "/meetups/secret/" not in client.get("/meetups/").content.decode()


def test_draft_writeup_is_not_linked_from_its_meetup(client, db):
    meetup = make.make_meetup(slug="past", date=dt.date(2018, 10, 10))
    make.make_writeup(meetup=meetup, title="Not yet", slug="not-yet", published_at=None)

    for address in ("/meetups/past/", "/meetups/"):
        assert "not-yet" not in client.get(address).content.decode()


def test_club_name_rule_applies_at_once(client, writeup):
    writeup.publish()
    Club.objects.update(names_visible_to="public")

    assert "– Nick" in text_of(soup_of(client.get("/write-ups/a-lamp-special/")))


def test_past_meetup_with_hidden_book_shows_no_missing_book_text(client, db):
    make.make_meetup(slug="past", date=dt.date(2018, 10, 10), book=make.make_book(title="Secret", published_at=None))

    words = text_of(soup_of(client.get("/meetups/past/")))

    assert "Secret" not in words
    assert "An evening without a book" not in words


def test_writeup_without_pull_quote_shows_motto(client, db):
    make.make_club(motto="What happens here stays here")
    make.make_writeup(slug="plain")
    make.make_writeup(slug="own", pull_quote="A line of its own")

    shown = [texts(soup_of(client.get(f"/write-ups/{slug}/")), ".pull-quote p") for slug in ("plain", "own")]

    assert shown == [["“What happens here stays here”"], ["“A line of its own”"]]


def test_deleted_writeup_hides_what_was_published_with_it(client, writeup):
    writeup.publish()
    book = writeup.book

    writeup.delete()

    assert client.get(book.get_absolute_url()).status_code == 404
    assert client.get(book.quotes.get().get_absolute_url()).status_code == 404
    assert client.get("/meetups/2018-10-10/").status_code == 404
