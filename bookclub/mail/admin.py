"""Admin of the outgoing mail: states, workers and actions.

Secret texts are never shown, and can't be searched.
"""

from dataclasses import dataclass
from functools import cached_property

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Count, Subquery
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.timesince import timesince

from bookclub.admin_base.base import ClubModelAdmin, ReadOnlyAdminMixin
from bookclub.admin_base.field_display import format_value
from bookclub.mail.backends import has_mail_server
from bookclub.mail.labels import KindFilter, kind_label
from bookclub.mail.models import SILENT_AFTER, OutgoingMail, OutgoingMailQuerySet, SendingPause, Worker, is_silent
from bookclub.mail.queue import QueuedMessage

State = QueuedMessage.State
REPLY_LENGTH = 80  # characters of the mail server's reply, in the list
LISTED_MAILS = 20  # on a confirmation page
SECRET_TEXT = "This text is for its reader alone."  # noqa: S105 - no password
WITHOUT_WORKER = (
    "nothing is sent, and nothing is done on time. Start the site again; its log says why the worker ended."
)
NO_SERVER = "No mail leaves this machine yet: ask whoever runs the site to set EMAIL_URL"
NO_TEXT = "It is not kept any more."


@dataclass(frozen=True)
class OutboxAction:
    """An action for mails in certain states, with the texts of its confirmation page."""

    title: str
    button: str
    warning: str
    done: str
    states: tuple
    needs_text: bool = True

    def applicable_to(self, mails):
        found = mails.filter(state__in=self.states)
        return found.sendable().exclude(text="") if self.needs_text else found


ACTIONS = {
    "send": OutboxAction(
        "Send what was held back",
        "Send",
        "They go out at once. Look at the addresses first: somebody may have typed in those of strangers.",
        "on its way",
        (State.HELD,),
    ),
    "send_again": OutboxAction(
        "Send again",
        "Send again",
        "An unknown mail may have arrived already, so its reader may get it twice. A failed one goes to the same address"
        " as before, and may fail for the same reason.",
        "queued again",
        (State.UNKNOWN, State.FAILED),
    ),
    "dont_send": OutboxAction(
        "Don’t send",
        "Don’t send",
        "They are not sent, now or later. An unknown mail may have arrived already.",
        "not sent",
        (*QueuedMessage.WAITING_STATES, State.UNKNOWN, State.FAILED),
        needs_text=False,
    ),
}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return State.choices

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() in State.values else queryset


class OutboxStatus:
    """The state of the outbox, for its list and the dashboard. Each property takes one query at its first use."""

    def __init__(self, at=None):
        self.at = at or timezone.now()

    @cached_property
    def counts(self):
        """{state: number}, for every state."""
        found = OutgoingMail.objects.order_by().values_list("state").annotate(Count("pk"))
        return dict.fromkeys(State.values, 0) | dict(found)

    @property
    def rows(self):
        """[(state, label, number), …] of the states with mail."""
        return [(state, State(state).label, number) for state, number in self.counts.items() if number]

    @property
    def total(self):
        return sum(self.counts.values())

    @cached_property
    def pause(self):
        return SendingPause.objects.first()

    @cached_property
    def workers(self):
        return list(Worker.objects.online(self.at).order_by("started_at"))

    @property
    def workers_text(self):
        """“2 workers, seen 3 seconds ago”; after a minute's silence when the last one was seen, as on the dashboard."""
        if self.workers and not Worker.objects.is_silent(self.at):
            number = len(self.workers)
            seconds = max((self.at - max(worker.seen_at for worker in self.workers)).total_seconds(), 0)
            return f"{number} worker{'' if number == 1 else 's'}, seen {seconds:.0f} seconds ago"
        last = Worker.objects.last_seen_at()
        since = f"reported since {format_value(last)}" if last else "ever reported"
        return f"No worker has {since}: {'mail waits' if self.has_queued_mail else 'none is sent'}"

    def list_reasons(self, reader):
        """Yield sentences for a member that say why no mail leaves. One query.

        Where no worker has ever reported, the minute begins when the reader joined: the site may have just been started.
        """
        latest, pauses = Worker.objects.latest(), SendingPause.objects.all()
        parts = [latest.values("name"), latest.values("seen_at"), pauses.values("reason")]
        # The reader's row, because it is there if the others are not.
        row = get_user_model().objects.filter(pk=reader.pk).values_list(*(Subquery(part[:1]) for part in parts))
        name, seen_at, pause = row.get()
        if not self.has_mail_server:
            yield NO_SERVER
        if pause:
            yield f"{capfirst(SendingPause.Reason(pause).label)}: look, and let it go on"
        if seen_at and is_silent(name, seen_at, self.at):
            yield f"No worker has reported since {format_value(seen_at)}: {WITHOUT_WORKER}"
        elif seen_at is None and self.at - reader.joined_at >= SILENT_AFTER:
            yield f"No worker has ever reported: {WITHOUT_WORKER}"

    @property
    def problems(self):
        return sorted({worker.problem for worker in self.workers} - {""})

    @property
    def has_mail_server(self):
        return has_mail_server()

    @property
    def has_queued_mail(self):
        return self.counts[State.QUEUED] > 0


