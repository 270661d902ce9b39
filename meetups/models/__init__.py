from meetups.models.change import Change
from meetups.models.meetup import Meetup
from meetups.models.preview import PreviewLink
from meetups.models.rsvp import RSVP, Seats
from meetups.models.venue import Place, Venue
from meetups.models.writeup import Photo, SessionNote, WriteUp

__all__ = ["RSVP", "Change", "Meetup", "Photo", "Place", "PreviewLink", "Seats", "SessionNote", "Venue", "WriteUp"]
