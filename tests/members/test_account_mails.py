"""Every mail that allauth may want of us: in our words, as text and as HTML."""

from pathlib import Path
from types import SimpleNamespace

import allauth
import pytest
from bs4 import BeautifulSoup

from bookclub.compose import compose
from bookclub.environment import BASE_DIR
from members import mails
from tests.factories import make_club, make_member

pytestmark = pytest.mark.one_database

ALLAUTHS, OURS = Path(allauth.__file__).parent / "templates", BASE_DIR / "templates"
# What belongs to ways that nobody can go here: links in place of codes, several addresses, codes for passwords.
# The one for who signs up is that for everybody else.
NOT_HERE = {f"account/email/{name}" for name in ("email_confirm", "email_deleted", "password_reset_code")}


def mails_in(folder, pattern, ending):
    found = (path for app in ("account", "mfa", "socialaccount") for path in (folder / app / "email").glob(pattern))
    return {str(path.relative_to(folder)).removesuffix(ending) for path in found}


WANTED = mails_in(ALLAUTHS, "*_subject.txt", "_subject.txt") - NOT_HERE
WRITTEN = mails_in(OURS, "[!_]*.txt", ".txt")


def test_nothing_that_allauth_wants_to_say_is_left_to_its_own_words():
    assert {name.removesuffix("_signup") for name in WANTED} - WRITTEN == set()


@pytest.mark.django_db
def test_every_mail_says_the_same_in_text_and_in_html_and_no_address_acts():
    make_club(name="The Night Readers", contact_email="hello@club.example")
    context = {
        "user": make_member(),
        "to": "nick@example.org",
        "code": "BCDF-GHJK",
        "minutes": 15,
        "from_email": "old@example.org",
        "to_email": "new@example.org",
        "password_reset_url": "http://localhost:8000/accounts/password/reset/key/x/",
        "provider": SimpleNamespace(name="Google"),
    }
    for name in sorted(WRITTEN):
        mail = compose(name, context)
        words = BeautifulSoup(mail["html"], "html.parser").main.get_text(" ")
        links = {link["href"] for link in BeautifulSoup(mail["html"], "html.parser").select("a")}
        assert mail["subject"], name
        assert ("BCDF-GHJK" in mail["text"]) == ("BCDF-GHJK" in words) == (name.rpartition("/")[2] in CODES), name
        assert "BCDF" not in mail["subject"], name
        assert "{" not in mail["text"] + words, name
        assert links <= {context["password_reset_url"], "mailto:hello@club.example", "http://localhost:8000/"}, name
        assert first_sentence(mail["text"]) in " ".join(words.split()), name


CODES = mails.GOOD_FOR.keys() - {"password_reset_key"}


def first_sentence(text):
    return " ".join(text.split("\n\n")[0].split()).partition(".")[0]
