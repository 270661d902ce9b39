"""“Did you mean”: correct words of a query by similar words that the same person can find."""

from django.core.exceptions import EmptyResultSet
from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bookclub.search.analysis import find_words
from bookclub.search.engines import get_engine
from bookclub.search.hits import build_visibility_sql
from bookclub.search.registry import get_searchables

MAX_WORDS = 4  # of a query that are corrected
MAX_SIMILAR = 20  # of each word


def suggest_query(query, user) -> str:
    """Return the query with its misspelt words corrected, or "" if nothing is corrected. Two queries."""
    typed = [word for word in find_words(query.text) if len(word.folded) > 3][:MAX_WORDS]
    if not typed or "@" in query.text:  # no address can be found, and one with other words in it would be nonsense
        return ""
    similar = find_similar([word.folded for word in typed])
    visible = find_visible({each for found in similar.values() for each in found} | set(similar), user)
    text = query.text
    for word in reversed(typed):  # from the end, so that places before stay
        better = next((each for each in similar[word.folded] if each in visible), "")
        if better and word.folded not in visible:
            text = text[: word.start] + better + text[word.end :]
    return "" if text == query.text else text


def find_similar(words):
    """Return {word: [known words within one or two edits, the most similar first]}. One query."""
    distances = {word: 1 if len(word) < 6 else 2 for word in words}
    with connection.cursor() as cursor:
        known = get_engine(connection).find_similar(cursor, distances, MAX_SIMILAR * 5)
    return {
        word: sort_by_distance(word, distances[word], {each for typed, each in known if typed == word})
        for word in words
    }


def sort_by_distance(word, distance, known):
    found = process.extract(word, sorted(known - {word}), scorer=OSA.distance, score_cutoff=distance, limit=MAX_SIMILAR)
    return [each for each, *_ in found]


def find_visible(words, user):
    """Return those of `words` that stand in something that `user` may see. One query."""
    engine, conditions, parameters = get_engine(connection), [], []
    for name, searchable in get_searchables().items():
        try:
            is_visible, values = build_visibility_sql(searchable.visible_to(user))
        except EmptyResultSet:
            continue
        conditions.append(f"EXISTS (SELECT 1 FROM {engine.build_exact_word_sql(name)} AND {is_visible})")
        parameters += values
    rows = ", ".join(["(%s)"] * len(words))
    sql = f"SELECT column1 FROM (VALUES {rows}) AS typed WHERE {' OR '.join(conditions)}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*sorted(words), *parameters])
        return {word for (word,) in cursor.fetchall()}
