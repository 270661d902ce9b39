"""Stored pastes: once each, at most twenty of a member, for thirty days."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from meetups.models import Paste
from meetups.models.paste import MAX_UNFINISHED
from meetups.privacy import export_data
from members.account_deletion import delete_account
from tests.factories import make_book, make_member, make_organiser, make_paste, make_writer, make_writeup, run_worker
from tests.racing import race

NEW = Paste.Destination.NEW_WRITEUP
NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


def test_store_keeps_document_and_its_first_line(bob):
    paste, is_new = Paste.objects.store(
        bob, NEW, text="\n  A Night \n\nProse.", html="<p>A Night</p>", reports=["One."]
    )

    paste.refresh_from_db()
    assert is_new
    assert (paste.title, paste.text, paste.html) == ("A Night", "\n  A Night \n\nProse.", "<p>A Night</p>")
    assert (paste.owner, paste.reports, paste.corrections, paste.is_saved) == (bob, ["One."], {}, False)


def test_store_cuts_a_long_first_line(bob):
    paste, _ = Paste.objects.store(bob, NEW, text="word " * 100)

    paste.refresh_from_db()
    assert len(paste.title) <= 80


def test_store_returns_the_same_document_once(bob, alice):
    book, writeup = make_book(), make_writeup()
    first, _ = Paste.objects.store(bob, NEW, text="A Night")

    again = Paste.objects.store(bob, NEW, text="A Night")
    others = [
        Paste.objects.store(alice, NEW, text="A Night"),
        Paste.objects.store(bob, NEW, text="A Night", html="<p>A Night</p>"),
        Paste.objects.store(bob, Paste.Destination.QUOTES, book=book, text="A Night"),
        Paste.objects.store(bob, Paste.Destination.SESSION_NOTES, writeup=writeup, text="A Night"),
    ]

    assert again == (first, False)
    assert [is_new for _, is_new in others] == [True] * 4


def test_store_again_after_saving_makes_a_new_paste(bob):
    first, _ = Paste.objects.store(bob, NEW, text="A Night")
    first.mark_saved(make_writeup(), {})

    second, is_new = Paste.objects.store(bob, NEW, text="A Night")

    assert is_new
    assert second.pk != first.pk


def test_store_refuses_the_twenty_first_and_deletes_none(bob, alice):
    pastes = [make_paste(owner=bob) for _ in range(MAX_UNFINISHED)]
    make_paste(owner=bob, saved_at=NOW, text="")

    with pytest.raises(ValidationError, match="no room for more"):
        Paste.objects.store(bob, NEW, text="One more")

    assert set(bob.pastes.unfinished()) == set(pastes)
    pastes[0].delete()
    assert Paste.objects.store(bob, NEW, text="One more")[1]
    assert Paste.objects.store(alice, NEW, text="One more")[1]


@pytest.mark.both_databases
def test_store_at_the_same_moment_keeps_the_limit_and_one_row_per_document(transactional_db):
    ben = make_writer()
    for _ in range(MAX_UNFINISHED - 2):
        make_paste(owner=ben)

    def store(text):
        return lambda: Paste.objects.store(ben, NEW, text=text)[0].pk

    runs = race([store("Same"), store("Same"), store("Same"), store("Another"), store("Third")])

    assert ben.pastes.unfinished().count() == MAX_UNFINISHED
    assert ben.pastes.filter(text="Same").count() <= 1
    assert all("no room for more" in run.error for run in runs if run.error)


@pytest.mark.both_databases
def test_saved_paste_can_keep_no_document(db):
    paste = make_paste()

    with pytest.raises(IntegrityError), transaction.atomic():
        Paste.objects.filter(pk=paste.pk).update(saved_at=NOW)


@pytest.mark.both_databases
def test_document_is_unfinished_once_in_the_database(bob):
    make_paste(owner=bob, digest="same", saved_at=NOW, text="")
    make_paste(owner=bob, digest="same")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_paste(owner=bob, digest="same")


def test_mark_saved_forgets_the_document(db):
    paste, writeup = make_paste(html="<p>x</p>", corrections={"text-1": "Mine"}), make_writeup()

    paste.mark_saved(writeup, {"left_out": []})

    paste.refresh_from_db()
    assert (paste.text, paste.html, paste.corrections, paste.writeup) == ("", "", {}, writeup)
    assert paste.is_saved


def test_visible_to_owner_and_organisers_only(db, olga):
    ann, ben = make_writer(), make_writer()
    hers, his = make_paste(owner=ann), make_paste(owner=ben)

    assert set(Paste.objects.visible_to(ann)) == {hers}
    assert set(Paste.objects.visible_to(olga)) == {hers, his}
    assert not Paste.objects.visible_to(make_member()).exists()


@pytest.mark.both_databases
def test_paste_is_deleted_thirty_days_after_its_last_change(db):
    with time_machine.travel(NOW, tick=False) as clock:
        old, changed, saved = make_paste(), make_paste(), make_paste()
        clock.move_to(NOW + dt.timedelta(days=2))
        changed.keep_corrections({"text-1": "Mine"})
        saved.mark_saved(make_writeup(), {})

        clock.move_to(NOW + dt.timedelta(days=30))
        run_worker()
        assert Paste.objects.count() == 3
        clock.move_to(NOW + dt.timedelta(days=30, minutes=1))
        run_worker()
        assert set(Paste.objects.all()) == {changed, saved}
        clock.move_to(NOW + dt.timedelta(days=32, minutes=1))
        run_worker()

        assert not Paste.objects.filter(pk=old.pk).exists()
        assert not Paste.objects.exists()


def test_equal_corrections_do_not_change_the_day(db):
    with time_machine.travel(NOW, tick=False) as clock:
        paste = make_paste(corrections={"text-1": "Mine"})
        clock.move_to(NOW + dt.timedelta(days=5))

        paste.keep_corrections({"text-1": "Mine"})
        assert paste.changed_at == NOW
        paste.keep_corrections({"text-1": "Mine"}, is_extended=True)

        assert paste.changed_at == timezone.now()


@pytest.mark.parametrize(("days", "is_expiring"), [(22.9, False), (23, True), (29, True)])
def test_paste_warns_from_day_twenty_three(db, days, is_expiring):
    with time_machine.travel(NOW, tick=False) as clock:
        paste = make_paste()
        clock.move_to(NOW + dt.timedelta(days=days))

        assert paste.is_expiring == is_expiring
        assert paste.last_day_in_words == "Fri 3 Apr"


def test_export_holds_the_pastes_of_the_member_only(bob, alice):
    with time_machine.travel(NOW, tick=False):
        make_paste(owner=alice, text="Hers")
        make_paste(owner=bob, text="His\n\nprose", html="<p>His</p>", corrections={"text-1": "Corrected"})
        left_out = [{"text": "Words", "reason": "so"}]
        make_paste(owner=bob, text="Saved").mark_saved(make_writeup(), {"left_out": left_out, "digests": {"x": "1"}})

    assert export_data(bob)["pastes"] == [
        {
            "for": "a new write-up",
            "title": "His",
            "created_at": NOW,
            "changed_at": NOW,
            "saved_at": None,
            "text": "His\n\nprose",
            "html": "<p>His</p>",
            "corrections": {"text-1": "Corrected"},
            "left_out": [],
        },
        {
            "for": "a new write-up",
            "title": "Saved",
            "created_at": NOW,
            "changed_at": NOW,
            "saved_at": NOW,
            "text": "",
            "html": "",
            "corrections": {},
            "left_out": [{"text": "Words", "reason": "so"}],
        },
    ]


@pytest.mark.both_databases
def test_pastes_are_deleted_with_the_account(db, olga):
    ann = make_writer()
    make_paste(owner=ann)
    make_paste(owner=ann).mark_saved(make_writeup(), {"left_out": [{"text": "Words", "reason": "so"}]})
    kept = make_paste(owner=make_organiser())

    delete_account(ann)

    assert list(Paste.objects.all()) == [kept]


def test_deleting_the_target_keeps_the_paste(db):
    writeup, book = make_writeup(), make_book()
    pastes = [
        make_paste(destination=Paste.Destination.WRITEUP, writeup=writeup),
        make_paste(destination=Paste.Destination.QUOTES, book=book),
    ]

    writeup.delete()
    book.delete()

    assert list(Paste.objects.order_by("pk").values_list("pk", "writeup", "book")) == [
        (paste.pk, None, None) for paste in pastes
    ]
