"""Checks of an issue before it is sent; blocking findings prevent sending."""

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
UNREACHABLE = "leads nowhere, or to a page that not everybody on the list may see."


@pytest.fixture(autouse=True)
def reader():
    return make_subscriber()


def find_problems(issue):
    return [finding.words for finding in check_issue(issue, render_issue(issue))]


def find_blocking_problems(issue):
    return [finding.words for finding in check_issue(issue, render_issue(issue)) if finding.is_blocking]


def make_draft(introduction, **fields):
    return make_issue(number=None, introduction=introduction, **fields)


def test_check_issue_finds_nothing_in_valid_issue():
    assert find_problems(make_draft("Dear readers, [a book](/books/) to read.", meetup=make_meetup())) == []


def test_check_issue_finds_empty_content_and_no_readers(reader):
    reader.delete()

    assert find_problems(make_draft("  ")) == [
        "There is nothing in this letter yet.",
        "Nobody is on the list for it yet.",
    ]


def test_check_issue_blocks_parts_that_are_not_public():
    issue = make_draft(
        "Words", writeup=make_writeup(published_at=None), quote=make_quote(audience="members"),
        meetup=make_meetup(audience="members"),
    )  # fmt: skip
    issue.questions.set([make_question(), make_question(published_at=None)])

    assert find_blocking_problems(issue) == [
        "The write-up is not public: it would be left out.",
        "The quote is not public: it would be left out.",
        "The meetup is not public: it would be left out.",
        "1 question is not public and would be left out.",
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cancelled_at": timezone.now()}, "The meetup is cancelled. Choose another, or none."),
        ({"date": dt.date(2020, 1, 2)}, "The meetup is over. Choose another, or none."),
        ({"date": None}, None),
    ],
)
def test_check_issue_blocks_past_or_cancelled_meetup(fields, expected):
    assert find_blocking_problems(make_draft("Words", meetup=make_meetup(**fields))) == ([expected] if expected else [])


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

    assert find_blocking_problems(make_draft(link)) == [f"The link /write-ups/hidden/ {UNREACHABLE}"]


@pytest.mark.parametrize(
    "path",
    ["/write-ups/none/", "/nowhere/", "/admin/", "/members/me/", "/write-ups/preview/secret/", "/newsletter/70/"],
)
def test_check_issue_blocks_link_to_missing_or_private_page(path):
    assert find_blocking_problems(make_draft(f"[x]({path})")) == [f"The link {path} {UNREACHABLE}"]


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

    assert find_problems(make_draft(words)) == []


def test_check_issue_accepts_link_that_redirects():
    writeup = make_writeup(slug="before")
    writeup.slug = "after"
    writeup.save()

    assert find_problems(make_draft("[x](/write-ups/before/)")) == []


def test_check_issue_warns_about_private_names_and_addresses():
    make_club(names_visible_to="members")
    make_member("will@example.org", name="Will Wong")
    make_member(name="Ann Agreed", agrees_to_be_named=True)
    writeup = make_writeup(slug="open")
    make_session_note(writeup=writeup, name="Nick Nolan")
    issue = make_draft("NICK said that Ann will come; ask will@example.org, or Will.", writeup=writeup)

    found = check_issue(issue, render_issue(issue))

    assert [finding.words for finding in found] == [
        "“Nick” is a name that the club does not show. Is somebody else meant?",
        "“Will” is a name that the club does not show. Is somebody else meant?",
        "“will@example.org” will be read by everybody on the list. Is its owner content with that?",
    ]
    assert not any(finding.is_blocking for finding in found)


def test_check_issue_warns_about_image_markup():
    assert find_problems(make_draft("![The table](/media/x.webp)")) == [
        "A letter shows no pictures: what begins with “![” comes out as it is typed."
    ]


def test_check_issue_warns_about_second_issue_for_writeup():
    writeup = make_writeup(book=make_book())
    first, _ = draft_issue(writeup)
    first = delivery.send_issue(first, None)
    second, _ = draft_issue(writeup)

    assert find_problems(second) == [f"Letter {first.number} was about this write-up already."]
