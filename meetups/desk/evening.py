"""After the evening: who came, on a telephone; and the same again next month."""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bookclub.templatetags.bookclub import count
from meetups import hosting
from meetups.models import RSVP
from members.models import Member

EARLY = "It is not there yet: tick who came on the day, or afterwards."


class MemberBox(AutocompleteSelect):
    """Where members are found by typing. Its name for who can't see it is what stands in it while it is empty."""

    def __init__(self, desk, choices):
        super().__init__(RSVP._meta.get_field("member"), desk, choices=choices)

    def build_attrs(self, base_attrs, extra_attrs=None):
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": "Name or e-mail address"}


class WhoCameForm(forms.Form):
    """The boxes; `shown` are the RSVPs that the page had, so that nobody who answered since is taken for absent."""

    shown = forms.ModelMultipleChoiceField(RSVP.objects.none(), required=False)
    came = forms.ModelMultipleChoiceField(RSVP.objects.none(), required=False)
    headcount = forms.IntegerField(
        label="How many came in all",
        min_value=0,
        max_value=32_767,
        required=False,
        help_text="Everybody reads this number, and no names. Empty: those you ticked, and their guests.",
    )

    def __init__(self, *args, meetup, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("shown", "came"):
            self.fields[name].queryset = meetup.rsvps.all()


class WhoElseForm(forms.Form):
    member = forms.ModelChoiceField(Member.objects.filter(is_active=True))

    def __init__(self, *args, desk, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["member"].widget = MemberBox(desk, self.fields["member"].choices)


class Evening:
    """For the ModelAdmin of meetups, beside GuestList."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/who-came/", view(self.who_came_view), name="meetups_meetup_who_came"),
            path("<int:pk>/who-came/add/", view(require_POST(self.who_else_view)), name="meetups_meetup_who_else"),
            *super().get_urls(),
        ]

    def who_came_view(self, request, pk):
        meetup = self.meetup_for(request, pk)
        if not is_on(meetup):
            self.message_user(request, EARLY, "warning")
            return redirect("admin:meetups_meetup_guests", pk)
        form = WhoCameForm(request.POST or None, meetup=meetup, initial={"headcount": counted_otherwise(meetup)})
        if request.method == "POST" and form.is_valid():
            return self.tick(request, meetup, **form.cleaned_data)
        context = {
            "title": f"Who came: {meetup}",
            "crumb": "Who came",
            "writeup": getattr(meetup, "writeup", None),
            "rsvps": ticked(meetup, form),
            "form": form,
            "else_form": WhoElseForm(desk=self.admin_site),
        }
        return self.page(request, meetup, "who_came", context)

    def tick(self, request, meetup, *, shown, came, headcount):
        hosting.tick(meetup, [rsvp.pk for rsvp in shown], [rsvp.pk for rsvp in came], headcount)
        self.log_change(request, meetup, "Ticked who came.")
        meetup.refresh_from_db(fields=["headcount"])
        words = f"{count(meetup.headcount, 'reader')} came." if meetup.headcount else "Saved: nobody came."
        self.message_user(request, format_html("{} {}", words, self.writeup_link(meetup)), "success")
        return redirect("admin:meetups_meetup_who_came", meetup.pk)

    def who_else_view(self, request, pk):
        meetup = self.meetup_for(request, pk)
        form = WhoElseForm(request.POST, desk=self.admin_site)
        if form.is_valid() and is_on(meetup):
            rsvp = hosting.came_too(meetup, form.cleaned_data["member"])
            self.log_change(request, meetup, "Ticked who came.")
            self.message_user(request, f"{rsvp.member} came. Save the list, so that the number is right.", "success")
        else:
            self.message_user(request, "Choose a member first.", "error")
        return redirect("admin:meetups_meetup_who_came", pk)

    def render_change_form(self, request, context, **options):
        context["has_come"] = is_on(context["original"]) if context.get("original") else False
        return super().render_change_form(request, context, **options)

    def get_changeform_initial_data(self, request):
        """`?same_as=3`: a meetup like that one, a month later."""
        initial = super().get_changeform_initial_data(request)
        key = initial.pop("same_as", "")
        if not key.isdecimal() or len(key) > 17:
            return initial
        if not request.user.has_perm("meetups.add_meetup"):
            raise PermissionDenied
        return hosting.same_again(get_object_or_404(self.get_queryset(request), pk=key)) | initial


def is_on(meetup):
    """Whether its day has come."""
    return meetup.date is not None and meetup.date <= timezone.now().astimezone(meetup.zone).date()


def counted_otherwise(meetup):
    """The headcount, where it is not that of those who are ticked."""
    return None if meetup.headcount == meetup.rsvps.filter(came=True).seat_count() else meetup.headcount


def ticked(meetup, form):
    """A list of those who may have come, with `is_ticked`; those who were going first, each by name."""
    rsvps = list(meetup.rsvps.select_related("member").exclude(removed_because__gt="", came=None))
    sent = {str(key) for key in form.data.getlist("came")} if form.is_bound else None
    for rsvp in rsvps:
        was_expected = rsvp.answer == RSVP.Answer.GOING
        rsvp.is_ticked = str(rsvp.pk) in sent if sent is not None else rsvp.came or (rsvp.came is None and was_expected)
    return sorted(rsvps, key=lambda rsvp: (rsvp.answer != RSVP.Answer.GOING, str(rsvp.member).lower()))
