"""What the desk calls the mails that went out."""

import pytest
from django.conf import settings
from django.urls import reverse

from bookclub.desk.kinds import WORDS
from tests.factories import make_mail, make_organiser
from tests.pages import soup_of, texts

IN_PARTS = {"base", "reminder", "gone"}  # the reminders are of two kinds, and "gone" is "account-gone"


def test_every_mail_that_we_write_has_its_words():
    templates = [*settings.BASE_DIR.glob("templates/**/email/*.txt")]
    names = {path.stem.replace("_", "-") for path in templates if not path.stem.startswith("_")}

    assert names - IN_PARTS - WORDS.keys() == set()


@pytest.mark.django_db
def test_the_desk_names_a_mail_in_words(client):
    client.force_login(make_organiser())
    make_mail(kind="rsvp-going")
    page = soup_of(client.get(reverse("admin:bookclub_outgoingmail_changelist")))

    assert texts(page, "#result_list .field-kind_in_words") == ["Your seat is saved"]
    assert "Your seat is saved" in texts(page, "#changelist-filter a")
    address = page.select_one("#changelist-filter a[href*=rsvp-going]")["href"]
    assert (
        texts(
            soup_of(client.get(reverse("admin:bookclub_outgoingmail_changelist") + address)),
            "#result_list .field-reader",
        )
        != []
    )
