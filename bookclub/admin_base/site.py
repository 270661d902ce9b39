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
from django.utils import timezone
from django.utils.decorators import method_decorator

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.deletion import delete_selected
from bookclub.admin_base.lists import RestrictedListMixin
from bookclub.admin_base.object_permissions import RestrictedAutocomplete
from bookclub.admin_base.preview import preview
from bookclub.admin_base.session_recovery import save_posted_form

# By frequency of use.
MODEL_ORDER = [
    "WriteUp", "Meetup", "Photo", "Venue",
    "Book", "Note", "Term", "Question", "Quote", "Reading", "Contributor",
    "Issue", "Subscriber", "Delivery",
    "Author", "Member",
    "Club", "OutgoingMail",
]  # fmt: skip
SESSION_DAYS, EXTENDED_ON = 30, "admin_session_extended_on"


class BaseAdminSite(admin.AdminSite):
    """Django's admin with a strict CSP, allauth's login, and sessions that expire 30 days after the last use."""

    index_title = "Dashboard"
    enable_nav_sidebar = False  # our own menu is in admin/base_site.html

    def __init__(self, name="admin"):
        super().__init__(name)
        self.add_action(delete_selected)  # in place of Django's of the same name

    def register(self, model_or_iterable, admin_class=None, **options):
        """Also restrict the list filters of the libraries' models, whose rows hold keys of second factors."""
        admin_class = admin_class or admin.ModelAdmin
        if not issubclass(admin_class, ClubModelAdmin):
            admin_class = type(admin_class.__name__, (RestrictedListMixin, admin_class), {})
        super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view, cacheable=False):
        own = csp_update({"script-src": [SELF], "frame-src": [SELF]})  # the preview of a newsletter is a frame
        page = own(super().admin_view(view, cacheable))

        @wraps(page)
        def guarded_page(request, *args, **options):
            if not self.has_permission(request):
                save_posted_form(request)
            elif request.user.lacks_second_factor:
                return redirect("mfa_index")  # which says why
            else:
                extend_session(request.session)
            return page(request, *args, **options)

        return guarded_page

    def get_urls(self):
        """Put our `view_on_site` before Django's, which discloses the URL of any row to any staff user."""
        return [
            path("r/<path:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"),
            path("preview/", self.admin_view(preview), {"admin_site": self}, name="preview"),
            *super().get_urls(),
        ]

    def view_on_site(self, request, content_type_id, object_id):
        content_type = get_object_or_404(ContentType, pk=int(content_type_id) if content_type_id.isdecimal() else None)
        if not self.is_registered(content_type.model_class()):
            raise Http404
        model_admin = self.get_model_admin(content_type.model_class())
        row = model_admin.get_object(request, object_id)
        if row is None or not hasattr(row, "get_absolute_url"):
            raise Http404
        if not model_admin.has_view_permission(request, row):
            raise PermissionDenied
        if callable(model_admin.view_on_site):  # a letter has no page before it is sent
            address = model_admin.view_on_site(row)
            if address is None:
                raise Http404
            return redirect(address)
        return redirect(row)

    def autocomplete_view(self, request):
        return RestrictedAutocomplete.as_view(admin_site=self)(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    @method_decorator(secure_admin_login)
    def login(self, request, extra_context=None):
        return super().login(request, extra_context)

    def each_context(self, request):
        name = request.club.name
        return super().each_context(request) | {"site_title": name, "site_header": name}

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=model_position)
        return sorted(apps, key=lambda app: model_position(app["models"][0]))


def extend_session(session):
    """Extend the session to 30 days from today. Writes at most once a day.

    A session that ends with the browser stays so.
    """
    today = timezone.now().date().isoformat()
    if session.get(EXTENDED_ON) == today:
        return
    session[EXTENDED_ON] = today
    if not session.get_expire_at_browser_close():
        session.set_expiry(SESSION_DAYS * 24 * 60 * 60)


def model_position(model):
    name = model["object_name"]
    return MODEL_ORDER.index(name) if name in MODEL_ORDER else len(MODEL_ORDER)
