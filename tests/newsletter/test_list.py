"""The list of subscribers at the desk: in, out, and forgotten."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from bookclub.models import OutgoingMail
from newsletter import personal
from newsletter.erasing import erase
from newsletter.exporting import lines
from newsletter.importing import import_list, text_of
from newsletter.models import Refusal, Subscriber
from tests.factories import make_issue, make_subscriber
from tests.pages import soup_of

pytestmark = pytest.mark.django_db
IMPORT, ERASE = reverse("admin:newsletter_subscriber_import"), reverse("admin:newsletter_subscriber_erase")
LIST = ["name,Email\n", "Ann,ann@example.org\n", "Ann,ANN@example.org\n", "Bob,left@example.org\n", "x,nobody\n"]


def test_each_row_has_its_verdict_and_only_the_new_come_in():
    make_subscriber("left@example.org", left_at=timezone.now())
    make_subscriber("here@example.org")
    make_subscriber("pending@example.org", confirmed_at=None)
    erase("gone@example.org")
    rows = [*LIST, "x,here@example.org\n", "x,pending@example.org\n", "x,Gone@Example.org\n", "\n"]
    expected = {"new": 1, "double": 1, "left": 1, "invalid": 1, "here": 1, "pending": 1, "erased": 1}

    dry = import_list(rows, consent="List at the door")
    assert Subscriber.objects.count() == 3
    real = import_list(rows, consent="List at the door", is_dry=False)
    again = import_list(rows, consent="List at the door", is_dry=False)

    assert dict(dry.counts) == dict(real.counts) == expected
    assert (again.counts["new"], again.counts["here"]) == (0, 2)
    ann = Subscriber.objects.get(email="ann@example.org")
    assert (ann.state, ann.confirmed_by) == ("subscribed", "import: List at the door")
    assert Subscriber.objects.get(email="left@example.org").state == "left"
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        "Name;Email\r\nJosé;ann@example.org\r\n".encode("latin-1"),
        b"Doe, Ann;ann@example.org\r\n",
        "Name\tE-Mail-Adresse\r\nAnn\tann@example.org\r\n".encode("utf-16"),
        b"\xef\xbb\xbf\r\n\r\nName,Address,Email\r\n\r\nAnn,1 High Street,ann@example.org\r\n",
        b"Given Name,E-mail 1 - Label,E-mail 1 - Value\nAnn,Home,ann@example.org\n",
        b'"Doe, Ann ""A."" <ann@example.org>"\n',
    ],
    ids=["semicolons and Latin-1", "no heading", "UTF-16", "empty lines", "Google", "as mail programs write it"],
)
def test_a_list_is_read_as_programs_write_it(raw):
    report = import_list(text_of(io.BytesIO(raw)), consent="At the door")

    assert [address for _, address in report.examples["new"]] == ["ann@example.org"]
    assert report.counts.total() == 1


@pytest.mark.parametrize(
    "raw", [b"name\nAnn\n", b"\n", b'email\n"' + b"ann@example.org\n" * 10_000], ids=["", "empty", "quote"]
)
def test_a_file_that_cannot_be_read_is_refused_in_words(client, olga, raw):
    client.force_login(olga)
    file = SimpleUploadedFile("list.csv", raw, "text/csv")

    page = client.post(IMPORT, {"file": file, "consent": "At the door"})

    assert soup_of(page).select_one(".errorlist li").text.startswith(("No column of addresses", "From line 2 on"))


def test_a_list_is_looked_at_first_and_needs_the_place_where_they_agreed(client, olga):
    client.force_login(olga)

    def upload(**fields):
        file = SimpleUploadedFile("list.csv", "\ufeff".encode() + "".join(LIST).encode(), "text/csv")
        return client.post(IMPORT, {"file": file, "consent": "At the door"} | fields).text

    assert "New: 2" in upload()
    assert not Subscriber.objects.exists()
    assert "This field is required" in upload(consent="", bring_in="1")
    assert "Brought in: 2." in upload(bring_in="1")
    assert Subscriber.objects.subscribed().count() == 2


def test_the_command_says_the_same_and_changes_nothing_without_yes(tmp_path, capsys):
    file = tmp_path / "list.csv"
    file.write_text("".join(LIST))

    call_command("import_subscribers", str(file), consent="At the door")
    assert not Subscriber.objects.exists()
    call_command("import_subscribers", str(file), consent="At the door", yes=True)

    assert Subscriber.objects.count() == 2
    assert "2  New (line 2)" in capsys.readouterr().out
    file.write_text("name\nAnn\n")
    with pytest.raises(CommandError, match="No column of addresses"):
        call_command("import_subscribers", str(file), consent="At the door")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_the_table_is_a_formula(start):
    make_subscriber(f"{start}cmd@example.org")

    _, row = csv.reader(io.StringIO("".join(lines())))

    assert row[0] == f"'{start}cmd@example.org"


def test_forgetting_an_address_leaves_a_keyed_hash_and_counts_alone(client, olga):
    client.force_login(olga)
    issue, ann = make_issue(), make_subscriber("ann@example.org")
    issue.deliveries.create(subscriber=ann, state="sent")
    OutgoingMail.objects.write(key="x", kind="newsletter-confirm", to="ann@example.org", subject="S", text="T")

    client.post(ERASE, {"email": "Ann@Example.org"})
    client.post(ERASE, {"email": "Ann@Example.org"})

    assert not Subscriber.objects.exists()
    assert "ann" not in str(list(OutgoingMail.objects.values()))
    assert issue.deliveries.get().subscriber is None
    assert "ann" not in Refusal.objects.get().key


def test_nobody_else_sees_the_list(client, bob):
    make_subscriber()
    client.force_login(bob)

    for name in ("changelist", "import", "export", "erase"):
        assert client.get(reverse(f"admin:newsletter_subscriber_{name}")).status_code in {302, 403}


def test_a_member_who_goes_leaves_the_list_and_is_given_all_that_it_kept(bob):
    make_issue(subject="Hello").deliveries.create(subscriber=make_subscriber(bob.email), state="sent")

    given = personal.export(bob)["newsletter"]
    personal.erase(bob, None)

    assert [each["state"] for each in given] == ["subscribed"]
    assert len(given[0]["letters"]) == 1
    assert not Subscriber.objects.exists()
    assert Refusal.objects.count() == 1


def test_who_is_forgotten_stays_so_after_a_change_of_keys(settings):
    ann = make_subscriber("bob@example.org")
    erase("ann@example.org")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-that-nobody-knows-" * 2

    assert import_list(["ann@example.org"], consent="List").counts == {"erased": 1}
    assert Subscriber.objects.get(token=ann.token) == ann


def test_an_erased_address_may_ask_again_and_is_asked_to_confirm(client):
    erase("ann@example.org")

    client.post("/newsletter/subscription/", {"email": "ann@example.org"}, headers={"sec-fetch-site": "same-origin"})
    client.post(Subscriber.objects.get().confirm_path)

    assert Subscriber.objects.get().state == "subscribed"
    assert not Refusal.objects.exists()
