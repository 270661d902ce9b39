"""Lists of other programs: people who left or never confirmed there get no mail, and people who agreed are not lost."""

import datetime as dt
import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from newsletter.csv_import import PackedList, import_lines
from newsletter.list_import import answer_questions, confirm_import, run_imports, start_import
from newsletter.lists.files import OLD_EXCEL, WEB_PAGE, NoAddresses, read_csv, read_file
from newsletter.lists.xlsx_files import SEVERAL_SHEETS, WORDING
from newsletter.models import Subscriber, SubscriberImport
from tests.factories import make_club, make_organiser, make_subscriber
from tests.newsletter.list_cases import CASES, fill_club, import_case, read_export
from tests.pages import soup_of, text_of, texts

pytestmark = pytest.mark.django_db


@pytest.mark.both_databases
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_list_brings_in_who_agreed_and_nobody_who_left(case):
    subscribed, _ = import_case(case)

    assert subscribed == case.subscribed


@pytest.mark.both_databases
def test_export_comes_back_with_every_state_and_proof():
    fill_club()
    before = read_export()

    after = read_export(imported=before)

    assert len({row.state for row in Subscriber.objects.all()}) == 4
    assert after == before


STATUS = [
    "email,Status\n",
    "ann@example.org,subscribed\n",
    "bob@example.org,unsubscribed\n",
    "cy@example.org,pending\n",
]
UNKNOWN = ["email,Ring\n", "ann@example.org,A\n", "bob@example.org,Z\n", "cy@example.org,A\n"]
TWO_COLUMNS = ["Private mail,Work mail\n", "ann@example.org,ann@work.example\n", "bob@example.org,\n"]


def read_list(rows):
    return PackedList.read(read_csv(rows))


def test_who_left_elsewhere_is_kept_so_that_no_list_brings_them_in():
    import_lines(STATUS, consent="Door", is_dry=False)

    report = import_lines([line.replace("unsubscribed", "subscribed").replace("pending", "subscribed") for line in STATUS],
                          consent="Door", is_dry=False)  # fmt: skip

    assert dict(report.counts) == {"here": 1, "left": 1, "pending": 1}
    assert Subscriber.objects.get(email="bob@example.org").left_by == "import: “Status”: “unsubscribed”"


def test_never_confirmed_elsewhere_does_not_expire():
    import_lines(STATUS, consent="Door", is_dry=False)
    make_subscriber("asked@example.org", confirmed_at=None)

    expired = Subscriber.objects.expired(timezone.now() + dt.timedelta(days=30))

    assert [each.email for each in expired] == ["asked@example.org"]


def test_later_refusal_ends_who_came_by_list_and_not_who_signed_up():
    import_lines(["bob@example.org\n"], consent="Door", is_dry=False)
    make_subscriber("cy@example.org")

    report = import_lines(STATUS, consent="Door", is_dry=False)

    assert dict(report.counts) == {"new": 1, "ended": 1, "stays": 1}
    assert {each.email: each.state for each in Subscriber.objects.all()} == {
        "ann@example.org": "subscribed", "bob@example.org": "left", "cy@example.org": "subscribed"
    }  # fmt: skip


def test_unknown_column_is_asked_about_and_nothing_comes_in_before():
    packed_list = read_list(UNKNOWN)
    columns = packed_list.columns

    assert [(heading, [value for _, value, _ in values]) for heading, values in columns.refusal_questions] == [
        ("Ring", ["A", "Z"])
    ]
    assert packed_list.import_rows(consent="Door", is_dry=False).counts == {"unclear": 3}
    answers = {"refusals": [columns.refusal_questions[0][1][1][0]]}
    assert packed_list.import_rows(consent="Door", answers=answers).counts == {"new": 2, "kept_left": 1}
    assert packed_list.import_rows(consent="Door", answers={"refusals": []}).counts == {"new": 3}


def test_two_address_columns_are_asked_about():
    packed_list = read_list(TWO_COLUMNS)

    assert packed_list.columns.address_question == [(0, "Private mail", 2), (1, "Work mail", 1)]
    assert packed_list.import_rows(consent="Door", is_dry=False).counts["new"] == 0
    assert packed_list.import_rows(consent="Door", answers={"address": 0}).counts == {"new": 2}


