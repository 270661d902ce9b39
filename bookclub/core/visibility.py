"""The one gate: what a person may see. Pages, lists, sitemap, search, mail and calendars ask `visible_to(user)`.

Publishing is a comparison with the clock in the query, not a job: a draft has no `published_at`, a scheduled row has
one in the future.
"""

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookclub.core.history import RecordedQuerySet
from bookclub.core.optimistic_lock import VersionedModel, VersionedQuerySet


def is_member(user) -> bool:
    """Return whether `user` has an account and, where the club requires it, an organiser's approval."""
    return user.is_authenticated and user.approved_at is not None


class Audience(models.TextChoices):
    PUBLIC = "public", "Everybody"
    MEMBERS = "members", "Members"

    @classmethod
    def open_to(cls, user):
        """Return the audiences that `user` belongs to."""
        return [cls.PUBLIC, cls.MEMBERS] if is_member(user) else [cls.PUBLIC]


class PublishableQuerySet(RecordedQuerySet, VersionedQuerySet):
    def published(self, at=None):
        return self.filter(published_at__lte=at or timezone.now())

    def drafts(self):
        """Rows that were never published or scheduled."""
        return self.filter(published_at=None)

    def visible_to(self, user):
        """Published rows whose audience `user` belongs to; authors also see their own drafts, organisers everything."""
        if user.has_perm("bookclub.view_drafts"):
            return self
        gate = Q(published_at__lte=timezone.now(), audience__in=Audience.open_to(user))
        if user.is_authenticated:
            gate |= self.owned_by_q(user)
        if isinstance(user, PreviewReader):
            gate |= self.preview_q(user.writeup)
        return self.filter(gate)

    def select_visible(self, user, *names):
        """Join the publishable relations `names`, and annotate `can_see_<name>`: whether `user` may see that row.

        No further query. Print such a relation only through a `shown_…` property, which checks `can_see_…`.
        """
        checks = {f"can_see_{name}": Exists(self._related(name).visible_to(user)) for name in names}
        return self.select_related(*names).annotate(**checks)

    def _related(self, name):
        field = self.model._meta.get_field(name)
        key = {"pk": OuterRef(field.attname)} if field.concrete else {field.field.name: OuterRef("pk")}
        return field.related_model.objects.filter(**key)

    def count_subquery(self, **outer):
        """Return the number of matching rows as an expression for another query; `outer` holds OuterRefs."""
        counts = self.filter(**outer).order_by().values(next(iter(outer))).annotate(number=Count("*")).values("number")
        return Coalesce(Subquery(counts), 0)

    def owned_by_q(self, user):
        """Return a Q for the rows of which `user` is an author; none, where a model has no authors."""
        return Q(pk__in=[])

    def owned_revisions_q(self, user):
        """Return the same Q for revisions of rows, as their history keeps them."""
        return self.owned_by_q(user)

    def preview_q(self, writeup):
        """Return a Q for what the public will see of `published_with_q(writeup)` once the write-up is published."""
        return self.published_with_q(writeup) & Q(published_at=writeup.published_at, audience=Audience.PUBLIC)

    def published_with_q(self, writeup):
        """Return a Q for the rows that are published with `writeup`; none, where a model has no part in write-ups."""
        return Q(pk__in=[])


class PreviewReader(AnonymousUser):
    """Stands in for the user where somebody holds the secret preview link to `writeup`.

    A visitor who may also see this one write-up and what will be published with it: no other draft, and nothing that
    stays hidden from visitors afterwards. The caller has checked the link.
    """

    def __init__(self, writeup):
        super().__init__()
        self.writeup = writeup


class PublishableModel(VersionedModel):
    published_at = models.DateTimeField(
        "published",
        null=True,
        blank=True,
        db_index=True,
        help_text="Empty: a draft, seen by organisers alone. A moment ahead: it appears by itself then.",
    )
    audience = models.CharField(
        max_length=10,
        choices=Audience.choices,
        default=Audience.PUBLIC,
        help_text="Who may see it once it is published.",
    )

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_published(self):
        return self.published_at is not None and self.published_at <= timezone.now()

    @property
    def state(self):
        """Return "draft", "scheduled" or "published"."""
        if self.published_at is None:
            return "draft"
        return "published" if self.is_published else "scheduled"
