"""Publishing, scheduling and taking back: buttons in the form of a row, actions of its list, and one page that asks.

The page says what becomes public, or a draft again, before it happens.
"""

from dataclasses import dataclass
from functools import partial
from itertools import groupby

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import model_ngettext
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html

from bookclub.admin_base.base import ClubModelAdmin
from bookclub.admin_base.datetime_fields import (
    ClubDateTimeField,
    describe_time_zone,
    describe_visibility,
    publication_state,
    short_publication_state,
)
from bookclub.admin_base.fields import AFTER_INLINES
from bookclub.admin_base.filters import PublicationFilter
from bookclub.admin_base.form_buttons import STATE, SUBMIT, FormButton
from bookclub.admin_base.lists import show_stamp
from bookclub.core.visibility import Audience

VISIBILITY_FIELDSET = ("Who may see it", {"fields": ["audience"], "classes": [AFTER_INLINES]})
NEW_DRAFT = "It becomes a draft: nobody sees it before you publish it."


@dataclass(frozen=True)
class PublishingAction:
    label: str
    path: str
    done: str
    is_offered: callable


ACTIONS = {
    "publish": PublishingAction("Publish", "publish/", "published", lambda row: not row.is_published),
    "schedule": PublishingAction("Schedule", "schedule/", "scheduled", lambda row: not row.is_published),
    "take_back": PublishingAction("Take back", "take-back/", "taken back", lambda row: row.published_at is not None),
}


class MomentForm(forms.Form):
    at = ClubDateTimeField(label="It goes live")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["at"].help_text = f"It appears by itself at that moment. {describe_time_zone()}"

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at <= timezone.now():
            raise ValidationError("That moment is past. Choose one ahead, or publish it now.", code="past")
        return at


class PublishingSummary:
    """What publishing `row` shows, or taking it back hides. Each admin class extends it for its model."""

    template = ""  # for more than `notes`
    proof = None

    def __init__(self, row, request):
        self.row, self.user, self.club = row, request.user, request.club
        self.state = publication_state(row)

    @property
    def noun(self):
        return self.row._meta.verbose_name

    @property
    def along(self):
        """What is published with it, in words: [“the book “Emma””, “2 quotes”, …]."""
        return []

    @property
    def notes(self):
        """Sentences about what readers will see."""
        return []

    @property
    def hiding_notes(self):
        """Sentences about what taking it back means for readers."""
        return []

    @property
    def is_public(self):
        return self.row.audience == Audience.PUBLIC


