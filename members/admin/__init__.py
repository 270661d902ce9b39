from members.admin import authors, members  # noqa: F401 - registers them
