"""The admin speaks the club's own words: a walk over its pages finds no message of Django's own."""

import re
from pathlib import Path

import django
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from bookclub.core.gettext_catalog import compile_po, read_po
from bookclub.environment import BASE_DIR
from meetups.models import WriteUp
from members.models import Member
from newsletter.models import Delivery
from tests import factories as make
from tests.pages import read_form, soup_of

DJANGO = Path(django.__file__).parent
SOURCES = [DJANGO / "contrib/admin", DJANGO / "contrib/auth", DJANGO / "conf"]
# Django's words that stay, with the reason.
KEPT = {
    "Change password": "the plain words, as on the members' own pages",
    "Show all": "the plain words, as on the filters",
    "Skip to main content": "the words of every page of the site",
    "Email address": "the plain words, as on the sign-in page",
    "Email address:": "the same",
    "email address": "the same",
    "content type": "in the names of single permissions, which only a superuser sees",
    "log entry": "the same",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}")
NUMBER = re.compile(r"%\((?:\w*count\w*|cnt|sel)\)[sd]|%d")
SEEN_ATTRIBUTES = ("title", "aria-label", "alt", "placeholder", "data-inline-formset")
FORM_SUBMIT = ("_save", "_continue", "_addanother")


def read_messages(source, domain="django"):
    """Return the messages of Django's own catalogue, each plural form too."""
    text = (source / f"locale/en/LC_MESSAGES/{domain}.po").read_text()
    blocks = re.sub(r"\n\n+", "\n\n", re.sub(r"(?m)^#.*\n", "", text))
    return {part for key in read_po(blocks) for part in key.rpartition("\x04")[2].split("\0") if part}


def compile_pattern(message):
    """Return the longest literal part of a message, and the pattern of its text on a page."""
    plain = " ".join(re.sub(r"<[^>]+>", "", message).split())
    parts, gaps = PLACEHOLDER.split(plain), PLACEHOLDER.findall(plain)
    gaps = [r"[\d,]+" if NUMBER.fullmatch(gap) else ".{1,200}?" for gap in gaps]
    pattern = "".join(f"{re.escape(part)}{gap}" for part, gap in zip(parts, [*gaps, ""], strict=True))
    return max(parts, key=len), re.compile(rf"(?<!\w){pattern}(?!\w)")


def has_two_words(message):
    return len(re.findall(r"[^\W\d_]{2,}", PLACEHOLDER.sub(" ", message))) >= 2


PATTERNS = {
    message: compile_pattern(message)
    for source in SOURCES
    for message in read_messages(source)
    if has_two_words(message) and message not in KEPT
}


def find_messages(response):
    """Return Django's messages on a page: in its text and in what its elements are called."""
    soup = soup_of(response)
    for element in soup.select("script, style"):
        element.extract()
    texts = [soup.get_text()]
    texts += [element[name] for element in soup.select("*") for name in SEEN_ATTRIBUTES if element.has_attr(name)]
    texts += [button.get("value", "") for button in soup.select("input[type=submit]")]
    text = " ".join(" | ".join(texts).split())
    return {message for message, (part, pattern) in PATTERNS.items() if part in text and pattern.search(text)}


def make_everything():
    """Create one row of every model that the admin has."""
    book = make.make_book(title="Erewhon")
    meetup = make.make_meetup(book=book, venue=make.make_venue())
    writeup = make.make_writeup(meetup=make.make_meetup(book=book, date=None), published_at=None)
    make.make_club()
    make.make_photo(writeup=writeup)
    make.make_session_note(writeup=writeup)
    make.make_contribution(book=book)
    make.make_community_link()
    for maker in (make.make_note, make.make_term, make.make_question, make.make_quote, make.make_reading):
        maker(book=book)
    member = make.make_member(password="a long password")
    EmailAddress.objects.create(user=member, email=member.email)
    Authenticator.objects.create(user=member, type="totp", data={"secret": "a"})
    make.make_rsvp(meetup, member)
    make.make_mail()
    make.make_issue(number=None)
    Delivery.objects.create(issue=make.make_issue(), subscriber=make.make_subscriber())


def registered():
    return sorted(admin.site._registry, key=lambda model: model._meta.label)  # noqa: SLF001


