import pytest
from django.utils.module_loading import import_string


@pytest.fixture
def full_meetup():
    """A meetup with two seats, both taken."""
    return import_string("tests.meetups.guest_lists.make_full_meetup")()  # models can't be imported yet
