import io
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.forms import modelform_factory
from PIL import ExifTags, Image, ImageOps

from meetups.models import Photo
from members.models import Author
from tests.factories import make_author, make_book, make_photo, make_picture_file, make_writeup

pytestmark = pytest.mark.django_db

TAKEN = ["JPEG", "PNG", "WEBP"]
NOT_TAKEN = ["GIF", "BMP", "TIFF", "ICO", "EPS", "PPM"]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200)


def exif(orientation=1):
    """What a telephone writes: who made it, where it was, which side is up."""
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = "Telephone"
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.IFD.GPSInfo] = {1: "N", 2: (51.0, 30.0, 0.0)}
    return tags


def half_and_half(kind, orientation):
    """40 × 30, red on the left and blue on the right, with what EXIF says of its orientation."""
    image = Image.new("RGB", (40, 30), "blue")
    image.paste("red", (0, 0, 20, 30))
    out = io.BytesIO()
    image.save(out, kind, exif=exif(orientation))
    return SimpleUploadedFile(f"half.{kind.lower()}", out.getvalue())


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width, height):
    """A tiny PNG that says it is so large, with rows that nobody could read."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(3_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def webp_of(width, height):
    head = b"\x2f" + struct.pack("<I", (width - 1) | ((height - 1) << 14)) + bytes(60)
    body = b"VP8L" + struct.pack("<I", len(head)) + head + bytes(len(head) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


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
    return [path for path in media.rglob("*") if path.is_file()]


def only_file(media):
    [path] = stored_files(media)
    return Image.open(io.BytesIO(path.read_bytes()))


def photo_form(file):
    return modelform_factory(Photo, fields=["image", "alt"])({"alt": "In words"}, {"image": file})


@pytest.mark.parametrize("kind", TAKEN)
def test_only_the_bare_pixels_of_a_picture_are_kept(media, kind):
    make_photo(image=make_picture_file(kind, exif=exif()))

    picture = only_file(media)

    assert picture.format == "WEBP"
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"loop", "background", "timestamp", "duration"}
    assert b"Telephone" not in stored_files(media)[0].read_bytes()


@pytest.mark.parametrize("kind", TAKEN)
def test_a_sideways_picture_is_set_upright(media, kind):
    make_photo(image=half_and_half(kind, orientation=6))

    picture = only_file(media).convert("RGB")

    top, bottom = picture.getpixel((15, 5)), picture.getpixel((15, 35))
    assert picture.size == (30, 40)
    assert top[0] > 200 > 50 > top[2]
    assert bottom[2] > 200 > 50 > bottom[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_set_upright_as_pillow_does(media, orientation):
    upload = half_and_half("PNG", orientation)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(upload.read()))).convert("RGB")

    make_photo(image=upload)

    kept = only_file(media).convert("RGB")
    corners = [(1, 1), (upright.width - 2, upright.height - 2)]
    assert kept.size == upright.size
    assert [kept.getpixel(at)[0] > 128 for at in corners] == [upright.getpixel(at)[0] > 128 for at in corners]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_whose_exif_is_garbled_is_kept_all_the_same(media, kind):
    data = make_picture_file(kind, exif=exif()).read().replace(b"MM\x00*", b"??\x00*")

    make_photo(image=SimpleUploadedFile("x.jpg", data))

    assert only_file(media).size == (40, 30)


def test_the_name_of_the_file_is_random_and_says_nothing(media):
    names = {make_photo(image=make_picture_file(name="at home with Nick.jpg")).image.name for _ in range(2)}

    assert len(names) == 2
    assert all(name.startswith("photos/") and len(name) == len("photos/0123456789abcdef.webp") for name in names)


def test_width_and_height_are_those_of_the_stored_picture():
    photo = make_photo(image=make_picture_file(size=(3200, 2000)))
    book = make_book(cover=make_picture_file("PNG", (300, 450)))

    photo.refresh_from_db()
    book.refresh_from_db()

    assert (photo.width, photo.height) == (1600, 1000)
    assert (photo.image.width, photo.image.height) == (1600, 1000)
    assert (book.cover_width, book.cover_height) == (300, 450)


def test_a_picture_is_encoded_once_and_not_again_when_its_row_is_saved(media):
    photo = make_photo()
    name, before = photo.image.name, stored_files(media)[0].read_bytes()

    photo.caption = "Another"
    photo.full_clean()
    photo.save()

    assert photo.image.name == name
    assert [path.read_bytes() for path in stored_files(media)] == [before]


def test_what_is_transparent_stays_transparent(media):
    make_author(photo=make_picture_file("PNG", mode="RGBA", colour=(255, 0, 0, 0)))

    assert only_file(media).convert("RGBA").getpixel((5, 5))[3] == 0


def test_sixteen_bits_of_grey_stay_grey(media):
    make_author(photo=make_picture_file("PNG", mode="I;16", colour=32768))

    assert abs(only_file(media).convert("L").getpixel((5, 5)) - 128) < 4


@pytest.mark.parametrize("kind", NOT_TAKEN)
def test_another_format_is_refused_in_words(media, kind):
    form = photo_form(make_picture_file(kind, name="picture.jpg"))

    assert form.errors == {"image": ["We take JPEG, PNG and WebP pictures. Save it as one of these."]}
    assert stored_files(media) == []


@pytest.mark.parametrize(
    "data", [SVG, HEIC, b"%PDF-1.4", b"<html>", bytes(1000)], ids=["svg", "heic", "pdf", "html", "zeros"]
)
@pytest.mark.parametrize("name", ["picture.png", "picture.svg", "picture"])
def test_what_is_no_picture_is_refused_in_words_whatever_its_name(media, data, name):
    form = photo_form(SimpleUploadedFile(name, data, "image/png"))

    assert form.errors == {"image": ["We take JPEG, PNG and WebP pictures. Save it as one of these."]}
    assert stored_files(media) == []


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_picture_is_a_message_in_the_form_and_leaves_nothing_behind(media, damage):
    form = photo_form(SimpleUploadedFile("picture.png", DAMAGED[damage]))

    assert list(form.errors) == ["image"]
    assert stored_files(media) == []


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_picture_is_a_message_of_the_model_too(media, damage):
    photo = Photo(writeup=make_writeup(), alt="In words")
    photo.image = SimpleUploadedFile("picture.png", DAMAGED[damage])

    with pytest.raises(ValidationError) as refusal:
        photo.full_clean()

    assert list(refusal.value.message_dict) == ["image"]


@pytest.mark.parametrize("damage", [name for name in DAMAGED if name != "empty"])
def test_a_damaged_picture_that_nobody_checked_leaves_neither_file_nor_row(media, damage):
    writeup = make_writeup()

    with pytest.raises(ValidationError), transaction.atomic():
        Photo.objects.create(writeup=writeup, alt="In words", image=SimpleUploadedFile("x.png", DAMAGED[damage]))

    assert not Photo.objects.exists()
    assert stored_files(media) == []


@pytest.mark.parametrize("data", [png_of(20_000, 20_000), png_of(8_000, 5_001), webp_of(12_000, 12_000)], ids=len)
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read(media, data):
    form = photo_form(SimpleUploadedFile("bomb.png", data))

    # Its rows can't be read: whoever tries calls it damaged.
    assert len(data) < 10_000
    assert form.errors == {"image": ["This picture has more than 40 million pixels. Send a smaller one."]}
    assert stored_files(media) == []


def test_a_picture_within_the_limit_of_pixels_is_read():
    form = photo_form(SimpleUploadedFile("not-a-bomb.png", png_of(8_000, 5_000)))

    assert form.errors == {"image": ["This picture is damaged. Send it again, or another."]}


def test_a_file_of_eleven_megabytes_is_refused(media):
    form = photo_form(SimpleUploadedFile("x.jpg", make_picture_file().read() + bytes(11 * 1024 * 1024)))

    assert form.errors == {"image": ["This picture is larger than 10 MB. Send a smaller one."]}
    assert stored_files(media) == []


def test_a_form_whose_other_fields_are_wrong_stores_no_picture(media):
    form = modelform_factory(Photo, fields=["image", "alt", "is_decorative"])(
        {"alt": ""}, {"image": make_picture_file()}
    )

    assert "Say in words what is on the picture" in str(form.errors)
    assert stored_files(media) == []


def test_a_good_picture_comes_through_a_form(media):
    form = modelform_factory(Author, fields=["name", "slug", "photo"])(
        {"name": "Nick", "slug": "nick"}, {"photo": half_and_half("JPEG", orientation=6)}
    )

    author = form.save()

    assert only_file(media).size == (30, 40)
    assert 'accept="image/jpeg,image/png,image/webp"' in form.as_p()
    assert author.photo.name.endswith(".webp")
