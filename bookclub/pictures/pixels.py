"""From a file to its upright pixels in sRGB, and from these to a file that has nothing else."""

import io
import warnings

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import ExifTags, Image, ImageCms

from bookclub.pictures.checking import DAMAGE, check, opened

WIDEST = 1600
LONGEST = 4  # times as high as wide
SRGB = ImageCms.createProfile("sRGB")
ENCODINGS = {
    "webp": {"format": "WEBP", "quality": 80, "method": 2},
    "jpg": {"format": "JPEG", "quality": 80},
}

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
LYING = {5, 6, 7, 8}  # its height becomes its width


class Bare(ContentFile):
    """What `bare` made: the widest WebP, and the pixels that the narrower ones are made of."""

    def __init__(self, pixels, name=None):
        super().__init__(encoded(pixels, "webp"), name=name)
        self.pixels = pixels


def bare(file, widest: int = WIDEST) -> Bare:
    """The upright pixels of `file` and nothing else, at most so wide. Raises ValidationError as `check`."""
    if isinstance(file, Bare):
        return file
    check(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened(file).verify()  # the check sums of a PNG, which decoding alone would pass over
            pixels = pixels_of(opened(file), widest)
    except DAMAGE as error:
        raise ValidationError("This picture is damaged. Send it again, or another.", code="damaged") from error
    return Bare(pixels, name=file.name)


def pixels_of(image, widest):
    """An image that has nothing of `image` but what one sees."""
    orientation, profile = orientation_of(image), image.info.get("icc_profile")
    box = (widest, LONGEST * widest)
    box = box[::-1] if orientation in LYING else box
    draft(image, box)
    image = plain(image)  # in steps of one name: the larger image goes before the next one comes
    image.thumbnail(box)
    image = in_srgb(image, profile)
    image = image.transpose(TURNS[orientation]) if orientation in TURNS else image
    return Image.frombytes(image.mode, image.size, image.tobytes())


def draft(image, box):
    """Have a JPEG decoded by way of as few pixels as can be: a large one is never there at its full size."""
    scale = min(1, *(most / side for most, side in zip(box, image.size, strict=True)))
    image.draft(None, [max(1, round(side * scale)) for side in image.size])


def plain(image):
    """In a mode that can be shrunk; with transparency in RGBa, as Pillow would make a copy in that."""
    if image.has_transparency_data:
        return (image if image.mode == "RGBA" else image.convert("RGBA")).convert("RGBa")
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at the lowest 8
        return image.point(lambda grey: grey * (1 / 256)).convert("L")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def in_srgb(image, profile):
    """Its colours as they were meant; a profile that can't be read is no reason to refuse the picture."""
    mode = "RGBA" if image.mode == "RGBa" else "RGB"
    image = image.convert(mode) if mode == "RGBA" else image
    try:
        source = profile and ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, SRGB, outputMode=mode) if source else image.convert(mode)
    except (ImageCms.PyCMSError, *DAMAGE):
        return image.convert(mode)


def orientation_of(image):
    """1 to 8, as EXIF counts; None where it says nothing or can't be read, which is no reason to refuse the picture."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except DAMAGE:
        return None


def encoded(pixels, ending: str) -> bytes:
    """A file of these pixels: `ending` is webp or jpg, in which white stands behind what is transparent."""
    out = io.BytesIO()
    pixels = on_white(pixels) if ending == "jpg" and pixels.mode == "RGBA" else pixels
    pixels.save(out, **ENCODINGS[ending])
    return out.getvalue()


def on_white(pixels):
    white = Image.new("RGB", pixels.size, "white")
    white.paste(pixels, mask=pixels)
    return white


def narrowed(pixels, width: int):
    if width >= pixels.width:
        return pixels
    return pixels.resize((width, max(1, round(pixels.height * width / pixels.width))), Image.Resampling.LANCZOS)
