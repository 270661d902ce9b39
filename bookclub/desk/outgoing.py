"""The outbox at the desk: what is queued, sent, failed, unknown, who sends it, and what an organiser can do about it.

Texts that are secret are shown to nobody, and can't be searched or asked for by address either.
"""

from dataclasses import dataclass
from functools import cached_property

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST

from bookclub.desk import kinds
from bookclub.desk.base import DeskAdmin, LookedAt
from bookclub.desk.kinds import KindFilter
from bookclub.desk.words import in_words
from bookclub.outbox import WAITING, Fence, OutgoingMail, Worker
from bookclub.posted import Posted

State = Posted.State
SAID = 80  # characters of the mail server's words, in a list
SHOWN = 20  # addresses on a page that asks whether it should be done
SECRET = "This text is for its reader alone."  # noqa: S105 - no password
GONE = "It is not kept any more."


@dataclass(frozen=True)
class Verb:
    """What an organiser may do with mails in some states, and what they should know before."""

    title: str
    button: str
    warning: str
    done: str
    states: tuple
    needs_text: bool = True

    def fitting(self, mails):
        fit = mails.filter(state__in=self.states)
        return fit.sendable().exclude(text="") if self.needs_text else fit


VERBS = {
    "send": Verb(
        "Send what was held back",
        "Send",
        "They go out at once. Look at the addresses first: somebody may have typed in those of strangers.",
        "on its way",
        (State.HELD,),
    ),
    "send_again": Verb(
        "Send again",
        "Send again",
        "Of an unknown one nobody can say whether it has arrived: whoever had it may get it a second time. One that"
        " failed goes to the same address as before, and may fail for the same reason.",
        "queued again",
        (State.UNKNOWN, State.FAILED),
    ),
    "dont_send": Verb(
        "Don’t send",
        "Don’t send",
        "They are not sent, now or later. Of an unknown one it stays open whether it has arrived.",
        "not sent",
        (*WAITING, State.UNKNOWN, State.FAILED),
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


class Outbox:
    """How it stands with the mail, for the top of its list and the front page. One query for each part that is asked."""

    def __init__(self, at=None):
        self.at = at or timezone.now()

    @cached_property
    def counts(self):
        """{state: number}, of every state."""
        found = OutgoingMail.objects.order_by().values_list("state").annotate(Count("pk"))
        return dict.fromkeys(State.values, 0) | dict(found)

    @property
    def rows(self):
        """(state, what it is called, number) of those that there are."""
        return [(state, State(state).label, number) for state, number in self.counts.items() if number]

    @property
    def total(self):
        return sum(self.counts.values())

    @cached_property
    def fence(self):
        return Fence.objects.first()

    @cached_property
    def workers(self):
        return list(Worker.objects.there(self.at).order_by("started_at"))

    @property
    def workers_in_words(self):
        """“2 workers, seen 3 seconds ago”."""
        if self.workers:
            number = len(self.workers)
            seconds = max((self.at - max(worker.seen_at for worker in self.workers)).total_seconds(), 0)
            return f"{number} worker{'' if number == 1 else 's'}, seen {seconds:.0f} seconds ago"
        last = Worker.objects.last_seen_at()
        since = f" since {in_words(last)}" if last else ""
        return f"No worker has been running{since}: {'mail waits' if self.waits else 'none is sent'}"

    @property
    def troubles(self):
        return sorted({worker.trouble for worker in self.workers} - {""})

    @property
    def waits(self):
        return self.counts[State.QUEUED] > 0


class OutgoingMailAdmin(LookedAt, DeskAdmin):
    list_display = ["kind_in_words", "state_and_reason", "reader", "written_at", "sent_at"]
    list_filter = [StateFilter, ("kind", KindFilter)]
    search_fields = ["to"]
    search_help_text = "By address."
    ordering = ["-pk"]
    actions = ["send", "send_again", "dont_send"]
    fields = [
        "kind_in_words",
        "reader",
        "state_in_words",
        "error",
        "written_at",
        "sent_at",
        "message_id",
        "about",
        "words",
    ]
    readonly_fields = fields
    change_list_template = "admin/bookclub/outgoingmail/change_list.html"
    change_form_template = "admin/bookclub/outgoingmail/change_form.html"

    # --- who may what

    def has_post_permission(self, request):
        return request.user.has_perm("bookclub.change_outgoingmail")

    def has_lift_permission(self, request):
        return request.user.has_perm("bookclub.delete_fence")

    def lookup_allowed(self, lookup, value, request=None):
        """An address of a list could otherwise ask a secret text for its letters, one after the other."""
        return lookup in {"kind", "kind__exact", "state"}

    # --- the list

    def get_queryset(self, request):
        return super().get_queryset(request).defer("text", "html", "calendar", "headers")

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("stop/", view(require_POST(self.stop_view)), name="bookclub_outgoingmail_stop"),
            path("go-on/", view(require_POST(self.go_on_view)), name="bookclub_outgoingmail_go_on"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        mine = {
            "outbox": Outbox(),
            "may_stop": self.has_post_permission(request),
            "may_lift": self.has_lift_permission(request),
        }
        return super().changelist_view(request, mine | (extra_context or {}))

    @admin.display(description="kind", ordering="kind")
    def kind_in_words(self, mail):
        return kinds.in_words(mail.kind)

    @admin.display(description="to", ordering="to")
    def reader(self, mail):
        return mail.to or "Nobody any more"

    @admin.display(description="state", ordering="state")
    def state_in_words(self, mail):
        words = mail.get_state_display()
        if mail.state == State.QUEUED and mail.attempts:
            words += f", tried {times(mail.attempts)}"
        if mail.state == State.QUEUED and mail.not_before and mail.not_before > timezone.now():
            words += f", next in {timesince(timezone.now(), mail.not_before)}"
        return words

    @admin.display(description="state", ordering="state")
    def state_and_reason(self, mail):
        words = self.state_in_words(mail)
        return f"{words}: {Truncator(mail.error).chars(SAID)}" if mail.error else words

    @admin.display(description="subject")
    def about(self, mail):
        return SECRET if mail.is_secret else mail.subject or GONE

    @admin.display(description="text")
    def words(self, mail):
        return SECRET if mail.is_secret else mail.text or GONE

    # --- what can be done

    @admin.action(description="Send …", permissions=["post"])
    def send(self, request, queryset):
        return self.ask_and_do("send", request, queryset, lambda mails: mails.queue_again())

    @admin.action(description="Send again …", permissions=["post"])
    def send_again(self, request, queryset):
        return self.ask_and_do("send_again", request, queryset, lambda mails: mails.queue_again())

    @admin.action(description="Don’t send …", permissions=["post"])
    def dont_send(self, request, queryset):
        return self.ask_and_do("dont_send", request, queryset, lambda mails: mails.drop())

    def ask_and_do(self, action, request, chosen, do):
        """The page that says what is about to happen; once it is confirmed, `do` with those that it still fits."""
        verb = VERBS[action]
        # Asked of the rows themselves in the very update: a worker may be taking one of them.
        mails = verb.fitting(OutgoingMail.objects.filter(pk__in=chosen.order_by().values("pk")))
        if "confirmed" not in request.POST:
            return self.confirm(request, action, verb, chosen, mails)
        number = do(mails)
        self.message_user(request, f"{number} {'mail is' if number == 1 else 'mails are'} {verb.done}.")
        return None

    def confirm(self, request, action, verb, chosen, mails):
        number = mails.count()
        context = self.admin_site.each_context(request) | {
            "title": verb.title,
            "opts": self.opts,
            "action": action,
            "verb": verb,
            "mails": mails.order_by("-pk")[:SHOWN],
            "number": number,
            "more": max(number - SHOWN, 0),
            "others": chosen.count() - number,
            "keys": request.POST.getlist("_selected_action"),
            "takes_all": request.POST.get("select_across") == "1",
            "query": request.GET.urlencode(),
        }
        return TemplateResponse(request, "admin/bookclub/outgoingmail/confirm.html", context)

    def render_change_form(self, request, context, obj=None, **kwargs):
        context["offers"] = self.offers(obj) if self.has_post_permission(request) else []
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def offers(self, mail):
        """(action, the words on its button) of what may be done with it."""
        one = OutgoingMail.objects.filter(pk=mail.pk)
        return [(action, verb.button) for action, verb in VERBS.items() if verb.fitting(one).exists()]

    def stop_view(self, request):
        if not self.has_post_permission(request):
            raise PermissionDenied
        Fence.put_up(Fence.Kind.PAUSED, f"By {request.user}.")
        self.message_user(request, "No mail leaves any more, but for the codes that people sign in with.")
        return redirect("admin:bookclub_outgoingmail_changelist")

    def go_on_view(self, request):
        if not self.has_lift_permission(request):
            raise PermissionDenied
        Fence.objects.all().delete()
        self.message_user(request, "Mail leaves again.")
        return redirect("admin:bookclub_outgoingmail_changelist")


def times(number):
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def list_at(state=""):
    address = reverse("admin:bookclub_outgoingmail_changelist")
    return f"{address}?state={state}" if state else address
