"""Checks of a letter before it is sent; serious findings stop it."""

import datetime as dt

import pytest
from django.utils import timezone

from newsletter import delivery
from newsletter.checks import check_issue
from newsletter.drafts import draft_issue
from newsletter.rendering import render_issue
from tests.factories import (
    make_book,
    make_club,
    make_issue,
    make_meetup,
    make_member,
    make_question,
    make_quote,
    make_session_note,
    make_subscriber,
    make_writeup,
)  # fmt: skip

pytestmark = pytest.mark.django_db
NOWHERE = "leads nowhere, or to what not everybody on the list may see."


@pytest.fixture(autouse=True)
def reader():
    return make_subscriber()


def found_in(issue):
    return [finding.words for finding in check_issue(issue, render_issue(issue))]


def grave_in(issue):
    return [finding.words for finding in check_issue(issue, render_issue(issue)) if finding.is_blocking]


def typed(words, **fields):
    return make_issue(number=None, introduction=words, **fields)


def test_check_issue_finds_nothing_in_valid_issue():
    assert found_in(typed("Dear readers, [a book](/books/) to read.", meetup=make_meetup())) == []


def test_check_issue_finds_empty_content_and_no_readers(reader):
    reader.delete()

    assert found_in(typed("  ")) == ["There is nothing in this letter yet.", "Nobody is on the list for it yet."]


def test_check_issue_blocks_parts_that_are_not_public():
    issue = typed(
        "Words", writeup=make_writeup(published_at=None), quote=make_quote(audience="members"),
        meetup=make_meetup(audience="members"),
    )  # fmt: skip
    issue.questions.set([make_question(), make_question(published_at=None)])

    assert grave_in(issue) == [
        "The write-up is not public: it would be left out.",
        "The quote is not public: it would be left out.",
        "The meetup is not public: it would be left out.",
        "1 question is not public and would be left out.",
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cancelled_at": timezone.now()}, "The meetup is cancelled. Choose another, or none."),
        ({"date": dt.date(2020, 1, 2)}, "The meetup is over. Choose another, or none."),
        ({"date": None}, None),
    ],
)
def test_check_issue_blocks_past_or_cancelled_meetup(fields, words):
    assert grave_in(typed("Words", meetup=make_meetup(**fields))) == ([words] if words else [])


@pytest.mark.parametrize(
    "link",
    [
        "[x](/write-ups/hidden/)",
        "[x](/write-ups/hidden/#note-1)",
        "[x](http://localhost:8000/write-ups/hidden/)",
        "[x](HTTP://LOCALHOST:8000/write-ups/hidden/)",
        "[x](write-ups/hidden/)",
        "[x][1]\n\n[1]: /write-ups/hidden/",
        "See http://localhost:8000/write-ups/hidden/.",
    ],
)
def test_check_issue_blocks_link_to_members_page_in_any_notation(link):
    make_writeup(slug="hidden", audience="members")

    assert grave_in(typed(link)) == [f"The link /write-ups/hidden/ {NOWHERE}"]


@pytest.mark.parametrize(
    "path",
    ["/write-ups/none/", "/nowhere/", "/admin/", "/members/me/", "/write-ups/preview/secret/", "/newsletter/70/"],
)
def test_check_issue_blocks_link_to_missing_or_private_page(path):
    assert grave_in(typed(f"[x]({path})")) == [f"The link {path} {NOWHERE}"]


@pytest.mark.parametrize(
    "words",
    [
        "Read http://localhost:8000/write-ups/open/.",
        "Read “http://localhost:8000/write-ups/open/”, and (http://localhost:8000/write-ups/open/) …",
        "[x](/write-ups/open/), [all](/write-ups/?year=2026), [feed](/meetups/calendar.ics), [top](#top)",
        "[elsewhere](https://example.org/write-ups/hidden/), [mail](mailto:hello@club.example)",
    ],
)
def test_check_issue_accepts_public_and_external_links(words):
    make_club(contact_email="hello@club.example")
    make_writeup(slug="open")

    assert found_in(typed(words)) == []


def test_check_issue_accepts_link_that_redirects():
    writeup = make_writeup(slug="before")
    writeup.slug = "after"
    writeup.save()

    assert found_in(typed("[x](/write-ups/before/)")) == []


def test_check_issue_warns_about_private_names_and_addresses():
    make_club(names_visible_to="members")
    make_member("will@example.org", name="Will Wong")
    make_member(name="Ann Agreed", agrees_to_be_named=True)
    writeup = make_writeup(slug="open")
    make_session_note(writeup=writeup, name="Nick Nolan")
    words = "NICK said that Ann will come; ask will@example.org, or Will."

    found = check_issue(issue := typed(words, writeup=writeup), render_issue(issue))

    assert [finding.words for finding in found] == [
        "“Nick” is a name that the club keeps to itself. Is it somebody else’s here?",
        "“Will” is a name that the club keeps to itself. Is it somebody else’s here?",
        "“will@example.org” will be read by everybody on the list. Is its owner content with that?",
    ]
    assert not any(finding.is_blocking for finding in found)


def test_check_issue_warns_about_image_markup():
    assert found_in(typed("![The table](/media/x.webp)")) == [
        "A letter shows no pictures: what begins with “![” comes out as it is typed."
    ]


def test_check_issue_warns_about_second_issue_for_writeup():
    writeup = make_writeup(book=make_book())
    first, _ = draft_issue(writeup)
    first = delivery.send_issue(first, None)
    second, _ = draft_issue(writeup)

    assert found_in(second) == [f"Letter {first.number} has told of this write-up already."]
