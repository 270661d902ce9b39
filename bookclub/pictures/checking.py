"""Whether a file is a picture that we take: from its head and its marks, before a pixel is decoded."""

import itertools
import struct
import warnings

from django.core.exceptions import ValidationError
from PIL import Image, UnidentifiedImageError

FORMATS = ["JPEG", "PNG", "WEBP"]
ACCEPTED = "image/jpeg,image/png,image/webp"
SIZE_LIMIT_BYTES = 10 * 1024 * 1024
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error)

# So many decode while the process stays within 200 MB: `python -m bench.pictures`. A JPEG of one scan is shrunk while it is read; one
# of several is held whole, and each of them is a pass through all of it.
PIXEL_LIMITS = {"JPEG": 100_000_000, "JPEG in scans": 12_200_000, "PNG": 12_000_000, "WEBP": 6_000_000}
SCANS_LIMIT = 20
SEGMENTS_LIMIT = 10_000  # of which a file is made; Pillow reads each of them for itself
SIDE_LIMIT = 30_000

JPEG, PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
BARE_MARKERS = {0x00, 0x01, *range(0xD0, 0xD9)}  # no length follows; 0xFF00 is a byte of the picture


def check(file) -> None:
    """Refuse what is no picture that we take. Raises ValidationError with a sentence for people."""
    if file.size > SIZE_LIMIT_BYTES:
        raise ValidationError("This picture is larger than 10 MB. Send a smaller one.", code="too_large")
    scans = check_segments(file)
    image = opened(file)
    if image.format not in {"JPEG", "MPO"}:
        check_pixels(image, image.format)
        check_still(image)
    else:
        check_pixels(image, "JPEG in scans" if scans > 1 else "JPEG")


def opened(file):
    """An image of which only the head has been read. Raises ValidationError as `check`."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise too_many_pixels("JPEG") from error
    except (UnidentifiedImageError, *DAMAGE) as error:
        raise ValidationError("We take JPEG, PNG and WebP pictures. Save it as one of these.", code="format") from error


def check_pixels(image, kind):
    if image.width * image.height > PIXEL_LIMITS[kind] or max(image.size) > SIDE_LIMIT:
        raise too_many_pixels(kind)


def too_many_pixels(kind):
    million = PIXEL_LIMITS[kind] // 1_000_000
    way = "Send a smaller one." if kind.startswith("JPEG") else "Send a smaller one, or save it as JPEG."
    return ValidationError(f"This picture has more than {million} million pixels. {way}", code="pixels")


def check_still(image):
    if getattr(image, "n_frames", 1) > 1:
        raise ValidationError("This picture moves. Send a still one.", code="moving")


def check_segments(file):
    """The number of scans of a JPEG, which its head does not say; refused where it or the segments are too many."""
    file.seek(0)
    data = file.read()
    segments = list(itertools.islice(segments_of(data), SEGMENTS_LIMIT))
    scans = segments.count(START_OF_SCAN)
    if len(segments) == SEGMENTS_LIMIT or scans > SCANS_LIMIT:
        raise ValidationError("This picture is too intricate. Save it as a plain JPEG and send that.", code="intricate")
    return scans


def segments_of(data):
    if data.startswith(JPEG):
        return markers(data)
    return chunks(data) if data.startswith(PNG) else []


def markers(data):
    """The markers of a JPEG (ITU-T T.81, annex B), from its first segment to its end, or to where it breaks off."""
    at = len(JPEG)
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 3:
        marker = data[at + 1]
        if marker == END_OF_IMAGE:
            return
        if marker == 0xFF:
            at += 1
        elif marker in BARE_MARKERS:
            at += 2
        else:
            yield marker
            at += 2 + int.from_bytes(data[at + 2 : at + 4])


def chunks(data):
    """The names of a PNG's chunks (ISO 15948, 5.3), up to where it breaks off."""
    at = len(PNG)
    while at + 8 <= len(data):
        yield data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4])
