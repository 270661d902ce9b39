from meetups.models.meetup import Meetup, Venue
from meetups.models.preview import PreviewLink
from meetups.models.rsvp import RSVP, Seats
from meetups.models.writeup import Photo, SessionNote, WriteUp

__all__ = ["RSVP", "Meetup", "Photo", "PreviewLink", "Seats", "SessionNote", "Venue", "WriteUp"]
