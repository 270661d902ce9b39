"""Validate an uploaded image by its header and segments, before any pixel is decoded."""

import itertools
import struct
import warnings

from django.core.exceptions import ValidationError
from PIL import Image, UnidentifiedImageError

FORMATS = ["JPEG", "PNG", "WEBP"]
ACCEPTED = "image/jpeg,image/png,image/webp"
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
DECODING_ERRORS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error)

# Within these limits decoding takes at most 200 MB: `python -m bench.pictures`. A JPEG with one scan is scaled down
# while it is read; a progressive one is decoded in full size, and each scan is a pass over all of it.
PIXEL_LIMITS = {"JPEG": 100_000_000, "progressive JPEG": 12_200_000, "PNG": 12_000_000, "WEBP": 6_000_000}
SCANS_LIMIT = 20
SEGMENTS_LIMIT = 10_000  # Pillow reads each segment on its own
SIDE_LIMIT = 30_000

JPEG, PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
MARKERS_WITHOUT_LENGTH = {0x00, 0x01, *range(0xD0, 0xD9)}  # 0xFF00 is a byte of image data


def validate_image(file) -> None:
    """Raises ValidationError with a sentence for people."""
    if file.size > MAX_UPLOAD_BYTES:
        raise ValidationError("This picture is larger than 10 MB. Send a smaller one.", code="too_large")
    scans = count_scans(file)
    image = open_image(file)
    if image.format not in {"JPEG", "MPO"}:
        validate_size(image, image.format)
        if getattr(image, "n_frames", 1) > 1:
            raise ValidationError("This picture moves. Send a still one.", code="moving")
    else:
        validate_size(image, "progressive JPEG" if scans > 1 else "JPEG")


def open_image(file):
    """Return a PIL image of which only the header has been read. Raises ValidationError."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise too_many_pixels_error("JPEG") from error
    except (UnidentifiedImageError, *DECODING_ERRORS) as error:
        raise ValidationError("We take JPEG, PNG and WebP pictures. Save it as one of these.", code="format") from error


def validate_size(image, kind):
    if image.width * image.height > PIXEL_LIMITS[kind] or max(image.size) > SIDE_LIMIT:
        raise too_many_pixels_error(kind)


def too_many_pixels_error(kind):
    million = PIXEL_LIMITS[kind] // 1_000_000
    way = "Send a smaller one." if "JPEG" in kind else "Send a smaller one, or save it as JPEG."
    return ValidationError(f"This picture has more than {million} million pixels. {way}", code="pixels")


def count_scans(file):
    """Return the number of scans of a JPEG, which its header does not tell. Raises ValidationError for too many."""
    file.seek(0)
    data = file.read()
    segments = list(itertools.islice(iterate_segments(data), SEGMENTS_LIMIT))
    scans = segments.count(START_OF_SCAN)
    if len(segments) == SEGMENTS_LIMIT or scans > SCANS_LIMIT:
        raise ValidationError("This picture is too intricate. Save it as a plain JPEG and send that.", code="intricate")
    return scans


def iterate_segments(data):
    if data.startswith(JPEG):
        return iterate_jpeg_markers(data)
    return iterate_png_chunks(data) if data.startswith(PNG) else []


def iterate_jpeg_markers(data):
    """Yield the markers (ITU-T T.81, annex B) up to the end of the image or of a truncated file."""
    at = len(JPEG)
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 3:
        marker = data[at + 1]
        if marker == END_OF_IMAGE:
            return
        if marker == 0xFF:
            at += 1
        elif marker in MARKERS_WITHOUT_LENGTH:
            at += 2
        else:
            yield marker
            at += 2 + int.from_bytes(data[at + 2 : at + 4])


def iterate_png_chunks(data):
    """Yield the chunk types (ISO 15948, section 5.3) up to the end of the file."""
    at = len(PNG)
    while at + 8 <= len(data):
        yield data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4])
