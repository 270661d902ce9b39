"""Alternative text: what a picture shows, in words."""

import re

from django.core.exceptions import ValidationError
from django.db import models

ENDING = re.compile(r"\.(jpe?g|png|webp|heic|heif|gif|tiff?|bmp|svg)\s*$", re.IGNORECASE)
# As cameras, telephones and programs count them: IMG_1234, DSC00017, PXL_20250101_120000, image (3), Screenshot 2.
COUNTED = re.compile(
    r"[\W_]*(a|an|the|my)?[\W_]*(img|image|images|dsc[nf]?|pxl|mvimg|dcim|p|pic|pict|picture|photo|photograph|snap|scan|"
    r"screen ?shot|whatsapp image|signal|file|upload|untitled|unnamed|default|cover|none|alt|alt text|n/a|todo|tbd)?"
    r"([\W_]*(\d+|[a-f\d]{12,}|at|am|pm|copy|edited|final|wa\d+))*[\W_]*",
    re.IGNORECASE,
)


class AltField(models.CharField):
    """What is on a picture, for those who can't see it; the name of a file is no such thing."""

    @property
    def validators(self):
        return [*super().validators, check_words]

    def deconstruct(self):
        """To the database it is a CharField."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


def check_words(text: str) -> None:
    if names_a_file(text):
        raise ValidationError(
            f"“{text}” is the name of a file. Say what is to be seen, such as “Eight readers around a table”.",
            code="file_name",
        )


def names_a_file(text: str) -> bool:
    return bool(text and (ENDING.search(text) or COUNTED.fullmatch(text.strip())))
