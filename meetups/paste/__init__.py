"""Paste a write-up: convert a pasted document or a file, let its author review it, and save the rows of a draft."""
