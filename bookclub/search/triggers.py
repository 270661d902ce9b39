"""Triggers that mark entries as stale. `migrate` drops them before it changes tables, and makes them at its end."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bookclub.search.engines import get_engine
from bookclub.search.index import rebuild_index
from bookclub.search.models import SearchMark
from bookclub.search.registry import get_searchables

MARKS = SearchMark._meta.db_table


def before_migrate(**signal):
    """Drop the triggers: a table can't be changed while they name its columns."""
    with connection.cursor() as cursor:
        get_engine(connection).drop_triggers(cursor)


def after_migrate(plan=(), **signal):
    """Make the triggers unless tables are still missing, and index anew what migrations may have changed."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    install_triggers()
    if plan:
        rebuild_index()


def remove_index(apps, schema_editor):
    """Drop what install_triggers made, before a migration backwards drops the tables of the index."""
    engine = get_engine(schema_editor.connection)
    with schema_editor.connection.cursor() as cursor:
        engine.drop_triggers(cursor)
        engine.drop_index(cursor)


def install_triggers():
    """Make what the engine needs besides the tables, and the triggers. Idempotent; within a transaction."""
    engine = get_engine(connection)
    with connection.cursor() as cursor:
        engine.drop_triggers(cursor)
        engine.install_index(cursor, get_searchables())
        for statement in write_triggers(engine):
            cursor.execute(statement)


def write_triggers(engine):
    for searchable in get_searchables().values():
        table, name = searchable.model._meta.db_table, f"search_mark_{searchable.name}"
        columns = columns_of(searchable.model, searchable.fields)
        mark = f"INSERT INTO {MARKS} (kind, object_id) VALUES ('{searchable.name}', {{}}.id)"
        yield from engine.make_trigger(f"{name}_insert", table, "INSERT", [], mark.format("NEW"))
        yield from engine.make_trigger(f"{name}_delete", table, "DELETE", [], mark.format("OLD"))
        yield from engine.make_trigger(f"{name}_update", table, "UPDATE", columns, mark.format("NEW"))
        for watched in searchable.watched:
            other = watched.model._meta
            via = searchable.model._meta.get_field(watched.via).column
            marks = f"""
                INSERT INTO {MARKS} (kind, object_id)
                SELECT '{searchable.name}', id FROM "{table}" WHERE "{via}" = NEW.id
            """
            columns = columns_of(watched.model, watched.fields)
            yield from engine.make_trigger(f"{name}_via_{watched.via}", other.db_table, "UPDATE", columns, marks)


def columns_of(model, fields):
    return [model._meta.get_field(name).column for name in fields]
