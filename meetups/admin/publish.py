"""Actions that publish, schedule and unpublish write-ups, each with a confirmation page that lists the effects."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property

from bookclub.admin_base.datetime_fields import ClubDateTimeField, publication_state
from bookclub.core.visibility import Audience
from books.models import ITEMS
from meetups.admin.proofreading import ProofreadingReport


class MomentForm(forms.Form):
    at = ClubDateTimeField(label="It goes live", widget=AdminSplitDateTime)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["at"].help_text = f"It appears by itself at that moment. Times are those of {zone}."

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at <= timezone.now():
            raise ValidationError("That moment is past. Choose one ahead, or publish it now.", code="past")
        return at


@admin.action(description="Publish …", permissions=["publish"])
def publish(model_admin, request, queryset):
    return confirm_change(model_admin, request, queryset, "publish", "Publish", lambda writeup: writeup.publish())


@admin.action(description="Schedule …", permissions=["publish"])
def schedule(model_admin, request, queryset):
    form = MomentForm(request.POST if "confirmed" in request.POST else None)

    def schedule_one(writeup):
        writeup.publish(form.cleaned_data["at"])

    return confirm_change(model_admin, request, queryset, "schedule", "Schedule", schedule_one, form)


@admin.action(description="Take back …", permissions=["publish"])
def take_back(model_admin, request, queryset):
    return confirm_change(model_admin, request, queryset, "take_back", "Take back", lambda writeup: writeup.unpublish())


def confirm_change(model_admin, request, queryset, action, title, change, form=None):
    """Show a confirmation page with the effects; then call `change` for each write-up.

    Redirect to the form of a single write-up, otherwise to the list.
    """
    writeups = list(queryset.select_related("meetup__book", "book", "author").with_session_notes())
    list_url = model_admin.reverse("changelist")

    def act():
        for writeup in writeups:
            before = writeup.published_at
            change(writeup)
            report_state(model_admin, request, writeup, is_new=writeup.published_at != before)

    return model_admin.confirm(
        request,
        act,
        title=title,
        button=title,
        back_url=list_url,
        success_url=model_admin.reverse("change", writeups[0].pk) if len(writeups) == 1 else request.get_full_path(),
        form=form,
        is_opened_by_post=True,
        hidden=[*(("_selected_action", writeup.pk) for writeup in writeups), ("action", action)],
        post_url=list_url,
        template="admin/meetups/writeup/confirm.html",
        action=action,
        summaries=[Summary(writeup, request) for writeup in writeups],
    )


def report_state(model_admin, request, writeup, *, is_new):
    state = publication_state(writeup)
    if is_new:
        model_admin.log_change(request, writeup, state)
    words = f"“{writeup}”: {state}." if is_new else f"“{writeup}” is as it was: {state}."
    model_admin.message_user(request, words)


class Summary:
    """The rows published together with a write-up, and the people named in it. About eleven queries."""

    def __init__(self, writeup, request):
        self.writeup = writeup
        self.state = publication_state(writeup)
        self.user, self.club = request.user, request.club

    @property
    def along(self):
        """[(noun, row), …]: its meetup and its book, if they are published with it."""
        rows = [row for row in (self.writeup.meetup, self.writeup.book) if row]
        return [(row._meta.verbose_name, row) for row in rows if row.published_at == self.writeup.published_at]

    @property
    def items(self):
        """[(number, noun), …]: the book's items that are published with it."""
        if not self.writeup.book_id:
            return []
        together = {"book": self.writeup.book_id, "published_at": self.writeup.published_at}
        counts = [(model.objects.filter(**together).count(), model._meta) for model in ITEMS]
        return [
            (number, opts.verbose_name if number == 1 else opts.verbose_name_plural)
            for number, opts in counts
            if number
        ]

    @property
    def public_names(self):
        return self._names_for(AnonymousUser()) if self.is_public else []

    @property
    def member_names(self):
        return self._names_for(self.user)

    def _names_for(self, user):
        names = [note.name_for(user, self.club) for note in self.writeup.session_notes.all()]
        return list(dict.fromkeys(filter(None, names)))

    @property
    def text_names(self):
        """The names in its texts, by their shape or as hidden speakers; see ProofreadingReport."""
        return self.proof.names_in_texts

    @property
    def is_public(self):
        return self.writeup.audience == Audience.PUBLIC

    @cached_property
    def proof(self):
        """The ProofreadingReport."""
        return ProofreadingReport(self.writeup, self.club)

    @property
    def contact(self):
        """Return the contact details in the author box."""
        author = self.writeup.author
        return [each for each in (author.shown_email, author.shown_phone, author.website) if each]