class OutgoingMailAdmin(ReadOnlyAdminMixin, ClubModelAdmin):
    list_display = ["state_with_reply", "kind_label", "recipient", "written_at", "sent_at"]
    list_display_links = ["kind_label"]
    empty_list_text = "No mail has been written yet."
    list_filter = [StateFilter, ("kind", KindFilter)]
    search_fields = ["to"]
    search_help_text = "Address"
    ordering = ["-pk"]
    actions = ["send", "send_again", "dont_send"]
    fields = [
        "kind_label",
        "recipient",
        "state_label",
        "error",
        "written_at",
        "sent_at",
        "message_id",
        "shown_subject",
        "shown_text",
    ]
    readonly_fields = fields
    change_list_template = "admin/bookclub/outgoingmail/change_list.html"
    change_form_template = "admin/bookclub/outgoingmail/change_form.html"

    # --- permissions

    def has_send_permission(self, request):
        return request.user.has_perm("bookclub.change_outgoingmail")

    def has_resume_permission(self, request):
        return request.user.has_perm("bookclub.delete_sendingpause")

    # --- the list

    def get_queryset(self, request):
        return super().get_queryset(request).defer("text", "html", "calendar", "headers")

    def get_urls(self):
        return [
            self.page("stop/", pause_sending, "pause", permission="send", is_post_only=True),
            self.page("go-on/", resume_sending, "resume", permission="resume", is_post_only=True),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        mine = {
            "outbox": OutboxStatus(),
            "may_pause": self.has_send_permission(request),
            "may_resume": self.has_resume_permission(request),
        }
        return super().changelist_view(request, mine | (extra_context or {}))

    @admin.display(description="kind", ordering="kind")
    def kind_label(self, mail):
        return kind_label(mail.kind)

    @admin.display(description="to", ordering="to")
    def recipient(self, mail):
        return mail.to or "Nobody any more"

    @admin.display(description="state", ordering="state")
    def state_label(self, mail):
        words = mail.get_state_display()
        if mail.state == State.QUEUED and mail.attempts:
            words += ", tried " + {1: "once", 2: "twice"}.get(mail.attempts, f"{mail.attempts} times")
        if mail.state == State.QUEUED and mail.not_before and mail.not_before > timezone.now():
            words += f", next in {timesince(timezone.now(), mail.not_before)}"
        return words

    @admin.display(description="state", ordering="state")
    def state_with_reply(self, mail):
        words = self.state_label(mail)
        return f"{words}: {Truncator(mail.error).chars(REPLY_LENGTH)}" if mail.error else words

    @admin.display(description="subject")
    def shown_subject(self, mail):
        return SECRET_TEXT if mail.is_secret else mail.subject or NO_TEXT

    @admin.display(description="text")
    def shown_text(self, mail):
        return SECRET_TEXT if mail.is_secret else mail.text or NO_TEXT

    # --- actions

    @admin.action(description="Send …", permissions=["send"])
    def send(self, request, queryset):
        return self.confirm_and_run("send", request, queryset, OutgoingMailQuerySet.requeue)

    @admin.action(description="Send again …", permissions=["send"])
    def send_again(self, request, queryset):
        return self.confirm_and_run("send_again", request, queryset, OutgoingMailQuerySet.requeue)

    @admin.action(description="Don’t send …", permissions=["send"])
    def dont_send(self, request, queryset):
        return self.confirm_and_run("dont_send", request, queryset, OutgoingMailQuerySet.drop)

    def confirm_and_run(self, name, request, chosen, run):
        """Return the confirmation page; when confirmed, call `run` with the mails to which the action still applies."""
        action = ACTIONS[name]
        # The state is a condition of the UPDATE, because a worker may be claiming one of them.
        mails = action.applicable_to(OutgoingMail.objects.filter(pk__in=chosen.order_by().values("pk")))
        number = mails.count()

        def act():
            done = run(mails)
            return f"{done} {'mail is' if done == 1 else 'mails are'} {action.done}."

        selects_all = [("select_across", "1")] if request.POST.get("select_across") == "1" else []
        keys = [("_selected_action", key) for key in request.POST.getlist("_selected_action")]
        return self.confirm(
            request,
            act,
            title=action.title,
            button=action.button,
            back_url=request.get_full_path(),
            back_label="" if number else "Back to the list",
            is_opened_by_post=True,
            is_refused=not number,
            hidden=[*keys, *selects_all, ("action", name)],
            post_url=request.get_full_path(),
            template="admin/bookclub/outgoingmail/confirm.html",
            outbox_action=action,
            mails=mails.order_by("-pk")[:LISTED_MAILS],
            number=number,
            more=max(number - LISTED_MAILS, 0),
            others=chosen.count() - number,
        )

    def render_change_form(self, request, context, obj=None, **kwargs):
        context["available_actions"] = self.available_actions(obj) if self.has_send_permission(request) else []
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def available_actions(self, mail):
        """Return (name, button label) of each action that applies to `mail`."""
        rows = OutgoingMail.objects.filter(pk=mail.pk)
        return [(name, action.button) for name, action in ACTIONS.items() if action.applicable_to(rows).exists()]


def pause_sending(model_admin, request):
    SendingPause.start(SendingPause.Reason.PAUSED, f"By {request.user}.")
    model_admin.message_user(request, "No mail leaves any more, but for the codes that people sign in with.")
    return redirect(changelist_url())


def resume_sending(model_admin, request):
    SendingPause.objects.all().delete()
    model_admin.message_user(request, "Mail leaves again.")
    return redirect(changelist_url())


def changelist_url(state=""):
    address = reverse("admin:bookclub_outgoingmail_changelist")
    return f"{address}?state={state}" if state else address
