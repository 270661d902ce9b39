"""Guest list of a meetup in the admin, with one URL for each action on it.

Actions that can't be undone, such as giving a freed seat to the queue, ask for confirmation.
"""

import csv
from dataclasses import dataclass
from functools import partial

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from bookclub.core.csv_cells import BYTE_ORDER_MARK, escape_formula
from bookclub.core.formatting import count_noun
from meetups import guest_list
from meetups.admin.attendance import MemberSelect, confirm_change, find_meetup, is_on
from meetups.admin.guest_messages import may_write
from meetups.guest_messages import list_sent_messages
from meetups.models import RSVP, Meetup
from members.models import Member

Answer = RSVP.Answer
CSV_COLUMNS = ["list", "place", "name", "e-mail address", "seats", "message", "came"]
CANCEL_FIRST = "{}: people are coming. Cancel it first, which tells them; then delete it, if you must."
CHOOSE = "Choose a member first."
GONE = "That answer is not there any more."
RAISES = "All {taken} seats are taken{waiting}. With {needed} seats instead of {capacity} there is one for {name}{guests}, and for nobody else."
LOSES_SEAT = "{name} goes to the end of the waiting list, and is told so by mail. The seat goes to the first on the list whom it fits. This can't be undone."
REMOVES = (
    "{name} is told by mail. The seat goes to whoever waits for it. Only an organiser can put {name} on the list again."
)


class AddForm(forms.Form):
    """The member to add and, after `ask_for_seats`, whether to raise `capacity` or use the waiting list."""

    member = forms.ModelChoiceField(Member.objects.filter(is_active=True), widget=MemberSelect)
    guests = forms.IntegerField(label="Guests they bring", min_value=0, max_value=9, required=False)
    capacity = forms.IntegerField(min_value=1, max_value=32_767, required=False)
    waits = forms.BooleanField(required=False)

    def clean_guests(self):
        return self.cleaned_data["guests"] or 0


class RemovalForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=300,
        help_text="Kept here, for organisers.",
        widget=forms.TextInput({"class": "vTextField"}),
        error_messages={"required": "Say why: it is kept with the list."},
    )
    is_reason_told = forms.BooleanField(label="Put it into the mail too", required=False)


@dataclass
class Section:
    """The RSVPs with one answer, in queue order."""

    answer: str
    heading: str
    hint: str
    rsvps: list

    @property
    def count_seats(self):
        return sum(rsvp.party_size for rsvp in self.rsvps)


SECTIONS = [
    (Answer.GOING, "Going", ""),
    (Answer.WAITING, "Waiting", "In the order of the waiting list: the first whom it fits gets the next seat."),
    (Answer.PENDING, "Waiting for your yes", "They have no seat yet. One yes holds for every meetup."),
    (Answer.NOT_GOING, "Can't come", ""),
    ("removed", "Taken off the list", "Only you can put them back."),
]


def build_sections(meetup):
    """Return the Sections that have RSVPs. One query."""
    groups = {answer: [] for answer, *_ in SECTIONS}
    for rsvp in meetup.rsvps.select_related("member", "removed_by").order_by("queue_position"):
        groups["removed" if rsvp.is_removed else rsvp.answer].append(rsvp)
    return [Section(answer, heading, hint, groups[answer]) for answer, heading, hint in SECTIONS if groups[answer]]


def get_urls(model_admin):
    changes = {"permission": "meetups.change_rsvp"}
    posted = {"permission": "meetups.change_rsvp", "is_post_only": True}
    views, template = {"permission": "meetups.view_rsvp"}, "admin/meetups/meetup/guests.html"
    page, one = model_admin.page, "<int:pk>/guests/<int:key>/"
    return [
        page("<int:pk>/guests/guests.csv", export_guests, "guests_csv", permission="meetups.view_rsvp"),
        page("<int:pk>/guests/", show_guests, "guest_list", template=template, **views),
        page("<int:pk>/guests/add/", add_guest, "add_member", **posted),
        page(f"{one}seat/", give_seat, "give_seat", **posted),
        page(f"{one}front/", move_to_front, "move_to_front", **posted),
        page(f"{one}waiting/", move_to_waiting, "move_to_waiting", **changes),
        page(f"{one}removal/", remove_guest, "remove_guest", **changes),
    ]


