"""The subscriber list in the admin: import, export, changes of one subscription, erasure."""

import csv
import datetime as dt
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from bookclub.mail.models import OutgoingMail
from newsletter import csv_import, privacy
from newsletter.csv_export import generate_csv_lines
from newsletter.csv_import import import_lines, unpack_rows
from newsletter.delivery import drop_unwanted
from newsletter.inbound import BY_MAIL
from newsletter.list_import import run_imports
from newsletter.lists.files import WEB_PAGE, open_text
from newsletter.models import Refusal, Subscriber
from newsletter.privacy import erase_address
from tests import pages
from tests.databases import list_rows
from tests.factories import make_issue, make_organiser, make_subscriber, yesterday
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db
IMPORT_URL, ERASE_URL = reverse("admin:newsletter_subscriber_import"), reverse("admin:newsletter_subscriber_erase")
LIST_URL = reverse("admin:newsletter_subscriber_changelist")
CSV_ROWS = ["name,Email\n", "Ann,ann@example.org\n", "Ann,ANN@example.org\n", "Bob,left@example.org\n", "x,nobody\n"]


def admin_url(name, subscriber):
    return reverse(f"admin:newsletter_subscriber_{name}", args=[subscriber.pk])


def press(client, subscriber, label):
    """Press the button on the page of the subscriber; return the text of the page that follows."""
    response = pages.press(client, admin_url("change", subscriber), label)
    return text_of(soup_of(client.get(response.url)))


def upload(client, rows=None, **fields):
    file = SimpleUploadedFile("list.csv", "\ufeff".encode() + "".join(rows or CSV_ROWS).encode(), "text/csv")
    return client.post(IMPORT_URL, {"file": file, "consent": "At the door"} | fields)


def confirm_import(client, report_page):
    """Press the import button below the report."""
    form = soup_of(report_page).find("input", value="Bring the new ones in").find_parent("form")
    return client.post(IMPORT_URL, {field["name"]: field["value"] for field in form.select("input[name]")}, follow=True)


def test_import_reports_each_row_and_adds_only_new_addresses():
    make_subscriber("left@example.org", left_at=timezone.now())
    make_subscriber("here@example.org")
    make_subscriber("pending@example.org", confirmed_at=None)
    erase_address("gone@example.org")
    rows = [*CSV_ROWS, "x,here@example.org\n", "x,pending@example.org\n", "x,Gone@Example.org\n", "\n"]
    expected = {"new": 1, "double": 1, "left": 1, "invalid": 1, "here": 1, "pending": 1, "erased": 1}

    dry = import_lines(rows, consent="List at the door")
    assert Subscriber.objects.count() == 3
    real = import_lines(rows, consent="List at the door", is_dry=False)
    again = import_lines(rows, consent="List at the door", is_dry=False)

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
    ids=["semicolons and Latin-1", "no heading", "UTF-16", "empty lines", "Google", "quoted name"],
)
def test_import_reads_common_file_formats(raw):
    report = import_lines(open_text(io.BytesIO(raw)), consent="At the door")

    assert [address for _, address, _ in report.examples["new"]] == ["ann@example.org"]
    assert report.counts.total() == 1


@pytest.mark.parametrize(
    "raw",
    [b"name\nAnn\n", b"\n", b'email\n"' + b"ann@example.org\n" * 10_000],
    ids=["no address column", "empty", "unclosed quote"],
)
def test_import_refuses_unreadable_file_with_message(client, olga, raw):
    client.force_login(olga)
    file = SimpleUploadedFile("list.csv", raw, "text/csv")

    response = client.post(IMPORT_URL, {"file": file, "consent": "At the door"})
    if response.status_code == 302:  # a long list, which the worker reads
        run_imports()
        response = client.get(response.url)

    assert (
        soup_of(response)
        .select_one(".errorlist li, .errornote")
        .text.startswith(("No column of addresses", "From line 2 on"))
    )


