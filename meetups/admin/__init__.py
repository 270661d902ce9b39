from meetups.admin import meetups, writeups

__all__ = ["meetups", "writeups"]
