from functools import wraps

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.decorators import method_decorator

from bookclub.desk.preview import preview
from bookclub.desk.reach import Choices
from bookclub.desk.resume import keep
from bookclub.desk.sessions import slide
from bookclub.second_factor import lacks_second_factor

# In the order of use: tonight's write-up first, machinery last.
ORDER = [
    "WriteUp", "Meetup", "Photo", "Venue",
    "Book", "Note", "Term", "Question", "Quote", "Reading", "Contributor",
    "Issue", "Subscriber", "Delivery",
    "Author", "Member",
    "Club", "OutgoingMail",
]  # fmt: skip


class Desk(admin.AdminSite):
    """Django's admin with its own scripts allowed and nobody else's, signed in to through allauth's rate limits."""

    index_title = "What would you like to do?"

    def admin_view(self, view, cacheable=False):
        own = csp_update({"script-src": [SELF], "frame-src": [SELF]})  # a letter is shown in a frame
        page = own(super().admin_view(view, cacheable))

        @wraps(page)
        def inner(request, *args, **options):
            if not self.has_permission(request):
                keep(request)
            elif lacks_second_factor(request):
                return redirect("mfa_index")
            else:
                slide(request.session)
            return page(request, *args, **options)

        return inner

    def get_urls(self):
        """The way to a page before Django's own, which tells the address of any row to anybody at the desk."""
        return [
            path("r/<path:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"),
            path("preview/", self.admin_view(preview), {"desk": self}, name="preview"),
            *super().get_urls(),
        ]

    def view_on_site(self, request, content_type_id, object_id):
        kind = get_object_or_404(ContentType, pk=int(content_type_id) if content_type_id.isdecimal() else None)
        if not self.is_registered(kind.model_class()):
            raise Http404
        desk = self.get_model_admin(kind.model_class())
        thing = desk.get_object(request, object_id)
        if thing is None or not hasattr(thing, "get_absolute_url"):
            raise Http404
        if not desk.has_view_permission(request, thing):
            raise PermissionDenied
        return redirect(thing)

    def autocomplete_view(self, request):
        return Choices.as_view(admin_site=self)(request)

    @method_decorator(secure_admin_login)
    def login(self, request, extra_context=None):
        return super().login(request, extra_context)

    def each_context(self, request):
        name = request.club.name
        return super().each_context(request) | {"site_title": name, "site_header": name}

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=place)
        return sorted(apps, key=lambda app: place(app["models"][0]))


def place(model):
    name = model["object_name"]
    return ORDER.index(name) if name in ORDER else len(ORDER)
