from django.db import models
from django.db.models import Q

from bookclub.images import AltTextField, ResponsiveImageField, WithImage
from meetups.models.writeup import WriteUp


class PhotoQuerySet(models.QuerySet):
    def owned_by_q(self, user):
        return Q(writeup__author__member=user)


class Photo(WithImage):
    writeup = models.ForeignKey(WriteUp, on_delete=models.CASCADE, related_name="photos")
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
        constraints = [
            models.CheckConstraint(
                condition=Q(is_decorative=True) | ~Q(alt=""),
                name="photo_has_alt_text_or_is_decorative",
                violation_error_message="Say in words what is on the picture, or mark it as decorative.",
            )
        ]

    def __str__(self):
        return self.alt or self.caption or "Photo"

    @property
    def shown_alt(self):
        """The alternative text; empty for a decorative photo, so that screen readers skip it."""
        return "" if self.is_decorative else self.alt
