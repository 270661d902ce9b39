from django.conf import settings
from django.db import models
from django.utils import timezone


class SubscriberImportQuerySet(models.QuerySet):
    def expired(self, at=None):
        return self.filter(expires_at__lte=at or timezone.now())

    def kept_for(self, user, at=None):
        """Return the imports of this organiser that are still there."""
        return self.filter(owner=user, expires_at__gt=at or timezone.now())

    def waiting_for_worker(self, at=None):
        """Return those that no worker has claimed, oldest first."""
        claimed = models.Q(claimed_until__gt=at or timezone.now())
        return self.filter(state__in=SubscriberImport.WORKING_STATES).exclude(claimed).order_by("pk")


class SubscriberImport(models.Model):
    """An uploaded list of addresses, until it is imported or expires: the worker looks at it, and imports it."""

    class State(models.TextChoices):
        LOOKING = "looking", "Looking at each row"
        READY = "ready", "Looked at"
        IMPORTING = "importing", "Bringing the new ones in"
        DONE = "done", "Brought in"
        FAILED = "failed", "Can’t be read"

    WORKING_STATES = (State.LOOKING, State.IMPORTING)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriber_imports")
    consent = models.CharField(max_length=180)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LOOKING)
    row_count = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)  # in this state
    counts = models.JSONField(default=dict)  # of csv_import.Report
    examples = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)  # of lists.columns.Columns, once the list is read
    answers = models.JSONField(default=dict)  # to the questions about the columns
    problem = models.TextField(blank=True)
    claimed_until = models.DateTimeField(null=True)  # by a worker
    expires_at = models.DateTimeField(db_index=True)

    objects = SubscriberImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"List {self.pk}"

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING_STATES

    def change(self, **values) -> bool:
        """Store the values unless the row was changed since it was read. Return whether they are stored."""
        same = type(self).objects.filter(pk=self.pk, state=self.state, rows_done=self.rows_done)
        if not same.update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True


class SubscriberImportContent(models.Model):
    """The addresses of a list until they are imported. A table of its own: SQLite rewrites a whole row at each change."""

    list = models.OneToOneField(SubscriberImport, on_delete=models.CASCADE, primary_key=True, related_name="content")
    is_read = models.BooleanField()
    data = models.BinaryField()  # of `csv_import.pack_rows()`; until it is read, the uploaded file, compressed by zlib

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Content of list {self.pk}"
