"""Paste a write-up: from a pasted document or a file, by way of a review, to the rows of a draft."""
