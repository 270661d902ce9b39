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
    """Create the triggers unless migrations are still to come, and rebuild the index if any ran."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    install_triggers()
    if plan:
        rebuild_index()


def remove_index(apps, schema_editor):
    """Undo `install_triggers()`, before a reversed migration drops the tables of the index."""
    engine = get_engine(schema_editor.connection)
    with schema_editor.connection.cursor() as cursor:
        engine.drop_triggers(cursor)
        engine.drop_index(cursor)


def install_triggers():
    """Create the triggers, and the FTS5 tables or GIN indexes. Idempotent; within a transaction."""
    engine = get_engine(connection)
    with connection.cursor() as cursor:
        engine.drop_triggers(cursor)
        engine.install_index(cursor, get_searchables())
        for statement in build_trigger_statements(engine):
            cursor.execute(statement)


def build_trigger_statements(engine):
    for searchable in get_searchables().values():
        table, name = searchable.model._meta.db_table, f"search_mark_{searchable.name}"
        columns = get_columns(searchable.model, searchable.fields)
        mark = f"INSERT INTO {MARKS} (kind, object_id) VALUES ('{searchable.name}', {{}}.id)"
        yield from engine.build_trigger_sql(f"{name}_insert", table, "INSERT", [], mark.format("NEW"))
        yield from engine.build_trigger_sql(f"{name}_delete", table, "DELETE", [], mark.format("OLD"))
        yield from engine.build_trigger_sql(f"{name}_update", table, "UPDATE", columns, mark.format("NEW"))
        for dependencies in searchable.dependencies:
            other = dependencies.model._meta
            via = searchable.model._meta.get_field(dependencies.via).column
            marks = f"""
                INSERT INTO {MARKS} (kind, object_id)
                SELECT '{searchable.name}', id FROM "{table}" WHERE "{via}" = NEW.id
            """
            columns = get_columns(dependencies.model, dependencies.fields)
            yield from engine.build_trigger_sql(
                f"{name}_via_{dependencies.via}", other.db_table, "UPDATE", columns, marks
            )


def get_columns(model, fields):
    return [model._meta.get_field(name).column for name in fields]
