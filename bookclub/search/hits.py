"""Find the hits of a query that somebody may see: ranked within each kind, and grouped."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import EmptyResultSet
from django.db import connection

from bookclub.search.engines import get_engine
from bookclub.search.entries import build_entry
from bookclub.search.excerpts import build_excerpt, mark_words
from bookclub.search.models import SearchEntry, SearchMark
from bookclub.search.query import Query
from bookclub.search.ranking import build_score_sql, compute_score, is_match
from bookclub.search.registry import GROUPS, get_searchables

MAX_CANDIDATES = 1_000  # of a Searchable
MAX_STALE_ROWS = 200  # marked rows that are read from their own tables
ENTRIES, MARKS = SearchEntry._meta.db_table, SearchMark._meta.db_table


@dataclass(frozen=True)
class Filters:
    """`group` is a key of GROUPS; `book` a book that the person may see."""

    group: str = ""
    book: object = None
    year: int | None = None

    def apply(self, searchable, rows):
        """Return those of the rows of a Searchable that match; None if none can."""
        if self.group and self.group != searchable.group:
            return None
        if self.book:
            if not searchable.book:
                return None
            rows = rows.filter(**{searchable.book: self.book.pk if searchable.book == "pk" else self.book})
        if self.year:
            if not searchable.day:
                return None
            rows = rows.filter(**{f"{searchable.day}__year": self.year})
        return rows


@dataclass(frozen=True)
class Hit:
    query: Query
    entry: SearchEntry
    score: int

    @property
    def sort_key(self):
        return -self.score, self.entry.length, self.entry.kind, self.entry.object_id

    @cached_property
    def title(self):
        return mark_words(self.entry.title, self.query)

    @cached_property
    def excerpt(self):
        return build_excerpt(self.entry.text, self.query)


@dataclass
class HitGroup:
    name: str
    hits: list[Hit] = field(default_factory=list)
    count: int = 0  # at most MAX_CANDIDATES of each Searchable are counted

    @property
    def heading(self):
        return GROUPS[self.name][0]

    @property
    def noun(self):
        return GROUPS[self.name][1]

    @property
    def is_count_cut(self):
        return self.count >= MAX_CANDIDATES


def find_hits(query: Query, user, filters: Filters = Filters(), *, start=0, stop=5) -> list[HitGroup]:
    """Return the HitGroups in which something is found, the one with the best hit first, each with hits `start:stop`.

    Two queries; while rows are marked as stale, one more for each Searchable with such rows.
    """
    if not query.wanted:
        return []
    rows = {}
    for name, searchable in get_searchables().items():
        visible = filters.apply(searchable, searchable.visible_to(user))
        if visible is not None:
            rows[name] = visible
    groups = {name: HitGroup(name) for name in GROUPS}
    for hit, count in [*find_hits_in_index(query, rows, stop), *find_hits_in_stale_rows(query, rows)]:
        group = groups[get_searchables()[hit.entry.kind].group]
        group.hits.append(hit)
        group.count += count
    found = [group for group in groups.values() if group.hits]
    for group in found:
        group.hits.sort(key=lambda hit: hit.sort_key)
    found.sort(key=lambda group: -group.hits[0].score)  # stable: equal ones stay in the order of GROUPS
    for group in found:
        group.hits = group.hits[start:stop]
    return found


def find_hits_in_index(query, rows, limit):
    """Return [(Hit, how many it adds to the count), …] from the index, the best `limit` of each Searchable. One query."""
    branches, parameters = [], []
    for name, visible in rows.items():
        if branch := build_kind_sql(query, name, visible, limit):
            branches.append(f"SELECT * FROM ({branch[0]}) AS {name}")
            parameters += branch[1]
    if not branches:
        return []
    columns = "e.kind, e.object_id, e.path, e.title, e.text, e.source, e.length"
    sql = (
        f"SELECT found.score, found.count, {columns} FROM ({' UNION ALL '.join(branches)}) AS found "
        f"JOIN {ENTRIES} e ON e.id = found.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found = cursor.fetchall()
    names = [column.removeprefix("e.") for column in columns.split(", ")]
    counted, hits = set(), []
    for score, count, *values in found:
        entry = SearchEntry(**dict(zip(names, values, strict=True)))
        hits.append((Hit(query, entry, score), 0 if entry.kind in counted else count))
        counted.add(entry.kind)
    return hits


def build_kind_sql(query, name, visible, limit):
    """Return SQL and parameters for the best entries of one Searchable; None if no row can be visible.

    First the candidates that are visible, then their ranks: what is hidden changes neither.
    """
    engine = get_engine(connection)
    try:
        is_visible, visible_parameters = build_visibility_sql(visible)
    except EmptyResultSet:
        return None
    source, parameters = engine.build_candidates_sql(name, query)
    score, score_parameters = build_score_sql(query, engine.POSITION)
    sql = f"""
        SELECT id, {score} AS score, COUNT(*) OVER () AS count
        FROM (
            SELECT e.id, e.object_id, e.length, e.title_stems, e.text_stems FROM {source} AND {is_visible}
            LIMIT {MAX_CANDIDATES}
        ) AS candidates
        ORDER BY score DESC, length, object_id LIMIT {int(limit)}
    """
    return sql, [*score_parameters, *parameters, *visible_parameters]


def build_visibility_sql(visible):
    """Return a condition on the entry `e`: its row is in `visible`, and not marked as stale.

    A scalar subquery, so that it is computed for one candidate after the other, and not for the whole table first.
    """
    key = visible.model._meta.pk.name
    rows, parameters = visible.order_by().values(key).query.sql_with_params()
    sql = f"""
        (SELECT 1 FROM ({rows}) AS visible WHERE visible.{key} = e.object_id LIMIT 1) IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM {MARKS} m WHERE m.kind = e.kind AND m.object_id = e.object_id)
    """
    return sql, parameters


def find_hits_in_stale_rows(query, rows):
    """Return [(Hit, 1), …] for rows that are marked as stale, from their own tables. One query if there are none."""
    keys = defaultdict(set)
    marks = SearchMark.objects.filter(kind__in=rows).order_by("-pk").values_list("kind", "object_id")
    for kind, key in marks[:MAX_STALE_ROWS]:
        keys[kind].add(key)
    hits = []
    for kind, ids in keys.items():
        searchable = get_searchables()[kind]
        # Not `rows[kind] & searchable.rows()`: a queryset with annotations can't be combined.
        for row in searchable.rows().filter(pk__in=rows[kind].filter(pk__in=ids).values("pk")):
            entry = build_entry(searchable, row)
            if is_match(query, entry):
                hits.append((Hit(query, entry, compute_score(query, entry)), 1))
    return hits
