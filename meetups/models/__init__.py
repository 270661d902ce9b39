from meetups.models.meetup import Meetup, Venue
from meetups.models.preview import PreviewLink
from meetups.models.writeup import Photo, SessionNote, WriteUp

__all__ = ["Meetup", "Photo", "PreviewLink", "SessionNote", "Venue", "WriteUp"]
