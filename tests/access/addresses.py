"""All addresses of the table: each URL pattern with each of its arguments, and with each of its query strings."""

from dataclasses import dataclass
from functools import cached_property

from tests.access.arguments import values_for
from tests.access.query_strings import queries_for
from tests.access.url_patterns import Pattern, all_patterns


@dataclass(frozen=True)
class Address:
    """An address of the site, and the viewers that a secret part of it adds."""

    pattern: Pattern
    path: str
    query: str = ""
    keys: frozenset = frozenset()

    @cached_property
    def full(self):
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self):
        return self.full


def addresses_of(world, pattern):
    """Return the Addresses of one pattern: first those without a query string, then those with one."""
    plain = []
    for values in values_for(world, pattern):
        keys = frozenset().union(*(world.keys.get(str(value), ()) for value in values.values()))
        plain.append(Address(pattern, pattern.path(values), keys=keys))
    queries = queries_for(world, pattern)
    return plain + [Address(pattern, plain[0].path, query) for query in queries]


def all_addresses(world):
    return [address for pattern in dict.fromkeys(all_patterns()) for address in addresses_of(world, pattern)]


def sample(addresses):
    """Return an address of each pattern, in the middle of the rows, and for public pages also the first."""
    by_pattern = {}
    for address in addresses:
        if not address.query:
            by_pattern.setdefault(address.pattern, []).append(address)
    return [
        address
        for pattern, group in by_pattern.items()
        for address in dict.fromkeys([group[len(group) // 2], *([] if pattern.is_admin else group[:1])])
    ]
