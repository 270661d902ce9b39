"""The club's logo, at the top of every page."""

from django.core.exceptions import ValidationError
from django.db import models

from bookclub.images.fields import ResponsiveImageField, WithImage

SHOWN_HEIGHT, MAX_SHOWN_WIDTH = 48, 288  # CSS pixels in the header
MIN_HEIGHT = 2 * SHOWN_HEIGHT  # sharp on a screen with two pixels to one of CSS
MAX_RATIO = MAX_SHOWN_WIDTH // SHOWN_HEIGHT


class ClubLogo(WithImage):
    club = models.OneToOneField("bookclub.Club", on_delete=models.CASCADE, related_name="logo")
    image = ResponsiveImageField(upload_to="logos", widths=(144, 288, 576), width_field="width", height_field="height")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    is_beside_name = models.BooleanField(default=True)

    class Meta:
        default_permissions = []  # who may change the club may change its logo

    def __str__(self):
        return "The club's logo"

    @property
    def shown_size(self):
        """Return (width, height) in CSS pixels."""
        width = round(SHOWN_HEIGHT * self.width / self.height)
        return (width, SHOWN_HEIGHT) if width <= MAX_SHOWN_WIDTH else (MAX_SHOWN_WIDTH, self._height_of_widest)

    @property
    def _height_of_widest(self):
        return max(1, round(MAX_SHOWN_WIDTH * self.height / self.width))


def check_logo_size(width: int, height: int):
    """Raise ValidationError, with what would pass, for a picture that can't be read at the height of the header."""
    if width > MAX_RATIO * height:
        raise ValidationError(
            f"This logo is more than {MAX_RATIO} times as wide as it is high, so nobody could read it on a phone. "
            "Send one that is less wide.",
            code="wide",
        )
    if height < MIN_HEIGHT:
        raise ValidationError(
            f"This logo is {height} pixels high, and would be blurred: send one of at least {MIN_HEIGHT}.", code="small"
        )
    if height > 2 * width:
        raise ValidationError(
            "This logo is more than twice as high as it is wide. Send one that is less high.", code="high"
        )
