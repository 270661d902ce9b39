"""Make a world: everything that a club of this size could hold, in every state."""

from tests.access.books import add_books
from tests.access.machinery import add_club, add_machinery
from tests.access.meetups import add_meetups
from tests.access.newsletter import add_newsletter
from tests.access.people import add_people
from tests.access.world import World


def make_world():
    world = World()
    for add in (add_club, add_people, add_books, add_meetups, add_newsletter, add_machinery):
        add(world)
    return world
