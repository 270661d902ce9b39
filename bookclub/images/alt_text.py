"""Alternative text of images."""

import re

from django.core.exceptions import ValidationError
from django.db import models

IMAGE_EXTENSION = re.compile(r"\.(jpe?g|png|webp|heic|heif|gif|tiff?|bmp|svg)\s*$", re.IGNORECASE)
# Names given by cameras, phones and programs: IMG_1234, DSC00017, PXL_20250101_120000, image (3), Screenshot 2.
GENERATED_NAME = re.compile(
    r"[\W_]*(a|an|the|my)?[\W_]*(img|image|images|dsc[nf]?|pxl|mvimg|dcim|p|pic|pict|picture|photo|photograph|snap|scan|"
    r"screen ?shot|whatsapp image|signal|file|upload|untitled|unnamed|default|cover|none|alt|alt text|n/a|todo|tbd)?"
    r"([\W_]*(\d+|[a-f\d]{12,}|at|am|pm|copy|edited|final|wa\d+))*[\W_]*",
    re.IGNORECASE,
)


class AltTextField(models.CharField):
    """A description of an image for people who can't see it. Refuses file names."""

    @property
    def validators(self):
        return [*super().validators, validate_alt_text]

    def deconstruct(self):
        """Return a plain CharField for migrations."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


def validate_alt_text(text: str) -> None:
    if looks_like_file_name(text):
        raise ValidationError(
            f"“{text}” is the name of a file. Say what is to be seen, such as “Eight readers around a table”.",
            code="file_name",
        )


def looks_like_file_name(text: str) -> bool:
    return bool(text and (IMAGE_EXTENSION.search(text) or GENERATED_NAME.fullmatch(text.strip())))
