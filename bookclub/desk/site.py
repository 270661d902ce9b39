from allauth.account.decorators import secure_admin_login
from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin
from django.utils.decorators import method_decorator

# In the order of use: tonight's write-up first, machinery last.
ORDER = [
    "WriteUp", "Meetup", "Venue",
    "Book", "Note", "Term", "Question", "Quote", "Reading", "Contributor",
    "Author", "Member",
    "Club",
]  # fmt: skip


class Desk(admin.AdminSite):
    """Django's admin with its own scripts allowed and nobody else's, signed in to through allauth's rate limits."""

    index_title = "What would you like to do?"

    def admin_view(self, view, cacheable=False):
        own_scripts = csp_update({"script-src": [SELF]})
        return own_scripts(super().admin_view(view, cacheable))

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
