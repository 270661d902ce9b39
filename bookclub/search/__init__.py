"""Search over all apps: each app lists its searchable models in its module `search`.

See docs/decisions/0023-search-index.md.
"""
