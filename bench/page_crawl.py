"""Find every page that a user can open, by following links and by filling in URL patterns."""

import itertools
import re
from collections import Counter, defaultdict
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from django.contrib import admin
from django.urls import Resolver404, URLResolver, get_resolver, resolve, reverse

from bench.page_text import read_tokens

PER_MODEL = 12  # rows of a model
PER_PATH = 6  # query strings of one page
TRIES = 60  # combinations of arguments for a pattern that no link leads to
LINKS = {"a": "href", "link": "href", "form": "action", "button": "formaction", "iframe": "src", "img": "src"}
AUTOCOMPLETE = ["app_label", "model_name", "field_name"]
SKIPPED = ("/static/",)
ARGUMENT = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>[^)]*\)")


def patterns_below(resolver=None, prefix=""):
    """The routes of all views, as `resolve(path).route` names them."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + (str(pattern.pattern).removeprefix("^") if prefix else str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from patterns_below(pattern, route)
        else:
            yield route


def links_in(text, address):
    """Paths of this site, with their query strings, in the order in which the page has them."""
    found = []
    for kind, tag, content in read_tokens(text):
        given = dict(content) if kind == "open" else {}
        if name := LINKS.get(tag) if given else None:
            found.append(urljoin(address, given.get(name) or address))
        if given.get("data-ajax--url"):
            asked = {name: given.get(f"data-{name.replace('_', '-')}", "") for name in AUTOCOMPLETE}
            found.append(f"{given['data-ajax--url']}?{urlencode(asked)}")
    return [path for path in map(own_path, found) if path]


def own_path(address):
    """Path and query of an address of this site; None for any other."""
    parts = urlsplit(urldefrag(address)[0])
    if parts.scheme not in {"", "http"} or (parts.hostname or "localhost") != "localhost":
        return None
    if not parts.path.startswith("/") or parts.path.startswith(SKIPPED):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


class Crawl:
    """Crawls as one role: `client` requests pages, `save(path, response)` stores them."""

    def __init__(self, client, save, *, enters_admin):
        self.client, self.save, self.enters_admin = client, save, enters_admin
        self.waiting, self.seen = [], set()
        self.codes = {}  # of the answers, by path
        self.per_pattern, self.per_path = Counter(), Counter()
        self.answered = defaultdict(set)  # the status codes of each route
        self.arguments = defaultdict(dict)  # what each argument has been, as the keys of a dictionary: in order

    def run(self, seeds, limit):
        """Crawl at most `limit` pages of a pattern."""
        self.limit = limit
        for path in seeds:
            if self.match(path) is None:
                self.open(path)
        self.follow(seeds)
        self.fill_in(lambda route: route not in self.answered)
        self.fill_in(lambda route: self.answered[route] <= {404})

    def follow(self, paths):
        self.waiting.extend(paths)
        while self.waiting:
            path = self.waiting.pop(0)
            if path not in self.seen and self.is_wanted(path):
                self.open(path)

    def is_wanted(self, path):
        bare, _, query = path.partition("?")
        match = self.match(path)
        if match is None:
            return False
        if self.is_admin(match.route) and not self.enters_admin and self.per_pattern[match.route]:
            return False
        if query:
            self.per_path[bare] += 1
            key = (match.route, "?")
            self.per_pattern[key] += 1
            return self.per_path[bare] <= PER_PATH and self.per_pattern[key] <= self.limit
        self.per_pattern[match.route] += 1
        return self.per_pattern[match.route] <= self.limit

    def match(self, path):
        try:
            return resolve(path.partition("?")[0])
        except Resolver404:
            return None

    def is_admin(self, route):
        return route.startswith(reverse("admin:index").lstrip("/"))

    def open(self, path, response=None):
        self.seen.add(path)
        response = response or self.client.get(path)
        self.codes[path] = response.status_code
        if match := self.match(path):
            self.answered[match.route].add(response.status_code)
            for name, value in match.kwargs.items():
                self.arguments[name].setdefault(str(value))
        self.save(path, response)
        if response.has_header("Location"):
            self.waiting.append(own_path(urljoin(path, response["Location"])) or path)
        if "html" in response.get("Content-Type", ""):
            self.waiting.extend(links_in(response.content.decode(), path))
        return response

    def fill_in(self, is_wanted):
        for route in list(patterns_below()):
            if is_wanted(route):
                self.fill_in_one(route)

    def fill_in_one(self, route):
        """Try arguments until a page answers; what led nowhere is saved once."""
        if not self.enters_admin and self.is_admin(route):
            return
        arguments = [(match["name"] or match["group"], match["converter"]) for match in ARGUMENT.finditer(route)]
        names = [name for name, _ in arguments]
        for values in itertools.islice(itertools.product(*itertools.starmap(self.candidates, arguments)), TRIES):
            path = path_of(route, dict(zip(names, values, strict=True)))
            if path is None or path in self.seen:
                continue
            match = self.match(path)
            if not match or match.route != route:
                continue
            response = self.client.get(path)
            if response.status_code != 404:
                self.open(path, response)
                self.follow([])
                return

    def candidates(self, name, converter):
        known = list(self.arguments[name])[:20]
        numbers = [] if converter in {"str", "slug", None} else map(str, range(1, 9))
        return [*known, *(number for number in numbers if number not in known)]


def path_of(route, arguments):
    """The path of a route with its arguments filled in; None where it is a regular expression that we can't fill."""
    path = ARGUMENT.sub(lambda match: arguments[match["name"] or match["group"]], route)
    path = re.sub(r"\\([./-])", r"\1", path.replace("^", "").replace("\\Z", "").replace("$", ""))
    return f"/{path}" if re.fullmatch(r"[\w./:@%+-]*", path) else None


def admin_pages():
    """The pages that Django gives each registered model, for its first rows."""
    yield reverse("admin:index")
    for model in admin.site._registry:  # noqa: SLF001 - the list of what is registered has no other name
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse("admin:app_list", args=[model._meta.app_label])
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_add")
        keys = model.objects.order_by("pk").values_list("pk", flat=True)[:PER_MODEL]
        for page, key in itertools.product(["change", "delete", "history"], keys):
            yield reverse(f"{name}_{page}", args=[key])
