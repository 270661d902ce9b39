"""Several photos for a write-up at once: each is stored or refused by itself, and waits for its words."""

import json

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from meetups.models import Photo, WriteUp
from tests.factories import make_photo, make_picture_file, make_writer, make_writeup
from tests.pages import press, read_form, soup_of, texts
from tests.racing import race

pytestmark = pytest.mark.django_db

NOT_A_PICTURE = SimpleUploadedFile("notes.svg", b"<svg/>")
REFUSED = "We take JPEG, PNG and WebP pictures. Save it as one of these."


def form_address(writeup):
    return reverse("admin:meetups_writeup_change", args=[writeup.pk])


def upload(client, writeup, image=None, **fields):
    address = reverse("admin:meetups_writeup_upload_photo", args=[writeup.pk])
    return client.post(address, {"image": image or make_picture_file()} | fields)


def stored_files(media):
    return [path for path in media.rglob("*") if path.is_file()]


def test_uploaded_photo_waits_for_its_words(organiser_client, client):
    writeup = make_writeup(body="Before.")
    make_photo(writeup=writeup, alt="first", position=1)

    answer = upload(organiser_client, writeup, make_picture_file(size=(1200, 900)), number=1).json()

    photo = Photo.objects.get(position=2)
    row = BeautifulSoup(answer["row"], "lxml")
    assert (photo.writeup, photo.width, photo.alt) == (writeup, 1200, "")
    assert row.select_one("[name=photos-1-id]")["value"] == str(photo.pk)
    assert row.select_one("[name=photos-1-alt]").get_text() == "\n"
    assert len(soup_of(client.get(writeup.get_absolute_url())).select(".photo")) == 1
    Photo.objects.filter(pk=photo.pk).update(alt="second")
    images = soup_of(client.get(writeup.get_absolute_url())).select(".photo img")
    assert [image["alt"] for image in images] == ["first", "second"]


def test_words_of_uploaded_photo_are_saved_with_the_form(organiser_client):
    writeup = make_writeup()
    data = read_form(soup_of(organiser_client.get(form_address(writeup))))
    answer = upload(organiser_client, writeup, number=0).json()
    data |= {each["name"]: each["value"] for each in BeautifulSoup(answer["row"], "lxml").select("input[name][value]")}
    data |= {"photos-0-alt": "Eight readers", "photos-0-caption": "Late", "photos-0-credit": "", "body": "Longer."}
    data |= {"photos-TOTAL_FORMS": "1", "photos-INITIAL_FORMS": "1"}

    organiser_client.post(form_address(writeup), data)

    photo = Photo.objects.get()
    assert (photo.alt, photo.caption, photo.is_decorative) == ("Eight readers", "Late", False)
    assert WriteUp.objects.get().body == "Longer."


def test_uploaded_photo_is_no_edit_conflict(organiser_client):
    writeup = make_writeup(standfirst="Old")
    data = read_form(soup_of(organiser_client.get(form_address(writeup))))
    answer = upload(organiser_client, writeup, number=0).json()
    others = read_form(soup_of(organiser_client.get(form_address(writeup))))
    organiser_client.post(form_address(writeup), others | {"photos-0-alt": "", "standfirst": "New"})
    data |= {each["name"]: each["value"] for each in BeautifulSoup(answer["row"], "lxml").select("input[name][value]")}
    data |= {"photos-0-alt": "Eight readers", "photos-0-caption": "", "photos-0-credit": ""}
    data |= {"photos-TOTAL_FORMS": "1", "photos-INITIAL_FORMS": "1"}

    def save(opened):
        return organiser_client.post(form_address(writeup), data | {"_opened": json.dumps(opened)})

    unaware = save(json.loads(data["_opened"]))
    aware = save(json.loads(data["_opened"]) | answer["opened"])

    assert "Photo: In words" in unaware.content.decode()
    assert "Photo: In words" not in aware.content.decode()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (NOT_A_PICTURE, REFUSED),
        (SimpleUploadedFile("empty.jpg", b""), "This file is empty. Choose another."),
        (
            SimpleUploadedFile("large.jpg", b"\xff\xd8" + b"0" * 10_485_760),
            "This picture is larger than 10 MB. Send a smaller one.",
        ),
    ],
    ids=["svg", "empty", "large"],
)
def test_refused_upload_says_why(organiser_client, media, file, message):
    file.seek(0)

    response = upload(organiser_client, make_writeup(), file)

    assert (response.status_code, response.json()) == (400, {"error": message})
    assert not Photo.objects.exists()
    assert stored_files(media) == []


