"""Write-ups and meetups for search engines: see `bookclub.core.structured_data`."""

from django.urls import reverse
from django.utils import timezone

from bookclub.core.structured_data import (
    CLUB_ID,
    build_absolute_url,
    describe_breadcrumbs,
    describe_club,
    make_node,
    make_reference,
)
from books.structured_data import make_book_node
from meetups.models import Place
from members.structured_data import make_author_node

SCHEMA = "https://schema.org/"


def get_meetup_id(meetup):
    return f"{meetup.get_absolute_url()}#event"


def describe_writeup_page(writeup, club, card):
    """Return the nodes of a public write-up from `for_page(user)`, with what a visitor may see."""
    about = [make_book_node(writeup.book)] if writeup.book_id and writeup.book.is_public else []
    if writeup.meetup_id and writeup.meetup.is_public and writeup.meetup.date:
        about.append(make_node("Event", get_meetup_id(writeup.meetup)))
    article = make_node(
        "Article",
        f"{writeup.get_absolute_url()}#evening",
        headline=writeup.title,
        datePublished=timezone.localtime(writeup.published_at).isoformat(),
        author=make_author_node(writeup.author),
        publisher=describe_club(club),
        image=card and card.url,
        about=about,
    )
    return [article]


def describe_meetup_page(meetup, club, card):
    trail = describe_breadcrumbs(("Meetups", reverse("meetups:list")), (str(meetup), ""))
    return [*([describe_meetup(meetup, club, card)] if meetup.date else []), describe_club(club), trail]


def describe_meetup(meetup, club, card):
    """Return the event with its place as a visitor may see it. Times have the offset of the meetup's zone."""
    book = meetup.book if meetup.book_id and meetup.book.is_public else None
    starts_at = meetup.starts_at.astimezone(meetup.zone) if meetup.starts_at else meetup.date
    return make_node(
        "Event",
        get_meetup_id(meetup),
        name=f"{club.name}: {book.full_title}" if book else club.name,
        url=build_absolute_url(meetup.get_absolute_url()),
        startDate=starts_at.isoformat(),
        endDate=meetup.ends_at.astimezone(meetup.zone).isoformat() if meetup.end_time else None,
        eventStatus=f"{SCHEMA}{'EventCancelled' if meetup.cancelled_at else 'EventScheduled'}",
        eventAttendanceMode=f"{SCHEMA}OfflineEventAttendanceMode",
        location=describe_place(Place.from_meetup(meetup, shows_private=False)),
        organizer=make_reference(CLUB_ID),
        about=make_book_node(book) if book else None,
        image=card and card.url,
    )


def describe_place(place):
    """Return the place, of a private address the area alone."""
    if place is None:
        return None
    return make_node("Place", name=place.name, address=place.address or place.name)
