"""Lists of addresses as other programs write them, with who may get mail. Files 01 to 20 are given, the others our own."""

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
class Case:
    name: str
    subscribed: set  # the addresses that get mail
    refusals: list = field(default_factory=list)  # values that mean a refusal, as an organiser answers
    address: str = ""  # the heading chosen, where two columns have addresses


def at(host, *names):
    return {f"{name}@{host}" for name in names}


CASES = [
    Case("01-excel-de-bom-semicolon.csv", at("lesekreis.example", "aenne", "jo")),
    Case("02-excel-unicode-text-utf16.txt", at("lecture.example", "elodie", "maxime")),
    Case("03-mac-cr.csv", at("oldmac.example", "ruth", "sam")),
    Case("04-excel-sep-line.csv", at("sep.example", "ida")),
    Case("06-outlook-fr.csv", at("outlook-fr.example", "zoe", "luc")),
    Case("07-substack.csv", at("sub.example", "stays")),
    Case("08-ghost.csv", at("gh.example", "yes")),
    Case("09-status-column.csv", at("mc.example", "sub")),
    Case("10-abmeldung.csv", at("kreis.example", "bleibt")),
    Case("11-padded.csv", at("pad.example", "mia", "noa")),
    Case(
        "12-odd.csv",
        at("odd.example", "q.name", "m", "last", "nbsp", "zwidth")
        | at("example.org", "ann", "ann+books")
        | at("xn--bro-hoa.example", "info")  # no mail server of ours takes jörg@
        | {"trailing@dot.example"},
    ),
    Case("15-nbhyphen.csv", at("hyphen.example", "uli")),
    Case("16-empty.csv", set()),
    Case("17-meetup-members.xls", set()),
    Case("18-utf16-nobom.csv", at("u16.example", "x")),
    Case("19-idn-left.csv", at("xn--bro-hoa.example", "info")),
    Case("20-own-export.csv", set()),  # filled in below
    Case("more/21-brevo.csv", at("brevo.example", "ada")),
    Case("more/22-mailerlite.csv", at("ml.example", "ada")),
    Case("more/23-buttondown.csv", at("bd.example", "ada", "dee")),
    Case(
        "more/24-google-contacts.csv",
        at("g.example", "ada", "ben"),
        refusals=["* myContacts ::: Book club out"],
        address="E-mail 1 - Value",
    ),
    Case("more/25-phplist.csv", at("php.example", "ada", "dee")),
    Case("more/26-mailman.csv", at("mm.example", "ada")),
    Case("more/27-french-cp1252.csv", at("fr.example", "zoe")),
    Case("more/28-german-utf16.txt", at("de.example", "uli")),
    Case("more/29-spanish.csv", at("es.example", "ana")),
    Case("more/30-italian.csv", at("it.example", "ada")),
    Case("more/31-dutch.csv", at("nl.example", "ans")),
    Case("more/32-portuguese.csv", at("pt.example", "ana")),
    Case("more/33-unknown-column.csv", at("un.example", "ada", "ben", "dee"), refusals=["Z"]),
    Case("more/34-no-heading.csv", at("nh.example", "ada", "cy")),
    Case("more/35-twice.csv", at("tw.example", "ada")),
    Case("more/36-several-in-a-cell.csv", at("sv.example", "ada", "cy")),
    Case("more/37-excel.xlsx", at("xl.example", "uli", "aenne")),
]
OWN = FOLDER / "20-own-export.csv"
SUBSCRIBED_IN_OWN = {
    get_address_key(line.split(",")[0]) for line in OWN.read_text().splitlines() if ",subscribed," in line
}
next(case for case in CASES if case.name == OWN.name).subscribed.update(SUBSCRIBED_IN_OWN)


def bring_in(case: Case) -> tuple[set[str], str]:
    """Bring the list into an empty club; return who gets mail, and the sentence on a file that can't be read."""
    Subscriber.objects.all().delete()
    Refusal.objects.all().delete()
    try:
        with (FOLDER / case.name).open("rb") as file:
            packed_list = PackedList.read(read_file(file))
    except NoAddresses as error:
        return set(), error.message
    packed_list.import_rows(consent="At the door", is_dry=False, answers=answer(case, packed_list.columns))
    return {get_address_key(each.email) for each in Subscriber.objects.subscribed()}, ""


def answer(case, columns) -> dict:
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
    """Return the lines of the export, first bringing `imported`, those of another, into an empty club."""
    if imported is not None:
        Subscriber.objects.all().delete()
        PackedList.read(read_csv(imported)).import_rows(consent="Moved", is_dry=False)
    return "".join(generate_csv_lines()).splitlines(keepends=True)
