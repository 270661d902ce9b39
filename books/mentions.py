"""Mentions of a quote: session notes and write-ups about its book that use its words."""

from dataclasses import dataclass

from django.utils.html import strip_tags

from bookclub.core.text import fold_accents
from books.models import Quote

RUN = 4  # words of the quote in a row; fewer occur by chance
MAX_SHOWN, EXCERPT_LENGTH = 6, 160


@dataclass(frozen=True)
class Mention:
    url: str
    title: str
    excerpt: str = ""


def find_mentions(quote: Quote, user) -> list[Mention]:
    """Return the session notes, then the write-ups, that `user` may see and that use words of `quote`. Two queries.

    A write-up that shows the quote among those of the book is not a mention.
    """
    runs = list_runs(quote.text)
    writeups = quote.book.writeups.visible_to(user).newest_first().prefetch_related("session_notes")
    notes, texts = [], []
    for writeup in writeups if runs else []:
        url = writeup.get_absolute_url()
        notes += [
            Mention(f"{url}#{note.anchor}", f"A note in “{writeup.title}”", cut_excerpt(note.text))
            for note in writeup.session_notes.all()
            if has_run(note.text, runs)
        ]
        if has_run(strip_tags(writeup.body_html), runs):
            texts.append(Mention(f"{url}#evening", writeup.title))
    return [*notes, *texts][:MAX_SHOWN]


def list_runs(text):
    """Return all runs of RUN words of a text; of a shorter one the whole text."""
    words = fold_accents(text).split()
    if len(words) < RUN:
        return {" ".join(words)} if len(words) > 1 else set()
    return {" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def has_run(text, runs):
    return not runs.isdisjoint(list_runs(text)) or any(
        f" {run} " in f" {fold_accents(text)} " for run in select_short_runs(runs)
    )


def select_short_runs(runs):
    return [run for run in runs if run.count(" ") < RUN - 1]


def cut_excerpt(text):
    return text if len(text) <= EXCERPT_LENGTH else f"{text[:EXCERPT_LENGTH].rpartition(' ')[0]} …"
