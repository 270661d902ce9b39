from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import model_ngettext
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode

from bookclub.desk.base import DeskAdmin
from bookclub.desk.forms import DeskForm
from members import sign_ins
from members.leaving import Wishes, check_can_leave, leave
from members.models import Author, Member

WHAT_GOES = [
    "their name, photo and addresses, every sign-in, passkey and password",
    "their seats, which those who wait get, and the evenings they came to",
    "the mail we wrote to them; one last mail tells them that the account is gone",
]
PASSWORD_HELP = "Leave it empty: they choose one themselves at “Forgotten your password?”."  # noqa: S105 - a help text


class StandingFilter(admin.SimpleListFilter):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [("member", "Member"), ("waiting", "Waits for your yes"), ("unconfirmed", "Has not confirmed")]

    def queryset(self, request, queryset):
        asked = {
            "member": {"approved_at__isnull": False},
            "waiting": {"approved_at": None, "last_login__isnull": False},
            "unconfirmed": {"approved_at": None, "last_login": None},
        }
        return queryset.filter(**asked.get(self.value(), {}))


class NewMemberForm(forms.ModelForm):
    """An account, with a password only where the organiser insists."""

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
class MemberAdmin(DeskAdmin, UserAdmin):
    form = forms.ModelForm
    add_form = NewMemberForm
    add_form_template = None
    list_display = ["email", "name", "standing", "is_staff", "is_active", "joined_at"]
    list_filter = [StandingFilter, "is_staff", "is_active", "groups"]
    actions = ["say_yes", "say_no"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = []
    readonly_fields = ["standing_in_words", "password_state", "joined_at", "last_login"]
    fieldsets = [
        (None, {"fields": ["name", "email", "standing_in_words"]}),
        ("Signing in", {"fields": ["is_active", "password_state", "joined_at", "last_login"]}),
        ("The organisers' desk", {"fields": ["is_staff", "groups", "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["name", "email", "password"]}),
        ("The organisers' desk", {"fields": ["is_staff", "groups"]}),
    ]

    @admin.action(description="Say yes to those who would like to join", permissions=["change"])
    def say_yes(self, request, queryset):
        return redirect(answering("yes", queryset))

    @admin.action(description="Say no to those who would like to join", permissions=["delete"])
    def say_no(self, request, queryset):
        return redirect(answering("no", queryset))

    @admin.display(description="standing")
    def standing_in_words(self, member):
        if member.standing != "waits for your yes":
            return member.standing.capitalize() + "."
        links = [(answering(answer, [member]), words) for answer, words in (("yes", "Say yes"), ("no", "Say no"))]
        return format_html("Would like to join. {}", format_html_join(" or ", '<a href="{}">{}</a>', links))

    @admin.display(description="password")
    def password_state(self, member):
        state = "One is set." if member.has_usable_password() else "None is set."
        address = reverse("admin:auth_user_password_change", args=[member.pk])
        return format_html('{} <a href="{}">Set a new one</a>', state, address)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_fieldsets(self, request, obj=None):
        """Nobody makes themselves a superuser."""
        fieldsets = super().get_fieldsets(request, obj)
        hidden = set() if request.user.is_superuser else {"is_superuser"}
        return [
            (name, options | {"fields": [each for each in options["fields"] if each not in hidden]})
            for name, options in fieldsets
        ]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.is_within_reach(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.is_within_reach(request, obj)

    def is_within_reach(self, request, member):
        """Whoever may set a superuser's address or password is one."""
        return request.user.is_superuser or member is None or not member.is_superuser

    def get_deleted_objects(self, members, request):
        """In words: what goes is more than hangs on the row, and those who may delete the row may delete it all."""
        forbidden = {} if all(self.has_delete_permission(request, each) for each in members) else {"member"}
        try:
            check_can_leave(*members)
            refusals = []
        except ValidationError as refusal:
            refusals = refusal.messages
        counts = {model_ngettext(self.opts, len(members)): len(members)}
        return [part for each in members for part in (str(each), WHAT_GOES)], counts, forbidden, refusals

    def delete_model(self, request, member):
        sent = request.POST
        self.bid_farewell(request, member, Wishes("session_notes_go" not in sent, "author_page_goes" not in sent))

    def delete_queryset(self, request, queryset):
        for member in queryset:
            self.bid_farewell(request, member, Wishes())

    def bid_farewell(self, request, member, wishes):
        """The log says that somebody was deleted, and not who."""
        leave(member, wishes)
        self.log_deletions(request, [Member(pk=member.pk, name="A member")])

    def user_change_password(self, request, id, form_url=""):  # noqa: A002 - Django's word
        """With the password every session of theirs is over, so let the rows say so."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            sign_ins.end_all(Member.objects.get(pk=id))
        return response

    def save_model(self, request, member, form, change):
        super().save_model(request, member, form, change)
        if not member.is_active:
            sign_ins.end_all(member)
        # An address that a member has left opens their account no longer.
        EmailAddress.objects.filter(user=member).exclude(email__iexact=member.email).delete()


def answering(answer, members):
    """The page of the desk that asks whether it is meant: bookclub.joining."""
    keys = urlencode([("id", member.pk) for member in members])
    return f"{reverse('admin:joining', args=[answer])}?{keys}"


class AuthorForm(DeskForm):
    slug_from = "name"


@admin.register(Author)
class AuthorAdmin(DeskAdmin):
    form = AuthorForm
    list_display = ["name", "job_title", "member"]
    list_select_related = ["member"]
    search_fields = ["name", "job_title"]
    autocomplete_fields = ["member"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        ("About the author", {"fields": ["name", "slug", "job_title", "bio", "photo"]}),
        (
            "Contact",
            {
                "fields": [("email", "shows_email"), ("phone", "shows_phone"), "website"],
                "description": "What is not ticked stays here: no reader sees it.",
            },
        ),
        ("Account", {"fields": ["member"]}),
    ]
