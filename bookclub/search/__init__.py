"""Search over all apps: each lists what is searchable in its module `search`. See docs/decisions/0023-search-index.md."""
