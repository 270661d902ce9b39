"""Share cards of write-ups and meetups."""

from django.db.models import F
from django.utils import timezone

from bookclub.core.formatting import format_long_date, format_time_range
from bookclub.share_cards.content import CardContent, get_club_look
from bookclub.share_cards.registry import CardKind
from meetups.models import Meetup, Place, WriteUp


def find_writeups(user):
    return WriteUp.objects.visible_to(user).for_page(user).defer("body", "body_html").newest_first()


def find_meetups(user):
    meetups = Meetup.objects.visible_to(user).select_related("venue", "book")
    return meetups.order_by(F("published_at").desc(nulls_last=True), "-pk")


def build_writeup_card(writeup, club):
    """Show the first photo that readers see, else the book's cover."""
    book = writeup.book if writeup.book_id and writeup.book.is_public else None
    photo = next((photo for photo in writeup.photos.all() if photo.is_described), None)
    day = timezone.localtime(writeup.dated_at, club.zone) if writeup.dated_at else None
    byline = f"{writeup.author}, {day.day} {day:%B %Y}" if day else str(writeup.author)
    return CardContent(
        eyebrow="A write-up" if writeup.meetup_id else "An article",
        headline=writeup.title,
        fallback="Our evening, written up",
        details=tuple(filter(None, [book and book.title != writeup.title and book.title, byline])),
        flag=club.theme.light,
        picture=photo.image if photo else (book and book.cover) or None,
        is_photo=photo is not None,
        **get_club_look(club),
    )


def build_meetup_card(meetup, club):
    """Show the date, the book and the place as a visitor may see them."""
    book = meetup.book if meetup.book_id and meetup.book.is_public else None
    place = Place.from_meetup(meetup, shows_private=False)
    times = format_time_range(meetup.start_time, meetup.end_time, meetup.time_zone)
    details = [book and book.full_title, times, place and place.name]
    return CardContent(
        eyebrow=name_state(meetup),
        headline=format_long_date(meetup.date) if meetup.date else "Our next date is to be announced",
        details=tuple(filter(None, details)),
        picture=(book and book.cover) or None,
        **get_club_look(club),
    )


def name_state(meetup):
    if meetup.cancelled_at:
        return "Cancelled"
    return "A past meetup" if meetup.is_past else "Meet us"


CARD_KINDS = [
    CardKind("write-ups", WriteUp, find_writeups, build_writeup_card),
    CardKind("meetups", Meetup, find_meetups, build_meetup_card),
]
