"""The actions of the subscriber list: export it, erase an address, change one subscription."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.shortcuts import redirect

from bookclub.core.text import cut_to_field
from newsletter import csv_export, subscriptions
from newsletter.admin.issue_review import MAX_DELIVERIES_SHOWN
from newsletter.forms import INVALID_ADDRESS
from newsletter.models import Delivery, Subscriber
from newsletter.privacy import erase_address
from newsletter.subscriptions import BY_ORGANISER

NO_SUPPRESSION = {"suppressed_at": None, "suppression_reason": "", "bounce_count": 0, "diagnostic": ""}
ERASE_WARNING = (
    "Everything about this address goes: the subscription, its proof, and which letters it got. What stays is a mark "
    "that nobody can read the address from; it keeps the address off the list. This can’t be undone."
)
ERASED = "The address is forgotten. It gets no mail, and no list brings it back."
ANONYMOUS = "A subscriber"


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="Address", max_length=254, error_messages={"required": "Type the address.", "invalid": INVALID_ADDRESS}
    )


def get_urls(model_admin):
    page = model_admin.page
    changes = {"permission": "newsletter.change_subscriber", "is_post_only": True}
    return [
        page("export/", export_csv, "export", permission="newsletter.view_subscriber"),
        page("erasure/", show_erasure, "erase", permission="newsletter.delete_subscriber"),
        page("<int:pk>/trial/", clear_suppression_of_one, "clear_suppression", **changes),
        page("<int:pk>/departure/", unsubscribe_one, "unsubscribe", **changes),
        page("<int:pk>/return/", resubscribe_one, "resubscribe", **changes),
    ]


# --- one of them


def clear_suppression_of_one(model_admin, request, pk):
    rows = Subscriber.objects.suppressed().filter(pk=pk)
    return change_one(
        model_admin, request, pk, rows, clear_suppression, "gets letters again", "The address is tried again."
    )


def unsubscribe_one(model_admin, request, pk):
    rows, verb = Subscriber.objects.filter(pk=pk).subscribed(), get_unsubscribe_action(request.user)
    return change_one(model_admin, request, pk, rows, verb, "gets no more letters", "Taken off the list.")


def resubscribe_one(model_admin, request, pk):
    """Undo; nobody comes back who has left by themselves."""
    rows = Subscriber.objects.filter(pk=pk, left_by__startswith=BY_ORGANISER)
    verb = subscriptions.restore_subscription
    return change_one(model_admin, request, pk, rows, verb, "is on the list again", "Put back.")


def change_one(model_admin, request, pk, rows, verb, words, entry):
    """`verb` with the one row, in the log and in words; a warning where there is none: others were faster."""
    with transaction.atomic():
        subscriber = rows.select_for_update().first()
        if subscriber:
            verb(subscriber)
            model_admin.log_change(request, subscriber, entry)
    if subscriber:
        model_admin.message_user(request, f"“{subscriber}” {words}.")
    else:
        model_admin.message_user(request, "Nothing was changed: look at how it stands now.", messages.WARNING)
    return redirect(model_admin.reverse("change", pk))


def get_deliveries_context(request, subscriber):
    """Return the deliveries to a subscriber. One query."""
    may_see = subscriber and request.user.has_perm("newsletter.view_delivery")
    copies = list(get_deliveries(subscriber)[: MAX_DELIVERIES_SHOWN + 1]) if may_see else []
    return {
        "copies": copies[:MAX_DELIVERIES_SHOWN],
        "can_see_deliveries": may_see,
        "has_more_deliveries": len(copies) > MAX_DELIVERIES_SHOWN,
        "can_be_resubscribed": subscriber
        and subscriber.state == "left"
        and subscriber.left_by.startswith(BY_ORGANISER),
    }


# --- all of them


def export_csv(model_admin, request):
    headers = {"Content-Disposition": 'attachment; filename="subscribers.csv"'}
    return StreamingHttpResponse(
        csv_export.generate_csv_lines(), content_type="text/csv; charset=utf-8", headers=headers
    )


def show_erasure(model_admin, request):
    """The answer is the same whether the address was here or not."""
    form = AddressForm(request.POST or None)

    def act():
        erase_with_log(form.cleaned_data["email"])
        return ERASED

    return model_admin.confirm(
        request,
        act,
        title="Forget an address",
        text=ERASE_WARNING,
        form=form,
        button="Forget this address",
        back_url=model_admin.reverse("changelist"),
    )


@admin.action(description="Take off the list", permissions=["change"])
def unsubscribe_selected(model_admin, request, queryset):
    chosen = list(queryset.subscribed())
    for subscriber in chosen:
        get_unsubscribe_action(request.user)(subscriber)
    message_number(model_admin, request, len(chosen), "no more letters", "subscribed")


@admin.action(description="Try the address again", permissions=["change"])
def clear_suppression_of_selected(model_admin, request, queryset):
    message_number(model_admin, request, queryset.suppressed().update(**NO_SUPPRESSION), "letters again", "suppressed")


def message_number(model_admin, request, number, what, state):
    """“1 address gets letters again.” `state` is that of those who could be changed."""
    if number:
        words = "1 address gets" if number == 1 else f"{number:,} addresses get"
        model_admin.message_user(request, f"{words} {what}.")
    else:
        words = f"Nothing was changed: none of those you chose is {state}."
        model_admin.message_user(request, words, messages.WARNING)


def clear_suppression(subscriber):
    Subscriber.objects.filter(pk=subscriber.pk).update(**NO_SUPPRESSION)


def get_unsubscribe_action(user):
    """The verb of this organiser."""
    return partial(subscriptions.end_subscription, by=cut_to_field(Subscriber, "left_by", f"{BY_ORGANISER} ({user})"))


def get_deliveries(subscriber):
    """The newest first, with what a list says of them."""
    fields = ["state", "sent_at", "bounced_at", "error", "issue__number", "issue__subject", "issue__frozen_subject"]
    return Delivery.objects.filter(subscriber=subscriber).select_related("issue").only(*fields).order_by("-pk")


def anonymize_subscriber(subscriber):
    return Subscriber(pk=subscriber.pk, email=ANONYMOUS)


def erase_with_log(email):
    """Erase the address, first from the admin's log."""
    email = email.strip()
    keys = [str(pk) for pk in Subscriber.objects.with_address(email).values_list("pk", flat=True)]
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Subscriber))
    entries.filter(Q(object_id__in=keys) | Q(object_repr__iexact=email[:200])).update(object_repr=ANONYMOUS)
    erase_address(email)
