"""Every mail that allauth sends: in our words, as text and as HTML."""

from pathlib import Path
from types import SimpleNamespace

import allauth
import pytest
from bs4 import BeautifulSoup

from bookclub.environment import BASE_DIR
from members.emails import CONTENT_LIFETIMES, NOTICES, render_account_mail
from tests.factories import make_club, make_member

ALLAUTH_TEMPLATES, OUR_TEMPLATES = Path(allauth.__file__).parent / "templates", BASE_DIR / "templates"
# For features that this site does not use: links in place of codes, several addresses, codes for passwords.
NOT_SENT = {"email_confirm", "email_deleted", "password_reset_code"}
CODE_MAILS = CONTENT_LIFETIMES.keys() - {"password_reset_key"}


def list_mail_names(folder, pattern, ending):
    paths = (path for app in ("account", "mfa", "socialaccount") for path in (folder / app / "email").glob(pattern))
    return {path.name.removesuffix(ending) for path in paths}


SENT_BY_ALLAUTH = list_mail_names(ALLAUTH_TEMPLATES, "*_subject.txt", "_subject.txt") - NOT_SENT
OURS = list_mail_names(OUR_TEMPLATES, "[!_]*.html", ".html") - {"notice"} | NOTICES.keys()


def test_every_allauth_mail_has_our_own_words():
    assert {name.removesuffix("_signup") for name in SENT_BY_ALLAUTH} - OURS == set()


@pytest.mark.django_db
def test_account_mails_text_matches_html_and_links_are_safe():
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
    for name in sorted(OURS):
        mail = render_account_mail(f"account/email/{name}", context)
        page = BeautifulSoup(mail["html"], "html.parser")
        words = page.main.get_text(" ")
        links = {link["href"] for link in page.select("a")}
        assert mail["subject"], name
        assert ("BCDF-GHJK" in mail["text"]) == ("BCDF-GHJK" in words) == (name in CODE_MAILS), name
        assert "BCDF" not in mail["subject"], name
        assert "{" not in mail["subject"] + mail["text"] + words, name
        assert links <= {context["password_reset_url"], "mailto:hello@club.example", "http://localhost:8000/"}, name
        assert get_first_sentence(mail["text"]) in " ".join(words.split()), name


@pytest.mark.django_db
def test_notice_names_what_changed_and_whom_to_tell():
    make_club(name="The Night Readers", contact_email="hello@club.example")
    addresses = {"from_email": "<old@example.org>", "to_email": "new@example.org"}

    mail = render_account_mail("account/email/email_changed", addresses)

    assert mail["subject"] == "Your address is changed"
    assert "at The Night Readers had the address <old@example.org>. From now on it has new@example.org:" in mail["text"]
    assert "&lt;old@example.org&gt;" in mail["html"]
    assert "Was it not you? Write to hello@club.example." in mail["text"]


def get_first_sentence(text):
    return " ".join(text.split("\n\n")[0].split()).partition(".")[0]