def refuse_deletion(meetups):
    """Return reasons why those of `meetups` that have guests can't be deleted."""
    ahead = [meetup for meetup in meetups if not meetup.is_past and not meetup.cancelled_at]
    return [CANCEL_FIRST.format(meetup) for meetup in ahead if meetup.rsvps.to_notify().exists()]


def show_guests(model_admin, request, pk):
    meetup = find_meetup(model_admin, request, pk)
    obstacle = guest_list.get_obstacle(meetup)
    return {
        "title": f"Guest list: {meetup}",
        "crumb": "Guest list",
        "row": meetup,
        "meetup": meetup,
        "seats": seats_in_words(meetup),
        "has_come": is_on(meetup),
        "sections": build_sections(meetup),
        "closed_because": guest_list.OBSTACLE_MESSAGES.get(obstacle, ""),
        "may_say_yes": request.user.has_perm("members.change_member"),
        "may_change": not obstacle and request.user.has_perm("meetups.change_rsvp"),
        "may_cancel": not meetup.is_past and model_admin.has_change_permission(request, meetup),
        "may_write": may_write(model_admin, request, meetup),
        "sent_messages": list_sent_messages(meetup, limit=5),
        "may_tick": request.user.has_perm("meetups.change_rsvp"),
        "form": AddForm(initial={"guests": 0}),
    }


def export_guests(model_admin, request, pk):
    """Return the list as a CSV file for a spreadsheet, with its sections in one column."""
    meetup = find_meetup(model_admin, request, pk)
    name = f"guests-{meetup.date or meetup.pk}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    response = HttpResponse(BYTE_ORDER_MARK, content_type="text/csv; charset=utf-8", headers=headers)
    writer = csv.writer(response)
    writer.writerow(CSV_COLUMNS)
    for section in build_sections(meetup):
        for place, rsvp in enumerate(section.rsvps, 1):
            cells = [section.heading, place, rsvp.member.name, rsvp.member.email, rsvp.party_size, rsvp.message]
            writer.writerow([escape_formula(str(cell)) for cell in [*cells, format_attendance(rsvp.attended)]])
    return response


def format_attendance(attended):
    return {None: "", True: "yes", False: "no"}[attended]


def add_guest(model_admin, request, pk):
    meetup = find_meetup(model_admin, request, pk)
    form = AddForm(request.POST)
    if not form.is_valid():
        wrong = CHOOSE if "member" in form.errors else next(iter(form.errors.values()))[0]
        model_admin.message_user(request, wrong, "error")
        return redirect(model_admin.reverse("guest_list", pk))
    member, guests, capacity, waits = form.cleaned_data.values()
    is_new = not meetup.rsvps.going_or_queued().filter(member=member).exists()
    if is_new and capacity is None and not waits and not has_room_for(meetup, 1 + guests):
        return ask_for_seats(model_admin, request, meetup, RSVP(member=member, guests=guests), may_wait=True)
    add = partial(guest_list.add_member, meetup, member, guests=guests, capacity=capacity)
    return save_change(model_admin, request, meetup, add)


def give_seat(model_admin, request, pk, key):
    """Give a seat ahead of the queue. Ask first if the capacity must be raised."""
    meetup, rsvp = find_rsvp(model_admin, request, pk, key)
    capacity = request.POST.get("capacity", "")
    if not capacity.isdecimal() and not has_room_for(meetup, rsvp.party_size):
        return ask_for_seats(model_admin, request, meetup, rsvp)
    agreed = int(capacity[:5]) if capacity.isdecimal() else 0
    return save_change(model_admin, request, meetup, lambda: guest_list.give_seat(rsvp, capacity=agreed))


def move_to_front(model_admin, request, pk, key):
    meetup, rsvp = find_rsvp(model_admin, request, pk, key)
    return save_change(model_admin, request, meetup, lambda: guest_list.move_to_front(rsvp))


