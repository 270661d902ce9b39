import io
import itertools
import os
import struct
import time
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.forms import modelform_factory
from PIL import ExifTags, Image, ImageCms, ImageOps, PngImagePlugin

from bookclub.images import ResponsiveImageField, WithImage
from bookclub.images.alt_text import looks_like_file_name
from books.models import Book
from meetups.models import Photo, WriteUp
from members.models import Author
from tests.factories import make_author, make_book, make_photo, make_picture_file, make_writeup

pytestmark = pytest.mark.django_db

TAKEN = ["JPEG", "PNG", "WEBP"]
NOT_TAKEN = ["GIF", "BMP", "TIFF", "ICO", "EPS", "PPM"]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200)


def exif(orientation=1):
    """Return EXIF data as a phone writes them: camera, place, orientation."""
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = "Telephone"
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.IFD.GPSInfo] = {1: "N", 2: (51.0, 30.0, 0.0)}
    return tags


def half_and_half(kind, orientation):
    """Return a picture of 40 × 30 pixels, red on the left and blue on the right, with this EXIF orientation."""
    image = Image.new("RGB", (40, 30), "blue")
    image.paste("red", (0, 0, 20, 30))
    out = io.BytesIO()
    image.save(out, kind, exif=exif(orientation))
    return SimpleUploadedFile(f"half.{kind.lower()}", out.getvalue())


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width, height):
    """Return a small PNG with a false size in its header and unreadable rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(3_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def webp_of(width, height):
    head = b"\x2f" + struct.pack("<I", (width - 1) | ((height - 1) << 14)) + bytes(60)
    body = b"VP8L" + struct.pack("<I", len(head)) + head + bytes(len(head) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def jpeg_of(width, height, scans=1):
    """Return a JPEG with a false size in its header and so many empty scans."""
    plain = make_picture_file(size=(16, 16)).read()
    frame, scan = plain.index(b"\xff\xc0"), plain.index(b"\xff\xda")
    head = plain[: frame + 5] + struct.pack(">HH", height, width) + plain[frame + 9 : scan]
    one = plain[scan : scan + 2 + int.from_bytes(plain[scan + 2 : scan + 4])]
    return head + one * scans + b"\xff\xd9"


def broken_crc():
    data = bytearray(make_picture_file("PNG").read())
    data[data.index(b"IDAT") + 8] ^= 0xFF
    return bytes(data)


DAMAGED = {
    "empty": b"",
    "cut JPEG": make_picture_file("JPEG", (400, 300)).read()[:-400],
    "cut PNG": make_picture_file("PNG", (400, 300)).read()[:-40],
    "cut WebP": make_picture_file("WEBP", (400, 300)).read()[:-20],
    "PNG with a broken CRC": broken_crc(),
}


def stored_files(media):
    return sorted(path for path in media.rglob("*") if path.is_file())


def sizes(media):
    """Return the size of each stored file, by the end of its name, such as “-960.webp”."""
    return {path.name[16:]: Image.open(io.BytesIO(path.read_bytes())).size for path in stored_files(media)}


def only_picture(media):
    """Return the WebP of a picture that is narrower than all widths."""
    _jpeg, webp = stored_files(media)
    return Image.open(io.BytesIO(webp.read_bytes()))


def photo_form(file):
    return modelform_factory(Photo, fields=["image", "alt"])({"alt": "In words"}, {"image": file})


@pytest.mark.parametrize("kind", TAKEN)
def test_metadata_is_removed(media, kind):
    make_photo(image=make_picture_file(kind, exif=exif()))

    picture = only_picture(media)

    assert picture.format == "WEBP"
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"loop", "background", "timestamp", "duration"}
    for path in stored_files(media):
        assert b"Telephone" not in path.read_bytes()
        assert dict(Image.open(io.BytesIO(path.read_bytes())).getexif()) == {}


@pytest.mark.parametrize("kind", TAKEN)
def test_rotated_picture_is_turned_upright(media, kind):
    make_photo(image=half_and_half(kind, orientation=6))

    picture = only_picture(media).convert("RGB")

    top, bottom = picture.getpixel((15, 5)), picture.getpixel((15, 35))
    assert picture.size == (30, 40)
    assert top[0] > 200 > 50 > top[2]
    assert bottom[2] > 200 > 50 > bottom[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_applied(media, orientation):
    upload = half_and_half("PNG", orientation)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(upload.read()))).convert("RGB")

    make_photo(image=upload)

    kept = only_picture(media).convert("RGB")
    corners = [(1, 1), (upright.width - 2, upright.height - 2)]
    assert kept.size == upright.size
    assert [kept.getpixel(at)[0] > 128 for at in corners] == [upright.getpixel(at)[0] > 128 for at in corners]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_picture_with_invalid_exif_is_accepted(media, kind):
    data = make_picture_file(kind, exif=exif()).read().replace(b"MM\x00*", b"??\x00*")

    make_photo(image=SimpleUploadedFile("x.jpg", data))

    assert only_picture(media).size == (40, 30)


def test_stored_file_name_is_random(media):
    names = {make_photo(image=make_picture_file(name="at home with Nick.jpg")).image.name for _ in range(2)}

    assert len(names) == 2
    assert all(name.startswith("photos/") and len(name) == len("photos/0123456789abcdef-40.webp") for name in names)


def test_width_and_height_match_the_stored_picture():
    photo = make_photo(image=make_picture_file(size=(3200, 2000)))
    book = make_book(cover=make_picture_file("PNG", (300, 450)))

    photo.refresh_from_db()
    book.refresh_from_db()

    assert (photo.width, photo.height) == (1600, 1000)
    assert (photo.image.width, photo.image.height) == (1600, 1000)
    assert (book.cover_width, book.cover_height) == (300, 450)


def test_picture_is_encoded_only_once(media):
    photo = make_photo()
    name, before = photo.image.name, [path.read_bytes() for path in stored_files(media)]

    photo.caption = "Another"
    photo.full_clean()
    photo.save()

    assert photo.image.name == name
    assert [path.read_bytes() for path in stored_files(media)] == before


def test_transparency_is_kept(media):
    make_author(photo=make_picture_file("PNG", mode="RGBA", colour=(255, 0, 0, 0)))

    assert only_picture(media).convert("RGBA").getpixel((5, 5))[3] == 0


def test_16_bit_grey_stays_grey(media):
    make_author(photo=make_picture_file("PNG", mode="I;16", colour=32768))

    assert abs(only_picture(media).convert("L").getpixel((5, 5)) - 128) < 4


@pytest.mark.parametrize("kind", NOT_TAKEN)
def test_other_format_is_refused_with_a_message(media, kind):
    form = photo_form(make_picture_file(kind, name="picture.jpg"))

    assert form.errors == {"image": ["We take JPEG, PNG and WebP pictures. Save it as one of these."]}
    assert stored_files(media) == []


@pytest.mark.parametrize(
    "data", [SVG, HEIC, b"%PDF-1.4", b"<html>", bytes(1000)], ids=["svg", "heic", "pdf", "html", "zeros"]
)
@pytest.mark.parametrize("name", ["picture.png", "picture.svg", "picture"])
def test_file_that_is_no_picture_is_refused(media, data, name):
    form = photo_form(SimpleUploadedFile(name, data, "image/png"))

    assert form.errors == {"image": ["We take JPEG, PNG and WebP pictures. Save it as one of these."]}
    assert stored_files(media) == []


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_picture_is_a_form_error_and_leaves_no_file(media, damage):
    form = photo_form(SimpleUploadedFile("picture.png", DAMAGED[damage]))

    assert list(form.errors) == ["image"]
    assert stored_files(media) == []


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_picture_is_a_validation_error_of_the_model(media, damage):
    photo = Photo(writeup=make_writeup(), alt="In words")
    photo.image = SimpleUploadedFile("picture.png", DAMAGED[damage])

    with pytest.raises(ValidationError) as refusal:
        photo.full_clean()

    assert list(refusal.value.message_dict) == ["image"]


@pytest.mark.parametrize("damage", [name for name in DAMAGED if name != "empty"])
def test_damaged_picture_saved_unvalidated_leaves_no_file_or_row(media, damage):
    writeup = make_writeup()

    with pytest.raises(ValidationError), transaction.atomic():
        Photo.objects.create(writeup=writeup, alt="In words", image=SimpleUploadedFile("x.png", DAMAGED[damage]))

    assert not Photo.objects.exists()
    assert stored_files(media) == []


@pytest.mark.parametrize(
    ("data", "million"),
    [
        (png_of(20_000, 20_000), 100),
        (png_of(4_000, 3_001), 12),
        (png_of(30_001, 10), 12),
        (webp_of(12_000, 12_000), 6),
        (webp_of(3_000, 2_001), 6),
        (jpeg_of(40_000, 20_000), 100),
        (jpeg_of(4_000, 3_051, scans=2), 12),
    ],
    ids=["png 400M", "png", "long png", "webp 144M", "webp", "jpeg 800M", "jpeg in scans"],
)
def test_picture_over_the_pixel_limit_is_refused_before_decoding(media, data, million):
    form = photo_form(SimpleUploadedFile("bomb.png", data))

    # Its rows can't be read: whoever tries calls it damaged.
    assert len(data) < 10_000
    way = (
        "Send a smaller one."
        if data.startswith(b"\xff\xd8") or million == 100
        else "Send a smaller one, or save it as JPEG."
    )
    assert form.errors == {"image": [f"This picture has more than {million} million pixels. {way}"]}
    assert stored_files(media) == []


@pytest.mark.parametrize(
    "data", [png_of(4_000, 3_000), webp_of(3_000, 2_000), jpeg_of(4_000, 3_050, scans=2)], ids=["png", "webp", "jpeg"]
)
def test_picture_within_the_pixel_limit_is_accepted(data):
    form = photo_form(SimpleUploadedFile("not-a-bomb.png", data))

    assert form.errors == {"image": ["This picture is damaged. Send it again, or another."]}


def test_large_jpeg_of_one_scan_is_accepted(media):
    make_photo(image=make_picture_file(size=(8_000, 6_000)))

    assert sizes(media)["-1600.jpg"] == (1600, 1200)


def test_jpeg_of_too_many_scans_is_refused(media):
    form = photo_form(SimpleUploadedFile("slow.jpg", jpeg_of(100, 100, scans=21)))

    assert form.errors == {"image": ["This picture is too intricate. Save it as a plain JPEG and send that."]}


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8" + b"\xff\xfe\x00\x02" * 20_000, png_of(9, 9)[:33] + b"\0\0\0\0tEXt\0\0\0\0" * 20_000],
    ids=["jpeg", "png"],
)
def test_file_of_many_chunks_is_refused_before_decoding(media, data):
    form = photo_form(SimpleUploadedFile("slow.jpg", data))

    assert form.errors == {"image": ["This picture is too intricate. Save it as a plain JPEG and send that."]}


def test_jpeg_thumbnail_is_not_counted_as_a_scan(media):
    small = make_picture_file(size=(16, 16)).read()
    data = make_picture_file(size=(5_000, 4_000)).read()
    head = b"\xff\xe1" + struct.pack(">H", len(small) + 8) + b"Exif\0\0" + small

    make_photo(image=SimpleUploadedFile("x.jpg", data[:2] + head + data[2:] + small))

    assert sizes(media)["-1600.jpg"] == (1600, 1280)


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_animated_picture_is_refused(media, kind):
    out = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])

    form = photo_form(SimpleUploadedFile("moving.png", out.getvalue()))

    assert form.errors == {"image": ["This picture moves. Send a still one."]}
    assert stored_files(media) == []


@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("what", ["archive", "page"])
def test_data_after_the_picture_is_removed(media, kind, what):
    data = make_picture_file(kind).read() + {"archive": an_archive(), "page": b"<script>alert('secret')</script>"}[what]

    make_photo(image=SimpleUploadedFile("x.png", data))

    assert all(b"secret" not in path.read_bytes() for path in stored_files(media))
    assert sizes(media) == {"-40.jpg": (40, 30), "-40.webp": (40, 30)}


def an_archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("secret.html", "secret")
    return out.getvalue()


@pytest.mark.parametrize("kind", TAKEN)
def test_colour_profile_is_applied(media, kind):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (0, 200, 0)).save(out, kind, icc_profile=swapped_profile())

    make_photo(image=SimpleUploadedFile("x.png", out.getvalue()))

    _red, green, blue = only_picture(media).convert("RGB").getpixel((5, 5))
    assert blue > 150 > 80 > green
    assert all(b"acsp" not in path.read_bytes() for path in stored_files(media))


def swapped_profile():
    """Return an sRGB profile with green and blue exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for old, new in ((b"gXYZ", b"tmp_"), (b"bXYZ", b"gXYZ"), (b"tmp_", b"bXYZ")):
        at = profile.index(old)
        profile[at : at + 4] = new
    return bytes(profile)


