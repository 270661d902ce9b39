"""Measure hostile Markdown: `python -m bench.hostile_markdown` prints CPU milliseconds, or the refusal, of each text."""

import os
import time

import django
from django.core.exceptions import ValidationError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
django.setup()

from bookclub.core import markdown  # noqa: E402 - after the settings
from tests.bookclub.hostile_markdown import FLOODS_ACCEPTED, FLOODS_REFUSED  # noqa: E402 - the same

LIMIT_MS = 400


def cost(render, text):
    """Return CPU milliseconds and the outcome."""
    start = time.process_time()
    try:
        render(text)
        outcome = "rendered"
    except ValidationError as refusal:
        outcome = f"refused: {refusal.messages[0]}"
    return (time.process_time() - start) * 1000, outcome


def main():
    worst = 0
    for name, text in (FLOODS_REFUSED | FLOODS_ACCEPTED).items():
        for rendering in ("prose", "line"):
            spent, outcome = cost(markdown.RENDERINGS[rendering], text)
            worst = max(worst, spent)
            print(f"{spent:7.1f} ms  {rendering:5}  {name}: {outcome}")
    print(f"{worst:7.1f} ms at most, allowed {LIMIT_MS}")
    raise SystemExit(worst > LIMIT_MS)


if __name__ == "__main__":
    main()
