"""Lists of addresses as other programs write them, with the addresses that may get mail."""

from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone

from bookclub.core.email_addresses import get_address_key
from newsletter.csv_export import generate_csv_lines
from newsletter.csv_import import PackedList
from newsletter.lists.files import NoAddresses, read_csv, read_file
from newsletter.models import Refusal, Subscriber
from tests.factories import make_subscriber

FOLDER = Path(__file__).parents[1] / "fixtures" / "lists"


@dataclass(frozen=True)
class ListCase:
    name: str
    subscribed: set  # the addresses that get mail
    refusals: list = field(default_factory=list)  # values that mean a refusal, as an organiser answers
    address: str = ""  # the heading to choose if two columns have addresses


def make_addresses(host, *names):
    return {f"{name}@{host}" for name in names}


CASES = [
    ListCase("01-excel-de-bom-semicolon.csv", make_addresses("lesekreis.example", "aenne", "jo")),
    ListCase("02-excel-unicode-text-utf16.txt", make_addresses("lecture.example", "elodie", "maxime")),
    ListCase("03-mac-cr.csv", make_addresses("oldmac.example", "ruth", "sam")),
    ListCase("04-excel-sep-line.csv", make_addresses("sep.example", "ida")),
    ListCase("06-outlook-fr.csv", make_addresses("outlook-fr.example", "zoe", "luc")),
    ListCase("07-substack.csv", make_addresses("sub.example", "stays")),
    ListCase("08-ghost.csv", make_addresses("gh.example", "yes")),
    ListCase("09-status-column.csv", make_addresses("mc.example", "sub")),
    ListCase("10-abmeldung.csv", make_addresses("kreis.example", "bleibt")),
    ListCase("11-padded.csv", make_addresses("pad.example", "mia", "noa")),
    ListCase(
        "12-odd.csv",
        make_addresses("odd.example", "q.name", "m", "last", "nbsp", "zwidth")
        | make_addresses("example.org", "ann", "ann+books")
        | make_addresses("xn--bro-hoa.example", "info")  # no mail server of ours takes jörg@
        | {"trailing@dot.example"},
    ),
    ListCase("15-nbhyphen.csv", make_addresses("hyphen.example", "uli")),
    ListCase("16-empty.csv", set()),
    ListCase("17-meetup-members.xls", set()),
    ListCase("18-utf16-nobom.csv", make_addresses("u16.example", "x")),
    ListCase("19-idn-left.csv", make_addresses("xn--bro-hoa.example", "info")),
    ListCase("20-own-export.csv", set()),  # filled in below
    ListCase("more/21-brevo.csv", make_addresses("brevo.example", "ada")),
    ListCase("more/22-mailerlite.csv", make_addresses("ml.example", "ada")),
    ListCase("more/23-buttondown.csv", make_addresses("bd.example", "ada", "dee")),
    ListCase(
        "more/24-google-contacts.csv",
        make_addresses("g.example", "ada", "ben"),
        refusals=["* myContacts ::: Book club out"],
        address="E-mail 1 - Value",
    ),
    ListCase("more/25-phplist.csv", make_addresses("php.example", "ada", "dee")),
    ListCase("more/26-mailman.csv", make_addresses("mm.example", "ada")),
    ListCase("more/27-french-cp1252.csv", make_addresses("fr.example", "zoe")),
    ListCase("more/28-german-utf16.txt", make_addresses("de.example", "uli")),
    ListCase("more/29-spanish.csv", make_addresses("es.example", "ana")),
    ListCase("more/30-italian.csv", make_addresses("it.example", "ada")),
    ListCase("more/31-dutch.csv", make_addresses("nl.example", "ans")),
    ListCase("more/32-portuguese.csv", make_addresses("pt.example", "ana")),
    ListCase("more/33-unknown-column.csv", make_addresses("un.example", "ada", "ben", "dee"), refusals=["Z"]),
    ListCase("more/34-no-heading.csv", make_addresses("nh.example", "ada", "cy")),
    ListCase("more/35-twice.csv", make_addresses("tw.example", "ada")),
    ListCase("more/36-several-in-a-cell.csv", make_addresses("sv.example", "ada", "cy")),
    ListCase("more/37-excel.xlsx", make_addresses("xl.example", "uli", "aenne")),
]
OWN = FOLDER / "20-own-export.csv"
SUBSCRIBED_IN_OWN = {
    get_address_key(line.split(",")[0]) for line in OWN.read_text().splitlines() if ",subscribed," in line
}
next(case for case in CASES if case.name == OWN.name).subscribed.update(SUBSCRIBED_IN_OWN)


def import_case(case: ListCase) -> tuple[set[str], str]:
    """Import the list into an empty club; return the subscribed addresses, and the problem of an unreadable file."""
    Subscriber.objects.all().delete()
    Refusal.objects.all().delete()
    try:
        with (FOLDER / case.name).open("rb") as file:
            packed_list = PackedList.read(read_file(file))
    except NoAddresses as error:
        return set(), error.message
    packed_list.import_rows(consent="At the door", is_dry=False, answers=build_answers(case, packed_list.columns))
    return {get_address_key(each.email) for each in Subscriber.objects.subscribed()}, ""


def build_answers(case, columns) -> dict:
    """Answer only what is asked: a question that the case doesn't expect stays open."""
    offered = [each for _, values in columns.refusal_questions for each in values]
    chosen = [column for column, heading, _ in columns.address_question if heading == case.address]
    answers = {"refusals": [key for key, value, _ in offered if value in case.refusals]} if case.refusals else {}
    return answers | ({"address": chosen[0]} if chosen else {})


def fill_club():
    """Store a subscriber in every state, with every kind of proof."""
    Subscriber.objects.all().delete()
    now, words = timezone.now(), "Words, “quoted”\nover lines"
    make_subscriber(
        "ann@example.org", name="Ann", consent_text=words, asked_on_page="/books/", confirmed_by="the button"
    )
    make_subscriber("dates@xn--bro-hoa.example", wants_letter=False, wants_dates=True, asked_at=now, confirmed_at=now)
    make_subscriber("=formula@example.org", confirmed_by="import: +list", asked_at=now, confirmed_at=now)
    make_subscriber("pending@example.org", confirmed_at=None, asked_at=now)
    make_subscriber("left@example.org", left_at=now, left_by="a mail program")
    make_subscriber("ended@example.org", left_at=now, left_by="an organiser (Olga)", suppressed_at=now)
    make_subscriber("never@example.org", confirmed_at=None, left_at=now, left_by="import: “Status”: “pending”")
    make_subscriber(
        "spam@example.org", suppressed_at=now, suppression_reason="complaint", diagnostic="said\n-so", bounce_count=2
    )
    request = {"asked_at": now.isoformat(), "consent_text": words, "asked_on_page": "/", "name": "Zoë"}
    make_subscriber("back@example.org", left_at=now, left_by="x", new_request=request)


def read_export(imported=None) -> list[str]:
    """Return the lines of the export, after importing the lines `imported`, if given, into an empty club."""
    if imported is not None:
        Subscriber.objects.all().delete()
        PackedList.read(read_csv(imported)).import_rows(consent="Moved", is_dry=False)
    return "".join(generate_csv_lines()).splitlines(keepends=True)
