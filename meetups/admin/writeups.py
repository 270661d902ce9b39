from django import forms
from django.contrib import admin
from django.urls import reverse

from bookclub.admin_base.fields import ADDRESS_FIELDSET, AFTER_INLINES, ClubFieldsMixin
from bookclub.admin_base.filters import AutocompleteFilter, PublicationFilter
from bookclub.admin_base.form_buttons import FIELD, STATE, FormButton
from bookclub.admin_base.forms import ClubModelForm
from bookclub.admin_base.object_permissions import filter_choices, has_full_access
from bookclub.admin_base.publishing import PublishableAdmin
from books.models import Book
from meetups.admin import photo_upload, preview, proofreading, ready
from meetups.admin.photos import OrderedInWriteUpForm, PhotoInline
from meetups.admin.publishing import WriteUpSummary
from meetups.models import Meetup, Paste, SessionNote, WriteUp
from meetups.paste import views as paste
from members.models import Author

SHOWN_PASTES = 5


class SessionNoteInline(ClubFieldsMixin, admin.StackedInline):
    model = SessionNote
    form = OrderedInWriteUpForm
    template = "admin/meetups/session_note/inline.html"
    fields = ["position", "text", "name", "name_is_public", "member"]
    autocomplete_fields = ["member"]
    extra = 0
    verbose_name_plural = "Session notes"

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "name":
            field.widget.attrs["placeholder"] = "Who said it"
        return field

    def get_fields(self, request, obj=None):
        """Offer `member` only to users who may view members."""
        fields = super().get_fields(request, obj)
        return fields if request.user.has_perm("members.view_member") else fields[:-1]


class WriteUpForm(ClubModelForm):
    def clean(self):
        """Take the meetup's book for a new write-up, if none is chosen and the user may choose it."""
        data = super().clean()
        meetup = data.get("meetup")
        if self.instance.pk is None and meetup and meetup.book_id and not data.get("book") and "book" in self.fields:
            data["book"] = self.fields["book"].queryset.filter(pk=meetup.book_id).first()
        return data