def test_picture_with_unreadable_profile_is_accepted(media):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (0, 200, 0)).save(out, "PNG", icc_profile=b"not a profile" * 20)

    make_photo(image=SimpleUploadedFile("x.png", out.getvalue()))

    assert only_picture(media).convert("RGB").getpixel((5, 5))[1] > 150
    assert all(b"not a profile" not in path.read_bytes() for path in stored_files(media))


@pytest.mark.parametrize("kind", TAKEN)
def test_comments_are_removed(media, kind):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "at home with Nick")
    written = {
        "JPEG": {"comment": b"at home with Nick"},
        "PNG": {"pnginfo": text},
        "WEBP": {"xmp": b"at home with Nick"},
    }
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, kind, **written[kind])

    make_photo(image=SimpleUploadedFile("x.png", out.getvalue()))

    assert b"with Nick" in out.getvalue()
    assert all(b"with Nick" not in path.read_bytes() for path in stored_files(media))


def test_cmyk_becomes_rgb(media):
    make_photo(image=make_picture_file("JPEG", mode="CMYK", colour=(0, 0, 0, 0)))

    assert min(only_picture(media).convert("RGB").getpixel((5, 5))) > 240


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((2400, 1800), {480: 360, 960: 720, 1600: 1200}),
        ((1600, 1200), {480: 360, 960: 720, 1600: 1200}),
        ((1000, 500), {480: 240, 960: 480, 1000: 500}),
        ((480, 360), {480: 360}),
        ((100, 50), {100: 50}),
        ((1, 900), {1: 900}),
        ((2000, 1), {480: 1, 960: 1, 1600: 1}),
    ],
)
def test_picture_is_stored_in_fixed_widths_without_enlargement(media, size, widths):
    make_photo(image=make_picture_file(size=size))

    assert sizes(media) == {
        f"-{width}.{ending}": (width, height) for width, height in widths.items() for ending in ("jpg", "webp")
    }


