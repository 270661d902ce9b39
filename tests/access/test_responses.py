"""A mark is found in a response wherever it stands and however it is encoded."""

import base64
import binascii
import io
import json
import zipfile
import zlib
from urllib.parse import quote

import pytest
from django.core import signing
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse

from tests.access.responses import marks_in_response

MARK = "zq10042qz"
ENCODINGS = {
    "plain": MARK,
    "upper case": MARK.upper(),
    "capitalised": MARK.capitalize(),
    "percent": "".join(f"%{ord(letter):02X}" for letter in MARK),
    "percent, twice": quote("".join(f"%{ord(letter):02x}" for letter in MARK)),
    "character references": "".join(f"&#{ord(letter)};" for letter in MARK),
    "hexadecimal references": "".join(f"&#x{ord(letter):x};" for letter in MARK),
    "JSON escapes": "".join(f"\\u{ord(letter):04x}" for letter in MARK),
    "folded calendar line": f"SUMMARY:A long line {MARK[:4]}\r\n {MARK[4:]}",
    "quoted-printable": "".join(f"={ord(letter):02X}" for letter in MARK),
    "folded quoted-printable": f"Words {MARK[:5]}=\r\n{MARK[5:]}",
    **{
        f"base64 after {number} letters": base64.b64encode(("x" * number + MARK).encode()).decode()
        for number in range(4)
    },
    "base64 for URLs": base64.urlsafe_b64encode(f"??>>{MARK}".encode()).decode().rstrip("="),
    "compressed": base64.urlsafe_b64encode(zlib.compress(f"{MARK} {'words ' * 9}".encode())).decode(),
    "signed": signing.dumps({"form": f"{MARK} {'words ' * 99}"}, compress=True, key="x" * 50),
}


@pytest.mark.parametrize("encoded", ENCODINGS.values(), ids=ENCODINGS)
def test_mark_is_found_in_a_body(encoded):
    assert marks_in_response(HttpResponse(f"<p>A page of words: “{encoded}”</p>")) == {MARK}


def test_mark_is_found_outside_the_body():
    cookie = HttpResponse()
    cookie.set_cookie("kept", MARK)
    header = HttpResponse(headers={"X-Note": f"about {MARK}"})

    assert [marks_in_response(each) for each in (cookie, header)] == [{MARK}] * 2
    assert marks_in_response(HttpResponse(reason=MARK)) == {MARK}
    assert marks_in_response(HttpResponseRedirect(f"/books/{MARK}/")) == {MARK}


def test_mark_is_found_in_files():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("data.json", json.dumps({"note": MARK}))
    archive.seek(0)

    assert marks_in_response(JsonResponse({"results": [{"text": MARK}]})) == {MARK}
    assert marks_in_response(StreamingHttpResponse([b"email\n", f"{MARK}@example.org\n".encode()])) == {MARK}
    assert marks_in_response(FileResponse(archive)) == {MARK}


def test_letters_that_are_no_mark_are_not_found():
    words = binascii.hexlify(b"zq 42 qz").decode()

    assert (
        marks_in_response(HttpResponse(f"zq42 qz zqqz {words} {base64.b64encode(b'some other words').decode()}"))
        == set()
    )
