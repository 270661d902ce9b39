from meetups.models.meetup import Meetup, Venue
from meetups.models.writeup import Photo, SessionNote, WriteUp

__all__ = ["Meetup", "Photo", "SessionNote", "Venue", "WriteUp"]
