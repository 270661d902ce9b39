"""The list at the desk: take addresses out as a table, forget them, and look after one."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_POST

from newsletter import exporting, signing_up
from newsletter.desk.bringing_in import ImportPages
from newsletter.erasing import erase
from newsletter.forms import ADDRESS
from newsletter.models import Delivery, Subscriber
from newsletter.signing_up import BY_ORGANISER

COPIES_SHOWN = 50
FRESH = {"suppressed_at": None, "suppressed_because": "", "bounce_count": 0, "diagnostic": ""}
FORGOTTEN = "The address is forgotten. It gets no mail, and no list brings it back."
SOMEBODY = "A subscriber"


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="Address", max_length=254, error_messages={"required": "Type the address.", "invalid": ADDRESS}
    )


class OneSubscriber:
    """What can be done about one of them, by a button on their page, and which letters went to them."""

    def clear_view(self, request, pk):
        rows = suppressed(self.rows_to_change(request, pk))
        return self.changed(request, rows, try_again, "gets letters again", "The address is tried again.")

    def take_off_view(self, request, pk):
        rows = self.rows_to_change(request, pk).subscribed()
        return self.changed(request, rows, take_off_by(request.user), "gets no more letters", "Taken off the list.")

    def put_back_view(self, request, pk):
        """Undo; nobody comes back who has left by themselves."""
        rows = self.rows_to_change(request, pk).filter(left_by__startswith=BY_ORGANISER)
        return self.changed(request, rows, signing_up.come_back, "is on the list again", "Put back.")

    def rows_to_change(self, request, pk):
        """The one row, to be narrowed down to the state that it is thought to be in."""
        self.check_may(request, "change")
        return Subscriber.objects.filter(pk=pk)

    def changed(self, request, rows, verb, words, entry):
        """`verb` with the one row, in the log and in words; a warning where there is none: others were faster."""
        with transaction.atomic():
            subscriber = rows.select_for_update().first()
            if subscriber:
                verb(subscriber)
                self.log_change(request, subscriber, entry)
        if subscriber:
            self.message_user(request, f"“{subscriber}” {words}.")
        else:
            self.message_user(request, "Nothing was changed: look at how it stands now.", messages.WARNING)
        return redirect("admin:newsletter_subscriber_change", request.resolver_match.kwargs["pk"])

    def render_change_form(self, request, context, obj=None, **options):
        """One query for the copies."""
        may_see = obj and request.user.has_perm("newsletter.view_delivery")
        copies = list(copies_to(obj)[: COPIES_SHOWN + 1]) if may_see else []
        context |= {
            "copies": copies[:COPIES_SHOWN],
            "sees_copies": may_see,
            "has_more_copies": len(copies) > COPIES_SHOWN,
            "may_come_back": obj and obj.state == "left" and obj.left_by.startswith(BY_ORGANISER),
        }
        return super().render_change_form(request, context, obj=obj, **options)


class Erasing:
    """Nothing stays of an address that is to be forgotten: not at the desk either."""

    def erase_view(self, request):
        """The answer is the same whether the address was here or not."""
        self.check_may(request, "delete")
        form = AddressForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            forget(form.cleaned_data["email"])
            self.message_user(request, FORGOTTEN)
            return redirect("admin:newsletter_subscriber_changelist")
        context = self.admin_site.each_context(request) | {
            "title": "Forget an address",
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/newsletter/subscriber/erase.html", context)

    def get_actions(self, request):
        """One by one alone, by a page that says what it does."""
        return {name: each for name, each in super().get_actions(request).items() if name != "delete_selected"}

    def delete_model(self, request, obj):
        """As it is with a person who asks: nothing stays but what keeps the address off the list."""
        forget(obj.email)

    def response_delete(self, request, obj_display, obj_id):
        self.message_user(request, FORGOTTEN)
        return redirect("admin:newsletter_subscriber_changelist")

    def log_change(self, request, obj, message):
        """The log is kept for longer than many an address."""
        return super().log_change(request, nameless(obj), message)


class ListPages(ImportPages, OneSubscriber, Erasing):
    """For the ModelAdmin of subscribers."""

    def get_urls(self):
        view, post = self.admin_site.admin_view, lambda verb: self.admin_site.admin_view(require_POST(verb))
        name = "newsletter_subscriber_{}".format
        return [
            path("list/", view(self.import_view), name=name("import")),
            path("export/", view(self.export_view), name=name("export")),
            path("erasure/", view(self.erase_view), name=name("erase")),
            path("<int:pk>/trial/", post(self.clear_view), name=name("clear")),
            path("<int:pk>/departure/", post(self.take_off_view), name=name("take_off")),
            path("<int:pk>/return/", post(self.put_back_view), name=name("put_back")),
            *super().get_urls(),
        ]

    def export_view(self, request):
        self.check_may(request, "view")
        headers = {"Content-Disposition": 'attachment; filename="subscribers.csv"'}
        return StreamingHttpResponse(exporting.lines(), content_type="text/csv; charset=utf-8", headers=headers)

    def check_may(self, request, action):
        if not request.user.has_perm(f"newsletter.{action}_subscriber"):
            raise PermissionDenied

    @admin.action(description="Take off the list", permissions=["change"])
    def take_off(self, request, queryset):
        chosen = list(queryset.subscribed())
        for subscriber in chosen:
            take_off_by(request.user)(subscriber)
        self.say(request, len(chosen), "no more letters", "subscribed")

    @admin.action(description="Try the address again", permissions=["change"])
    def clear(self, request, queryset):
        self.say(request, suppressed(queryset).update(**FRESH), "letters again", "suppressed")

    def say(self, request, number, what, state):
        """“1 address gets letters again.” `state` is that of those who could be changed."""
        if number:
            words = "1 address gets" if number == 1 else f"{number:,} addresses get"
            self.message_user(request, f"{words} {what}.")
        else:
            self.message_user(request, f"Nothing was changed: none of those you chose is {state}.", messages.WARNING)


def suppressed(rows):
    """Those who would get mail if their address took it."""
    return rows.filter(confirmed_at__isnull=False, left_at=None, suppressed_at__isnull=False)


def try_again(subscriber):
    Subscriber.objects.filter(pk=subscriber.pk).update(**FRESH)


def take_off_by(user):
    """The verb of this organiser."""
    return partial(signing_up.leave, by=f"{BY_ORGANISER} ({user})"[:80])


def copies_to(subscriber):
    """The newest first, with what a list says of them."""
    fields = ["state", "sent_at", "came_back_at", "error", "issue__number", "issue__subject", "issue__frozen_subject"]
    return Delivery.objects.filter(subscriber=subscriber).select_related("issue").only(*fields).order_by("-pk")


def nameless(subscriber):
    return Subscriber(pk=subscriber.pk, email=SOMEBODY)


def forget(email):
    """`erase`, and before it what the desk's log has said of the address."""
    email = email.strip()
    keys = [str(pk) for pk in Subscriber.objects.with_address(email).values_list("pk", flat=True)]
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Subscriber))
    entries.filter(Q(object_id__in=keys) | Q(object_repr__iexact=email[:200])).update(object_repr=SOMEBODY)
    erase(email)