def test_rotated_picture_is_measured_upright(media):
    make_photo(image=make_picture_file(size=(4000, 3000), exif=exif(orientation=6)))

    assert sizes(media)["-1600.webp"] == (1600, 2133)


def test_srcset_has_the_stored_widths():
    photo = make_photo(image=make_picture_file(size=(1000, 500)))
    start = photo.image.url.removesuffix("-1000.webp")

    assert photo.image.webp_srcset == f"{start}-480.webp 480w, {start}-960.webp 960w, {start}-1000.webp 1000w"
    assert photo.image.jpeg_srcset.endswith(f"{start}-1000.jpg 1000w")
    assert photo.image.fallback_url == f"{start}-960.jpg"


def test_picture_without_other_widths_is_shown():
    author = Author(name="Nick", photo="people/0123456789abcdef.webp")

    assert (author.photo.widths, author.photo.webp_srcset) == ([], "")
    assert author.photo.fallback_url == author.photo.url == "/media/people/0123456789abcdef.webp"


# --- files and database transactions


class FullDisk(FileSystemStorage):
    """A storage that is full after two files."""

    def __init__(self):
        super().__init__()
        self.left = itertools.count(2, -1)

    def _save(self, name, content):
        if next(self.left) <= 0:
            raise OSError(28, "No space left on device")
        return super()._save(name, content)