def test_import_shows_report_first_and_keeps_the_file(organiser_client):
    report_page = upload(organiser_client)
    assert "New: 2" in report_page.text
    assert not Subscriber.objects.exists()
    make_subscriber("ann@example.org", left_at=timezone.now())

    response = confirm_import(organiser_client, report_page)

    assert "Brought in: 1. No mail was sent." in response.text
    assert set(Subscriber.objects.values_list("email", "confirmed_by")) == {
        ("ann@example.org", ""), ("left@example.org", "import: At the door")
    }  # fmt: skip
    assert "Choose the file once more." in confirm_import(organiser_client, report_page).text


def test_pending_import_lasts_one_hour_and_belongs_to_one_organiser(organiser_client, client, time_machine):
    report_page = upload(organiser_client)
    organiser_client.force_login(make_organiser())
    assert "Choose the file once more." in confirm_import(organiser_client, report_page).text
    organiser_client.force_login(make_organiser())

    report_page = upload(organiser_client)
    time_machine.move_to(timezone.now() + dt.timedelta(minutes=61))
    response = confirm_import(organiser_client, report_page)

    assert "Choose the file once more." in response.text
    assert not Subscriber.objects.exists()


def test_pending_import_stores_only_what_it_needs(organiser_client, olga):
    rows = ["phone,email\n", "0123,sam@example.org\n", '"Two\nlines","a\nb"\n', "0456,\n"]
    report_page = upload(organiser_client, rows)

    kept = olga.subscriber_imports.get(pk=soup_of(report_page).select_one("[name=kept]")["value"])

    assert list(unpack_rows(kept.content.data)) == [(2, {"1": "sam@example.org"}), (5, {"1": "a\nb"}), (6, {})]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"file": ""}, "Choose the file."),
        ({"consent": " "}, "Say where they agreed."),
        ({"consent": "x" * 181}, "Say it in 180 characters: these are 181."),
        ({"file": SimpleUploadedFile("list.csv", b"")}, "There is nothing in this file. Choose another."),
        (
            {"file": SimpleUploadedFile("list.xls", b"<html><table><tr><td>ann@example.org")},
            WEB_PAGE,
        ),
    ],
)
def test_import_form_shows_own_error_messages(organiser_client, fields, words):
    assert texts(soup_of(upload(organiser_client, **fields)), ".errorlist li") == [words]


def test_import_groups_thousands_in_counts(organiser_client):
    report_page = upload(organiser_client, [f"reader{number}@example.org\n" for number in range(1_234)])

    assert "New: 1,234" in report_page.text
    assert "Brought in: 1,234." in confirm_import(organiser_client, report_page).text


def test_import_rejects_address_longer_than_its_column():
    longest = "a" * 242 + "@example.org"

    report = import_lines([f"{longest}\n", f"a{longest}\n"], consent="List", is_dry=False)

    assert dict(report.counts) == {"new": 1, "invalid": 1}


def test_import_ignores_case_beyond_ascii_and_rejects_hidden_characters():
    rows = ["ann@BÜCHER.example\n", "bob@exam\u202eple.org\n", "una@exam\u200bple.org\n"]

    first = import_lines(rows, consent="List", is_dry=False)
    again = import_lines([row.lower() for row in rows], consent="List", is_dry=False)

    assert (dict(first.counts), dict(again.counts)) == ({"new": 2, "invalid": 1}, {"here": 2, "invalid": 1})
    emails = Subscriber.objects.order_by("pk").values_list("email", flat=True)
    assert list(emails) == ["ann@xn--bcher-kva.example", "una@example.org"]


def test_imported_subscriber_is_not_shown_as_having_asked(organiser_client):
    import_lines(["ann@example.org"], consent="List at the door", is_dry=False)
    ann, bob = Subscriber.objects.get(), make_subscriber("bob@example.org")
    returned = make_subscriber("back@example.org", confirmed_by="import: Old list", left_at=timezone.now())

    soup = soup_of(organiser_client.get(LIST_URL))
    asked_by_email = dict(zip(texts(soup, ".field-email"), texts(soup, ".field-asked_or_imported"), strict=True))
    words = text_of(soup_of(organiser_client.get(admin_url("change", ann))).select_one("#subscriber_form"))

    assert {email: text.startswith("Brought in") for email, text in asked_by_email.items()} == {
        ann.email: True, bob.email: False, returned.email: False
    }  # fmt: skip
    assert "Where they agreed: List at the door" in words
    assert "Asked" not in words
    assert "Asked" in organiser_client.get(admin_url("change", bob)).text
    assert [row["asked"] != "" for row in read_export()] == [False, True, True]


