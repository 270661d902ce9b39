import base64
import hashlib
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.urls import path

from bookclub.core import subresource_integrity
from tests.pages import soup_of

SCRIPT = b"document.title = 'A page';"


def page(request):
    urls = [staticfiles_storage.url("js/a.js"), "/admin/jsi18n/", "https://elsewhere.example/b.js"]
    return HttpResponse(
        "".join(f'<script id="script-{number}" src="{url}" defer></script>' for number, url in enumerate(urls))
    )


urlpatterns = [path("page/", page)]


@pytest.fixture(autouse=True)
def static_root(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.ROOT_URLCONF = __name__
    subresource_integrity.find_integrity.cache_clear()
    yield tmp_path
    subresource_integrity.find_integrity.cache_clear()


def test_script_of_ours_has_the_hash_of_its_content(client, db, settings, static_root):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    storage = ManifestStaticFilesStorage(location=static_root)
    storage.save("js/a.js", ContentFile(SCRIPT))
    list(storage.post_process({"js/a.js": (storage, "js/a.js")}))

    response = client.get("/page/")

    ours, made_by_a_view, foreign = soup_of(response).select("script")
    digest = base64.b64encode(hashlib.sha384(SCRIPT).digest()).decode()
    assert Path(static_root, ours["src"].removeprefix("/static/")).read_bytes() == SCRIPT
    assert ours["integrity"] == f"sha384-{digest}"
    assert (ours["id"], ours["defer"]) == ("script-0", "")
    assert "integrity" not in made_by_a_view.attrs
    assert "integrity" not in foreign.attrs
    assert int(response["Content-Length"]) == len(response.content), "a browser would cut the page"


def test_script_whose_name_has_no_hash_may_change(client, db, static_root):
    path = static_root / "js/a.js"
    path.parent.mkdir()
    path.write_bytes(SCRIPT)

    scripts = soup_of(client.get("/page/")).select("script")

    assert scripts[0]["src"] == "/static/js/a.js"
    assert ["integrity" in script.attrs for script in scripts] == [False] * 3
