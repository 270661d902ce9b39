"""Citations of quotes: the files are read back as reference managers read them."""

import json
import re

import pytest

from tests import factories as make

pytestmark = pytest.mark.django_db
HOSTILE = "Lamp & Co. 100% {of} $5 #1_a~b^c\\d\nnext"


def make_chapter_quote(**fields):
    book = make.make_book(
        title="The Lamp", publisher="Wick & Sons", first_published_year=1901, isbn="978-0-14-143947-1", **fields
    )
    for name in ("Bea Adams", "Cy Dale", "Di Eck"):
        make.make_contribution(book=book, contributor=make.make_contributor(name=name), role="edt")
    return make.make_quote(book=book, written_by="Flo Gray", locator="p. 12")


def fetch_citation(client, quote, ending):
    return client.get(f"/quotes/{quote.pk}/citation.{ending}")


def test_ris_record_names_writer_editors_and_book(client):
    quote = make_chapter_quote()

    response = fetch_citation(client, quote, "ris")

    lines = response.content.decode().split("\r\n")
    assert response["Content-Disposition"] == f'attachment; filename="quote-{quote.pk}.ris"'
    assert [line.split("  - ", 1) for line in lines if line] == [
        ["TY", "CHAP"],
        ["AU", "Flo Gray"],
        ["A2", "Bea Adams"],
        ["A2", "Cy Dale"],
        ["A2", "Di Eck"],
        ["T2", "The Lamp"],
        ["PB", "Wick & Sons"],
        ["PY", "1901"],
        ["SN", "9780141439471"],
        ["SP", "12"],
        ["UR", f"http://localhost:8000/quotes/{quote.pk}/"],
        ["ER", ""],
    ]


def test_csl_json_item_names_writer_editors_and_book(client):
    quote = make_chapter_quote()

    [item] = json.loads(fetch_citation(client, quote, "json").content)

    assert item["type"] == "chapter"
    assert item["author"] == [{"literal": "Flo Gray"}]
    assert [name["literal"] for name in item["editor"]] == ["Bea Adams", "Cy Dale", "Di Eck"]
    assert (item["container-title"], item["issued"]) == ("The Lamp", {"date-parts": [[1901]]})


def test_bibtex_entry_escapes_what_means_something_to_tex(client):
    quote = make_chapter_quote()
    type(quote).objects.update(locator=HOSTILE)

    entry = fetch_citation(client, quote, "bib").content.decode()

    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.MULTILINE))
    assert entry.startswith(f"@incollection{{quote-{quote.pk},\n")
    assert fields["author"] == "{Flo Gray}"
    assert fields["editor"] == "{Bea Adams} and {Cy Dale} and {Di Eck}"
    assert fields["publisher"] == r"Wick \& Sons"
    assert fields["note"] == (
        r"Lamp \& Co. 100\% \{of\} \$5 \#1\_a\textasciitilde{}b\textasciicircum{}c\textbackslash{}d next"
    )


@pytest.mark.parametrize("ending", ["ris", "bib", "json"])
def test_file_for_a_book_without_facts_is_well_formed(client, ending):
    quote = make.make_quote()

    text = fetch_citation(client, quote, ending).content.decode()

    assert quote.book.title in text
    assert "None" not in text


def test_unknown_kind_of_file_is_not_found(client):
    assert fetch_citation(client, make.make_quote(), "exe").status_code == 404


@pytest.mark.parametrize(
    ("locator", "page", "note"),
    [("p. 12", "12", None), ("pp. 12–14", "12–14", None), ("Letter 2", None, "Letter 2"), ("", None, None)],
)
def test_only_pages_are_given_as_pages(client, locator, page, note):
    quote = make.make_quote(locator=locator)

    [item] = json.loads(fetch_citation(client, quote, "json").content)
    lines = dict(
        line.split("  - ", 1) for line in fetch_citation(client, quote, "ris").content.decode().split("\r\n") if line
    )

    assert (item.get("page"), item.get("note")) == (page, note)
    assert (lines.get("SP"), lines.get("N1")) == (page, note)
