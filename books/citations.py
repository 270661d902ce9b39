"""Citations of a quote: a footnote in three styles, and files for reference managers.

Names are stored as they stand on the title page, so only styles that print them in that order are offered: a note of the
Chicago Manual of Style (17th edition, 14.23), the MHRA Style Guide (4th edition, 7.3) and OSCOLA (4th edition, 3.2). The
title of the chapter is not known. A quote without a writer, from a collection, names its editors as editors.
"""

import json
import re

from django.utils.html import format_html

from bookclub.core.formatting import join_names
from books.models import Contribution

# Of BibTeX, each behind a backslash; the others have commands (Lamport, LaTeX, section 2.1).
BIBTEX_COMMANDS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
PAGES = re.compile(r"(?:pp?\.|pages?)\s*(?P<pages>[\divxlc]+(?:\s*[-–]\s*[\divxlc]+)?)", re.IGNORECASE)
BIBTEX_SPECIAL = re.compile(r"[\\~^&%$#_{}]")


def build_footnotes(quote):
    """Return [(name of the style, HTML), …]. No query for a quote from `by_book`."""
    return [
        ("Chicago", build_chicago_footnote(quote)),
        ("MHRA", build_mhra_footnote(quote)),
        ("OSCOLA", build_oscola_footnote(quote)),
    ]


def build_chicago_footnote(quote):
    editors = join_with_serial_comma(get_editors(quote))
    imprint = join_parts(quote.book.publisher, quote.book.first_published_year)
    parts = [
        join_with_serial_comma(quote.writers),
        f"{editors}, {'eds.' if len(get_editors(quote)) > 1 else 'ed.'}" if editors and not quote.writers else "",
    ]
    credit = f", ed. {editors}" if editors and quote.writers else ""
    return build_footnote(quote, parts, credit, imprint, f", {quote.locator}" if quote.locator else "", ".")


def build_mhra_footnote(quote):
    editors = join_names_or_empty(get_editors(quote))
    imprint = join_parts(quote.book.publisher, quote.book.first_published_year)
    credit = f", ed. by {editors}" if editors else ""
    return build_footnote(
        quote, [join_names_or_empty(quote.writers)], credit, imprint, f", {quote.locator}" if quote.locator else "", "."
    )


def build_oscola_footnote(quote):
    editors = join_names_or_empty(get_editors(quote))
    if editors:
        editors += " (eds)" if len(get_editors(quote)) > 1 else " (ed)"
    imprint = join_parts(quote.book.publisher, quote.book.first_published_year, " ")
    if quote.writers and editors:
        parts, is_in = [f"{join_names_or_empty(quote.writers)} in {editors}"], False
    else:
        parts, is_in = [join_names_or_empty(quote.writers), editors], True
    return build_footnote(quote, parts, "", imprint, f" {quote.locator}" if quote.locator else "", "", is_in=is_in)


def build_footnote(quote, people, credit, imprint, locator, end, *, is_in=True):
    names = ", ".join(filter(None, people))
    if names:
        names += ", in " if quote.written_by and is_in else ", "
    return format_html(
        "{}<cite>{}</cite>{}{}{}{}",
        names,
        quote.book.full_title,
        credit,
        f" ({imprint})" if imprint else "",
        locator,
        end,
    )


def get_editors(quote):
    """Return the editors of the book as a list of names."""
    return [str(each) for each in dict(quote.book.credits).get(Contribution.Role.EDITOR.label, [])]


def join_names_or_empty(names):
    return join_names(names) if names else ""


def join_with_serial_comma(names):
    names = [str(each) for each in names]
    return join_names_or_empty(names) if len(names) < 3 else f"{', '.join(names[:-1])}, and {names[-1]}"


def join_parts(publisher, year, separator=", "):
    return separator.join(str(part) for part in (publisher, year) if part)


# --- files


def build_bibtex(quote, url):
    """Return a BibTeX entry; its names are kept whole by double braces."""
    book, is_chapter = quote.book, bool(quote.written_by)
    fields = {
        "author": " and ".join(f"{{{escape_bibtex(name)}}}" for name in quote.writers),
        "booktitle" if is_chapter else "title": escape_bibtex(book.full_title),
        "editor": " and ".join(f"{{{escape_bibtex(name)}}}" for name in get_editors(quote)),
        "publisher": escape_bibtex(book.publisher),
        "year": book.first_published_year,
        "isbn": escape_bibtex(book.isbn),
        "note": escape_bibtex(quote.locator),
        "url": url,
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{'incollection' if is_chapter else 'book'}{{quote-{quote.pk},\n{lines}}}\n"


def escape_bibtex(text):
    plain = " ".join(str(text).split())
    return BIBTEX_SPECIAL.sub(lambda found: BIBTEX_COMMANDS.get(found.group(), f"\\{found.group()}"), plain)


def find_pages(quote):
    """Return the pages of a locator such as “p. 12” or “pp. 12–14”; "" for a chapter or a letter."""
    match = PAGES.fullmatch(quote.locator.strip())
    return match["pages"] if match else ""


def build_ris(quote, url):
    """Return a record of the RIS format, as Zotero, EndNote and Mendeley read it."""
    book, is_chapter = quote.book, bool(quote.written_by)
    fields = [
        ("TY", "CHAP" if is_chapter else "BOOK"),
        *(("AU", name) for name in quote.writers),
        *(("A2", name) for name in get_editors(quote)),
        ("T2" if is_chapter else "TI", book.full_title),
        ("PB", book.publisher),
        ("PY", book.first_published_year),
        ("SN", book.isbn),
        ("SP", find_pages(quote)),
        ("N1", "" if find_pages(quote) else quote.locator),
        ("UR", url),
    ]
    lines = [f"{tag}  - {' '.join(str(value).split())}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def build_csl_json(quote, url):
    """Return a list with one item: https://docs.citationstyles.org/, CSL-JSON 1.0.2."""
    book, is_chapter = quote.book, bool(quote.written_by)
    item = {
        "id": f"quote-{quote.pk}",
        "type": "chapter" if is_chapter else "book",
        "author": [{"literal": str(name)} for name in quote.writers],
        "editor": [{"literal": name} for name in get_editors(quote)],
        "container-title" if is_chapter else "title": book.full_title,
        "publisher": book.publisher,
        "issued": {"date-parts": [[book.first_published_year]]} if book.first_published_year else None,
        "ISBN": book.isbn,
        "page": find_pages(quote),
        "note": "" if find_pages(quote) else quote.locator,
        "URL": url,
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=2) + "\n"


# {file extension: (name for people, media type, function that builds the file)}
FILES = {
    "bib": ("BibTeX", "application/x-bibtex; charset=utf-8", build_bibtex),
    "ris": ("RIS", "application/x-research-info-systems; charset=utf-8", build_ris),
    "json": ("CSL-JSON", "application/vnd.citationstyles.csl+json", build_csl_json),
}
