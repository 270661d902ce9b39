from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import model_ngettext
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.text import capfirst

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.form_buttons import FIELD, FormButton, draw_button
from bookclub.admin_base.forms import ClubModelForm
from bookclub.admin_base.lists import show_stamp
from bookclub.core.email_addresses import normalize_search_words
from members import sessions
from members.account_deletion import DeletionChoices, check_can_delete, delete_account
from members.models import Member

DELETED_DATA = [
    "their name, photo and addresses, every sign-in, passkey and password",
    "their seats, which those who wait get, and the evenings they came to",
    "the mail we wrote to them; one last mail tells them that the account is gone",
]
PASSWORD_HELP = "Leave it empty: they choose one themselves at “Forgotten your password?”."  # noqa: S105 - a help text


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [("member", "Member"), ("waiting", "Waits for your yes"), ("unconfirmed", "Has not confirmed")]

    def queryset(self, request, queryset):
        conditions = {
            "member": {"approved_at__isnull": False},
            "waiting": {"approved_at": None, "last_login__isnull": False},
            "unconfirmed": {"approved_at": None, "last_login": None},
        }
        return queryset.filter(**conditions.get(self.value(), {}))


class NewMemberForm(ClubModelForm):
    """Form for a new account; the password is optional."""

    password = forms.CharField(
        required=False,
        strip=False,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self):
        password = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return password

    def save(self, commit=True):
        self.instance.set_password(self.cleaned_data["password"] or None)
        return super().save(commit)


