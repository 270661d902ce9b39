"""The labels of mails in the admin."""

import pytest
from django.conf import settings
from django.urls import reverse

from bookclub.mail.labels import LABELS
from tests.factories import make_mail, make_organiser
from tests.pages import soup_of, texts

# Each of these is drawn for several kinds, which have labels of their own: a week and a day before, each topic, …
IN_PARTS = {"base", "reminder", "notice", "issue"}


def test_labels_cover_every_mail_template():
    templates = [*settings.BASE_DIR.glob("templates/**/email/*.html")]
    names = {path.stem.replace("_", "-") for path in templates if not path.stem.startswith("_")}

    assert names - IN_PARTS - LABELS.keys() == set()


@pytest.mark.django_db
def test_list_shows_and_filters_by_label(client):
    client.force_login(make_organiser())
    make_mail(kind="rsvp-going")
    page = soup_of(client.get(reverse("admin:bookclub_outgoingmail_changelist")))

    assert texts(page, "#result_list .field-kind_label") == ["Your seat is saved"]
    assert "Your seat is saved" in texts(page, "#changelist-filter a")
    address = page.select_one("#changelist-filter a[href*=rsvp-going]")["href"]
    assert (
        texts(
            soup_of(client.get(reverse("admin:bookclub_outgoingmail_changelist") + address)),
            "#result_list .field-recipient",
        )
        != []
    )