@pytest.fixture
def full_disk(monkeypatch):
    monkeypatch.setattr(Photo._meta.get_field("image"), "storage", FullDisk())


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("within", [True, False], ids=["within a transaction", "alone"])
@pytest.mark.django_db(transaction=True)
def test_full_disk_leaves_no_row_and_no_file(media, within):
    writeup = make_writeup()

    with pytest.raises(OSError, match="No space left"):
        make_photo_somehow(writeup, within)

    assert not Photo.objects.exists()
    assert stored_files(media) == []


def make_photo_somehow(writeup, within):
    if not within:
        return make_photo(writeup=writeup, image=make_picture_file(size=(2000, 1000)))
    with transaction.atomic():
        return make_photo(writeup=writeup, image=make_picture_file(size=(2000, 1000)))


@pytest.mark.django_db(transaction=True)
def test_rejected_row_leaves_no_file(media):
    writeup = make_writeup()

    with pytest.raises(IntegrityError):
        make_photo(writeup=writeup, alt=None)

    assert stored_files(media) == []


def do_and_break(something):
    with transaction.atomic():
        something()
        raise RuntimeError


@pytest.mark.django_db(transaction=True)
def test_rollback_after_save_leaves_no_file(media):
    with pytest.raises(RuntimeError):
        do_and_break(make_photo)

    assert not Photo.objects.exists()
    assert stored_files(media) == []


