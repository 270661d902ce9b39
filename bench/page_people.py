"""Simulated users, who find buttons by their text and fields by their labels, and the mails that they get."""

import email
import itertools
import re
from email import policy
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bench.page_text import write_html, write_plain

CODE = re.compile(r"^ *([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)
MAIL_HEADERS = ["Subject", "From", "To", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"]
BUTTONS = "button, input[type=submit]"
UNSENT = {"submit", "button", "reset", "image", "file"}


class Stage:
    """The folder for what is seen, the clock, and the mails that have gone out."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        self.texts = []  # (address, text) of all mails
        self.links_shown = []  # secret addresses that a page has shown as text
        self.numbers = itertools.count(1)

    @property
    def links(self):
        """The paths of this site in all mails so far."""
        found = [
            urlsplit(link) for _, text in self.texts for link in re.findall(rf"{settings.SITE_URL}[^\s>\"]*", text)
        ]
        return list(dict.fromkeys(link.path for link in found if link.path))

    def deliver(self):
        """Let the worker send the mail that is due, and save it."""
        call_command("work", once=True)
        folder = Path(settings.DATA_DIR, "mail")
        mails = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
        for path in folder.glob("*.eml"):
            path.unlink()
        for mail in sorted(mails, key=lambda mail: (str(mail["To"]), str(mail["Subject"]))):
            self.save_mail(mail)

    def save_mail(self, mail):
        text = mail.get_body(("plain",)).get_content()
        self.texts.append((str(mail["To"]), text))
        parts = ["\n".join(f"{name}: {mail[name]}" for name in MAIL_HEADERS if mail[name]), text]
        for part in mail.walk():
            if part.get_content_type() == "text/html":
                parts.append(write_html(part.get_content()))
            elif part.get_content_type() == "text/calendar":
                parts.append(part.get_content())
        name = f"{mail['To']}/{str(mail['Subject']).replace('/', ' ')}"
        self.folder.write("mails", name, write_plain("\n\n".join(parts)))

    def code_for(self, address):
        """The last one that was mailed there."""
        codes = [CODE.search(text) for to, text in self.texts if address in to]
        return [match[1] for match in codes if match][-1]

    def link_for(self, address, part):
        """The last link with `part` in its path that was mailed there."""
        texts = [text for to, text in self.texts if address in to]
        links = [link for text in texts for link in re.findall(rf"{settings.SITE_URL}\S*{part}\S*", text)]
        return links[-1].removeprefix(settings.SITE_URL)


class Person:
    """A user with a browser: `soup` is the current page, `path` its path."""

    def __init__(self, stage, name):
        self.stage, self.name = stage, name
        self.client = Client(SERVER_NAME="localhost", SERVER_PORT="8000", raise_request_exception=False)
        self.path, self.soup, self.address = "/", None, ""

    def saver(self, role):
        return lambda path, response: self.stage.folder.save_response(role, path, response)

    def open(self, path):
        """The page; where it asks for a code first, type that."""
        self._show(self.client.get(path, follow=True), path)
        if "/reauthenticate/code/" in self.path:
            self.press("Send me a code")
            self.stage.deliver()
            self.press("Go on", {"Code": self.stage.code_for(self.address)})
        return self

    def follow(self, words):
        link = next((each for each in self.soup.select("a[href]") if words_of(each).startswith(words)), None)
        if link is None:
            raise LookupError(f"{self.name} finds no link “{words}” on {self.path}")
        return self.open(urljoin(self.path, link["href"]))

    def press(self, words, given=None, at=None):
        """Fill in the form that has this button, and send it."""
        button = next((each for each in self.soup.select(BUTTONS) if words_of(each).startswith(words)), None)
        if button is None:
            raise LookupError(f"{self.name} finds no button “{words}” on {self.path}: {buttons_of(self.soup)}")
        form = button.find_parent("form")
        data = data_of(form)
        if button.get("name"):
            data[button["name"]] = [button.get("value", "")]
        for label, value in (given or {}).items():
            data[name_of(form, label)] = value if isinstance(value, list) else [value]
        address = urljoin(self.path, button.get("formaction") or form.get("action") or self.path)
        return self.send(address, data, form.get("method", "get"))

    def send(self, address, data, method="post"):
        self.stage.clock.shift(60)
        if method == "get":
            return self._show(self.client.get(address, data, follow=True), address)
        headers = {"Origin": settings.SITE_URL, "Referer": settings.SITE_URL + self.path}
        response = self.client.post(address, data, headers=headers, follow=True)
        number = next(self.stage.numbers)
        self.stage.folder.save_response("scenes", f"{number:02}-{self.name}{address}", response, "POST")
        return self._show(response, address)

    def _show(self, response, path):
        if response.status_code >= 400 and response.status_code != 422:
            raise LookupError(f"{self.name} gets {response.status_code} from {path}")
        self.path = response.redirect_chain[-1][0] if response.redirect_chain else path
        self.soup = BeautifulSoup(response.content, "html.parser")
        return self

    def come_in(self, address):
        self.open("/accounts/login/").press("Send me a code", {"Email address": address})
        return self.type_code(address)

    def type_code(self, address):
        self.address = address
        self.stage.deliver()
        return self.press("Sign me in", {"Code from the mail": self.stage.code_for(address)})

    def open_admin(self, noun, page, key=None):
        return self.open(admin_address(noun, page, key))


def model_named(noun):
    return next(each for each in admin.site._registry if each._meta.verbose_name == noun)  # noqa: SLF001


def admin_address(noun, page, key=None):
    model = model_named(noun)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[key] if key else [])


def words_of(button):
    return " ".join((button.get("value") if button.name == "input" else button.get_text()).split())


def buttons_of(soup):
    return [words_of(each) for each in soup.select(BUTTONS)]


def data_of(form):
    """Return the fields that a browser would send, as lists by name, without the buttons."""
    data = {}
    for control in form.select("input[name], textarea[name], select[name]"):
        kind = control.get("type", "text")
        if kind in UNSENT or control.has_attr("disabled"):
            continue
        if kind in {"checkbox", "radio"}:
            values = [control.get("value", "on")] if control.has_attr("checked") else []
        elif control.name == "select":
            chosen = control.select("option[selected]") or (
                [] if control.has_attr("multiple") else control.select("option")[:1]
            )
            values = [option.get("value", option.get_text()) for option in chosen]
        elif control.name == "textarea":
            values = [control.get_text().removeprefix("\n")]
        else:
            values = [control.get("value", "")]
        if values:
            data.setdefault(control["name"], []).extend(values)
    return data


def name_of(form, label):
    """The name of the field whose label begins like this; else of the field that is called so."""
    for element in form.select("label[for]"):
        if " ".join(element.get_text().split()).startswith(label):
            return form.find(id=element["for"])["name"]
    if form.find(attrs={"name": label}) is None:
        raise LookupError(f"No field “{label}” in {form}")
    return label
