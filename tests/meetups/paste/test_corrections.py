"""Corrections: read from a posted form, checked against the stored document, applied, merged."""

import pytest

from meetups.paste.conflicts import dump_digests, merge_corrections
from meetups.paste.corrections import (
    MAX_BYTES,
    Rejected,
    apply_corrections,
    get_value,
    join_numbers,
    read_corrections,
    relocate_corrections,
)
from meetups.paste.pieces import FLAGS, KINDS, OF_BOOK, Kind, Piece
from meetups.paste.review import Review

DEFAULTS = {"told_met_on": "10 October 2018", "book": ""}


def make_review(*words):
    return Review([Piece(Kind.QUOTE, text, source=text) for text in words or ("One", "Two", "Three")])


def make_form(review, **changes):
    """Return what a browser posts of the review without a change, but for `changes`."""
    names = ("kind", "text", "who", "where")
    fields = {
        f"{name}-{piece.number}": get_value(piece, name) for piece in review.pieces for name in names
    }  # fmt: skip
    return fields | DEFAULTS | {"order": join_numbers(review), "shown_flags": ""} | changes


def read(form, review=None, kinds=tuple(KINDS)):
    return read_corrections(form, review or make_review(), kinds, DEFAULTS)


def values(corrections):
    return {name: value for name, value in corrections.items() if not name.startswith("source-")}


def test_unchanged_form_has_no_corrections():
    assert read(make_form(make_review())) == {}


def test_corrections_are_what_differs():
    form = make_form(
        make_review(), **{"text-2": "Zwei", "kind-3": "note", "told_met_on": "9 October 2018", "order": "2,1,3"}
    )

    assert values(read(form)) == {"text-2": "Zwei", "kind-3": "note", "told_met_on": "9 October 2018", "order": "2,1,3"}


def test_corrections_are_applied_and_read_again_unchanged():
    form = make_form(make_review(), **{"text-2": "Zwei", "kind-3": "note", "where-1": "p. 4", "order": "3,2,1"})
    review = make_review()

    apply_corrections(review, read(form))

    assert [(piece.kind, piece.text, piece.where) for piece in review.pieces] == [
        (Kind.NOTE, "Three", ""),
        (Kind.QUOTE, "Zwei", ""),
        (Kind.QUOTE, "One", "p. 4"),
    ]
    assert read(make_form(review)) == read(form)


def test_line_ends_of_browsers_are_no_correction():
    review = make_review("One\n\ntwo")

    assert read(make_form(review, **{"text-1": "One\r\n\r\ntwo"}), review) == {}


def test_characters_that_no_database_stores_are_taken_out():
    form = make_form(make_review(), **{"text-1": "O\0ne\ud800", "told_met_on": "9\0 October"})

    assert values(read(form)) == {"text-1": "One\ufffd", "told_met_on": "9 October"}


def test_unticked_box_is_a_correction_only_where_the_page_showed_it():
    review = make_review()
    review.pieces[0].is_quotation = True

    hidden, shown = make_form(review), make_form(review, shown_flags="1")

    assert read(hidden, review) == {}
    assert values(read(shown, review)) == {"is_quotation-1": ""}
    assert FLAGS == ("is_quotation", "hangs_on_term")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text-4": "Forged"}, "another document"),
        ({"who-99": "Forged"}, "another document"),
        ({"text-x": "Forged"}, "another document"),
        ({"order": "1,2"}, "another document"),
        ({"order": "1,2,2"}, "another document"),
        ({"order": "1,2,3,4"}, "another document"),
        ({"kind-1": "novel"}, "Piece 1 can’t be"),
        ({"kind-1": "title"}, "Piece 1 can’t be"),
        ({"text-1": "x" * (MAX_BYTES + 1)}, "longer than 2 MB"),
    ],
)
def test_forged_form_is_refused_in_a_sentence(changes, words):
    with pytest.raises(Rejected, match=words):
        read(make_form(make_review(), **changes), kinds=OF_BOOK)


@pytest.mark.parametrize("name", ["text-2", "kind-3", "order"])
def test_form_without_a_piece_is_refused(name):
    form = make_form(make_review())
    del form[name]

    with pytest.raises(Rejected, match="Only part of the page"):
        read(form)


