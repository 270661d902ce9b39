"""Make a world: everything that a club of this size could hold, in every state."""

from tests.access.evenings import add_evenings
from tests.access.letters import add_letters
from tests.access.library import add_books
from tests.access.machinery import add_club, add_machinery
from tests.access.people import add_people
from tests.access.world import World


def make_world():
    world = World()
    for add in (add_club, add_people, add_books, add_evenings, add_letters, add_machinery):
        add(world)
    return world
