from django.db import models
from django.db.models import Q
from django.utils import timezone


class ShareCardQuerySet(models.QuerySet):
    def claim(self, kind: str, object_id: int, digest: str, lease) -> bool:
        """Return whether the caller may draw this card: it is not drawn, and has no claim younger than `lease`."""
        card, _ = self.get_or_create(kind=kind, object_id=object_id)
        now = timezone.now()
        free = Q(claimed_at=None) | Q(claimed_at__lt=now - lease)
        return self.filter(free, pk=card.pk).exclude(digest=digest).update(claimed_at=now) == 1

    def store(self, kind: str, object_id: int, digest: str, jpeg: bytes):
        drawn = {"digest": digest, "jpeg": jpeg, "drawn_at": timezone.now(), "claimed_at": None}
        self.filter(kind=kind, object_id=object_id).update(**drawn)

    def get_jpeg(self, kind: str, object_id: int, digest: str) -> bytes | None:
        """Return the picture if it is drawn as `digest` says. One query."""
        cards = self.filter(kind=kind, object_id=object_id, digest=digest)
        jpeg = cards.values_list("jpeg", flat=True).first()
        return None if jpeg is None else bytes(jpeg)


class ShareCard(models.Model):
    """A drawn card. It holds nothing that can't be drawn again: see docs/decisions/0024-share-cards.md."""

    kind = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=16, blank=True, default="")
    jpeg = models.BinaryField(default=b"")
    drawn_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)

    objects = ShareCardQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="row_has_one_share_card")]

    def __str__(self):
        return f"{self.kind} {self.object_id}"
