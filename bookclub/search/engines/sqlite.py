"""Search on SQLite: an FTS5 table for each kind, kept by triggers on the entries."""

from bookclub.search.models import SearchEntry, SearchWord

ENTRIES, WORDS = SearchEntry._meta.db_table, SearchWord._meta.db_table
POSITION = "instr"
EXTENSIONS = []
COLUMNS = "title_stems, text_stems, words"
# `ascii` takes every letter beyond ASCII for a part of a word: the stems are separated by spaces alone. The words are
# read from the entries (content=''), and nothing is ranked by FTS5 (columnsize=0).
CREATE_TABLE = f"""
    CREATE VIRTUAL TABLE IF NOT EXISTS {{table}} USING fts5(
        {COLUMNS}, content='', columnsize=0, tokenize='ascii', prefix='3 4 5 6'
    )
"""
ADD = f"INSERT INTO {{table}}(rowid, {COLUMNS}) VALUES (new.id, new.title_stems, new.text_stems, new.words);"
TAKE_OUT = f"""
    INSERT INTO {{table}}({{table}}, rowid, {COLUMNS})
    VALUES ('delete', old.id, old.title_stems, old.text_stems, old.words);
"""
ACTIONS = {"INSERT": ("new", ADD), "DELETE": ("old", TAKE_OUT), "UPDATE": ("old", TAKE_OUT + ADD)}
BY_ENDS = f"""
    SELECT %s, word FROM {WORDS}
    WHERE length(word) BETWEEN %s AND %s AND (substr(word, 1, 1) = substr(%s, 1, 1) OR substr(word, -2) = substr(%s, -2))
"""
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'search\\_%' ESCAPE '\\'"
TABLES = "SELECT name FROM pragma_table_list WHERE type = 'virtual' AND name LIKE 'search\\_%' ESCAPE '\\'"


def get_table_name(kind):
    """Return the name of the FTS5 table of one kind: with one for all, rare kinds would be looked for among many rows."""
    return f"search_{kind}"


def install_index(cursor, kinds):
    for kind in kinds:
        cursor.execute(CREATE_TABLE.format(table=get_table_name(kind)))
        for event, (row, action) in ACTIONS.items():
            cursor.execute(
                f"CREATE TRIGGER IF NOT EXISTS search_fts_{kind}_{event} AFTER {event} ON {ENTRIES} "
                f"WHEN {row}.kind = '{kind}' BEGIN {action.format(table=get_table_name(kind))} END"
            )


def drop_index(cursor):
    cursor.execute(TABLES)
    for (name,) in cursor.fetchall():
        cursor.execute(f'DROP TABLE "{name}"')


def erase_deleted_words(cursor, kinds):
    """Remove the words of deleted entries from the FTS5 files: until a merge, FTS5 only marks them as deleted."""
    for table in map(get_table_name, kinds):
        cursor.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")


def build_candidates_sql(kind, query):
    """Return FROM and WHERE for the entries `e` of a kind that `query` finds, and the parameters."""
    return f"{join_entries(kind)} %s", [build_match_query(query)]


def build_exact_word_sql(kind):
    """Return FROM and WHERE for the entries `e` of a kind with exactly the word `column1` of an outer row."""
    return f"""{join_entries(kind)} ('words : "' || column1 || '"')"""


def join_entries(kind):
    # CROSS JOIN: one entry after the other, until there are enough.
    table = get_table_name(kind)
    return f"{table} CROSS JOIN {ENTRIES} e ON e.id = {table}.rowid WHERE {table} MATCH"


def build_match_query(query):
    wanted = " AND ".join(map(build_match_term, query.wanted))
    return f"({wanted}) NOT ({' OR '.join(map(build_match_term, query.excluded))})" if query.excluded else wanted


def build_match_term(term):
    stems = f'{{title_stems text_stems}} : "{" ".join(term.stems)}"'
    return f'({stems} OR words : "{term.prefix}" *)' if term.prefix else f"({stems})"


def find_similar(cursor, distances, limit):
    """Return [(typed word, word that may be meant), …]; `distances` maps typed words to the letters that may differ."""
    values = [(word, len(word) - apart, len(word) + apart, word, word) for word, apart in distances.items()]
    cursor.execute(" UNION ALL ".join([BY_ENDS] * len(values)), [value for row in values for value in row])
    return cursor.fetchall()


def drop_triggers(cursor):
    cursor.execute(TRIGGERS)
    for (name,) in cursor.fetchall():
        cursor.execute(f'DROP TRIGGER "{name}"')


def build_trigger_sql(name, table, event, changed, action):
    """Return statements that make a trigger: `action` is SQL, `changed` the columns that matter to an UPDATE."""
    when = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in changed)
    condition = f"WHEN {when}" if changed else ""
    return [f'CREATE TRIGGER {name} AFTER {event} ON "{table}" {condition} BEGIN {action}; END']


def try_lock(cursor):
    """Return True: a transaction has the write lock from its beginning."""
    return True


def wait_for_lock(cursor):
    """Do nothing: see `try_lock()`."""