@pytest.mark.parametrize("heading", ["Wil geen mail", "Mail", "E-mail sturen?", "Ring (e-mail)"])
def test_heading_like_an_address_above_other_cells_is_no_address_column(heading):
    packed_list = read_list([f"E-mail;{heading}\n", "ann@example.org;\n", "bob@example.org;ja\n", "cy@example.org;\n"])

    report = packed_list.import_rows(consent="Door", is_dry=False)

    assert packed_list.columns.addresses == [0]
    assert report.counts["unclear"] or report.counts["kept_left"]
    assert not Subscriber.objects.subscribed().filter(email="bob@example.org").exists()


def test_several_addresses_in_a_cell_are_told():
    report = import_lines(["email\n", '"ann@example.org, ann@work.example"\n'], consent="Door")

    assert dict(report.counts) == {"new": 1, "several": 1}
    assert report.examples["several"] == [(2, "ann@example.org, ann@work.example", "")]


@pytest.mark.both_databases
def test_refusal_beside_several_addresses_keeps_all_of_them():
    addresses = [f"ben{number}@example.org" for number in range(2_500)]
    rows = ["email,Opted out\n", f'"{"; ".join(addresses)}",yes\n', '"ann@example.org, bea@example.org",no\n']

    report = import_lines(rows, consent="Door", is_dry=False)
    again = import_lines(["email\n", *(f"{each}\n" for each in addresses)], consent="Door", is_dry=False)

    assert dict(report.counts) == {"kept_left": 2_500, "new": 1, "several": 1}
    assert dict(again.counts) == {"left": 2_500}
    assert [each.email for each in Subscriber.objects.subscribed()] == ["ann@example.org"]


def test_later_refusals_take_off_any_number_in_the_same_queries(django_assert_max_num_queries):
    addresses = [f"ben{number}@example.org\n" for number in range(100)]
    import_lines(["email\n", *addresses], consent="Door", is_dry=False)

    with django_assert_max_num_queries(12):
        report = import_lines(
            ["email,Opted out at\n", *(f"{line.strip()},2024-01-01 {number}\n" for number, line in enumerate(addresses))],
            consent="Door", is_dry=False,
        )  # fmt: skip

    assert dict(report.counts) == {"ended": 100}
    assert Subscriber.objects.left().count() == 100


@pytest.mark.parametrize(("asks", "name"), [(True, "Ann"), (False, "")])
def test_names_are_kept_by_the_choice_of_the_club(asks, name):
    make_club(newsletter_asks_name=asks)

    import_lines(["Vorname,E-Mail\n", "Ann ,ann@example.org\n"], consent="Door", is_dry=False)

    assert Subscriber.objects.get().name == name


def test_page_names_columns_asks_and_brings_in(organiser_client):
    url = reverse("admin:newsletter_subscriber_import")
    file = SimpleUploadedFile("list.csv", "".join(UNKNOWN).encode())
    page = soup_of(organiser_client.post(url, {"file": file, "consent": "Door"}))
    assert "“Ring”: is one of these a refusal?" in texts(page, "legend")
    assert page.find("input", value="Bring the new ones in") is None
    kept = page.select_one("[name=kept]")["value"]
    organiser_client.post(url, {"kept": kept})
    assert not Subscriber.objects.exists(), "not before the answer"

    answer = page.select("[name=refusal]")[1]["value"]
    page = soup_of(organiser_client.post(url, {"kept": kept, "answered": "yes", "refusal": answer}))
    assert "Z (1 row): left" in texts(page, "#columns ~ ul li li")
    assert page.select_one(f"[value='{answer}']").has_attr("checked")
    done = soup_of(organiser_client.post(url, {"kept": kept}))

    assert "Brought in: 2. No mail was sent." in text_of(done)
    assert [each.email for each in Subscriber.objects.left()] == ["bob@example.org"]