@admin.register(WriteUp)
class WriteUpAdmin(PublishableAdmin):
    form = WriteUpForm
    list_display = ["state", "title", "author", "book", "meetup_date"]
    list_display_links = ["title"]
    empty_list_text = "No write-ups yet. Paste the one you have, or write it here."
    list_select_related = ["author", "book", "meetup"]
    list_filter = [PublicationFilter, "audience", ("book", AutocompleteFilter), ("author", AutocompleteFilter)]
    search_fields = ["title", "standfirst", "body", "book__title", "author__name"]
    ordering = ["-pk"]
    autocomplete_fields = ["author", "meetup", "book", "related"]
    inlines = [PhotoInline, SessionNoteInline]
    summary_class = WriteUpSummary
    fieldsets = [
        ("Title", {"fields": ["title", "author", "posted_on", "standfirst"]}),
        (
            "Book and meetup",
            {
                "fields": ["meetup", "book"],
                "description": "Fixed while the write-up is published: take it back to choose others.",
            },
        ),
        ("Write-up", {"fields": ["pull_quote", "body"]}),
        ("Related write-ups", {"classes": [AFTER_INLINES], "fields": ["related"]}),
        ("Who may see it", {"classes": [AFTER_INLINES], "fields": ["audience"]}),
        ADDRESS_FIELDSET,
    ]

    class Media:
        js = [forms.Script(f"js/{name}.js", type="module") for name in ("place-photo", "photo-upload")]

    def get_urls(self):
        urls = [*proofreading.get_urls(self), *paste.get_urls(self), *preview.get_urls(self)]
        return [*urls, *photo_upload.get_urls(self), *ready.get_urls(self), *super().get_urls()]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if obj and "body" in form.base_fields:
            widget = form.base_fields["body"].widget
            widget.preview_url, widget.preview_also = self.reverse("preview_body", obj.pk), "pull_quote"
            widget.photo_rows = "#photos-group .photo-row"
        return form

    def changelist_view(self, request, extra_context=None):
        pastes = Paste.objects.visible_to(request.user).unfinished().for_lists()[:SHOWN_PASTES]
        return super().changelist_view(request, {"unfinished_pastes": pastes} | (extra_context or {}))

    def render_change_form(self, request, context, **options):
        if obj := options.get("obj"):
            context["proof"] = proofreading.read_stored_writeup(obj.pk, request.club)
        return super().render_change_form(request, context, **options)

    def get_summary_rows(self, queryset):
        return queryset.select_related("meetup__venue", "book", "author").with_session_notes()

    def get_form_buttons(self, request, row):
        buttons = super().get_form_buttons(request, row)
        if row is None:
            return buttons
        if self.has_change_permission(request, row):
            buttons += [
                FormButton("paste_more", "Paste more", self.reverse("paste_more", row.pk)),
                FormButton("paste_notes", "Paste session notes", self.reverse("paste_notes", row.pk)),
                FormButton("proof", "Replace marks one by one", self.reverse("proof", row.pk), FIELD),
                FormButton("add_photos", "Add photos", self.reverse("add_photos", row.pk), FIELD),
            ]
            for pk in row.photos.values_list("pk", flat=True):
                buttons.append(
                    FormButton(
                        f"photo-{pk}", "Replace the picture", reverse("admin:meetups_photo_change", args=[pk]), FIELD
                    )
                )
            if not row.is_published:
                buttons.append(FormButton("preview_link", "Preview link …", self.reverse("preview_link", row.pk)))
            if row.published_at is None and not self.has_publish_permission(request):
                buttons.append(self._get_ready_button(row))
        if row.is_published and request.user.has_perm("newsletter.add_issue"):
            url = reverse("admin:newsletter_issue_draft_from_writeup", args=[row.pk])
            buttons.append(FormButton("draft_letter", "Draft a letter", url, is_post=True))
        return buttons

    def _get_ready_button(self, writeup):
        if hasattr(writeup, "ready_mark"):
            return FormButton("not_ready", "Not ready yet", self.reverse("not_ready", writeup.pk), STATE, is_post=True)
        return FormButton("ready", "Ready for you", self.reverse("ready", writeup.pk), STATE, is_post=True)

    def delete_queryset(self, request, queryset):
        """Delete one by one: `WriteUp.delete` unpublishes the rows published with it."""
        for writeup in queryset:
            writeup.delete()

    def get_readonly_fields(self, request, obj=None):
        """While it is published, fix its book and meetup, so that unpublishing hides the same rows."""
        is_stamped = obj is not None and obj.published_at is not None
        return [*super().get_readonly_fields(request, obj), *(["meetup", "book"] if is_stamped else [])]

    def get_changeform_initial_data(self, request):
        """Set what is known: the author, if it is the user or there is only one, and book and title of the meetup."""
        known = super().get_changeform_initial_data(request)
        own = Author.objects.filter(member=request.user).first()
        only = Author.objects.all()[:2] if own is None else []
        author = own or (only[0] if len(only) == 1 else None)
        if meetup := Meetup.objects.filter(pk=known.get("meetup") or None).first():
            known.setdefault("book", meetup.book_id)
        books = filter_choices(WriteUp._meta.get_field("book"), Book.objects.all(), request.user)
        book = books.filter(pk=known.get("book") or None).first()
        return {"author": author and author.pk, "title": book.title if book else ""} | known

    def get_autocomplete_fields(self, request):
        """An author can only choose themselves."""
        return self.autocomplete_fields if has_full_access(request.user) else ["meetup", "book", "related"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "author" and not has_full_access(request.user):
            own = Author.objects.filter(member=request.user)
            kwargs |= {"queryset": own, "initial": own.first(), "empty_label": None}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="meetup", ordering="meetup__date")
    def meetup_date(self, writeup):
        return writeup.meetup and writeup.meetup.date
