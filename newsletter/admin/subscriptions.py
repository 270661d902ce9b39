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

from bookclub.core.email_addresses import normalize_address
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
    options = {"permission": "newsletter.change_subscriber", "is_post_only": True}
    return [
        page("export/", export_csv, "export", permission="newsletter.view_subscriber"),
        page("erasure/", show_erasure, "erase", permission="newsletter.delete_subscriber"),
        page("<int:pk>/trial/", clear_suppression_of_one, "clear_suppression", **options),
        page("<int:pk>/departure/", unsubscribe_one, "unsubscribe", **options),
        page("<int:pk>/return/", resubscribe_one, "resubscribe", **options),
    ]


# --- one subscriber


def clear_suppression_of_one(model_admin, request, pk):
    rows = Subscriber.objects.suppressed().filter(pk=pk)
    return change_one(
        model_admin, request, pk, rows, clear_suppression, "gets letters again", "The address is tried again."
    )


def unsubscribe_one(model_admin, request, pk):
    rows, action = Subscriber.objects.filter(pk=pk).subscribed(), get_unsubscribe_action(request.user)
    return change_one(model_admin, request, pk, rows, action, "gets no more letters", "Taken off the list.")


def resubscribe_one(model_admin, request, pk):
    """Undo an organiser's unsubscription; refuse if the subscriber left by themselves."""
    rows = Subscriber.objects.filter(pk=pk, left_by__startswith=BY_ORGANISER)
    action = subscriptions.restore_subscription
    return change_one(model_admin, request, pk, rows, action, "is on the list again", "Put back.")


def change_one(model_admin, request, pk, rows, action, words, entry):
    """Run `action` on the one row, log `entry` and show `words`; warn if `rows` is empty after a concurrent change."""
    with transaction.atomic():
        subscriber = rows.select_for_update().first()
        if subscriber:
            action(subscriber)
            model_admin.log_change(request, subscriber, entry)
    if subscriber:
        model_admin.message_user(request, f"“{subscriber}” {words}.")
    else:
        model_admin.message_user(request, "Nothing was changed: look at how it stands now.", messages.WARNING)
    return redirect(model_admin.reverse("change", pk))


def get_deliveries_context(request, subscriber):
    """Return the template context with the newest deliveries to a subscriber. One query."""
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


# --- the whole list


def export_csv(model_admin, request):
    headers = {"Content-Disposition": 'attachment; filename="subscribers.csv"'}
    return StreamingHttpResponse(
        csv_export.generate_csv_lines(), content_type="text/csv; charset=utf-8", headers=headers
    )


def show_erasure(model_admin, request):
    """Erase an address, after a question; the answer is the same for an unknown address."""
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
    """Show for example “1 address gets letters again.”; `state` is the one that the action requires."""
    if number:
        words = "1 address gets" if number == 1 else f"{number:,} addresses get"
        model_admin.message_user(request, f"{words} {what}.")
    else:
        words = f"Nothing was changed: none of those you chose is {state}."
        model_admin.message_user(request, words, messages.WARNING)


def clear_suppression(subscriber):
    Subscriber.objects.filter(pk=subscriber.pk).update(**NO_SUPPRESSION)


def get_unsubscribe_action(user):
    """Return the function that unsubscribes a subscriber in the name of the organiser `user`."""
    return partial(subscriptions.end_subscription, by=cut_to_field(Subscriber, "left_by", f"{BY_ORGANISER} ({user})"))


def get_deliveries(subscriber):
    """Return the deliveries, newest first, with the columns that the list shows."""
    fields = ["state", "sent_at", "bounced_at", "error", "issue__number", "issue__subject", "issue__frozen_subject"]
    return Delivery.objects.filter(subscriber=subscriber).select_related("issue").only(*fields).order_by("-pk")


def anonymize_subscriber(subscriber):
    return Subscriber(pk=subscriber.pk, email=ANONYMOUS)


def erase_with_log(email):
    """Erase the address, and its name in the admin's log."""
    keys = [str(pk) for pk in Subscriber.objects.with_address(email).values_list("pk", flat=True)]
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Subscriber))
    entries.filter(Q(object_id__in=keys) | Q(object_repr__iexact=normalize_address(email)[:200])).update(
        object_repr=ANONYMOUS
    )
    erase_address(email)