class PublishableAdmin(ClubModelAdmin):
    actions = ["publish", "schedule", "take_back"]
    list_filter = [PublicationFilter, "audience"]
    summary_class = PublishingSummary
    max_summaries = 50  # of several rows on the page that asks; the others are counted

    @admin.display(description="state", ordering="published_at")
    def state(self, row):
        """Return the state as lists show it: short, with the day below it."""
        words, day = short_publication_state(row)
        return show_stamp(words, row.state, day)

    @admin.display(description="state", ordering="published_at")
    def state_in_words(self, row):
        return publication_state(row)

    @admin.action(description="Publish …", permissions=["publish"])
    def publish(self, request, queryset):
        return self.confirm_for_selected(request, queryset, "publish")

    @admin.action(description="Schedule …", permissions=["publish"])
    def schedule(self, request, queryset):
        return self.confirm_for_selected(request, queryset, "schedule")

    @admin.action(description="Take back …", permissions=["publish"])
    def take_back(self, request, queryset):
        return self.confirm_for_selected(request, queryset, "take_back")

    def get_urls(self):
        pages = [
            self.page(f"<int:pk>/{action.path}", partial(confirm_for_row, name=name), name, permission="publish")
            for name, action in ACTIONS.items()
        ]
        return [*pages, *super().get_urls()]

    def get_summary_rows(self, queryset):
        """Join what `summary_class` reads."""
        return queryset

    def get_state_note(self, request, row):
        """Return a sentence that follows the state above the form, or an empty string."""
        return "" if row.published_at or self.has_publish_permission(request) else "An organiser publishes it."

    def get_form_buttons(self, request, row):
        buttons = super().get_form_buttons(request, row)
        if self.has_publish_permission(request):
            buttons += self._get_publishing_buttons(row)
        if row is None or self.has_change_permission(request, row):
            label = "Save as draft and look" if row is None or row.published_at is None else "Save and look"
            buttons.append(FormButton("look", label, row.get_absolute_url() if row and row.pk else "", SUBMIT))
        return buttons

    def _get_publishing_buttons(self, row):
        if row is None:
            return [FormButton("publish", "Save and publish …", "", SUBMIT)]
        return [
            FormButton(name, f"{action.label} …", self.reverse(name, row.pk), STATE)
            for name, action in ACTIONS.items()
            if action.is_offered(row)
        ]

    def render_change_form(self, request, context, **options):
        row = self.get_stored_row(request, context)
        if row is None:
            note = (
                NEW_DRAFT if self.has_publish_permission(request) else "It becomes a draft. An organiser publishes it."
            )
            context["publication"] = {"words": "", "note": note}
        else:
            context["publication"] = {"words": describe_visibility(row), "note": self.get_state_note(request, row)}
        return super().render_change_form(request, context, **options)

    def confirm_for_selected(self, request, queryset, name):
        """Ask for the rows that are ticked in the list."""
        rows = list(self.get_summary_rows(queryset))
        return confirm_publishing(
            self,
            request,
            rows,
            name,
            back_url=request.get_full_path(),
            success_url=self.reverse("change", rows[0].pk) if len(rows) == 1 else request.get_full_path(),
            is_opened_by_post=True,
            hidden=[*(("_selected_action", row.pk) for row in rows), ("action", name)],
            post_url=request.get_full_path(),
        )


def confirm_for_row(model_admin, request, pk, name):
    """Ask for the row whose form has the button."""
    row = model_admin.get_row_or_404(
        request, pk, "view", model_admin.get_summary_rows(model_admin.get_queryset(request))
    )
    return confirm_publishing(model_admin, request, [row], name, row=row, back_url=model_admin.reverse("change", pk))


def confirm_publishing(model_admin, request, rows, name, **where):
    """Show what happens to `rows`; when confirmed, publish or take back each of them, and log it."""
    action = ACTIONS[name]
    form = None
    if name == "schedule":
        is_sent = request.method == "POST" and ("confirmed" in request.POST or not where.get("is_opened_by_post"))
        form = MomentForm(request.POST if is_sent else None)

    def act():
        before = {row.pk: row.published_at for row in rows}
        chosen = model_admin.model.objects.filter(pk__in=before)
        if name == "take_back":
            chosen.unpublish()
        else:
            chosen.publish(form.cleaned_data["at"] if form else None)
        after = dict(chosen.values_list("pk", "published_at"))
        for row in rows:
            row.published_at = after.get(row.pk)
        changed = [row for row in rows if row.published_at != before[row.pk]]
        report_changes(model_admin, request, rows, changed, action.done)

    shown = rows[: model_admin.max_summaries]
    return model_admin.confirm(
        request,
        act,
        title=action.label,
        button=action.label,
        form=form,
        template="admin/publishing/confirm.html",
        action=name,
        summaries=[model_admin.summary_class(row, request) for row in shown],
        more_count=len(rows) - len(shown),
        **where,
    )


def report_changes(model_admin, request, rows, changed, done):
    """Log the changed rows; say what became of one row, or of how many."""
    for state, group in groupby(changed, publication_state):
        LogEntry.objects.log_actions(request.user.pk, list(group), CHANGE, change_message=state)
    if len(rows) > 1:
        unchanged = len(rows) - len(changed)
        words = f"{len(changed)} {model_ngettext(model_admin.opts, len(changed))} {done}."
        model_admin.message_user(request, f"{words} As before: {unchanged}." if unchanged else words)
        return
    [row] = rows
    state = publication_state(row)
    words = f"“{row}”: {state}." if changed else f"“{row}” is as it was: {state}."
    page = format_html(' <a href="{}">Look at its page</a>', row.get_absolute_url()) if row.is_published else ""
    model_admin.message_user(request, format_html("{}{}", words, page))