@pytest.mark.django_db(transaction=True)
def test_committed_row_keeps_its_files(media):
    with transaction.atomic():
        photo = make_photo()
        with pytest.raises(RuntimeError):
            do_and_break(make_photo)

    assert [path.name for path in stored_files(media)] == sorted(
        photo.image.name.removeprefix("photos/").replace("webp", ending) for ending in ("jpg", "webp")
    )


@pytest.mark.django_db(transaction=True)
def test_replaced_picture_is_deleted(media):
    photo = make_photo(image=make_picture_file(size=(600, 300)))

    photo.image = make_picture_file(size=(30, 20))
    photo.save()

    assert sizes(media) == {"-30.jpg": (30, 20), "-30.webp": (30, 20)}


@pytest.mark.django_db(transaction=True)
def test_failed_replacement_keeps_the_old_picture(media):
    photo = make_photo()
    before = stored_files(media)

    photo.image, photo.alt = make_picture_file(size=(30, 20)), None
    with pytest.raises(IntegrityError):
        photo.save()

    assert stored_files(media) == before


@pytest.mark.django_db(transaction=True)
def test_removed_cover_is_deleted(media):
    book = make_book(cover=make_picture_file())

    book.cover = ""
    book.save()

    assert stored_files(media) == []
    assert Book.objects.get().cover_width is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("delete", [WriteUp.delete, lambda writeup: WriteUp.objects.all().delete()], ids=["it", "all"])
def test_deleting_a_writeup_deletes_its_pictures(media, delete):
    writeup = make_photo().writeup
    make_photo(writeup=writeup)

    delete(writeup)

    assert stored_files(media) == []


@pytest.mark.django_db(transaction=True)
def test_rolled_back_deletion_keeps_the_files(media):
    book = make_book(cover=make_picture_file())

    with pytest.raises(RuntimeError):
        do_and_break(book.delete)

    assert len(stored_files(media)) == 2


@pytest.mark.django_db(transaction=True)
def test_picture_used_by_another_row_is_kept(media):
    gone, stays = make_book(cover=make_picture_file()), make_book()

    with transaction.atomic():
        stays.cover = gone.cover.name
        stays.save()
        gone.delete()

    assert len(stored_files(media)) == 2


