"""Photos in the admin, each in a form of its own, and on the pages of a reader."""

import itertools

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from books.models import Book
from meetups.models import Photo, WriteUp
from members.models import Author
from tests.factories import make_author, make_book, make_photo, make_picture_file, make_writer, make_writeup
from tests.pages import read_page

ADD = "admin:meetups_photo_add"


def messages(response):
    return [each.get_text(strip=True) for each in read_page(response).select(".messagelist li, .errorlist li")]


def photo_form(writeup, **fields):
    return {"writeup": writeup.pk, "alt": "Eight readers around a table", "caption": "Late"} | fields


def stored_files(media):
    return [path for path in media.rglob("*") if path.is_file()]


def test_photo_form_of_a_writeup_takes_a_picture(organiser_client):
    writeup = make_writeup()

    form = read_page(organiser_client.get(reverse(ADD), {"writeup": writeup.pk}))

    assert form.select_one("[name=writeup] option[selected]")["value"] == str(writeup.pk)
    assert form.select_one("[name=image]")["accept"] == "image/jpeg,image/png,image/webp"


def test_add_photo_returns_to_writeup(organiser_client):
    writeup = make_writeup()
    make_photo(writeup=writeup, position=1)

    response = organiser_client.post(
        reverse(ADD), photo_form(writeup, image=make_picture_file(size=(1200, 900)), credit="Nick")
    )

    photo = Photo.objects.latest("pk")
    assert response.url == reverse("admin:meetups_writeup_change", args=[writeup.pk]) + "#photos-group"
    assert (photo.writeup, photo.alt, photo.caption, photo.credit) == (
        writeup, "Eight readers around a table", "Late", "Nick",
    )  # fmt: skip
    assert (photo.width, photo.height, photo.position) == (1200, 900, 2)


def test_add_another_photo_keeps_writeup(organiser_client):
    writeup = make_writeup()

    response = organiser_client.post(reverse(ADD), photo_form(writeup, image=make_picture_file(), _addanother="yes"))

    assert response.url == f"{reverse(ADD)}?writeup={writeup.pk}"


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (SimpleUploadedFile("x.svg", b"<svg/>"), "We take JPEG, PNG and WebP pictures. Save it as one of these."),
        (SimpleUploadedFile("x.jpg", b""), "This file is empty. Choose another."),
        (None, "This is missing."),
    ],
    ids=["svg", "empty", "none"],
)
def test_refused_photo_keeps_typed_text(organiser_client, media, upload, message):
    response = organiser_client.post(reverse(ADD), photo_form(make_writeup(), **({"image": upload} if upload else {})))

    page = read_page(response)
    assert message in messages(response)
    assert page.select_one("[name=alt]").get_text().strip() == "Eight readers around a table"
    assert page.select_one("[name=caption]").get_text().strip() == "Late"
    assert not Photo.objects.exists()
    assert stored_files(media) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"alt": ""}, "Say in words what is on the picture, or mark it as decorative."),
        (
            {"alt": "IMG_1234.jpg"},
            "“IMG_1234.jpg” is the name of a file. Say what is to be seen, such as “Eight readers around a table”.",
        ),
    ],
)
def test_photo_without_alt_is_refused(organiser_client, media, fields, message):
    response = organiser_client.post(reverse(ADD), photo_form(make_writeup(), image=make_picture_file(), **fields))

    assert message in messages(response)
    assert not Photo.objects.exists()
    assert stored_files(media) == []


def test_words_of_a_photo_are_not_taken_away(organiser_client):
    described, waiting = make_photo(), make_photo(alt="")

    answers = [
        organiser_client.post(reverse("admin:meetups_photo_change", args=[photo.pk]), {"alt": "", "position": 1})
        for photo in (described, waiting)
    ]

    assert [answer.status_code for answer in answers] == [200, 302]
    assert "Say in words what is on the picture, or mark it as decorative." in messages(answers[0])
    described.refresh_from_db()
    assert described.alt == "Readers at a table"


def test_decorative_photo_has_empty_alt(organiser_client, client):
    writeup = make_writeup()

    organiser_client.post(reverse(ADD), photo_form(writeup, alt="", is_decorative="on", image=make_picture_file()))

    assert read_page(client.get(writeup.get_absolute_url())).select_one(".photo img")["alt"] == ""


def test_photo_text_is_edited_inline(organiser_client):
    photo = make_photo()

    page = read_page(organiser_client.get(reverse("admin:meetups_writeup_change", args=[photo.writeup.pk])))

    row = page.select_one("#photos-0")
    assert row.select_one("img.picture")["src"] == photo.image.small_url
    assert row.select_one("[name=photos-0-alt]").get_text().strip() == photo.alt
    assert row.select_one("button[name=_go_to]")["value"] == f"photo-{photo.pk}"


@pytest.mark.django_db(transaction=True)
def test_replaced_photo_keeps_text_and_deletes_file(organiser_client, media):
    photo = make_photo()
    address = reverse("admin:meetups_photo_change", args=[photo.pk])

    organiser_client.post(address, {"image": make_picture_file(size=(60, 30)), "alt": photo.alt, "position": 0})

    photo.refresh_from_db()
    assert (photo.width, photo.alt) == (60, "Readers at a table")
    assert len(stored_files(media)) == 2


