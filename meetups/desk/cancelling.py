"""Cancelling a meetup and taking that back: each says first how many people get a mail."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.urls import path

from bookclub.templatetags.bookclub import count
from meetups import hosting
from meetups.changing import those_coming

CANCELS = "{told}. The page says that it is cancelled, and nobody can save a seat any more. Calendars strike it out. You can take it back."
REINSTATES = "{told} that it takes place after all. Everybody has the seat, or the place in the line, that they had."


class CancellingForm(forms.Form):
    because = forms.CharField(
        label="Why",
        max_length=300,
        required=False,
        help_text="In the mail, and on the page for everybody. You may leave it empty.",
        widget=forms.TextInput({"class": "vTextField"}),
    )


class Cancelling:
    """For the ModelAdmin of meetups, beside GuestList."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/cancellation/", view(self.cancel_view), name="meetups_meetup_cancel"),
            path("<int:pk>/reinstatement/", view(self.reinstate_view), name="meetups_meetup_reinstate"),
            *super().get_urls(),
        ]

    def cancel_view(self, request, pk):
        """Asks first; a POST does it."""
        meetup = self.changeable(request, pk)
        form = CancellingForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            because = form.cleaned_data["because"]
            return self.settle(request, meetup, "Cancelled.", lambda: hosting.cancel(meetup, because))
        context = {
            "title": "Cancel this meetup",
            "sentence": CANCELS.format(told=told(meetup)),
            "form": form,
            "buttons": [("", "", "Cancel the meetup")],
        }
        return self.page(request, meetup, "sure", context)

    def reinstate_view(self, request, pk):
        """Asks first; a POST does it."""
        meetup = self.changeable(request, pk)
        if request.method == "POST":
            return self.settle(request, meetup, "It takes place after all.", lambda: hosting.reinstate(meetup))
        context = {
            "title": "Take the cancelling back",
            "sentence": REINSTATES.format(told=told(meetup)),
            "buttons": [("", "", "It takes place after all")],
        }
        return self.page(request, meetup, "sure", context)

    def settle(self, request, meetup, done, verb):
        try:
            verb()
        except ValidationError as error:
            self.message_user(request, error.message, "error")
        else:
            self.log_change(request, meetup, done)
            self.message_user(request, done, "success")
        return redirect("admin:meetups_meetup_guests", meetup.pk)

    def changeable(self, request, pk):
        meetup = self.meetup_for(request, pk, "meetups.change_meetup")
        if not self.has_change_permission(request, meetup):
            raise PermissionDenied
        return meetup


def told(meetup):
    """“12 people are told by mail”."""
    people = those_coming(meetup).count()
    if not people:
        return "Nobody has to be told"
    return f"{count(people, 'person is').replace('person iss', 'people are')} told by mail"
