"""Admin pages that cancel and reinstate a meetup; each confirms how many people get a mail."""

from django import forms

from bookclub.core.formatting import count_noun
from meetups import cancellation
from meetups.admin.attendance import confirm_change

CANCELS = "{told}. The page says that it is cancelled, and nobody can save a seat any more. Calendars strike it out. You can take it back."
REINSTATES = (
    "{told} that it takes place after all. Everybody has the seat, or the place on the waiting list, that they had."
)


class CancellingForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=300,
        required=False,
        help_text="In the mail, and on the page for everybody. You may leave it empty.",
        widget=forms.TextInput({"class": "vTextField"}),
    )


def get_urls(model_admin):
    return [
        model_admin.page("<int:pk>/cancellation/", show_cancel, "cancel", permission="meetups.change_meetup"),
        model_admin.page("<int:pk>/reinstatement/", show_reinstate, "reinstate", permission="meetups.change_meetup"),
    ]


def show_cancel(model_admin, request, pk):
    meetup = model_admin.get_row_or_404(request, pk)
    form = CancellingForm(request.POST or None)

    def act():
        cancellation.cancel_meetup(meetup, form.cleaned_data["reason"])
        return log_change(model_admin, request, meetup, "Cancelled.")

    return confirm_change(
        model_admin,
        request,
        meetup,
        act,
        title="Cancel this meetup",
        text=CANCELS.format(told=describe_recipients(meetup)),
        form=form,
        button="Cancel the meetup",
    )


def show_reinstate(model_admin, request, pk):
    meetup = model_admin.get_row_or_404(request, pk)

    def act():
        cancellation.reinstate_meetup(meetup)
        return log_change(model_admin, request, meetup, "It takes place after all.")

    return confirm_change(
        model_admin,
        request,
        meetup,
        act,
        title="Take the cancelling back",
        text=REINSTATES.format(told=describe_recipients(meetup)),
        button="It takes place after all",
    )


def log_change(model_admin, request, meetup, words):
    model_admin.log_change(request, meetup, words)
    return words


def describe_recipients(meetup):
    """Return “12 people are told by mail” or the like."""
    people = meetup.rsvps.to_notify().count()
    if not people:
        return "Nobody has to be told"
    return f"{count_noun(people, 'person is', 'people are')} told by mail"
