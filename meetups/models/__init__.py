from meetups.models.guest_message import GuestMessage
from meetups.models.meetup import Meetup
from meetups.models.meetup_change import MeetupChange
from meetups.models.paste import Paste
from meetups.models.photo import Photo
from meetups.models.preview import PreviewLink
from meetups.models.ready_mark import ReadyMark
from meetups.models.rsvp import RSVP, SeatCounter
from meetups.models.venue import Place, Venue
from meetups.models.writeup import SessionNote, WriteUp

__all__ = [
    "RSVP",
    "GuestMessage",
    "Meetup",
    "MeetupChange",
    "Paste",
    "Photo",
    "Place",
    "PreviewLink",
    "ReadyMark",
    "SeatCounter",
    "SessionNote",
    "Venue",
    "WriteUp",
]
