"""The access table knows every URL of the site."""

import pytest
from django.urls import resolve

from tests.access.addresses import all_addresses, sample
from tests.access.arguments import values_for
from tests.access.making import make_world
from tests.access.url_patterns import Pattern, all_patterns
from tests.access.world import World


@pytest.mark.django_db
def test_every_pattern_has_addresses_that_lead_to_it():
    addresses = all_addresses(make_world())
    reached = {plain(resolve(address.path).route) for address in addresses}

    assert {plain(pattern.route) for pattern in all_patterns()} - reached == set()
    assert set(all_patterns()) == {address.pattern for address in sample(addresses)}


def plain(route):
    return route.replace("^", "")


@pytest.mark.parametrize("route", ["books/<slug:slug>/secret/", "admin/books/book/<int:pk>/secret/", "<str:secret>"])
def test_unknown_pattern_is_refused(route):
    with pytest.raises(LookupError, match="secret"):
        values_for(World(), Pattern(route, "books:secrets"))
