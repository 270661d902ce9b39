"""The organisers' guide within the admin: docs/organisers/*.md as pages, and the page for each screen."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from PIL import Image

from bookclub.core.markdown import render_prose
from bookclub.environment import BASE_DIR

DOCS = BASE_DIR / "docs"
PICTURES = DOCS / "pictures"
CONTENTS = "README"
# Pages outside of the guide that it links to.
OTHER_PAGES = {"members-and-privacy": DOCS / "members-and-privacy.md"}

PICTURE = re.compile(r"^!\[([^]]*)\]\(\.\./pictures/([\w-]+)\.webp\)$", re.MULTILINE)
PAGE_LINK = re.compile(r"\[([^]]+)\]\((?:\.\./|organisers/)?([\w-]+)\.md(#[\w-]+)?\)")
HEADING = re.compile(r'<h([3-6])(?: dir="auto")?>(.*?)</h\1>')
TAG = re.compile(r"<[^>]+>")
TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
HEAD_CELL = re.compile(r"<th[^>]*>(.*?)</th>")
CELL = re.compile(r"<td\b")

# The page of the guide for each screen, by the beginning of its URL's name; the longest beginning counts.
SCREENS = {
    "index": "first-steps#the-dashboard",
    "search": "first-steps#find-something",
    "guide": "",
    "joining": "members#who-may-join",
    "bookclub_club": "first-steps#make-the-club-your-own",
    "bookclub_outgoingmail": "mails#did-it-go-out",
    "books_": "books",
    "books_book_by_isbn": "books#add-a-book-by-its-isbn",
    "books_book_merge": "books#merge-two-books",
    "books_note": "books#the-order-of-items",
    "books_term": "books#the-order-of-items",
    "books_question": "books#the-order-of-items",
    "books_quote": "books#the-order-of-items",
    "books_reading": "books#the-order-of-items",
    "meetups_meetup": "meetups",
    "meetups_venue": "meetups",
    "meetups_meetup_cancel": "meetups#cancel-a-meetup",
    "meetups_meetup_reinstate": "meetups#cancel-a-meetup",
    "meetups_meetup_guest_list": "guests",
    "meetups_meetup_add_member": "guests#change-the-guest-list",
    "meetups_meetup_give_seat": "guests#change-the-guest-list",
    "meetups_meetup_move_to": "guests#change-the-guest-list",
    "meetups_meetup_remove_guest": "guests#change-the-guest-list",
    "meetups_meetup_attendance": "guests#who-came",
    "meetups_meetup_add_attendee": "guests#who-came",
    "meetups_photo": "photos",
    "meetups_writeup": "write",
    "meetups_writeup_changelist": "publish",
    "meetups_writeup_paste": "paste",
    "meetups_writeup_unfinished_pastes": "paste",
    "meetups_writeup_discard_paste": "paste",
    "meetups_writeup_preview_link": "write#preview-a-draft",
    "meetups_writeup_proof": "write#the-proof-reader",
    "members_": "members",
    "members_author": "roles",
    "newsletter_": "letter",
    "newsletter_subscriber": "subscribers",
}
# Pages that several models have, by the end of their URLs' names.
SHARED_SCREENS = {
    "_history": "history",
    "_deleted": "history",
    "_version": "history",
    "_restore": "history",
}


@dataclass(frozen=True)
class Page:
    title: str
    html: str
    headings: list[tuple[str, str]]  # (anchor, text) of the second level


def get_urls(admin_site):
    return [
        path("guide/", admin_site.admin_view(show_page), {"admin_site": admin_site}, name="guide"),
        path("guide/<slug:name>/", admin_site.admin_view(show_page), {"admin_site": admin_site}, name="guide_page"),
        path("guide/pictures/<slug:name>.webp", admin_site.admin_view(show_picture), name="guide_picture"),
    ]


def show_page(request, admin_site, name=CONTENTS):
    file = find_page(name)
    if file is None or (name == CONTENTS and "name" in request.resolver_match.captured_kwargs):
        raise Http404
    page = read_page(file, file.stat().st_mtime_ns)
    context = {"title": page.title, "page": page, "is_contents": name == CONTENTS}
    return TemplateResponse(request, "admin/guide/page.html", admin_site.each_context(request) | context)


def show_picture(request, name):
    file = PICTURES / f"{name}.webp"
    if not file.is_file():
        raise Http404
    return HttpResponse(file.read_bytes(), content_type="image/webp")


def get_guide_url(view_name):
    """Return the address of the place in the guide about the screen with this URL name, such as `books_book_add`."""
    shared = next((page for end, page in SHARED_SCREENS.items() if view_name.endswith(end)), "")
    begins = [start for start in SCREENS if view_name.startswith(start)]
    return build_url(shared or SCREENS[max(begins, key=len)] if shared or begins else "")


def build_url(target):
    """Return the address of `page#anchor`; of the contents if `target` is empty."""
    name, _, anchor = target.partition("#")
    address = reverse("admin:guide_page", args=[name]) if name else reverse("admin:guide")
    return f"{address}#{anchor}" if anchor else address


def find_page(name):
    """Return the file of a page, or None."""
    file = OTHER_PAGES.get(name, DOCS / "organisers" / f"{name}.md")
    return file if file.is_file() else None


@lru_cache(maxsize=64)
def read_page(file, changed_at):
    """Return the Page of a Markdown file; `changed_at` renders it again after a change."""
    first, _, text = file.read_text(encoding="utf-8").partition("\n")
    parts = PICTURE.split(PAGE_LINK.sub(link_within_admin, text))  # text, alt, name, text, alt, name, …, text
    html = render_prose(parts[0])
    for alt, name, words in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        html += render_picture(alt, name) + render_prose(words)
    headings = []

    def number_heading(found):
        """Give a heading its anchor, as GitHub does, and the level below the page's own h1."""
        level, words = int(found[1]) - 2, found[2]
        anchor = make_anchor(TAG.sub("", words))
        if level == 2:
            headings.append((anchor, mark_safe(words)))  # noqa: S308 - rendered by render_prose
        return f'<h{level} id="{anchor}">{words}</h{level}>'

    html = TABLE.sub(label_cells, html)
    html = HEADING.sub(number_heading, html).replace(r"\|", "|")  # GitHub needs the backslash in the cells of a table
    return Page(first.lstrip("# "), mark_safe(html), headings)  # noqa: S308 - rendered by render_prose, with anchors


def label_cells(table):
    """Return a table whose cells carry the words of their column, which a narrow page shows above each cell."""
    labels = cycle(TAG.sub("", words).replace('"', "&quot;") for words in HEAD_CELL.findall(table[0]))
    return CELL.sub(lambda _: f'<td data-label="{next(labels)}"', table[0])


def make_anchor(title):
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def link_within_admin(found):
    """Return a link to a page of the guide as a link to its page in the admin; without a page there, its words."""
    words, name, anchor = found[1], found[2], found[3] or ""
    if find_page(name) is None:
        return words
    return f"[{words}]({build_url('' if name == CONTENTS else name + anchor)})"


def render_picture(alt, name):
    file = PICTURES / f"{name}.webp"
    if not file.is_file():
        return ""
    with Image.open(file) as image:
        width, height = image.size
    return format_html(
        '<p class="picture"><img src="{}" alt="{}" width="{}" height="{}" loading="lazy"></p>',
        reverse("admin:guide_picture", args=[name]),
        alt,
        width,
        height,
    )
