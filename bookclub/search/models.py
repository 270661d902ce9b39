"""The index: an entry for each searchable row, marks on stale entries, and the words for “did you mean”."""

from django.db import models


class VectorField(models.TextField):
    """A tsvector on PostgreSQL, written as a literal. Empty on SQLite, whose FTS5 table holds the words."""

    def db_type(self, connection):
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value, connection, prepared=False):
        return value if connection.vendor == "postgresql" else ""

    def get_placeholder(self, value, compiler, connection):
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


class SearchEntry(models.Model):
    """The text of one row, to be searched and shown. `title_stems` and `text_stems` begin and end with a space."""

    kind = models.CharField(max_length=20)  # the name of the Searchable
    object_id = models.BigIntegerField()
    path = models.TextField()
    title = models.TextField()
    text = models.TextField()
    source = models.TextField()
    title_stems = models.TextField()
    text_stems = models.TextField()
    words = models.TextField()  # all words, each once, for beginnings of words and “did you mean”
    length = models.PositiveIntegerField()  # in words
    vector = VectorField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_entry_is_one_a_row")]

    def __str__(self):
        return f"{self.kind} {self.object_id}"


class SearchMark(models.Model):
    """A row whose entry is stale or missing. Only triggers insert marks, so that nothing can forget it.

    One row may have several: an insert never waits for another transaction.
    """

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "object_id"], name="search_mark_row")]

    def __str__(self):
        return f"{self.kind} {self.object_id}"


class SearchWord(models.Model):
    """A word that an entry has. Whether somebody may learn of it is decided by a search for it."""

    word = models.CharField(max_length=60, unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.word
