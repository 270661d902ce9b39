"""Decode a file to upright sRGB pixels without metadata, and encode these."""

import io
import warnings

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import ExifTags, Image, ImageCms

from bookclub.images.validation import DECODING_ERRORS, open_image, validate_image

DEFAULT_WIDTH = 1600
HEIGHT_LIMIT = 4  # times the width
SRGB = ImageCms.createProfile("sRGB")
ENCODINGS = {
    "webp": {"format": "WEBP", "quality": 80, "method": 2},
    "jpg": {"format": "JPEG", "quality": 80},
}

# EXIF orientation -> how to turn the image upright.
ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}  # width and height are exchanged


class NormalizedImage(ContentFile):
    """The widest WebP as a file, and the `pixels` of which the narrower ones are made."""

    def __init__(self, pixels, name=None):
        super().__init__(encode_image(pixels, "webp"), name=name)
        self.pixels = pixels


def normalize_image(file, max_width: int = DEFAULT_WIDTH) -> NormalizedImage:
    """Return the upright pixels of `file` without metadata, at most `max_width` wide. Raises ValidationError."""
    if isinstance(file, NormalizedImage):
        return file
    validate_image(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            open_image(file).verify()  # the checksums of a PNG, which decoding ignores
            pixels = decode_pixels(open_image(file), max_width)
    except DECODING_ERRORS as error:
        raise ValidationError("This picture is damaged. Send it again, or another.", code="damaged") from error
    return NormalizedImage(pixels, name=file.name)


def decode_pixels(image, max_width):
    """Return a copy of the visible pixels, and nothing else of `image`."""
    orientation, profile = get_orientation(image), image.info.get("icc_profile")
    box = (max_width, HEIGHT_LIMIT * max_width)
    box = box[::-1] if orientation in SIDEWAYS else box
    set_draft_size(image, box)
    image = convert_mode(image)  # reuse the variable, so that the larger image is freed before the next one is made
    image.thumbnail(box)
    image = convert_to_srgb(image, profile)
    image = image.transpose(ORIENTATIONS[orientation]) if orientation in ORIENTATIONS else image
    return Image.frombytes(image.mode, image.size, image.tobytes())


def set_draft_size(image, box):
    """Let a JPEG be decoded at the smallest sufficient scale: a large one never takes its full size in memory."""
    scale = min(1, *(most / side for most, side in zip(box, image.size, strict=True)))
    image.draft(None, [max(1, round(side * scale)) for side in image.size])


def convert_mode(image):
    """Convert to a mode that can be resized; transparency to RGBa, which saves Pillow a copy."""
    if image.has_transparency_data:
        return (image if image.mode == "RGBA" else image.convert("RGBA")).convert("RGBa")
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would take the lowest 8 bits
        return image.point(lambda grey: grey * (1 / 256)).convert("L")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def convert_to_srgb(image, profile):
    """Apply the colour profile. One that can't be read is ignored."""
    mode = "RGBA" if image.mode == "RGBa" else "RGB"
    image = image.convert(mode) if mode == "RGBA" else image
    try:
        source = profile and ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, SRGB, outputMode=mode) if source else image.convert(mode)
    except (ImageCms.PyCMSError, *DECODING_ERRORS):
        return image.convert(mode)


def get_orientation(image):
    """Return the EXIF orientation, 1 to 8, or None where there is none or it can't be read."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except DECODING_ERRORS:
        return None


def encode_image(pixels, extension: str) -> bytes:
    """Encode as webp or jpg; in a jpg transparent pixels are put on white."""
    out = io.BytesIO()
    pixels = flatten_on_white(pixels) if extension == "jpg" and pixels.mode == "RGBA" else pixels
    pixels.save(out, **ENCODINGS[extension])
    return out.getvalue()


def flatten_on_white(pixels):
    white = Image.new("RGB", pixels.size, "white")
    white.paste(pixels, mask=pixels)
    return white


def shrink_to_width(pixels, width: int):
    if width >= pixels.width:
        return pixels
    return pixels.resize((width, max(1, round(pixels.height * width / pixels.width))), Image.Resampling.LANCZOS)
