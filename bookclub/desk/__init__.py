"""The organisers' desk: what the `admin.py` of every app is built from. Imports no app."""
