"""A sample club, so that a newcomer sees every page with life in it. Where its words come from: SOURCES.md."""
