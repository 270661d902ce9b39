"""Pictures that people upload: checked, turned upright, and only their bare pixels kept, as WebP.

What a camera adds (place, maker, name) is gone, whatever form the upload came through, because the field does it.
"""

import io
import secrets
import struct
import warnings

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from PIL import ExifTags, Image, UnidentifiedImageError

FORMATS = ["JPEG", "PNG", "WEBP"]
SIZE_LIMIT_BYTES = 10 * 1024 * 1024
PIXELS_LIMIT = 40_000_000
WIDTH_LIMIT = 1600
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error)

# How to set upright what EXIF says is turned.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Bare(ContentFile):
    """What `bare` made, which needn't be made again."""


class PictureUpload(forms.ImageField):
    """The form's side of a PictureField: what is wrong with a picture is a message beside the field."""

    default_validators = []

    def to_python(self, data):
        file = forms.FileField.to_python(self, data)
        return file and bare(file)

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"accept": "image/jpeg,image/png,image/webp"}


class PictureField(models.ImageField):
    """An ImageField whose new files are re-encoded by `bare` under a random name, before they are stored."""

    def formfield(self, **options):
        return super().formfield(**{"form_class": PictureUpload} | options)

    def clean(self, value, model_instance):
        """Decodes the whole of a new file, so that a damaged one is a message and not an error on saving."""
        value = super().clean(value, model_instance)
        if value and not value._committed:
            value.file = bare(value.file)
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
        raise _too_many_pixels()


def bare(file) -> Bare:
    """The upright pixels of `file` and nothing else, as WebP, at most 1,600 px wide. Raises ValidationError as `check`."""
    if isinstance(file, Bare):
        return file
    check(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _open(file).verify()  # the check sums of a PNG, which decoding alone would pass over
            pixels = _pixels(_open(file))
    except DAMAGE as error:
        raise ValidationError("This picture is damaged. Send it again, or another.", code="damaged") from error
    out = io.BytesIO()
    pixels.save(out, "WEBP", quality=80, method=4)
    return Bare(out.getvalue(), name=file.name)


def _open(file):
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, *DAMAGE) as error:
        raise ValidationError("We take JPEG, PNG and WebP pictures. Save it as one of these.", code="format") from error


def _too_many_pixels():
    return ValidationError("This picture has more than 40 million pixels. Send a smaller one.", code="too_many_pixels")


def _pixels(image):
    """An image that has nothing of `image` but what one sees."""
    image.draft("RGB", (WIDTH_LIMIT, WIDTH_LIMIT))
    turn = TURNS.get(_orientation(image))
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at the lowest 8
        image = image.convert("I").point(lambda grey: grey / 256).convert("L")
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image = image if turn is None else image.transpose(turn)
    image.thumbnail((WIDTH_LIMIT, 4 * WIDTH_LIMIT))
    return Image.frombytes(image.mode, image.size, image.tobytes())


def _orientation(image):
    """1 to 8, as EXIF counts; None where it says nothing or can't be read, which is no reason to refuse the picture."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except DAMAGE:
        return None
