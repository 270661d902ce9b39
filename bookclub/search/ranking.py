"""The rank of a hit, from the words of its own row alone: in SQL for entries, in Python for rows not indexed yet.

In this order: words in the title, the words as one phrase, whole words before beginnings of words.
"""

WHOLE_TITLE, TITLE_PHRASE, TITLE_WORD, TEXT_PHRASE, TEXT_WORD = 40, 12, 8, 6, 2


def list_score_rules(query):
    """Return [(column, stems, points, whether the column must be equal), …]."""
    rules = [("title_stems", query.all_stems, WHOLE_TITLE, True)]
    if len(query.all_stems.split()) > 1:
        rules += [
            ("title_stems", query.all_stems, TITLE_PHRASE, False),
            ("text_stems", query.all_stems, TEXT_PHRASE, False),
        ]
    for term in query.wanted:
        rules += [
            ("title_stems", term.spaced_stems, TITLE_WORD, False),
            ("text_stems", term.spaced_stems, TEXT_WORD, False),
        ]
    return rules


def build_score_sql(query, position):
    """Return SQL and parameters; `position` is the function that finds a text in another."""
    parts, parameters = [], []
    for column, stems, points, is_equal in list_score_rules(query):
        condition = f"{column} = %s" if is_equal else f"{position}({column}, %s) > 0"
        parts.append(f"CASE WHEN {condition} THEN {points} ELSE 0 END")
        parameters.append(stems)
    return " + ".join(parts), parameters


def compute_score(query, entry):
    return sum(
        points
        for column, stems, points, is_equal in list_score_rules(query)
        if (getattr(entry, column) == stems if is_equal else stems in getattr(entry, column))
    )


def is_match(query, entry):
    """Return whether `query` finds an entry, as the engines decide it."""
    return all(has_term(term, entry) for term in query.wanted) and not any(
        has_term(term, entry) for term in query.excluded
    )


def has_term(term, entry):
    if term.spaced_stems in entry.title_stems or term.spaced_stems in entry.text_stems:
        return True
    return bool(term.prefix) and any(word.startswith(term.prefix) for word in entry.words.split())
