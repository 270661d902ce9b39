"""All URL patterns of the site, as Django's resolver has them."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from django.urls import URLResolver, get_resolver

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Pattern:
    """One URL pattern: its whole route, and its name with the namespace, which a few patterns of the admin lack."""

    route: str
    name: str

    @property
    def arguments(self):
        return tuple(name or group for name, group in ARGUMENT.findall(self.route))

    @property
    def is_admin(self):
        return self.route.startswith("admin/")

    def path(self, values):
        """Return the path with `values` as its arguments."""
        filled = ARGUMENT.sub(lambda found: quote(str(values[found[1] or found[2]]), safe="/@:"), self.route)
        return "/" + re.sub(r"[\^$]|\\(?=[.])", "", filled)

    def __str__(self):
        return self.name or self.route


def all_patterns(resolver=None, route="", namespaces=()):
    """Yield the Patterns below `resolver`, by default of the whole site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from all_patterns(pattern, whole, inner)
        else:
            yield Pattern(whole, ":".join([*namespaces, pattern.name]) if pattern.name else "")
