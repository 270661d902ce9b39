from django.contrib import admin

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.fields import ADDRESS_FIELDSET
from bookclub.admin_base.forms import ClubModelForm
from members.models import Author


class AuthorForm(ClubModelForm):
    slug_from = "name"


@admin.register(Author)
class AuthorAdmin(ClubModelAdmin):
    form = AuthorForm
    list_display = ["name", "job_title", "member"]
    empty_list_text = "No authors yet. Whoever posts a write-up needs a page of their own: add it here."
    list_select_related = ["member"]
    search_fields = ["name", "job_title"]
    autocomplete_fields = ["member"]
    fieldsets = [
        ("About the author", {"fields": ["name", "job_title", "bio", "photo"]}),
        (
            "Contact",
            {
                "fields": [("email", "shows_email"), ("phone", "shows_phone"), "website"],
                "description": "What is not ticked stays here: no reader sees it.",
            },
        ),
        ("Account", {"fields": ["member"]}),
        ADDRESS_FIELDSET,
    ]