def test_posted_digest_of_a_source_is_ignored():
    assert read(make_form(make_review(), **{"source-1": "forged", "state": "x"})) == {}


def test_corrections_follow_their_words_where_the_document_is_read_differently():
    stored = read(make_form(make_review(), **{"text-1": "Eins", "text-3": "Drei", "order": "3,2,1"}))

    found, lost = relocate_corrections(stored, make_review("A new heading", "One", "Two and Three"))

    assert values(found) == {"text-2": "Eins", "order": "3,2,1"}
    assert lost == [
        "The site reads this document differently since an update. A correction has lost its place: “Drei”."
    ]


def test_corrections_of_repeated_lines_stay_apart():
    same = ("Agreed", "Agreed", "Agreed")
    stored = read(make_form(make_review(*same), **{"text-1": "First", "text-3": "Last"}), make_review(*same))

    found, lost = relocate_corrections(stored, make_review(*same))
    moved, _ = relocate_corrections(stored, make_review("New", *same))

    assert (found, lost) == (stored, [])
    assert sorted(values(moved).values()) == ["First", "Last"]


def test_unknown_stored_values_are_harmless():
    review = make_review()

    found, lost = relocate_corrections({"note": "x", "text-9": "y", "kind-1": "z", "source-1": "wrong"}, review)
    apply_corrections(review, found)

    assert [piece.text for piece in review.pieces] == ["One", "Two", "Three"]
    assert len(lost) == 1


# Two tabs: `opened` is what was stored when the posted page was opened.


def merge(posted, stored, opened):
    """Merge corrections, each given as the changes of a form."""
    review = make_review()
    posted, stored, opened = (read(make_form(review, **changes)) for changes in (posted, stored, opened))
    return merge_corrections(posted, stored, dump_digests(opened), review, DEFAULTS)


def test_merge_without_changes_by_others_takes_the_posted_form():
    merged = merge({"text-1": "Eins"}, {"text-2": "Zwei"}, {"text-2": "Zwei"})

    assert (values(merged.values), merged.conflicts) == ({"text-1": "Eins"}, [])


def test_merge_keeps_corrections_of_both_and_tells_of_theirs():
    merged = merge({"text-1": "Eins"}, {"text-2": "Zwei", "told_met_on": "9 October 2018"}, {})

    assert values(merged.values) == {"text-1": "Eins", "text-2": "Zwei", "told_met_on": "9 October 2018"}
    assert [(each.label, each.stored, each.typed, each.is_both) for each in merged.conflicts] == [
        ("Piece 2: text", "Zwei", "Two", False),
        ("Met on", "9 October 2018", "10 October 2018", False),
    ]


def test_merge_takes_ours_where_both_changed_it():
    merged = merge({"kind-1": "note"}, {"kind-1": "question"}, {})

    assert values(merged.values) == {"kind-1": "note"}
    assert [(each.label, each.stored, each.typed, each.is_both, each.field_id) for each in merged.conflicts] == [
        ("Piece 1: kind", "Question", "Note on the book", True, "piece-1")
    ]


def test_merge_of_equal_corrections_is_no_conflict():
    merged = merge({"text-1": "Eins", "order": "2,1,3"}, {"text-1": "Eins", "order": "2,1,3"}, {})

    assert merged.conflicts == []


def test_merge_sees_that_others_took_a_correction_back():
    merged = merge({"text-1": "Eins"}, {}, {"text-1": "Eins"})

    assert values(merged.values) == {}
    assert [(each.stored, each.typed, each.is_both) for each in merged.conflicts] == [("One", "Eins", False)]


def test_merge_keeps_theirs_on_a_piece_whose_correction_we_took_back():
    merged = merge({}, {"text-1": "Eins", "kind-1": "note"}, {"text-1": "Eins"})
    review = make_review()

    apply_corrections(review, relocate_corrections(merged.values, review)[0])

    assert (review.pieces[0].kind, review.pieces[0].text) == (Kind.NOTE, "One")


def test_conflict_names_a_moved_piece_by_its_place():
    merged = merge({"order": "3,1,2"}, {"text-3": "Drei", "order": "3,1,2"}, {"order": "3,1,2"})

    assert [each.label for each in merged.conflicts] == ["Piece 1: text"]
