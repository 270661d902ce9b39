"""The admin site of the club, with a dashboard of open tasks, a menu, a search box and the guide."""

from functools import partial
from itertools import chain

from django.template.response import TemplateResponse
from django.urls import path, reverse

from bookclub import admin_search, approval, authors, guide
from bookclub.admin_base.object_permissions import has_full_access
from bookclub.admin_base.site import BaseAdminSite
from bookclub.admin_menu import build_menu
from bookclub.dashboard import build_dashboard, first_steps

# Buttons for the most frequent tasks: (label, URL name, permission).
QUICK_LINKS = [
    ("Paste a write-up", "admin:meetups_writeup_paste", "meetups.add_writeup"),
    ("Add a meetup", "admin:meetups_meetup_add", "meetups.add_meetup"),
    ("Add a book", "admin:books_book_add", "books.add_book"),
]


class ClubAdminSite(BaseAdminSite):
    def get_urls(self):
        answer = self.admin_view(partial(approval.answer_page, admin_site=self))
        joining = path("joining/<slug:answer>/", answer, name="joining")
        make_author = self.admin_view(partial(authors.make_author_page, admin_site=self))
        member_pages = [joining, path("members/member/<int:pk>/author/", make_author, name="make_author")]
        pages = [each.get_urls(self) for each in (admin_search, first_steps, guide)]
        return [*member_pages, *chain.from_iterable(pages), *super().get_urls()]

    def each_context(self, request):
        """Add the menu, and the address of the place in the guide about this screen."""
        context = super().each_context(request)
        screen = getattr(request.resolver_match, "url_name", None) or ""
        menu = build_menu(context["available_apps"], request.path)
        return context | {"menu": menu, "help_url": guide.get_guide_url(screen)}

    def index(self, request, extra_context=None):
        user = request.user
        context = self.each_context(request) | build_dashboard(user, request.club)
        context |= {
            "title": self.index_title,
            "quick_links": list_quick_links(user),
            "lacks_author_page": lacks_author_page(user),
        }
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context | (extra_context or {}))


def list_quick_links(user):
    return [(words, reverse(page)) for words, page, permission in QUICK_LINKS if user.has_perm(permission)]


def lacks_author_page(user):
    """Return whether this user has the author role but no author page, and so can't own any rows."""
    return not has_full_access(user) and user.has_perm("meetups.add_writeup") and not hasattr(user, "author")
