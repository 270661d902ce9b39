"""Uploaded images: validated by their header, reduced to upright pixels without metadata, stored in fixed widths.

The model field does this for every upload, so that no location, device or name from a camera is stored. A stored name
such as “photos/0123456789abcdef-960.webp” is the widest file; the narrower ones, and a JPEG of each, are in the same
folder. A name without a width is a single file.
"""

from bookclub.images.alt_text import AltTextField
from bookclub.images.fields import ImageUploadField, ResponsiveImageField, WithImage
from bookclub.images.processing import NormalizedImage, normalize_image
from bookclub.images.validation import validate_image

__all__ = [
    "AltTextField",
    "ImageUploadField",
    "NormalizedImage",
    "ResponsiveImageField",
    "WithImage",
    "normalize_image",
    "validate_image",
]