@admin.register(Member)
class MemberAdmin(ClubModelAdmin, UserAdmin):
    add_form = NewMemberForm
    add_form_template = None
    list_display = ["state", "shown_name", "email", "role", "joined_on"]
    list_display_links = ["shown_name"]
    list_filter = [StatusFilter, "is_staff", "is_active", "groups"]
    actions = ["approve", "decline"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = []
    readonly_fields = ["status_and_links", "password_state", "joined_at", "last_login"]
    fieldsets = [
        (None, {"fields": ["name", "email", "status_and_links"]}),
        ("Signing in", {"fields": ["is_active", "password_state", "joined_at", "last_login"]}),
        ("Admin", {"fields": ["is_staff", "groups", "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["name", "email", "password"]}),
        ("Admin", {"fields": ["is_staff", "groups"]}),
    ]

    def get_search_results(self, request, queryset, search_term):
        """Find an address in any spelling of its domain."""
        return super().get_search_results(request, queryset, normalize_search_words(search_term))

    def filter_offered(self, members):
        """Offer no closed account for a seat, a note or an author's page."""
        return members.filter(is_active=True)

    def may_make_author(self, request, member):
        """Return whether the user may make an author of the member, who is none yet."""
        is_author = member.is_staff and hasattr(member, "author")
        may = request.user.has_perm("members.add_author") and self.has_change_permission(request, member)
        return may and member.is_active and not is_author

    @admin.action(description="Say yes to those who would like to join", permissions=["change"])
    def approve(self, request, queryset):
        return redirect(get_approval_url("yes", queryset))

    @admin.action(description="Say no to those who would like to join", permissions=["delete"])
    def decline(self, request, queryset):
        return redirect(get_approval_url("no", queryset))

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="state", ordering="approved_at")
    def state(self, member):
        kind = "published" if member.is_active and member.approved_at else "draft"
        return show_stamp(capfirst(member.status), kind)

    @admin.display(description="name", ordering="name")
    def shown_name(self, member):
        return str(member)

    @admin.display(description="role")
    def role(self, member):
        """Return the groups of somebody who may open the admin, or the answers to somebody who waits for one."""
        if member.is_awaiting_approval:
            return format_html('<span class="row-links">{}</span>', link_answers(member))
        if not member.is_staff:
            return ""
        groups = [group.name for group in member.groups.all()]
        return ", ".join([*(["Superuser"] if member.is_superuser else []), *groups]) or "May open the admin"

    @admin.display(description="joined", ordering="joined_at")
    def joined_on(self, member):
        return date_format(timezone.localtime(member.joined_at), "j M Y")

    @admin.display(description="status")
    def status_and_links(self, member):
        if not member.is_awaiting_approval:
            return member.status.capitalize() + "."
        answers = [("say_yes", "Say yes"), ("say_no", "Say no")]
        buttons = format_html_join(" or ", "{}", ((draw_button(*answer),) for answer in answers))
        return format_html("Would like to join. {}", buttons)

    @admin.display(description="password")
    def password_state(self, member):
        state = "One is set." if member.has_usable_password() else "None is set."
        return format_html("{} {}", state, draw_button("set_password", "Set a new one"))

    def get_form_buttons(self, request, row):
        buttons = super().get_form_buttons(request, row)
        if row is not None:
            buttons += [
                FormButton("say_yes", "Say yes", get_approval_url("yes", [row]), FIELD),
                FormButton("say_no", "Say no", get_approval_url("no", [row]), FIELD),
                FormButton("set_password", "", reverse("admin:auth_user_password_change", args=[row.pk]), FIELD),
            ]
            if self.may_make_author(request, row):
                buttons.append(
                    FormButton("make_author", "Make an author …", reverse("admin:make_author", args=[row.pk]))
                )
        return buttons

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_fieldsets(self, request, obj=None):
        """Show the superuser field only to superusers."""
        fieldsets = super().get_fieldsets(request, obj)
        hidden = set() if request.user.is_superuser else {"is_superuser"}
        return [
            (name, options | {"fields": [field for field in options["fields"] if field not in hidden]})
            for name, options in fieldsets
        ]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.can_manage(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.can_manage(request, obj)

    def can_manage(self, request, member):
        """Return whether the user may change `member`: only a superuser may change a superuser."""
        return request.user.is_superuser or member is None or not member.is_superuser

    def get_deleted_objects(self, members, request):
        """List the deleted data as text, as much of it has no foreign key. It needs only the member's permission."""
        forbidden = {} if all(self.has_delete_permission(request, each) for each in members) else {"member"}
        try:
            check_can_delete(*members)
            refusals = []
        except ValidationError as refusal:
            refusals = refusal.messages
        counts = {model_ngettext(self.opts, len(members)): len(members)}
        return [part for each in members for part in (str(each), DELETED_DATA)], counts, forbidden, refusals

    def delete_model(self, request, member):
        choices = DeletionChoices(
            keep_session_notes="delete_session_notes" not in request.POST,
            keep_author_page="delete_author_page" not in request.POST,
        )
        self.delete_account(request, member, choices)

    def delete_queryset(self, request, queryset):
        for member in queryset:
            self.delete_account(request, member, DeletionChoices())

    def delete_account(self, request, member, choices):
        """Delete the account; log the deletion without the name."""
        delete_account(member, choices)
        self.log_deletions(request, [Member(pk=member.pk, name="A member")])

    def user_change_password(self, request, id, form_url=""):  # noqa: A002 - Django's name
        """End all sessions of the member after a new password."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            sessions.end_all_sign_ins(Member.objects.get(pk=id))
        return response

    def save_model(self, request, member, form, change):
        super().save_model(request, member, form, change)
        # A member signs in by a code alone, staff also need the passkey that they may have.
        is_promoted = "is_staff" in form.changed_data and member.is_staff and member.authenticator_set.exists()
        if not member.is_active or is_promoted:
            sessions.end_all_sign_ins(member)
        # A changed address must not log in to the account any more.
        EmailAddress.objects.filter(user=member).exclude(email=member.email).delete()


def link_answers(member):
    """Return links to the pages that approve and decline a member."""
    answers = [("yes", "Say yes"), ("no", "Say no")]
    links = [(get_approval_url(answer, [member]), label, member) for answer, label in answers]
    return format_html_join(" ", '<a href="{0}" aria-label="{1} to {2}">{1}</a>', links)


def get_approval_url(answer, members):
    """Return the URL of the confirmation page in `bookclub.approval`."""
    keys = urlencode([("id", member.pk) for member in members])
    return f"{reverse('admin:joining', args=[answer])}?{keys}"
