"""Admin pages that record attendance and copy a meetup to the next month."""

import datetime as dt
from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html

from bookclub.admin_base.search_boxes import RowsField, SearchBox
from bookclub.core.formatting import count_noun
from meetups import attendance
from meetups.models import RSVP
from members.models import Member

EARLY = "It is not there yet: tick who came on the day, or afterwards."


class MemberSelect(SearchBox):
    """Autocomplete for members. The placeholder is its label for screen readers."""

    def __init__(self):
        super().__init__(RSVP._meta.get_field("member"), admin.site)

    def build_attrs(self, base_attrs, extra_attrs=None):
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": "Name or e-mail address"}


class AttendanceForm(forms.Form):
    """Attendance check boxes.

    `shown` are the RSVPs on the page: members who answered after it was opened are not recorded as absent.
    """

    shown = RowsField(RSVP.objects.none(), required=False)
    attended = RowsField(RSVP.objects.none(), required=False)
    headcount = forms.IntegerField(
        label="How many came in all",
        min_value=0,
        max_value=32_767,
        required=False,
        help_text="Everybody reads this number, and no names. Empty: those you ticked, and their guests.",
    )

    def __init__(self, *args, meetup, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("shown", "attended"):
            self.fields[name].queryset = meetup.rsvps.all()


class AttendeeForm(forms.Form):
    member = forms.ModelChoiceField(Member.objects.filter(is_active=True), widget=MemberSelect)


def get_urls(model_admin):
    page = partial(model_admin.page, permission="meetups.change_rsvp")
    return [
        page("<int:pk>/who-came/", show_who_came, "attendance", template="admin/meetups/meetup/who_came.html"),
        page("<int:pk>/who-came/add/", add_who_came, "add_attendee", is_post_only=True),
    ]


def show_who_came(model_admin, request, pk):
    meetup = find_meetup(model_admin, request, pk)
    if not is_on(meetup):
        model_admin.message_user(request, EARLY, "warning")
        return redirect(model_admin.reverse("guest_list", pk))
    # Empty while it equals the number of ticked seats, so that it follows later changes.
    ticked_count = meetup.rsvps.filter(attended=True).count_seats()
    headcount = None if meetup.headcount == ticked_count else meetup.headcount
    form = AttendanceForm(request.POST or None, meetup=meetup, initial={"headcount": headcount})
    if request.method == "POST" and form.is_valid():
        return save_attendance(model_admin, request, meetup, **form.cleaned_data)
    attendee_form = AttendeeForm()
    return {
        "title": f"Who came: {meetup}",
        "crumb": "Who came",
        "row": meetup,
        "meetup": meetup,
        "trail": [("Guest list", model_admin.reverse("guest_list", pk))],
        "writeup": getattr(meetup, "writeup", None),
        "rsvps": list_attendees(meetup, form),
        "form": form,
        "attendee_form": attendee_form,
        "media": model_admin.media + form.media + attendee_form.media,
    }


def save_attendance(model_admin, request, meetup, *, shown, attended, headcount):
    attendance.record_attendance(meetup, [rsvp.pk for rsvp in shown], [rsvp.pk for rsvp in attended], headcount)
    model_admin.log_change(request, meetup, "Ticked who came.")
    meetup.refresh_from_db(fields=["headcount"])
    words = f"{count_noun(meetup.headcount, 'reader')} came." if meetup.headcount else "Saved: nobody came."
    model_admin.message_user(request, format_html("{} {}", words, model_admin.writeup_link(meetup)), "success")
    return redirect(model_admin.reverse("attendance", meetup.pk))


def add_who_came(model_admin, request, pk):
    meetup = find_meetup(model_admin, request, pk)
    form = AttendeeForm(request.POST)
    if form.is_valid() and is_on(meetup):
        rsvp = attendance.add_attendee(meetup, form.cleaned_data["member"])
        model_admin.log_change(request, meetup, "Ticked who came.")
        words = f"{rsvp.member} came. Save the list, so that the number is right."
        model_admin.message_user(request, words, "success")
    else:
        model_admin.message_user(request, "Choose a member first.", "error")
    return redirect(model_admin.reverse("attendance", pk))


def copy_meetup(model_admin, request, initial):
    """Return the form's initial data; `?same_as=3` copies meetup 3 to the next month."""
    key = initial.pop("same_as", "")
    if not key.isdecimal() or len(key) > 17:
        return initial
    if not request.user.has_perm("meetups.add_meetup"):
        raise PermissionDenied
    return copy_to_next_month(get_object_or_404(model_admin.get_queryset(request), pk=key)) | initial


def find_meetup(model_admin, request, pk):
    return get_object_or_404(model_admin.get_queryset(request), pk=pk)


def confirm_change(model_admin, request, meetup, act, **options):
    list_url = model_admin.reverse("guest_list", meetup.pk)
    trail = [("Guest list", list_url)]
    return model_admin.confirm(request, act, back_url=list_url, row=meetup, trail=trail, **options)


def is_on(meetup):
    """Return whether the meetup's date is today or past."""
    return meetup.is_today_or_past


def list_attendees(meetup, form):
    """Return the RSVPs of possible attendees, those with a seat first, then by name; each has `is_ticked`."""
    rsvps = list(meetup.rsvps.select_related("member").exclude(removal_reason__gt="", attended=None))
    sent = {str(key) for key in form.data.getlist("attended")} if form.is_bound else None
    for rsvp in rsvps:
        was_expected = rsvp.answer == RSVP.Answer.GOING
        rsvp.is_ticked = (
            str(rsvp.pk) in sent if sent is not None else rsvp.attended or (rsvp.attended is None and was_expected)
        )
    return sorted(rsvps, key=lambda rsvp: (rsvp.answer != RSVP.Answer.GOING, str(rsvp.member).lower()))


def copy_to_next_month(meetup) -> dict:
    """Return the initial fields of a copy one month later; fields that can't be known yet are left out."""
    copied = ["start_time", "end_time", "time_zone", "venue", "room", "about", "cost", "capacity", "audience"]
    fields = {name: getattr(meetup, name) for name in copied}
    if meetup.date:
        fields["date"] = get_same_weekday_next_month(meetup.date)
        shift = fields["date"] - meetup.date
        for name in ("rsvps_open_at", "rsvps_close_at"):
            at = getattr(meetup, name)
            fields[name] = at and shift_wall_clock(at.astimezone(meetup.zone), shift)
    return fields


def shift_wall_clock(moment, by):
    """Return the same local time `by` whole days later, across clock changes."""
    return dt.datetime.combine(moment.date() + by, moment.time(), moment.tzinfo)


def get_same_weekday_next_month(date):
    """Return the same weekday of the next month: a second Wednesday stays the second, a fifth becomes the last."""
    first = (date.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    week = (date.day - 1) // 7
    found = first + dt.timedelta(days=(date.weekday() - first.weekday()) % 7, weeks=week)
    return found if found.month == first.month else found - dt.timedelta(weeks=1)
