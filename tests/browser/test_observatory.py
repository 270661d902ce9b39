"""The score of pages by the rules of the MDN HTTP Observatory."""

import shutil

import pytest

from bench import observatory
from bookclub.environment import BASE_DIR
from tests.missing_tools import skip_unless_ci
from tests.serving import environment_in, serving


@pytest.mark.all_tests
def test_pages_have_the_highest_score_of_the_observatory(sample, tmp_path):
    if not shutil.which("node") or not (BASE_DIR / "bench/node_modules/@mdn").exists():
        skip_unless_ci("No rules of the MDN HTTP Observatory: apt install nodejs npm, then make test.")
    folder = shutil.copytree(sample, tmp_path / "data")
    with serving(environment_in(folder, **observatory.SETTINGS)) as port:
        pages, least = observatory.capture_all(port, folder)
    # The control: a page without the headers of the site.
    bare = pages[0] | {"name": "bare", "https": pages[0]["https"] | {"headers": [["Content-Type", "text/html"]]}}

    scores = {page["name"]: page["score"] for page in observatory.score_pages([*pages, bare])}

    assert scores.pop("bare") < 50
    assert scores == least
