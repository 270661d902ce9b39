from django.db import models, transaction
from django.db.models import Q

from bookclub.images import AltTextField, ResponsiveImageField, WithImage
from meetups.models.writeup import WriteUp

MAX_POSITION = 32_767


class PhotoQuerySet(models.QuerySet):
    def owned_by_q(self, user):
        return Q(writeup__author__member=user)

    def described(self):
        """Those that readers see, if they see the write-up: as `Photo.is_described`."""
        return self.filter(Q(is_decorative=True) | ~Q(alt=""))

    def add_to(self, writeup, image, position=None):
        """Store a photo at `position` if that is free, else after the others. Its words are still missing.

        One transaction. Photos that are sent at the same moment get positions of their own.
        """
        with transaction.atomic():
            WriteUp.objects.select_for_update().get(pk=writeup.pk)
            taken = set(self.filter(writeup=writeup).values_list("position", flat=True))
            if position is None or position in taken:
                position = min(max(taken, default=0) + 1, MAX_POSITION)
            return self.create(writeup=writeup, image=image, position=position)


class Photo(WithImage):
    """A photo of a write-up. Readers see it once it is described or marked as decorative."""

    writeup = models.ForeignKey(WriteUp, on_delete=models.CASCADE, related_name="photos", verbose_name="write-up")
    image = ResponsiveImageField(
        upload_to="photos",
        widths=(480, 960, 1600),
        width_field="width",
        height_field="height",
        help_text="JPEG, PNG or WebP, up to 10 MB. Place and camera are taken out.",
    )
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    alt = AltTextField("in words", max_length=300, blank=True, help_text="For those who can't see it.")
    is_decorative = models.BooleanField("decorative", default=False, help_text="Nothing is lost without it.")
    caption = models.CharField(max_length=300, blank=True)
    credit = models.CharField(max_length=120, blank=True, help_text="Who took it.")
    position = models.PositiveSmallIntegerField(default=0)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.alt or self.caption or "Photo"

    @property
    def is_described(self):
        """Return whether readers see it: it has words for those who can't see it, or needs none."""
        return self.is_decorative or bool(self.alt)

    @property
    def shown_alt(self):
        """The alternative text; empty for a decorative photo, so that screen readers skip it."""
        return "" if self.is_decorative else self.alt
