"""The index: marks from triggers, `rebuild_search`, and what `migrate` and `prepare` make."""

import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bookclub.search import triggers
from bookclub.search.engines import postgresql
from bookclub.search.extensions import create_extensions
from bookclub.search.index import rebuild_index, refresh_index
from bookclub.search.models import SearchEntry, SearchMark, SearchWord
from books.models import Quote
from tests import factories as make
from tests.databases import list_rows

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def list_entries():
    return sorted(SearchEntry.objects.values_list("kind", "object_id", "path", "title", "text", "words"))


def test_changes_of_other_columns_mark_nothing():
    quote = make.make_quote()
    refresh_index()

    Quote.objects.update(position=5, audience="members")
    quote.unpublish()

    assert not SearchMark.objects.exists()


def test_changes_of_another_table_mark_the_rows_that_show_it():
    contribution = make.make_contribution()
    writeup = make.make_writeup()
    meetup = make.make_meetup(venue=make.make_venue())
    refresh_index()

    contribution.contributor.name = "Another Name"
    contribution.contributor.save()
    type(writeup.author).objects.update(name="Another Author")
    meetup.venue.area = "Elsewhere"
    meetup.venue.save()

    marked = set(SearchMark.objects.values_list("kind", "object_id"))
    assert {("contribution", contribution.pk), ("writeup", writeup.pk), ("meetup", meetup.pk)} <= marked


def test_rebuild_is_idempotent_and_mends_a_wrong_index():
    quotes = [make.make_quote() for _ in range(3)]
    refresh_index()
    right = list_entries()
    SearchEntry.objects.filter(object_id=quotes[0].pk).update(text="Wrong", text_stems=" wrong ")
    SearchEntry.objects.filter(kind="quote", object_id=quotes[1].pk).delete()
    SearchEntry.objects.create(kind="quote", object_id=987_654, length=0)

    for _ in range(2):
        call_command("rebuild_search", stdout=io.StringIO())
        assert list_entries() == right


def test_batches_index_every_row(monkeypatch):
    monkeypatch.setattr("bookclub.search.index.BATCH", 2)
    for _ in range(5):
        make.make_quote()

    refresh_index()
    before = list_entries()
    rebuild_index()

    assert list_entries() == before
    assert Quote.objects.count() == len([entry for entry in before if entry[0] == "quote"])


def test_migrate_makes_missing_triggers_again():
    triggers.before_migrate()
    make.make_quote()
    assert not SearchMark.objects.exists()

    call_command("migrate", verbosity=0)

    quote = make.make_quote()
    assert ("quote", quote.pk) in SearchMark.objects.values_list("kind", "object_id")


def test_extensions_are_made_where_the_server_offers_them():
    create_extensions()
    create_extensions()

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")
            [offered] = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
            assert cursor.fetchone() == (offered,)
        postgresql.has_extension.cache_clear()


def test_words_are_forgotten_with_the_last_entry_that_has_them():
    quotes = [make.make_quote(text=text) for text in ("Gossamer wings", "Gossamer threads")]
    refresh_index()

    quotes[0].delete()
    refresh_index()
    assert set(SearchWord.objects.filter(word__in=["gossamer", "wings", "threads"]).values_list("word", flat=True)) == {
        "gossamer",
        "threads",
    }
    quotes[1].delete()
    refresh_index()

    assert {table for table, row in list_rows() if "gossam" in str(row).lower()} <= {"books_historicalquote"}


def test_rebuild_forgets_unused_words():
    SearchWord.objects.create(word="gossamer")

    rebuild_index()

    assert not SearchWord.objects.filter(word="gossamer").exists()


@pytest.mark.django_db(transaction=True)
def test_migrating_backwards_and_forwards_makes_the_index_anew():
    call_command("migrate", "bookclub", "0006", verbosity=0)
    left = connection.introspection.table_names()
    call_command("migrate", verbosity=0)

    assert [table for table in left if "search" in table] == []
    quote = make.make_quote(text="Gossamer wings")
    refresh_index()
    assert SearchEntry.objects.filter(kind="quote", object_id=quote.pk).exists()
    assert not SearchMark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_migration_run_without_the_command_leaves_no_trigger_without_its_table():
    try:
        MigrationExecutor(connection).migrate([("bookclub", "0006_add_share_cards")])
        quote = make.make_quote()
        quote.delete()
    finally:
        call_command("migrate", verbosity=0)

    make.make_quote()
    assert SearchMark.objects.exists()