def test_import_command_changes_nothing_without_yes(tmp_path, capsys):
    file = tmp_path / "list.csv"
    file.write_text("".join(CSV_ROWS))

    call_command("import_subscribers", str(file), consent="At the door")
    assert not Subscriber.objects.exists()
    call_command("import_subscribers", str(file), consent="At the door", yes=True)

    assert Subscriber.objects.count() == 2
    assert "2  New (line 2)" in capsys.readouterr().out
    file.write_text("name\nAnn\n")
    with pytest.raises(CommandError, match="No column of addresses"):
        call_command("import_subscribers", str(file), consent="At the door")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_export_escapes_formulas(start):
    make_subscriber(f"{start}cmd@example.org")

    _, row = csv.reader(io.StringIO("".join(generate_csv_lines())))

    assert row[0] == f"'{start}cmd@example.org"


def read_export():
    return list(csv.DictReader(io.StringIO("".join(generate_csv_lines()).removeprefix("\ufeff"))))


def test_export_can_be_imported_again():
    for email in (
        "+reader@example.org",
        "'+reader@example.org",
        "''=x@example.org",
        "'ann@example.org",
        "-a@example.org",
    ):
        make_subscriber(email, consent_text="Words\nover “lines”")
    make_subscriber("pending@example.org", confirmed_at=None)
    make_subscriber("=left@example.org", left_at=timezone.now())
    make_subscriber("gone@example.org", suppressed_at=timezone.now())

    report = import_lines(open_text(io.BytesIO("".join(generate_csv_lines()).encode())), consent="The table")

    assert dict(report.counts) == {"here": 5, "pending": 1, "left": 1, "suppressed": 1}


def test_export_begins_with_utf_8_bom():
    assert next(generate_csv_lines()).startswith("\ufeffemail,") is True


def test_export_separates_topics_by_space():
    make_subscriber(wants_letter=True, wants_dates=True)
    make_subscriber(wants_letter=False, wants_dates=True)

    assert [row["topics"] for row in read_export()] == ["letter dates", "dates"]


# --- changes of one subscription ------------------------------------------------------------------------------------


def test_clear_suppression_restores_address_once(organiser_client):
    ann = make_subscriber("ann@example.org", suppressed_at=yesterday(), bounce_count=1, diagnostic="550 5.1.1 Who?")
    assert "The mail server said: 550 5.1.1 Who?" in text_of(soup_of(organiser_client.get(admin_url("change", ann))))

    after = press(organiser_client, ann, "Try the address again")
    again = organiser_client.post(admin_url("clear_suppression", ann), follow=True)

    assert "“ann@example.org” gets letters again." in after
    assert "Nothing was changed: look at how it stands now." in again.text
    ann.refresh_from_db()
    assert (ann.state, ann.bounce_count, ann.diagnostic) == ("subscribed", 0, "")
    assert LogEntry.objects.get().change_message == "The address is tried again."


def test_organiser_unsubscribes_and_resubscribes(organiser_client):
    ann = make_subscriber("ann@example.org")

    unsubscribed_page = press(organiser_client, ann, "Take off the list")
    ann.refresh_from_db()
    assert (ann.state, ann.left_by) == ("left", "an organiser (Olga Okafor)")
    resubscribed_page = press(organiser_client, ann, "Put back")

    ann.refresh_from_db()
    assert (ann.state, ann.left_by) == ("subscribed", "")
    assert "“ann@example.org” gets no more letters." in unsubscribed_page
    assert "“ann@example.org” is on the list again." in resubscribed_page
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Taken off the list.", "Put back."]


