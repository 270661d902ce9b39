"""How Django writes dates and times in English, in the columns of the admin's lists: “3 December 2026, 19:00”."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
