"""The one gate: what a person may see. Pages, lists, sitemap, search, mail and calendars ask `visible_to(user)`.

Publishing is a comparison with the clock in the query, not a job: a draft has no `published_at`, what is scheduled
has one that lies ahead.
"""

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookclub.history import RecordedQuerySet
from bookclub.versions import Versioned, VersionedQuerySet


def is_member(user) -> bool:
    """Whether `user` has an account and, where the club asks for one, an organiser's yes."""
    return user.is_authenticated and user.approved_at is not None


class Audience(models.TextChoices):
    PUBLIC = "public", "Everybody"
    MEMBERS = "members", "Members"

    @classmethod
    def open_to(cls, user):
        """The audiences that `user` belongs to."""
        return [cls.PUBLIC, cls.MEMBERS] if is_member(user) else [cls.PUBLIC]


class PublishableQuerySet(RecordedQuerySet, VersionedQuerySet):
    def published(self, at=None):
        return self.filter(published_at__lte=at or timezone.now())

    def unstamped(self):
        """What has never been given a moment: it will go out with the next write-up of its book."""
        return self.filter(published_at=None)

    def visible_to(self, user):
        """Published for everybody or, for members, for members; authors also see their own, organisers all."""
        if user.has_perm("bookclub.view_drafts"):
            return self
        gate = Q(published_at__lte=timezone.now(), audience__in=Audience.open_to(user))
        if user.is_authenticated:
            gate |= self.own_of(user)
        if isinstance(user, PreviewReader):
            gate |= self.in_preview_of(user.writeup)
        return self.filter(gate)

    def seeing(self, user, *names):
        """Joins the publishable relations `names`, and says of each in `sees_<name>` whether `user` may see it.

        Costs no further query. Print such a relation only through a `shown_…` property, which asks `sees_…`.
        """
        answers = {f"sees_{name}": Exists(self._related(name).visible_to(user)) for name in names}
        return self.select_related(*names).annotate(**answers)

    def _related(self, name):
        field = self.model._meta.get_field(name)
        key = {"pk": OuterRef(field.attname)} if field.concrete else {field.field.name: OuterRef("pk")}
        return field.related_model.objects.filter(**key)

    def count_where(self, **outer):
        """How many rows match, as an expression for another query; `outer` holds OuterRefs."""
        counts = self.filter(**outer).order_by().values(next(iter(outer))).annotate(number=Count("*")).values("number")
        return Coalesce(Subquery(counts), 0)

    def own_of(self, user):
        """A Q for the drafts that are `user`'s own; nobody's, where a model has no authors."""
        return Q(pk__in=[])

    def in_preview_of(self, writeup):
        """A Q for what the public would see of `part_of(writeup)` if the write-up went out now, and does not yet."""
        return self.part_of(writeup) & Q(published_at=writeup.published_at, audience=Audience.PUBLIC)

    def part_of(self, writeup):
        """A Q for what goes out with `writeup`; nothing, where a model has no part in write-ups."""
        return Q(pk__in=[])


class PreviewReader(AnonymousUser):
    """Stands in for the user where somebody holds the secret link to `writeup`.

    A visitor, whom the gate lets see this one write-up too, and what is to go out with it: no other draft, and
    nothing that would stay hidden from visitors once it is published. Whoever makes one has checked the link.
    """

    def __init__(self, writeup):
        super().__init__()
        self.writeup = writeup


class Publishable(Versioned):
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
        """In a word, for the organiser: draft, scheduled or published."""
        if self.published_at is None:
            return "draft"
        return "published" if self.is_published else "scheduled"