def test_resubscribe_queues_delivery_dropped_on_leaving(organiser_client):
    ann, issue = make_subscriber("ann@example.org"), make_issue(frozen_at=timezone.now())
    issue.deliveries.create(subscriber=ann)
    press(organiser_client, ann, "Take off the list")
    drop_unwanted()
    assert issue.deliveries.get().state == "dropped"

    press(organiser_client, ann, "Put back")

    assert issue.deliveries.get().state == "queued"


def test_resubscribe_refuses_subscriber_who_left_by_themselves(organiser_client):
    ann = make_subscriber("ann@example.org", left_at=yesterday(), left_by=BY_MAIL)

    shown = soup_of(organiser_client.get(admin_url("change", ann)))
    after = organiser_client.post(admin_url("resubscribe", ann), follow=True)

    assert shown.find("button", string="Put back") is None
    assert "Nothing was changed" in after.text
    assert Subscriber.objects.get().state == "left"


@pytest.mark.parametrize("name", ["clear_suppression", "unsubscribe", "resubscribe"])
def test_subscription_buttons_require_change_permission(client, bob, olga, name):
    fields = {
        "clear_suppression": {"suppressed_at": yesterday()},
        "resubscribe": {"left_at": yesterday(), "left_by": "an organiser"},
    }
    ann = make_subscriber("ann@example.org", **fields.get(name, {}))
    state = ann.state
    olga.groups.clear()
    olga.user_permissions.set(Permission.objects.filter(codename="view_subscriber"))

    for person in (bob, olga):
        client.force_login(person)
        assert client.post(admin_url(name, ann)).status_code in {302, 403}
    shown = soup_of(client.get(admin_url("change", ann)))

    assert client.get(admin_url(name, ann)).status_code == 405
    assert Subscriber.objects.get().state == state
    assert shown.select(".outbox p") != []
    assert shown.select(".outbox button") == []


@pytest.mark.parametrize(
    ("action", "number", "words"),
    [
        ("clear_suppression_of_selected", 0, "Nothing was changed: none of those you chose is suppressed."),
        ("clear_suppression_of_selected", 1, "1 address gets letters again."),
        ("clear_suppression_of_selected", 2, "2 addresses get letters again."),
        ("unsubscribe_selected", 0, "Nothing was changed: none of those you chose is subscribed."),
        ("unsubscribe_selected", 1, "1 address gets no more letters."),
        ("unsubscribe_selected", 2, "2 addresses get no more letters."),
    ],
)
def test_list_action_message_counts_changed_rows(organiser_client, action, number, words):
    moment = timezone.now()
    for _ in range(number):
        make_subscriber(suppressed_at=moment if action == "clear_suppression_of_selected" else None)
    left = make_subscriber(left_at=moment, suppressed_at=moment)

    chosen = list(Subscriber.objects.values_list("pk", flat=True))
    after = organiser_client.post(LIST_URL, {"action": action, "_selected_action": chosen}, follow=True)

    assert texts(soup_of(after), ".messagelist li") == [words]
    left.refresh_from_db()
    assert (left.left_at, left.suppressed_at) == (moment, moment)


# --- erasure --------------------------------------------------------------------------------------------------------


def find_tables(address):
    return {table for table, row in list_rows() if address in str(row).lower()}


@pytest.mark.parametrize("method", ["delete", "erase"])
def test_erased_address_is_in_no_table(organiser_client, olga, method):
    ann, issue = make_subscriber("Ann@example.org"), make_issue()
    issue.deliveries.create(subscriber=ann, state="failed", error="550 ann@example.org is unknown here")
    organiser_client.post(admin_url("change", ann), {"wants_dates": "on"})
    press(organiser_client, ann, "Take off the list")
    kind = LogEntry.objects.first().content_type
    LogEntry.objects.create(user=olga, content_type=kind, object_id=ann.pk, object_repr=ann.email, action_flag=2)
    LogEntry.objects.create(user=olga, content_type=kind, object_id="99", object_repr="ann@example.org", action_flag=3)
    assert len(find_tables("ann@example.org")) == 3

    if method == "delete":
        after = organiser_client.post(admin_url("delete", ann), {"post": "yes"}, follow=True)
    else:
        after = organiser_client.post(ERASE_URL, {"email": "ann@example.org"}, follow=True)

    assert "The address is forgotten." in after.text
    assert find_tables("ann@example.org") == set()
    assert issue.deliveries.get().state == "failed"
    assert Refusal.objects.of("ann@example.org").exists()


