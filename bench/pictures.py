"""Measure hostile uploads: memory, CPU time and error message of each, in a process of its own.

    python -m bench.pictures           prints all; exits with 1 above the limits
    python -m bench.pictures NAME      one of them, in this process

Memory is the most that the process held (`ru_maxrss`), Django and Pillow included: without an upload, the first line.
"""

import io
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import django
from django.conf import settings

MEMORY_LIMIT_MB = 200
PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde"
LIMIT_MS = 400


def main(name=None):
    if name:
        print(*measure(name))
        return True
    results = [run(each) for each in ["nothing", *cases()]]
    memory = max(memory for memory, _ in results)
    refusal = max(spent for _, spent in results[-len(REFUSED) :])
    print(
        f"{memory:6.0f} MB, and {refusal:.0f} ms for a refusal, at most; allowed {MEMORY_LIMIT_MB} MB and {LIMIT_MS} ms"
    )
    return memory <= MEMORY_LIMIT_MB and refusal <= LIMIT_MS


def run(name):
    command = [sys.executable, "-m", "bench.pictures", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    memory, spent, words = done.stdout.split(" ", 2)
    print(f"{float(memory):6.0f} MB {float(spent):6.0f} ms  {name}: {words.strip()}", flush=True)
    return float(memory), float(spent)


def measure(name):
    """Return MB, CPU milliseconds, and the outcome of an upload through the form into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        set_up(folder)
        data = made_elsewhere(name)
        start = time.process_time()
        outcome = upload(data) if data is not None else "nothing is uploaded"
        spent = (time.process_time() - start) * 1000
        kept = sum(path.is_file() for path in Path(folder, "media").rglob("*"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return memory, spent, f"{outcome} ({kept} files kept)"


def set_up(folder):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookclub.settings")
    django.setup()
    settings.MEDIA_ROOT = Path(folder, "media")


def made_elsewhere(name):
    """Return the bytes of the file, made by another process, whose memory does not count."""
    if name == "nothing":
        return None
    code = f"import sys; from bench.pictures import cases; sys.stdout.buffer.write(cases()[{name!r}]())"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout


def upload(data):
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - after the settings
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415 - the same

    from bookclub.images import ImageUploadField, files  # noqa: PLC0415 - the same
    from meetups.models import Photo  # noqa: PLC0415 - the same

    field = Photo._meta.get_field("image")
    try:
        picture = ImageUploadField(max_width=field.widths[-1]).clean(SimpleUploadedFile("upload", data))
        files.write_files(field.storage, files.random_name(picture.pixels.width), picture, field.widths)
    except ValidationError as refusal:
        return f"refused: {refusal.messages[0]}"
    return "taken"


def cases():
    """Return functions that make a file, by name."""
    return TAKEN | REFUSED


def drawn(kind, width, height, mode="RGB", **options):
    """Return a detailed picture of so many pixels in the format `kind`."""

    def make():
        from PIL import Image  # noqa: PLC0415 - in the process that makes the file

        grain = Image.frombytes("RGB", (width // 16, height // 16), os.urandom(width // 16 * (height // 16) * 3))
        image = grain.resize((width, height), Image.Resampling.BICUBIC).convert(mode)
        return saved(image, kind, **options)

    return make


def plain(kind, width, height, mode="RGB", **options):
    def make():
        from PIL import Image  # noqa: PLC0415 - in the process that makes the file

        return saved(Image.new(mode, (width, height)), kind, **options)

    return make


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def moving(kind, frames):
    def make():
        from PIL import Image  # noqa: PLC0415 - in the process that makes the file

        images = [Image.new("RGB", (800, 800), (number, number, number)) for number in range(frames)]
        return saved(images[0], kind, save_all=True, append_images=images[1:])

    return make


def scanned(width, height, scans):
    """Return a progressive JPEG whose last scan is repeated many times."""

    def make():
        data = plain("JPEG", width, height, progressive=True, subsampling=0)()
        last = data.rindex(b"\xff\xda")
        return data[:-2] + data[last:-2] * scans + b"\xff\xd9"

    return make


def with_head(make, width, height):
    """Return the JPEG of `make` with a false size in its header."""

    def changed():
        data = make()
        at = data.index(b"\xff\xc0")
        return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]

    return changed


def cut(make):
    return lambda: make()[:-2000]


def followed_by(make, tail):
    return lambda: make() + tail


def fixed(data):
    return lambda: data


TAKEN = {
    "a telephone's JPEG, 12 million pixels": drawn("JPEG", 4000, 3000, quality=92),
    "a telephone's JPEG, 48 million": drawn("JPEG", 8064, 6048, quality=75),
    "a plain JPEG, 100 million": plain("JPEG", 10_000, 10_000),
    "a progressive JPEG, 12 million": drawn("JPEG", 4032, 3024, quality=85, progressive=True),
    "a progressive JPEG, 12 million, full colour": plain("JPEG", 4032, 3024, progressive=True, subsampling=0),
    "a JPEG for print, 12 million": plain("JPEG", 4032, 3024, mode="CMYK", progressive=True),
    "a JPEG of 20 scans, 12 million": scanned(4032, 3024, 10),
    "a PNG with detail, 4 million": drawn("PNG", 2400, 1800, compress_level=9),
    "a PNG, 12 million": plain("PNG", 4000, 3000),
    "a transparent PNG, 12 million": plain("PNG", 4000, 3000, mode="RGBA"),
    "a PNG with a palette, 12 million": plain("PNG", 4000, 3000, mode="P"),
    "a PNG of 16 bits, 12 million": plain("PNG", 4000, 3000, mode="I;16"),
    "a WebP, 6 million": drawn("WEBP", 3000, 2000, quality=80, method=0),
    "a WebP without loss, 6 million": plain("WEBP", 3000, 2000, lossless=True),
    "a JPEG with a page behind it": followed_by(drawn("JPEG", 1600, 1200), b"<script>alert(1)</script>"),
}
REFUSED = {
    "a PNG that says 400 million": lambda: png_of(20_000, 20_000),
    "a PNG that says 12 million and has none": lambda: png_of(4_000, 3_000),
    "a WebP that says 144 million": lambda: webp_of(12_000, 12_000),
    "a real WebP, 144 million": plain("WEBP", 12_000, 12_000, method=0),
    "a JPEG that says 4,000 million": with_head(plain("JPEG", 64, 64), 65_000, 65_000),
    "a JPEG of 1,000 scans": scanned(3600, 3600, 1000),
    "a WebP of 400 frames": moving("WEBP", 400),
    "a PNG of 100 frames": moving("PNG", 100),
    "a cut JPEG": cut(drawn("JPEG", 4000, 3000)),
    "a cut PNG": cut(drawn("PNG", 2000, 1500)),
    "a cut WebP": cut(drawn("WEBP", 2000, 1500)),
    "a JPEG of 11 MB": followed_by(plain("JPEG", 64, 64), bytes(11 * 1024 * 1024)),
    "10 MB of marks that are no picture": fixed(b"\xff\xd8" + b"\xff\xfe\x00\x02" * 2_600_000),
    "10 MB of chunks that are no picture": fixed(PNG_HEAD + b"\0\0\0\0tEXt\0\0\0\0" * 860_000),
    "an SVG": fixed(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "a GIF": plain("GIF", 2000, 2000),
    "a TIFF": plain("TIFF", 2000, 2000),
    "a BMP": plain("BMP", 1500, 1500),
    "an ICO": plain("ICO", 256, 256),
    "an EPS": plain("EPS", 500, 500),
    "a PSD": fixed(b"8BPS\x00\x01" + bytes(2000)),
    "a HEIC": fixed(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(2000)),
    "nothing in it": fixed(b""),
}


def png_of(width, height):
    """Return a small PNG with a false size in its header."""
    data = plain("PNG", 1, 1)()
    head = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]


def webp_of(width, height):
    head = b"\x2f" + struct.pack("<I", (width - 1) | ((height - 1) << 14)) + bytes(61)
    return b"RIFF" + struct.pack("<I", 12 + len(head)) + b"WEBPVP8L" + struct.pack("<I", len(head)) + head


if __name__ == "__main__":
    sys.exit(not main(*sys.argv[1:]))
