"""Compare the databases that two chains of migrations make.

    DATABASE_URL=sqlite:////tmp/new.sqlite3 python -m bench.compare_schemas new.json
    python -W ignore -m tests.postgres sh -c 'DATABASE_URL=$TEST_DATABASE_URL python -m bench.compare_schemas new.json'
    python -m bench.compare_schemas --diff old.json new.json

The first form migrates the empty database that DATABASE_URL names and writes a sorted JSON file: columns (type, null,
default, collation), constraints (with CHECK conditions, ON DELETE and DEFERRABLE), indexes (with operator classes and
conditions), triggers, views, extensions, the number of rows in each table, permissions, and the permissions of each
group. To describe another chain, run this file in a checkout that has that chain.

`--diff` prints one line per difference, "-" for the first file and "+" for the second, and exits with 1 if there is any.

The order of columns, constraints and indexes, the rows of django_migrations, primary keys and the display names of
permissions aren't compared. Names of constraints and indexes are compared in full, with their hashes; SQLite keeps no
name for foreign keys, so Django's numbers for them (fk_0, fk_1) are left out.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

POSTGRESQL = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
               pg_get_expr(d.adbin, d.adrelid), l.collname
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT c.relname, n.conname, pg_get_constraintdef(n.oid), n.convalidated
        FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
        WHERE c.relnamespace = current_schema()::regnamespace""",
    "indexes": """
        SELECT c.relname, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisvalid,
               ARRAY(SELECT o.opcname FROM unnest(i.indclass) WITH ORDINALITY AS k(oid, place)
                     JOIN pg_opclass o ON o.oid = k.oid ORDER BY k.place)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = current_schema()::regnamespace""",
    "triggers": """
        SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal""",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema()",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'""",
    "extensions": "SELECT extname FROM pg_extension",
}


def describe_database() -> dict:
    """Migrate the empty database and return its description: {section: sorted list of rows}."""
    import django  # noqa: PLC0415 - the settings must be named first

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - after the setup
    from django.db import connection  # noqa: PLC0415

    if tables := connection.introspection.table_names():
        sys.exit(f"The database isn't empty: it has {len(tables)} tables.")
    call_command("migrate", verbosity=0)
    return describe_schema(connection)


def describe_schema(connection) -> dict:
    """Return the description of a migrated database: {section: sorted list of rows}."""
    sections = postgresql_sections(connection) if connection.vendor == "postgresql" else sqlite_sections(connection)
    return {name: sorted(rows, key=json.dumps) for name, rows in (sections | content_sections(connection)).items()}


def postgresql_sections(connection):
    return {name: rows_of(connection, query) for name, query in POSTGRESQL.items()}


def sqlite_sections(connection):
    """Columns and constraints as Django reads them, and as the statements in sqlite_master define them.

    Django doesn't read conditions of CHECK, ON DELETE, DEFERRABLE and AUTOINCREMENT; the statements have them all.
    """
    sections = {"columns": [], "constraints": [], "definitions": []}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_table_description(cursor, table):
                sections["columns"].append([table, *column])
            for name, about in connection.introspection.get_constraints(cursor, table).items():
                # Django numbers foreign keys and constraints without a name by their place in the statement.
                own_name = re.sub(r"^(fk_\d+|__unnamed_constraint_\d+__)$", "", name)
                sections["constraints"].append([table, own_name, about])
    for kind, name, table, statement in rows_of(connection, "SELECT type, name, tbl_name, sql FROM sqlite_master"):
        head, brackets, body = (statement or "").partition("(")
        parts = split_definition(body.rpartition(")")[0]) if kind == "table" else [brackets + body]
        sections["definitions"] += [[kind, name, table, head.strip(), part] for part in parts]
    return sections


def split_definition(body: str) -> list[str]:
    """Split the body of CREATE TABLE at the commas outside of brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in body:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"`":
            quote = letter
        elif letter == "," and depth == 0:
            parts.append("")
            continue
        else:
            depth += (letter == "(") - (letter == ")")
        parts[-1] += letter
    return [part.strip() for part in parts]


def content_sections(connection):
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415 - after the setup

    quote = connection.ops.quote_name
    tables = sorted({*connection.introspection.table_names()} - {"django_migrations"} - virtual_tables(connection))
    permission = ("content_type__app_label", "content_type__model", "codename")
    of_group = [f"permissions__{name}" for name in permission]
    return {
        "row_counts": [[table, *rows_of(connection, f"SELECT COUNT(*) FROM {quote(table)}")[0]] for table in tables],  # noqa: S608
        "permissions": [list(row) for row in Permission.objects.values_list(*permission)],
        "group_permissions": [list(row) for row in Group.objects.values_list("name", *of_group)],
    }


def virtual_tables(connection) -> set[str]:
    """Return the FTS5 tables of SQLite, whose rows can't be listed: what they hold stands in tables of their own."""
    if connection.vendor != "sqlite":
        return set()
    return {name for (name,) in rows_of(connection, "SELECT name FROM pragma_table_list WHERE type = 'virtual'")}


def rows_of(connection, query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [list(row) for row in cursor.fetchall()]


def list_differences(before: dict, after: dict) -> list[str]:
    lines = []
    for section in sorted(before.keys() | after.keys()):
        old, new = ([json.dumps(row, sort_keys=True) for row in side.get(section, [])] for side in (before, after))
        lines += [f"- {section} {row}" for row in find_unmatched(old, new)]
        lines += [f"+ {section} {row}" for row in find_unmatched(new, old)]
    return lines


def find_unmatched(rows, others):
    """Return the rows that aren't among the others, with those that are there more often."""
    rest = list(others)
    return [row for row in rows if row not in rest or rest.remove(row)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--diff", nargs=2, type=Path, metavar=("A", "B"))
    options = parser.parse_args()
    if options.diff:
        lines = list_differences(*(json.loads(path.read_text(encoding="utf-8")) for path in options.diff))
        print("\n".join([*lines, f"{len(lines)} differences"]))
        return bool(lines)
    if not options.out:
        parser.error("name the file to write, or two files after --diff")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
    description = describe_database()
    options.out.write_text(json.dumps(description, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(", ".join(f"{len(rows)} {name}" for name, rows in description.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