def move_to_waiting(model_admin, request, pk, key):
    meetup, rsvp = find_rsvp(model_admin, request, pk, key)
    return confirm_change(
        model_admin,
        request,
        meetup,
        lambda: change_and_log(model_admin, request, meetup, partial(guest_list.move_to_waiting_list, rsvp)),
        title="Back to the waiting list",
        text=LOSES_SEAT.format(name=rsvp.member),
        button=f"Put {rsvp.member} on the waiting list",
    )


def remove_guest(model_admin, request, pk, key):
    meetup, rsvp = find_rsvp(model_admin, request, pk, key)
    form = RemovalForm(request.POST or None)

    def remove():
        return guest_list.remove_member(rsvp, **form.cleaned_data, by=request.user)

    return confirm_change(
        model_admin,
        request,
        meetup,
        lambda: change_and_log(model_admin, request, meetup, remove),
        title=f"Take {rsvp.member} off the list",
        text=REMOVES.format(name=rsvp.member),
        form=form,
        button="Take them off the list",
    )


def ask_for_seats(model_admin, request, meetup, rsvp, *, may_wait=False):
    """Ask whether to raise the capacity to the number on the button."""
    needed = meetup.seats_taken + rsvp.party_size
    waiting_count = meetup.rsvps.waiting().count()
    text = RAISES.format(
        taken=meetup.seats_taken,
        waiting=f", and {count_noun(waiting_count, 'party waits', 'parties wait')}" if waiting_count else "",
        needed=needed,
        capacity=meetup.capacity,
        name=rsvp.member,
        guests=f" and {count_noun(rsvp.guests, 'guest')}" if rsvp.guests else "",
    )
    list_url = model_admin.reverse("guest_list", meetup.pk)
    return model_admin.render_page(
        request,
        "admin/confirm.html",
        title="There is no free seat",
        row=meetup,
        trail=[("Guest list", list_url)],
        text=text,
        button=f"Make it {needed} seats",
        button_name="capacity",
        button_value=needed,
        other_buttons=[("waits", "on", "Put them on the waiting list")] if may_wait else [],
        hidden=[("member", rsvp.member_id), ("guests", rsvp.guests)] if may_wait else [],
        back_url=list_url,
    )


def save_change(model_admin, request, meetup, change):
    """Call `change`, which returns an RSVP; redirect to the list with a message about the RSVP."""
    try:
        model_admin.message_user(request, change_and_log(model_admin, request, meetup, change), "success")
    except ValidationError as error:
        model_admin.message_user(request, error.message, "error")
    return redirect(model_admin.reverse("guest_list", meetup.pk))


def change_and_log(model_admin, request, meetup, change):
    try:
        rsvp = change()
    except (RSVP.DoesNotExist, Meetup.DoesNotExist) as error:
        raise ValidationError(GONE) from error
    model_admin.log_change(request, meetup, "Guest list changed.")  # without a name: the log outlives the account
    return describe_rsvp(rsvp)


def find_rsvp(model_admin, request, pk, key):
    """Return the meetup `pk` and its RSVP `key`."""
    meetup = find_meetup(model_admin, request, pk)
    return meetup, get_object_or_404(meetup.rsvps.select_related("member"), pk=key)


def seats_in_words(meetup):
    """Return “9 of 12 seats taken” or “9 seats taken”."""
    taken = meetup.seats_taken
    if meetup.capacity is None:
        return f"{count_noun(taken, 'seat')} taken"
    return f"{taken} of {count_noun(meetup.capacity, 'seat')} taken"


def has_room_for(meetup, seats):
    return meetup.seats_free is None or seats <= meetup.seats_free


def describe_rsvp(rsvp):
    """Return “Bob Baptiste waits: number 2 of 3 on the waiting list.” or the like."""
    if rsvp.is_removed:
        return f"{rsvp.member} is off the list."
    if rsvp.answer in {Answer.WAITING, Answer.PENDING}:
        place, length = rsvp.queue_place
        return f"{rsvp.member} waits: number {place} of {length} on the waiting list."
    return f"{rsvp.member} is going." if rsvp.answer == Answer.GOING else f"{rsvp.member} is not on the list."