def test_command_asks_before_it_imports(tmp_path, capsys):
    file = tmp_path / "list.csv"
    file.write_text("".join(UNKNOWN))
    with pytest.raises(CommandError, match="Answer the questions first"):
        call_command("import_subscribers", str(file), consent="Door", yes=True)
    assert "“Ring”: is one of these a refusal? “A”, “Z”" in capsys.readouterr().out

    call_command("import_subscribers", str(file), consent="Door", yes=True, refusal=["Ring=Z"])

    assert Subscriber.objects.subscribed().count() == 2


# --- files


LIST = [["email"], ["ann@example.org"]]


def make_workbook(*sheets) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def change_parts(workbook: bytes, change) -> bytes:
    """Return the workbook with the {name: bytes} of its parts changed by `change(parts)`."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def make_bomb() -> bytes:
    """A workbook of some kilobytes whose only sheet unpacks to 200 MB."""
    file = io.BytesIO(make_workbook([["email"]]))
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet9.xml", "w") as part,
    ):
        part.write(b"<a>")
        for _ in range(200):
            part.write(b" " * 1_000_000)
        part.write(b"</a>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(600), OLD_EXCEL),
        (b"\xef\xbb\xbf\n<HTML><table><tr><td>ann@example.org", WEB_PAGE),
        (make_workbook(LIST, LIST), SEVERAL_SHEETS.format(count=2, names="“Sheet 0”, “Sheet 1”")),
        (make_workbook(LIST)[:-200], WORDING.broken),
        (make_bomb(), WORDING.too_large),
    ],
    ids=["old Excel", "web page", "two sheets", "cut short", "bomb"],
)
def test_file_that_cannot_be_read_gets_a_sentence(data, words):
    with pytest.raises(NoAddresses) as caught:
        list(read_file(io.BytesIO(data)))

    assert caught.value.message == words


def test_sheet_of_a_part_that_was_not_checked_is_not_read():
    def rename(parts):
        parts["xl/worksheets/sheet1.dat"] = parts.pop("xl/worksheets/sheet1.xml")
        for name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
            parts[name] = parts[name].replace(b"sheet1.xml", b"sheet1.dat")

    assert len(list(read_file(io.BytesIO(make_workbook(LIST))))) == 2
    assert list(read_file(io.BytesIO(change_parts(make_workbook(LIST), rename)))) == []


PARTS = zipfile.ZipFile(io.BytesIO(make_workbook(LIST))).namelist()
DAMAGES = {
    "missing": lambda parts, name: parts.pop(name),
    "no tag": lambda parts, name: parts.update({name: b"<a/>"}),
    "another part": lambda parts, name: parts.update({name: parts[min(set(parts) - {name})]}),
    "no attributes": lambda parts, name: parts.update({name: re.sub(rb' (?!xmlns)\w+="[^"]*"', b"", parts[name])}),
    "no numbers": lambda parts, name: parts.update({name: re.sub(rb"\d+", b"x", parts[name])}),
    "huge numbers": lambda parts, name: parts.update({name: re.sub(rb"\d+", b"9" * 30, parts[name])}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_workbook_is_read_or_gets_a_sentence(damage):
    sentences = set()
    for name in PARTS:
        data = change_parts(make_workbook(LIST), lambda parts, name=name: DAMAGES[damage](parts, name))
        try:
            list(read_file(io.BytesIO(data)))
        except NoAddresses as error:
            sentences.add(error.message)

    assert sentences <= {WORDING.broken, WORDING.too_large}
    assert sentences


def test_workbook_is_left_to_the_worker():
    rows = [["E-Mail", "Abgemeldet"], ["ann@example.org", False], ["bob@example.org", True]]
    row = start_import(make_organiser(), "Door", SimpleUploadedFile("list.xlsx", make_workbook(rows)))
    assert row.state == SubscriberImport.State.LOOKING

    run_imports()
    row.refresh_from_db()

    assert row.counts == {"new": 1, "kept_left": 1}
    assert answer_questions(row, {"refusals": []})
    assert confirm_import(row)
    assert {each.email: each.state for each in Subscriber.objects.all()} == {
        "ann@example.org": "subscribed", "bob@example.org": "left"
    }  # fmt: skip