def test_uploads_take_positions_that_are_free(organiser_client):
    writeup = make_writeup()

    for wanted in (1, 3, 3, 2, ""):
        upload(organiser_client, writeup, position=wanted)

    assert list(Photo.objects.order_by("pk").values_list("position", flat=True)) == [1, 3, 4, 2, 5]


def test_upload_needs_permission(client, media):
    writeup, own = make_writeup(), make_writer()
    mine = make_writeup(author=own.author)
    visitor = upload(client, writeup)
    client.force_login(own)

    answers = upload(client, writeup), upload(client, mine)

    assert visitor.status_code == 302
    assert [answer.status_code for answer in answers] == [403, 200]
    assert [photo.writeup for photo in Photo.objects.all()] == [mine]


def test_several_photos_without_scripts(organiser_client, media):
    writeup = make_writeup()
    address = press(organiser_client, form_address(writeup), "Add photos").url
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    NOT_A_PICTURE.seek(0)

    page = soup_of(organiser_client.get(address))
    response = organiser_client.post(
        address, {"images": [make_picture_file(), NOT_A_PICTURE, make_picture_file(exif=exif)]}
    )

    assert page.select_one("input[type=file][multiple]")["accept"] == "image/jpeg,image/png,image/webp"
    assert "up to 10 MB each" in page.select_one(".help").get_text()
    outcomes = [text.partition(": ")[2] for text in texts(soup_of(response), ".outcomes li")]
    assert outcomes == ["added", REFUSED, "added"]
    assert sorted(Photo.objects.values_list("position", flat=True)) == [1, 2]
    for path in stored_files(media):
        with Image.open(path) as picture:
            assert not picture.getexif()


def test_several_photos_without_a_fault_lead_to_their_words(organiser_client, media):
    writeup = make_writeup()

    response = organiser_client.post(
        reverse("admin:meetups_writeup_add_photos", args=[writeup.pk]),
        {"images": [make_picture_file(), make_picture_file()]},
    )

    assert response.url == form_address(writeup) + "#photos-group"
    rows = soup_of(organiser_client.get(response.url)).select(".photo-row")
    assert [row.select_one(".photo-waits").get_text() for row in rows] == [
        "Readers don’t see it yet: say what is on it."
    ] * 2


def test_nothing_chosen_is_said(organiser_client):
    response = organiser_client.post(reverse("admin:meetups_writeup_add_photos", args=[make_writeup().pk]))

    assert soup_of(response).select_one(".errornote").get_text() == "Choose at least one picture."


def test_new_writeup_is_saved_on_the_way_to_its_photos(organiser_client):
    page = soup_of(organiser_client.get(reverse("admin:meetups_writeup_add")))
    data = read_form(page) | {"title": "Tonight", "author": make_writeup().author.pk, "_go_to": "add_photos"}

    response = organiser_client.post(reverse("admin:meetups_writeup_add"), data)

    writeup = WriteUp.objects.get(title="Tonight")
    assert response.url == reverse("admin:meetups_writeup_add_photos", args=[writeup.pk])


def test_preview_of_writeup_shows_photos_in_their_places(organiser_client):
    photo = make_photo(writeup=make_writeup(pull_quote=""), alt="first")
    form = soup_of(organiser_client.get(form_address(photo.writeup)))
    button = form.select_one('button[value="prose:body"]')
    data = {button["name"]: button["value"], "body": "One.\r\n\r\n[photo]\r\n\r\nTwo.", "pull_quote": "Read on"}

    page = soup_of(organiser_client.post(button["formaction"], data))

    words = page.select_one(".preview-words")
    assert [element.name for element in words.find_all(["p", "figure", "aside"], recursive=False)] == [
        "aside", "p", "figure", "p",
    ]  # fmt: skip
    assert words.select_one("img")["alt"] == "first"


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_uploads_at_once_get_positions_of_their_own(media):
    writeup = make_writeup()

    def add():
        return Photo.objects.add_to(writeup, make_picture_file(), 1).position

    runs = race([add] * 4)

    assert [run.error for run in runs] == [""] * 4
    assert sorted(run.result for run in runs) == [1, 2, 3, 4]
