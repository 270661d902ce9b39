"""The admin pages of a paste: the box for the text, the review, unfinished pastes, what became of a saved one."""

from meetups.models import Paste
from meetups.paste.destinations import DESTINATIONS
from meetups.paste.views.outcome import discard_paste, list_unfinished_pastes
from meetups.paste.views.paste_form import show_paste_form
from meetups.paste.views.rendering import find_target
from meetups.paste.views.review import show_paste

ROUTES = {
    Paste.Destination.NEW_WRITEUP: ("paste/", "paste"),
    Paste.Destination.WRITEUP: ("<int:pk>/paste/", "paste_more"),
    Paste.Destination.SESSION_NOTES: ("<int:pk>/paste/session-notes/", "paste_notes"),
    Paste.Destination.QUOTES: ("paste/book/<int:pk>/quotes/", "paste_quotes"),
    Paste.Destination.QUESTIONS: ("paste/book/<int:pk>/questions/", "paste_questions"),
}


def get_urls(model_admin):
    """Return the URLs for the ModelAdmin of write-ups, including the pages for a book's quotes and questions."""
    return [
        *(build_form_url(model_admin, *ROUTES[key], destination) for key, destination in DESTINATIONS.items()),
        model_admin.page("paste/unfinished/", list_unfinished_pastes, "unfinished_pastes"),
        model_admin.page("paste/<int:pk>/", show_paste, "paste_review"),
        model_admin.page("paste/<int:pk>/throw-away/", discard_paste, "discard_paste"),
    ]


def build_form_url(model_admin, route, name, destination):
    def paste_form(model_admin, request, pk=None):
        return show_paste_form(model_admin, request, find_target(model_admin, request, destination, pk))

    return model_admin.page(route, paste_form, name, takes_files=True)
