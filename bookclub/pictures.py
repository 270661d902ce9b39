"""Pictures that people upload: checked, turned upright, and only their bare pixels kept, as WebP.

What a camera adds (place, maker, name) is gone, whatever form the upload came through, because the field does it.
"""

import io
import secrets
import warnings

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ["JPEG", "PNG", "WEBP"]
SIZE_LIMIT_BYTES = 10 * 1024 * 1024
PIXELS_LIMIT = 40_000_000
WIDTH_LIMIT = 1600


class PictureField(models.ImageField):
    """An ImageField whose new files are re-encoded by `bare` under a random name, before they are stored."""

    def clean(self, value, model_instance):
        value = super().clean(value, model_instance)
        if value and not value._committed:
            check(value.file)
        return value

    def pre_save(self, model_instance, add):
        picture = getattr(model_instance, self.attname)
        if picture and not picture._committed:
            picture.save(f"{secrets.token_hex(8)}.webp", bare(picture.file), save=False)
        return picture


def check(file) -> None:
    """Refuse, from its head alone, what is no picture we take. Raises ValidationError with a sentence for people."""
    if file.size > SIZE_LIMIT_BYTES:
        raise ValidationError("This picture is larger than 10 MB. Send a smaller one.", code="too_large")
    image = _open(file)
    if image.width * image.height > PIXELS_LIMIT:
        raise ValidationError(
            "This picture has more than 40 million pixels. Send a smaller one.", code="too_many_pixels"
        )


def bare(file) -> ContentFile:
    """The upright pixels of `file` and nothing else, as WebP, at most 1,600 px wide. Raises ValidationError as `check`."""
    check(file)
    image = _open(file)
    image.draft("RGB", (WIDTH_LIMIT, WIDTH_LIMIT))
    try:
        image = ImageOps.exif_transpose(image)
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        image.thumbnail((WIDTH_LIMIT, 4 * WIDTH_LIMIT))
    except (OSError, SyntaxError, ValueError) as error:
        raise ValidationError("This picture is damaged. Send it again, or another.", code="damaged") from error
    pixels = Image.frombytes(image.mode, image.size, image.tobytes())
    out = io.BytesIO()
    pixels.save(out, "WEBP", quality=80, method=4)
    return ContentFile(out.getvalue())


def _open(file):
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(file, formats=FORMATS)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError("We take JPEG, PNG and WebP pictures. Save it as one of these.", code="format") from error
