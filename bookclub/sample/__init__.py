"""A sample club that fills every page with content. The sources of its texts are in SOURCES.md."""