class Walk:
    """Opens pages as one user, and collects {message: where it was seen}."""

    def __init__(self, client):
        self.client, self.found, self.paths = client, {}, []

    def see(self, response, what):
        self.paths.append(what)
        for message in find_messages(response):
            self.found.setdefault(message, what)
        return response

    def open(self, address):
        return self.see(self.client.get(address, follow=True), address)

    def post(self, address, data, what):
        return self.see(self.client.post(address, data, follow=True), f"{address}, {what}")

    def walk_model(self, model):
        opts = model._meta

        def url(page, *args):
            return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)

        row = model.objects.first()
        self.open(url("changelist"))
        self.open(f"{url('changelist')}?q=nothing-is-called-this")
        self.post(url("changelist"), {"action": "delete_selected", "index": 0}, "an action without rows")
        self.post(url("changelist"), {"_selected_action": [row.pk], "index": 0}, "rows without an action")
        ticked = {"action": "delete_selected", "_selected_action": [row.pk]}
        self.post(url("changelist"), ticked, "delete several")
        self.open(url("change", 987_654))
        self.open(url("history", row.pk))
        self.open(url("delete", row.pk))
        for page in ("add", "change"):
            address = url(page, *([row.pk] if page == "change" else []))
            response = self.open(address)
            if response.status_code == 200 and (form := soup_of(response).select_one("#content form[id$=_form]")):
                self.walk_form(address, form, read_form(form.parent, "form[id$=_form]"))

    def walk_form(self, address, form, data):
        typed = {each["name"] for each in form.select("textarea, input:not([type=hidden])") if each.has_attr("name")}
        self.post(address, {name: "" for name in data if not name.endswith("_FORMS")} | management_of(data), "empty")
        self.post(address, data | dict.fromkeys(typed & data.keys(), "x" * 700), "wrong")
        for button in FORM_SUBMIT:
            self.post(address, data | {button: "1"}, button)

    def delete_all(self, model):
        opts = model._meta
        rows = list(model.objects.all()[:2])
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        ticked = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
        self.post(address, ticked, "deleted several")
        if row := model.objects.first():
            self.post(
                reverse(f"admin:{opts.app_label}_{opts.model_name}_delete", args=[row.pk]), {"post": "yes"}, "deleted"
            )


def management_of(data):
    return {name: value for name, value in data.items() if name.endswith(("_FORMS", "csrfmiddlewaretoken"))}


def sign_in(client, role):
    user = {
        "organiser": lambda: make.make_organiser(name="Olga"),
        "author": lambda: make.make_writer(name="Ann"),
        "superuser": lambda: make.make_member(name="Sue", is_staff=True, is_superuser=True),
    }[role]()
    client.force_login(user)


def walk_admin(client, models):
    """Return the Walk over all pages of `models`, and those that belong to none."""
    make_everything()
    walk = Walk(client)
    walk.open(reverse("admin:index"))
    for model in models:
        walk.walk_model(model)
    member = make.make_member(password="a long password")
    address = reverse("admin:auth_user_password_change", args=[member.pk])
    walk.open(address)
    for first, second in (("", ""), ("a", "b"), ("password", "password"), ("Ha!fway-up-the", "Ha!fway-up-the")):
        walk.post(address, {"password1": first, "password2": second, "set-password": "1"}, "a password")
    for model in models:
        if model is not Group:
            walk.delete_all(model)
    walk.post(reverse("admin:logout"), {}, "sign out")
    return walk


def test_pages_of_two_models_say_nothing_of_django(client, db):
    sign_in(client, "organiser")

    walk = walk_admin(client, [WriteUp, Member])

    assert walk.found == {}
    assert len(walk.paths) > 30


@pytest.mark.all_tests
@pytest.mark.parametrize("role", ["organiser", "author", "superuser"])
def test_no_page_of_the_admin_says_what_django_says(client, db, role):
    sign_in(client, role)

    walk = walk_admin(client, registered())

    assert walk.found == {}
    assert len(walk.paths) > 200


def test_walk_sees_a_message_of_django(client, db):
    sign_in(client, "organiser")
    page = client.get(reverse("admin:index"))
    page.content = b"<p>The quote \xe2\x80\x9cA\xe2\x80\x9d was changed  successfully.</p><input type=submit value='Yes, I\xe2\x80\x99m sure'>"

    assert find_messages(page) >= {"The {name} “{obj}” was changed successfully.", "Yes, I’m sure"}


def test_every_own_word_replaces_one_of_django():
    replaced = read_po((BASE_DIR / "locale/en/LC_MESSAGES/django.po").read_text())
    in_scripts = read_po((BASE_DIR / "locale/en/LC_MESSAGES/djangojs.po").read_text())
    known = set().union(*map(read_messages, SOURCES))

    assert {part for key in replaced for part in key.split("\0") if part} - known == set()
    assert {part for key in in_scripts for part in key.split("\0") if part} - read_messages(
        SOURCES[0], "djangojs"
    ) == set()


def test_compiled_words_are_fresh():
    """`manage.py compile_words` writes them."""
    for path in sorted((BASE_DIR / "locale").rglob("*.po")):
        assert path.with_suffix(".mo").read_bytes() == compile_po(path)
