"""The desk as this site opens it: with a front page that says what needs doing. It stands on every app."""

from functools import partial

from django.urls import path, reverse

from bookclub import joining
from bookclub.desk.reach import reaches_all
from bookclub.desk.site import Desk
from bookclub.waiting import waiting_for

# What an organiser comes for most days: the words, the page, the permission.
STARTS = [
    ("Paste the evening", "admin:meetups_writeup_paste", "meetups.add_writeup"),
    ("Add a meetup", "admin:meetups_meetup_add", "meetups.add_meetup"),
    ("Add a book", "admin:books_book_add", "books.add_book"),
]


class FrontPage(Desk):
    def get_urls(self):
        answer = self.admin_view(partial(joining.answer_page, desk=self))
        return [path("joining/<slug:answer>/", answer, name="joining"), *super().get_urls()]

    def index(self, request, extra_context=None):
        user = request.user
        context = {"waiting": waiting_for(user), "starts": starts(user), "is_nobody": is_nobody(user)}
        return super().index(request, context | (extra_context or {}))


def starts(user):
    return [(words, reverse(page)) for words, page, permission in STARTS if user.has_perm(permission)]


def is_nobody(user):
    """An author at the desk whose account belongs to no author: nothing there can be their own."""
    return not reaches_all(user) and user.has_perm("meetups.add_writeup") and not hasattr(user, "author")