def test_every_image_field_belongs_to_a_model_with_image(django_user_model):
    fields = [
        (model, field)
        for model in (Author, Book, Photo, django_user_model)
        for field in model._meta.fields
        if isinstance(field, ResponsiveImageField)
    ]

    assert len(fields) == 4
    assert all(issubclass(model, WithImage) for model, _ in fields)


# --- alternative text


@pytest.mark.parametrize(
    "text",
    [
        "IMG_1234.jpg", "IMG_1234", "DSC00017", "photo", "Photo", "A photo", "image", "image (3)", "picture 2",
        "PXL_20250101_120000", "Screenshot 2025-01-01 at 12.00.00", "holiday.JPG", "table.heic", "1234", "...", "-",
        "WhatsApp Image 2025-01-01 at 12.00.00", "IMG-20250101-WA0012", "untitled", "my photo", "a1b2c3d4e5f60718",
    ],
)  # fmt: skip
def test_file_name_is_refused_as_alternative_text(text):
    form = modelform_factory(Photo, fields=["image", "alt"])({"alt": text}, {"image": make_picture_file()})

    assert form.errors == {
        "alt": [f"“{text}” is the name of a file. Say what is to be seen, such as “Eight readers around a table”."]
    }


@pytest.mark.parametrize(
    "text",
    ["Eight readers at a table", "Photo of a table", "Nick", "8 readers", "Cover: a city at night", "Pic du Midi"],
)
def test_description_is_accepted_as_alternative_text(text):
    assert not looks_like_file_name(text)


def test_file_over_the_size_limit_is_refused(media):
    form = photo_form(SimpleUploadedFile("x.jpg", make_picture_file().read() + bytes(11 * 1024 * 1024)))

    assert form.errors == {"image": ["This picture is larger than 10 MB. Send a smaller one."]}
    assert stored_files(media) == []


def test_form_with_other_errors_stores_no_picture(media):
    form = modelform_factory(Photo, fields=["image", "alt", "is_decorative"])(
        {"alt": "x" * 10_000}, {"image": make_picture_file()}
    )

    assert list(form.errors) == ["alt"]
    assert stored_files(media) == []


def test_valid_picture_is_saved_by_a_form(media):
    form = modelform_factory(Author, fields=["name", "slug", "photo"])(
        {"name": "Nick", "slug": "nick"}, {"photo": half_and_half("JPEG", orientation=6)}
    )

    author = form.save()

    assert only_picture(media).size == (30, 40)
    assert 'accept="image/jpeg,image/png,image/webp"' in form.as_p()
    assert author.photo.name.endswith(".webp")


# --- check_pictures


@pytest.fixture
def orphan(media):
    """Create a file of yesterday without a row, and a cover with one."""
    make_book(cover=make_picture_file())
    path = media / "covers/0123456789abcdef-40.webp"
    path.write_bytes(b"left behind")
    day = 24 * 60 * 60
    for each in stored_files(media):
        os.utime(each, (time.time() - day, time.time() - day))
    return path


def checked(*arguments):
    out = io.StringIO()
    call_command("check_pictures", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_check_pictures_lists_a_file_without_a_row(orphan):
    assert checked() == ["Belongs to no row: covers/0123456789abcdef-40.webp", "1 problems found."]
    assert orphan.exists()


def test_check_pictures_deletes_only_files_without_a_row(orphan, media):
    assert checked("--delete")[0] == "Deleted covers/0123456789abcdef-40.webp"
    assert not orphan.exists()
    assert len(stored_files(media)) == 2
    assert checked() == ["Every file belongs to a row, and no file is missing."]


def test_check_pictures_leaves_new_files(orphan):
    os.utime(orphan)

    assert checked("--delete") == ["Every file belongs to a row, and no file is missing."]
    assert orphan.exists()


def test_check_pictures_lists_a_row_without_its_file(media):
    book = make_book(title="The Book", cover=make_picture_file())
    [jpeg, _] = stored_files(media)
    jpeg.unlink()

    assert checked()[0] == f"Missing: covers/{jpeg.name}, of book {book.pk}, The Book"
