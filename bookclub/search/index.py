"""Bring the index up to date: the only code that writes entries."""

from django.db import connection, transaction

from bookclub.search.engines import get_engine
from bookclub.search.entries import build_entry
from bookclub.search.models import SearchEntry, SearchMark, SearchWord
from bookclub.search.registry import get_searchables

BATCH = 500
UPDATED_FIELDS = [field.name for field in SearchEntry._meta.fields if field.name not in {"id", "kind", "object_id"}]


def refresh_index() -> int:
    """Renew marked entries, in short transactions; return their number. One query where there are no marks."""
    count = 0
    while SearchMark.objects.exists():
        renewed = refresh_batch()
        if not renewed:  # another process does it
            break
        count += renewed
    return count


def refresh_batch():
    with transaction.atomic():
        if not try_lock():
            return 0
        # By key: what is marked again while this runs keeps its new mark.
        marks = list(SearchMark.objects.order_by("pk")[:BATCH])
        keys = {}
        for mark in marks:
            keys.setdefault(mark.kind, set()).add(mark.object_id)
        for kind, ids in keys.items():
            write_entries(kind, ids)
        SearchMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return len(marks)


def rebuild_index(report=None) -> int:
    """Write every entry anew and delete those without a row; return the number of entries.

    Idempotent, and safe beside writers and a running site: each batch is a transaction of its own, and a row that
    changes meanwhile is marked.
    """
    count = 0
    for kind, searchable in get_searchables().items():
        last = 0
        while ids := list(
            searchable.model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ):
            with transaction.atomic():
                wait_for_lock()
                write_entries(kind, ids)
            last, count = ids[-1], count + len(ids)
        delete_orphaned_entries(kind, searchable)
        if report:
            report(searchable, count)
    SearchEntry.objects.exclude(kind__in=get_searchables()).delete()
    delete_all_unused_words()
    refresh_index()
    return count


def delete_orphaned_entries(kind, searchable):
    with transaction.atomic():
        wait_for_lock()
        SearchEntry.objects.filter(kind=kind).exclude(object_id__in=searchable.model.objects.values("pk")).delete()


def write_entries(kind, ids):
    """Write the entries of the rows with these keys; delete the entries of those that are gone."""
    searchable = get_searchables().get(kind)
    rows = searchable.rows().filter(pk__in=ids).order_by("pk") if searchable else []
    entries = [build_entry(searchable, row) for row in rows]
    stored = SearchEntry.objects.filter(kind=kind, object_id__in=ids)
    before = {word for words in stored.values_list("words", flat=True) for word in words.split()}
    gone = set(ids) - {entry.object_id for entry in entries}
    if gone:
        stored.filter(object_id__in=gone).delete()
    SearchEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=UPDATED_FIELDS,
        batch_size=BATCH,
    )
    words = sorted({word for entry in entries for word in entry.words.split()})
    SearchWord.objects.bulk_create([SearchWord(word=word) for word in words], ignore_conflicts=True, batch_size=BATCH)
    delete_unused_words(sorted(before - set(words)))


def delete_all_unused_words():
    last = ""
    while words := list(
        SearchWord.objects.filter(word__gt=last).order_by("word").values_list("word", flat=True)[:BATCH]
    ):
        with transaction.atomic():
            wait_for_lock()
            delete_unused_words(words)
        last = words[-1]


def delete_unused_words(words):
    """Delete those of `words` that no entry has any more, so that no deleted name is left."""
    engine, kinds = get_engine(connection), get_searchables()
    is_used = " OR ".join(f"EXISTS (SELECT 1 FROM {engine.build_exact_word_sql(kind)})" for kind in kinds)
    forgotten = 0
    with connection.cursor() as cursor:
        for start in range(0, len(words), BATCH):
            batch = words[start : start + BATCH]
            rows = ", ".join(["(%s)"] * len(batch))
            cursor.execute(f"SELECT column1 FROM (VALUES {rows}) AS word WHERE NOT ({is_used})", batch)
            unused = [word for (word,) in cursor.fetchall()]
            forgotten += SearchWord.objects.filter(word__in=unused).delete()[0]
        if forgotten:
            engine.erase_deleted_words(cursor, kinds)


def try_lock():
    with connection.cursor() as cursor:
        return get_engine(connection).try_lock(cursor)


def wait_for_lock():
    with connection.cursor() as cursor:
        get_engine(connection).wait_for_lock(cursor)
