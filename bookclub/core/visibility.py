"""Visibility of rows: pages, lists, sitemap, search, mail and calendars all use `visible_to(user)`.

The query compares `published_at` with the present time, so publishing needs no background job: a draft has none, a
scheduled row has one in the future.
"""

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookclub.core.history import RecordedQuerySet
from bookclub.core.optimistic_lock import VersionedModel, VersionedQuerySet


def is_member(user) -> bool:
    """Return whether `user` has an approved account."""
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
        """Return rows that are neither published nor scheduled."""
        return self.filter(published_at=None)

    def publish(self, at=None):
        """Publish the rows at `at`, by default now. Without `at`, published rows stay unchanged."""
        now = timezone.now()
        (self if at else self.exclude(published_at__lte=now)).update(published_at=at or now)

    def unpublish(self):
        """Make the rows drafts again."""
        self.exclude(published_at=None).update(published_at=None)

    publish.alters_data = unpublish.alters_data = True

    def visible_to(self, user):
        """Return published rows for an audience of `user`. Authors also see their own drafts, organisers all rows.

        If STAFF_NEEDS_SECOND_FACTOR is set, both see more than a member only with a second factor.
        """
        if user.has_perm("bookclub.view_drafts"):
            return self
        gate = Q(published_at__lte=timezone.now(), audience__in=Audience.open_to(user))
        if user.is_authenticated and not user.lacks_second_factor:
            gate |= self.owned_by_q(user)
        if isinstance(user, PreviewReader):
            gate |= self.preview_q(user.writeup)
        return self.filter(gate)

    def select_visible(self, user, *names):
        """Join the publishable relations `names`, and annotate `can_see_<name>`: whether `user` may see that row.

        No further query. Templates must use the `shown_…` property of such a relation, which checks `can_see_…`.
        """
        checks = {f"can_see_{name}": Exists(self._related(name).visible_to(user)) for name in names}
        return self.select_related(*names).annotate(**checks)

    def _related(self, name):
        field = self.model._meta.get_field(name)
        key = {"pk": OuterRef(field.attname)} if field.concrete else {field.field.name: OuterRef("pk")}
        return field.related_model.objects.filter(**key)

    def count_subquery(self, **outer):
        """Return a subquery for the number of matching rows; `outer` maps fields to OuterRefs."""
        counts = self.filter(**outer).order_by().values(next(iter(outer))).annotate(number=Count("*")).values("number")
        return Coalesce(Subquery(counts), 0)

    def owned_by_q(self, user):
        """Return a Q for the rows owned by the author `user`; matches nothing for models without authors."""
        return Q(pk__in=[])

    def owned_revisions_q(self, user):
        """Return the same Q for history revisions of the rows."""
        return self.owned_by_q(user)

    def preview_q(self, writeup):
        """Return a Q for the rows of `published_with_q(writeup)` that will be public once the write-up is published."""
        return self.published_with_q(writeup) & Q(published_at=writeup.published_at, audience=Audience.PUBLIC)

    def published_with_q(self, writeup):
        """Return a Q for the rows that are published with `writeup`; matches nothing for other models."""
        return Q(pk__in=[])


class PreviewReader(AnonymousUser):
    """The user for requests with the secret preview link to `writeup`; the caller has checked the link.

    A visitor who may also see this write-up and the rows that will be public with it, but no other draft.
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

    def publish(self, at=None):
        """Publish it at `at`, by default now. Without `at`, a published row stays unchanged. A future `at` schedules it."""
        type(self).objects.filter(pk=self.pk).publish(at)
        self.refresh_from_db(fields=["published_at"])

    def unpublish(self):
        """Make it a draft again. Idempotent."""
        type(self).objects.filter(pk=self.pk).unpublish()
        self.refresh_from_db(fields=["published_at"])

    @property
    def is_published(self):
        return self.published_at is not None and self.published_at <= timezone.now()

    @property
    def is_public(self):
        """Return whether everybody may see this fetched row. A fetch must ask `visible_to` all the same."""
        return self.is_published and self.audience == Audience.PUBLIC

    @property
    def state(self):
        """The state: "draft", "scheduled" or "published"."""
        if self.published_at is None:
            return "draft"
        return "published" if self.is_published else "scheduled"