def test_admin_log_contains_no_address(organiser_client):
    ann = make_subscriber("ann@example.org")

    organiser_client.post(admin_url("change", ann), {"wants_dates": "on"})
    press(organiser_client, ann, "Take off the list")

    assert [entry.object_repr for entry in LogEntry.objects.all()] == ["A subscriber"] * 2


def test_subscribers_cannot_be_deleted_in_bulk(organiser_client):
    ann = make_subscriber("ann@example.org")

    offered = [option["value"] for option in soup_of(organiser_client.get(LIST_URL)).select("[name=action] option")]
    organiser_client.post(LIST_URL, {"action": "delete_selected", "_selected_action": [ann.pk], "post": "yes"})
    confirm_page = text_of(soup_of(organiser_client.get(admin_url("delete", ann))))

    assert offered == ["", "unsubscribe_selected", "clear_suppression_of_selected"]
    assert Subscriber.objects.get() == ann
    assert "A mark stays, from which nobody can read the address." in confirm_page
    assert "Are you sure" not in confirm_page


def test_erase_keeps_only_keyed_hash_and_counts(client, olga):
    client.force_login(olga)
    issue, ann = make_issue(), make_subscriber("ann@example.org")
    issue.deliveries.create(subscriber=ann, state="sent")
    OutgoingMail.objects.enqueue(key="x", kind="newsletter-confirm", to="ann@example.org", subject="S", text="T")

    client.post(ERASE_URL, {"email": "Ann@Example.org"})
    client.post(ERASE_URL, {"email": "Ann@Example.org"})

    assert not Subscriber.objects.exists()
    assert "ann" not in str(list(OutgoingMail.objects.values()))
    assert issue.deliveries.get().subscriber is None
    assert "ann" not in Refusal.objects.get().key


def test_subscriber_pages_refuse_members(client, bob):
    make_subscriber()
    client.force_login(bob)

    for name in ("changelist", "import", "export", "erase"):
        assert client.get(reverse(f"admin:newsletter_subscriber_{name}")).status_code in {302, 403}


def test_member_export_and_erasure_include_subscription(bob):
    make_issue(subject="Hello").deliveries.create(subscriber=make_subscriber(bob.email), state="sent")

    exported = privacy.export_data(bob)["newsletter"]
    privacy.erase_data(bob, None)

    assert [each["state"] for each in exported] == ["subscribed"]
    assert len(exported[0]["letters"]) == 1
    assert not Subscriber.objects.exists()
    assert Refusal.objects.count() == 1


def test_erased_address_is_recognised_after_secret_key_change(settings):
    ann = make_subscriber("bob@example.org")
    erase_address("ann@example.org")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-that-nobody-knows-" * 2

    assert import_lines(["ann@example.org"], consent="List").counts == {"erased": 1}
    assert Subscriber.objects.get(token=ann.token) == ann


def test_erased_address_may_subscribe_again(client):
    erase_address("ann@example.org")

    client.post("/newsletter/subscription/", {"email": "ann@example.org"}, headers={"sec-fetch-site": "same-origin"})
    client.post(Subscriber.objects.get().confirm_path)

    assert Subscriber.objects.get().state == "subscribed"
    assert not Refusal.objects.exists()


def test_import_skips_address_erased_meanwhile(monkeypatch):
    judge_batch = csv_import.Judge.judge_batch

    def erase_after_judging(*args):
        new = judge_batch(*args)
        erase_address("ann@example.org")
        return new

    monkeypatch.setattr(csv_import.Judge, "judge_batch", erase_after_judging)
    import_lines(["ann@example.org\n", "bob@example.org\n"], consent="List", is_dry=False)

    assert [each.email for each in Subscriber.objects.all()] == ["bob@example.org"]
