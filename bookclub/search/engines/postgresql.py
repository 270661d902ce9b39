"""Search on PostgreSQL: a weighted tsvector with a GIN index for each kind, and pg_trgm for similar words where it is there."""

from functools import lru_cache

from django.db import connection

from bookclub.search.models import SearchEntry, SearchWord

ENTRIES, WORDS = SearchEntry._meta.db_table, SearchWord._meta.db_table
LOCK_NUMBER = 4_726_531_909  # of PostgreSQL's advisory locks; any number that no other program uses
POSITION = "strpos"
EXTENSIONS = ["pg_trgm"]  # unaccent is not needed: bookclub.search.analysis folds the words for both engines
CREATE_INDEX = f"""
    CREATE INDEX IF NOT EXISTS search_{{kind}} ON {ENTRIES} USING gin (vector) WITH (fastupdate = off)
    WHERE kind = '{{kind}}'
"""
CREATE_WORD_INDEX = f"CREATE INDEX IF NOT EXISTS search_word_similar ON {WORDS} USING gin (word gin_trgm_ops)"
BY_TRIGRAMS = f"(SELECT %s, word FROM {WORDS} WHERE word %% %s ORDER BY similarity(word, %s) DESC, word LIMIT %s)"
BY_ENDS = f"""
    SELECT %s, word FROM {WORDS}
    WHERE length(word) BETWEEN %s AND %s AND (left(word, 1) = left(%s, 1) OR right(word, 2) = right(%s, 2))
"""
TRIGGERS = (
    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'search\\_mark\\_%' AND NOT tgisinternal"
)


def install_index(cursor, kinds):
    for kind in kinds:
        cursor.execute(CREATE_INDEX.format(kind=kind))
    has_extension.cache_clear()
    if has_extension(connection.settings_dict["NAME"], "pg_trgm"):
        cursor.execute(CREATE_WORD_INDEX)


def drop_index(cursor):
    """Do nothing: PostgreSQL drops indexes with their table."""


def erase_deleted_words(cursor, kinds):
    """Do nothing: only the entries hold the words."""


@lru_cache
def has_extension(database, name):
    """Return whether the connected `database` has the extension; asked once in a process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name])
        return cursor.fetchone() is not None


def build_candidates_sql(kind, query):
    """Return FROM and WHERE for the entries `e` of a kind that `query` finds, and the parameters."""
    return f"{ENTRIES} e WHERE e.kind = '{kind}' AND e.vector @@ %s::tsquery", [build_match_query(query)]


def build_exact_word_sql(kind):
    """Return FROM and WHERE for the entries `e` of a kind with exactly the word `column1` of an outer row."""
    word = "(E'\\'' || column1 || E'\\':C')::tsquery"
    return f"{ENTRIES} e WHERE e.kind = '{kind}' AND e.vector @@ {word}"


def build_match_query(query):
    wanted, excluded = map(build_match_term, query.wanted), (f"!{build_match_term(term)}" for term in query.excluded)
    return " & ".join([*wanted, *excluded])


def build_match_term(term):
    stems = " <-> ".join(f"'{stem}':AB" for stem in term.stems)
    return f"({stems} | '{term.prefix}':*C)" if term.prefix else f"({stems})"


def find_similar(cursor, distances, limit):
    """Return [(typed word, word that may be meant), …]; `distances` maps typed words to the letters that may differ."""
    if has_extension(connection.settings_dict["NAME"], "pg_trgm"):
        select, values = BY_TRIGRAMS, [(word, word, word, limit) for word in distances]
    else:
        select = BY_ENDS
        values = [(word, len(word) - apart, len(word) + apart, word, word) for word, apart in distances.items()]
    cursor.execute(" UNION ALL ".join([select] * len(values)), [value for row in values for value in row])
    return cursor.fetchall()


def drop_triggers(cursor):
    cursor.execute(TRIGGERS)
    for name, table in cursor.fetchall():
        cursor.execute(f"DROP TRIGGER {name} ON {table}")
        cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")


def build_trigger_sql(name, table, event, changed, action):
    """Return statements that make a trigger: `action` is SQL, `changed` the columns that matter to an UPDATE."""
    when = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in changed)
    body = f"$body$ BEGIN {action}; RETURN NULL; END $body$"
    condition = f"WHEN ({when})" if changed else ""
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS {body}",
        f'CREATE TRIGGER {name} AFTER {event} ON "{table}" FOR EACH ROW {condition} EXECUTE FUNCTION {name}()',
    ]


def try_lock(cursor):
    """Let only one transaction at a time write entries; return whether it is this one."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_NUMBER])
    return cursor.fetchone()[0]


def wait_for_lock(cursor):
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])
