"""Links and pictures of the documentation lead somewhere."""

import re

import pytest

from bookclub.environment import BASE_DIR

PAGES = [BASE_DIR / "README.md", *sorted((BASE_DIR / "docs").rglob("*.md"))]
GUIDE = BASE_DIR / "docs/organisers"
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def read_anchors(page):
    """Return the anchors that GitHub gives the headings of a page."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(page.read_text())}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))
def test_links_of_documentation_lead_somewhere(page):
    broken = []
    for target in LINK.findall(page.read_text()):
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        is_found = linked.exists() and (not anchor or anchor in read_anchors(linked))
        if not is_found and "://" not in target:
            broken.append(target)

    assert broken == []


def test_contents_of_the_guide_link_every_page():
    listed = {target.partition("#")[0] for target in LINK.findall((GUIDE / "README.md").read_text())}

    assert listed == {page.name for page in GUIDE.glob("*.md")} - {"README.md"}


def test_every_picture_is_shown_and_taken_by_a_command():
    pictures = list((BASE_DIR / "docs/pictures").iterdir())
    source = (BASE_DIR / "bench/guide_pictures.py").read_text()
    taken = {f"{name}.webp" for name in re.findall(r'(?:save|write_webp)\("([\w-]+)"', source)}
    shown = {target.rpartition("/")[2] for page in PAGES for target in LINK.findall(page.read_text())}

    assert {file.name for file in pictures} == taken
    assert taken <= shown
    assert [file.name for file in pictures if file.stat().st_size > 60 * 1024] == []
