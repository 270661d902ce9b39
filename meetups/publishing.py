"""Publishing a write-up, scheduling it, taking it back: each asks first, and says what it shows or hides."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from bookclub.desk.moments import Moment, state_in_words
from bookclub.publishing import Audience
from books.models import ITEMS
from meetups.desk.proof import Proof


class MomentForm(forms.Form):
    at = Moment(label="It goes live", widget=AdminSplitDateTime)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["at"].help_text = f"It appears by itself at that moment. Times are those of {zone}."

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at <= timezone.now():
            raise ValidationError("That moment is past. Choose one ahead, or publish it now.", code="past")
        return at


class PublishingActions:
    """For the ModelAdmin of write-ups."""

    @admin.action(description="Publish …", permissions=["publish"])
    def publish(self, request, queryset):
        if "confirmed" not in request.POST:
            return self.confirm(request, queryset, "publish")
        return self.do(request, queryset, lambda writeup: writeup.publish())

    @admin.action(description="Schedule …", permissions=["publish"])
    def schedule(self, request, queryset):
        form = MomentForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self.confirm(request, queryset, "schedule", form)
        return self.do(request, queryset, lambda writeup: writeup.publish(form.cleaned_data["at"]))

    @admin.action(description="Take back …", permissions=["publish"])
    def take_back(self, request, queryset):
        if "confirmed" not in request.POST:
            return self.confirm(request, queryset, "take_back")
        return self.do(request, queryset, lambda writeup: writeup.take_back())

    def render_change_form(self, request, context, **kwargs):
        context["may_publish"] = self.has_publish_permission(request)
        return super().render_change_form(request, context, **kwargs)

    def confirm(self, request, queryset, action, form=None):
        """The page that says what is about to become public, or to vanish, before it does."""
        context = self.admin_site.each_context(request) | {
            "title": {"publish": "Publish", "schedule": "Schedule", "take_back": "Take back"}[action],
            "opts": self.opts,
            "media": self.media + (form.media if form else forms.Media()),
            "action": action,
            "form": form,
            "summaries": [Summary(writeup, request) for writeup in self.in_full(queryset)],
        }
        return TemplateResponse(request, "admin/meetups/writeup/confirm.html", context)

    def in_full(self, queryset):
        return queryset.select_related("meetup__book", "book", "author").with_session_notes()

    def do(self, request, queryset, verb):
        """To each; then to the write-up's page, where it was one, and else to the list."""
        writeups = list(queryset)
        for writeup in writeups:
            before = writeup.published_at
            verb(writeup)
            self.tell(request, writeup, is_new=writeup.published_at != before)
        return redirect("admin:meetups_writeup_change", writeups[0].pk) if len(writeups) == 1 else None

    def tell(self, request, writeup, *, is_new):
        state = state_in_words(writeup)
        if is_new:
            self.log_change(request, writeup, state)
        self.message_user(request, f"“{writeup}”: {state}." if is_new else f"“{writeup}” is as it was: {state}.")


class Summary:
    """What shares a write-up's moment, or like it has none yet, and who is named. Some ten queries."""

    def __init__(self, writeup, request):
        self.writeup = writeup
        self.state = state_in_words(writeup)
        self.user, self.club = request.user, request.club

    @property
    def is_for_everybody(self):
        return self.writeup.audience == Audience.PUBLIC

    @property
    def along(self):
        """(noun, row) of its meetup and its book, where they go with it."""
        rows = [row for row in (self.writeup.meetup, self.writeup.book) if row]
        return [(row._meta.verbose_name, row) for row in rows if row.published_at == self.writeup.published_at]

    @property
    def items(self):
        """(number, words for them) of each kind of the book's items that go with it."""
        counts = [(self._count(model), model._meta) for model in ITEMS] if self.writeup.book_id else []
        return [
            (number, opts.verbose_name if number == 1 else opts.verbose_name_plural)
            for number, opts in counts
            if number
        ]

    def _count(self, model):
        return model.objects.filter(book=self.writeup.book_id, published_at=self.writeup.published_at).count()

    @property
    def public_names(self):
        return self._names_for(AnonymousUser()) if self.is_for_everybody else []

    @property
    def member_names(self):
        return self._names_for(self.user)

    def _names_for(self, user):
        names = [note.name_for(user, self.club) for note in self.writeup.session_notes.all()]
        return list(dict.fromkeys(filter(None, names)))

    @property
    def proof(self):
        """What the proof-reader would look at again."""
        return Proof(self.writeup, self.club)

    @property
    def contact(self):
        """What the author's box tells of them."""
        author = self.writeup.author
        return [each for each in (author.shown_email, author.shown_phone, author.website) if each]