@pytest.mark.django_db(transaction=True)
def test_deleted_photo_deletes_file_and_returns_to_writeup(organiser_client, media):
    photo = make_photo()

    response = organiser_client.post(reverse("admin:meetups_photo_delete", args=[photo.pk]), {"post": "yes"})

    assert response.url == reverse("admin:meetups_writeup_change", args=[photo.writeup.pk]) + "#photos-group"
    assert stored_files(media) == []


@pytest.mark.django_db(transaction=True)
def test_full_disk_leaves_neither_photo_nor_file(organiser_client, media, monkeypatch):
    monkeypatch.setattr(Photo._meta.get_field("image"), "storage", FullDisk())
    organiser_client.raise_request_exception = False
    writeup = make_writeup()

    response = organiser_client.post(reverse(ADD), photo_form(writeup, image=make_picture_file(size=(2000, 900))))

    assert response.status_code == 503
    assert not Photo.objects.exists()
    assert stored_files(media) == []


class FullDisk(FileSystemStorage):
    """A storage that is full after three files."""

    def __init__(self):
        super().__init__()
        self.left = itertools.count(3, -1)

    def _save(self, name, content):
        if next(self.left) <= 0:
            raise OSError(28, "No space left on device")
        return super()._save(name, content)


def test_too_many_files_are_refused(organiser_client, media):
    files = {f"image{number}": make_picture_file() for number in range(300)}

    response = organiser_client.post(reverse(ADD), photo_form(make_writeup(), **files))

    assert response.status_code == 413
    assert "too much for one form" in response.content.decode()
    assert not Photo.objects.exists()
    assert stored_files(media) == []


def test_author_edits_photos_of_own_writeups(client, author):
    own, other = make_photo(writeup=make_writeup(author=author)), make_photo()

    listed = read_page(client.get(reverse("admin:meetups_photo_changelist")))
    response = client.get(reverse("admin:meetups_photo_change", args=[other.pk]))

    assert [row["href"] for row in listed.select("#result_list tbody th a")] == [
        reverse("admin:meetups_photo_change", args=[own.pk])
    ]
    assert response.status_code == 403


def test_author_adds_no_photo_to_other_writeup(client, author, media):
    response = client.post(reverse(ADD), photo_form(make_writeup(), image=make_picture_file()))

    assert "This can’t be chosen here, or is not there any more. Choose another." in messages(response)
    assert not Photo.objects.exists()
    assert stored_files(media) == []


@pytest.fixture
def author(client, db):
    """A signed-in author."""
    writer = make_writer()
    client.force_login(writer)
    return writer.author


# --- public pages


def test_photo_has_srcset_of_widths(client, db):
    photo = make_photo(image=make_picture_file(size=(2000, 1000)))

    page = read_page(client.get(photo.writeup.get_absolute_url()))

    source, img = page.select_one(".photo source"), page.select_one(".photo img")
    assert (source["type"], source["srcset"]) == ("image/webp", photo.image.webp_srcset)
    assert (img["src"], img["srcset"]) == (photo.image.fallback_url, photo.image.jpeg_srcset)
    assert (img["width"], img["height"]) == ("1600", "800")
    assert img["sizes"] == source["sizes"] != ""


def test_photos_after_the_first_are_lazy(client, db):
    writeup = make_writeup(book=make_book(cover=make_picture_file()), author=make_author(photo=make_picture_file()))
    for _ in range(3):
        make_photo(writeup=writeup)

    page = read_page(client.get(writeup.get_absolute_url()))

    assert [img.get("loading") for img in page.select(".photo img")] == [None, "lazy", "lazy"]
    assert page.select_one(".sidebar img").get("loading") is None
    assert page.select_one(".bio img")["loading"] == "lazy"


def test_every_photo_url_serves_an_image(client, db, media):
    writeup = make_writeup(
        book=make_book(cover=make_picture_file(size=(600, 900))),
        author=make_author(photo=make_picture_file(size=(300, 300))),
    )
    make_photo(writeup=writeup, image=make_picture_file(size=(2000, 1000)))

    page = read_page(client.get(writeup.get_absolute_url()))

    addresses = {img["src"] for img in page.select("img[src]")}
    for tag in page.select("[srcset]"):
        addresses |= {each.split()[0] for each in tag["srcset"].split(", ")}
    assert len(addresses) == 3 * 2 + 2 * 2 + 2
    for address in addresses:
        with Image.open(media / address.removeprefix("/media/")) as picture:
            assert picture.format == ("JPEG" if address.endswith(".jpg") else "WEBP")


def test_photo_with_one_file_is_shown(client, db):
    writeup = make_writeup(book=make_book(), author=make_author())
    make_photo(writeup=writeup)
    Photo.objects.update(image="photos/0123456789abcdef.webp")
    Book.objects.update(cover="covers/0123456789abcdef.webp", cover_width=200, cover_height=300)
    Author.objects.update(photo="people/0123456789abcdef.webp")

    page = read_page(client.get(WriteUp.objects.get().get_absolute_url()))

    assert [img["src"] for img in page.select("img[src*='0123456789abcdef']")] == [
        "/media/covers/0123456789abcdef.webp",
        "/media/photos/0123456789abcdef.webp",
        "/media/people/0123456789abcdef.webp",
    ]
    assert page.select("source") == []
