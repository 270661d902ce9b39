"""Who comes to a meetup: its guest list, and what an organiser does to it. One address for each act.

What can't be undone – a seat that goes to somebody else, more seats than there were – is asked about first.
"""

from dataclasses import dataclass

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bookclub.templatetags.bookclub import count, names
from meetups import hosting
from meetups.changing import those_coming
from meetups.desk.evening import MemberBox, is_on
from meetups.models import RSVP, Meetup
from members.models import Member

Answer = RSVP.Answer
CANCEL_FIRST = "{}: people are coming. Cancel it first, which tells them; then delete it, if you must."
CHOOSE = "Choose a member first."
GONE = "That answer is not there any more."
RAISES = "All {taken} seats are taken{waiting}. With {needed} seats instead of {capacity} there is one for {name}{guests}, and for nobody else."
LOSES_SEAT = "{name} goes to the end of the waiting list, and is told so by mail. The seat goes to the first in the line whom it fits. This can't be undone."
REMOVES = (
    "{name} is told by mail. The seat goes to whoever waits for it. Only an organiser can put {name} on the list again."
)


def in_line(waiting):
    """“, and 2 parties wait”, or nothing."""
    parties = "1 party waits" if waiting == 1 else f"{waiting} parties wait"
    return f", and {parties}" if waiting else ""


class AddForm(forms.Form):
    """Whom to add and, once it was asked, how: with `capacity` beyond the seats that there are, or to wait."""

    member = forms.ModelChoiceField(Member.objects.filter(is_active=True))
    guests = forms.IntegerField(label="Guests they bring", min_value=0, max_value=9, required=False)
    capacity = forms.IntegerField(min_value=1, max_value=32_767, required=False)
    waits = forms.BooleanField(required=False)

    def __init__(self, *args, desk, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["member"].widget = MemberBox(desk, self.fields["member"].choices)

    def clean_guests(self):
        return self.cleaned_data["guests"] or 0


class RemovalForm(forms.Form):
    because = forms.CharField(
        label="Why",
        max_length=300,
        help_text="Kept here, for organisers.",
        widget=forms.TextInput({"class": "vTextField"}),
        error_messages={"required": "Say why: it is kept with the list."},
    )
    tells = forms.BooleanField(label="Put it into the mail too", required=False)


@dataclass
class Section:
    """Those who gave the same answer, in the order in which they asked."""

    answer: str
    heading: str
    hint: str
    rsvps: list

    @property
    def seat_count(self):
        return sum(rsvp.seats for rsvp in self.rsvps)


SECTIONS = [
    (Answer.GOING, "Going", ""),
    (Answer.WAITING, "Waiting", "In the order of the line: who comes first gets the next seat that fits."),
    (Answer.PENDING, "Waiting for your yes", "They hold no seat. Say yes once, and it is for every meetup."),
    (Answer.NOT_GOING, "Can't come", ""),
    ("removed", "Taken off the list", "Only you can put them back."),
]


def sections_of(meetup):
    """A list of Sections, those with nobody in them left out. One query."""
    rsvps = list(meetup.rsvps.select_related("member", "removed_by").order_by("turn"))
    groups = {answer: [] for answer, *_ in SECTIONS}
    for rsvp in rsvps:
        groups["removed" if rsvp.is_removed else rsvp.answer].append(rsvp)
    return [Section(answer, heading, hint, groups[answer]) for answer, heading, hint in SECTIONS if groups[answer]]


class GuestList:
    """For the ModelAdmin of meetups."""

    def get_urls(self):
        view = self.admin_site.admin_view
        acts = {"seat": self.seat_view, "front": self.front_view}
        pages = {"waiting": self.waiting_view, "removal": self.removal_view}
        return [
            path("<int:pk>/guests/", view(self.guests_view), name="meetups_meetup_guests"),
            path("<int:pk>/guests/add/", view(require_POST(self.add_guest_view)), name="meetups_meetup_add_guest"),
            *(path(f"<int:pk>/guests/<int:key>/{act}/", view(require_POST(acts[act]))) for act in acts),
            *(path(f"<int:pk>/guests/<int:key>/{page}/", view(pages[page])) for page in pages),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, **options):
        context["sees_guests"] = request.user.has_perm("meetups.view_rsvp")
        return super().render_change_form(request, context, **options)

    def get_deleted_objects(self, objs, request):
        """People who are coming keep a meetup from being deleted: nobody would tell them."""
        found, counts, missing, protected = super().get_deleted_objects(objs, request)
        coming = [meetup for meetup in objs if not meetup.is_past and not meetup.cancelled_at and those_coming(meetup)]
        return found, counts, missing, [*protected, *(CANCEL_FIRST.format(meetup) for meetup in coming)]

    def delete_queryset(self, request, queryset):
        """One by one: each under the lock on its seats."""
        for meetup in queryset:
            meetup.delete()

    def tell_seated(self, request, seated):
        """Those to whom a save has given a seat."""
        if seated:
            has = "has" if len(seated) == 1 else "have"
            self.message_user(request, f"{names(rsvp.member for rsvp in seated)} waited, and {has} a seat now.")

    @admin.display(description="seats")
    def taken(self, meetup):
        return seats_in_words(meetup)

    @admin.display(description="who comes")
    def who_comes(self, meetup):
        if meetup.pk is None:
            return "Once the meetup is saved."
        address = reverse("admin:meetups_meetup_guests", args=[meetup.pk])
        return format_html('{}. <a href="{}">Guest list</a>', seats_in_words(meetup), address)

    def guests_view(self, request, pk):
        meetup = self.meetup_for(request, pk, "meetups.view_rsvp")
        obstacle = hosting.obstacle(meetup)
        context = {
            "title": f"Guest list: {meetup}",
            "crumb": "Guest list",
            "is_list": True,
            "seats": seats_in_words(meetup),
            "has_come": is_on(meetup),
            "sections": sections_of(meetup),
            "closed_because": hosting.OBSTACLES.get(obstacle, ""),
            "may_say_yes": request.user.has_perm("members.change_member"),
            "may_change": not obstacle and request.user.has_perm("meetups.change_rsvp"),
            "may_cancel": not meetup.is_past and self.has_change_permission(request, meetup),
            "may_tick": request.user.has_perm("meetups.change_rsvp"),
            "form": AddForm(desk=self.admin_site, initial={"guests": 0}),
        }
        return self.page(request, meetup, "guests", context)

    def add_guest_view(self, request, pk):
        meetup = self.meetup_for(request, pk)
        form = AddForm(request.POST, desk=self.admin_site)
        if not form.is_valid():
            wrong = CHOOSE if "member" in form.errors else next(iter(form.errors.values()))[0]
            self.message_user(request, wrong, "error")
            return self.to_list(meetup)
        member, guests, capacity, waits = form.cleaned_data.values()
        is_new = not meetup.rsvps.coming().filter(member=member).exists()
        if is_new and capacity is None and not waits and not fits(meetup, 1 + guests):
            return self.ask_for_seats(request, meetup, RSVP(member=member, guests=guests), may_wait=True)
        return self.do(request, meetup, lambda: hosting.add(meetup, member, guests=guests, capacity=capacity))

    def seat_view(self, request, pk, key):
        """Out of turn. Asks first where that takes more seats than there are."""
        meetup = self.meetup_for(request, pk)
        rsvp = self.rsvp_of(meetup, key)
        capacity = request.POST.get("capacity", "")
        if not capacity.isdecimal() and not fits(meetup, rsvp.seats):
            return self.ask_for_seats(request, meetup, rsvp)
        agreed = int(capacity[:5]) if capacity.isdecimal() else 0
        return self.do(request, meetup, lambda: hosting.give_seat(rsvp, capacity=agreed))

    def front_view(self, request, pk, key):
        meetup = self.meetup_for(request, pk)
        return self.do(request, meetup, lambda: hosting.to_top(self.rsvp_of(meetup, key)))

    def waiting_view(self, request, pk, key):
        """Asks first; a POST does it."""
        meetup = self.meetup_for(request, pk)
        rsvp = self.rsvp_of(meetup, key)
        if request.method == "POST":
            return self.do(request, meetup, lambda: hosting.to_waiting(rsvp))
        context = {
            "title": "Back to the waiting list",
            "sentence": LOSES_SEAT.format(name=rsvp.member),
            "buttons": [("", "", f"Put {rsvp.member} on the waiting list")],
        }
        return self.page(request, meetup, "sure", context)

    def removal_view(self, request, pk, key):
        """Asks why; a POST does it."""
        meetup = self.meetup_for(request, pk)
        rsvp = self.rsvp_of(meetup, key)
        form = RemovalForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            why = form.cleaned_data | {"by": request.user}
            return self.do(request, meetup, lambda: hosting.remove(rsvp, **why))
        context = {
            "title": f"Take {rsvp.member} off the list",
            "sentence": REMOVES.format(name=rsvp.member),
            "form": form,
            "buttons": [("", "", "Take them off the list")],
        }
        return self.page(request, meetup, "sure", context)

    def ask_for_seats(self, request, meetup, rsvp, *, may_wait=False):
        """“All 12 seats are taken. With 13 instead of 12 …”: nothing is raised that was not agreed to by its number."""
        needed = meetup.seats_taken + rsvp.seats
        waiting = meetup.rsvps.waiting().count()
        sentence = RAISES.format(
            taken=meetup.seats_taken,
            waiting=in_line(waiting),
            needed=needed,
            capacity=meetup.capacity,
            name=rsvp.member,
            guests=f" and {count(rsvp.guests, 'guest')}" if rsvp.guests else "",
        )
        buttons = [("capacity", needed, f"Make it {needed} seats")]
        if may_wait:
            buttons = [("waits", "on", "Put them on the waiting list"), *buttons]
        kept = [("member", rsvp.member_id), ("guests", rsvp.guests)] if may_wait else []
        context = {"title": "There is no free seat", "sentence": sentence, "buttons": buttons, "kept": kept}
        return self.page(request, meetup, "sure", context)

    def do(self, request, meetup, verb):
        """The verb, which returns an RSVP; then the list, with what became of it."""
        try:
            rsvp = verb()
        except ValidationError as error:
            self.message_user(request, error.message, "error")
        except (RSVP.DoesNotExist, Meetup.DoesNotExist):
            self.message_user(request, GONE, "error")
        else:
            self.log_change(request, meetup, "Guest list changed.")  # without a name: the log outlives the account
            self.message_user(request, said(rsvp), "success")
        return self.to_list(meetup)

    def to_list(self, meetup):
        return redirect("admin:meetups_meetup_guests", meetup.pk)

    def meetup_for(self, request, pk, permission="meetups.change_rsvp"):
        """Raises PermissionDenied for whoever may not, and Http404 where it is gone."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        meetup = self.get_queryset(request).select_related("seats", "venue").filter(pk=pk).first()
        if meetup is None:
            raise Http404
        return meetup

    def rsvp_of(self, meetup, key):
        rsvp = meetup.rsvps.select_related("member").filter(pk=key).first()
        if rsvp is None:
            raise Http404
        return rsvp

    def page(self, request, meetup, name, context):
        form = context.get("form")
        context = (
            self.admin_site.each_context(request)
            | {
                "opts": self.opts,
                "meetup": meetup,
                "media": self.media + (form.media if form else forms.Media()),
                "list": reverse("admin:meetups_meetup_guests", args=[meetup.pk]),
            }
            | context
        )
        return TemplateResponse(request, f"admin/meetups/meetup/{name}.html", context)


def seats_in_words(meetup):
    """“9 of 12 seats taken”, “9 seats taken”."""
    taken = meetup.seats_taken
    if meetup.capacity is None:
        return f"{count(taken, 'seat')} taken"
    return f"{taken} of {count(meetup.capacity, 'seat')} taken"


def fits(meetup, seats):
    return meetup.seats_free is None or seats <= meetup.seats_free


def said(rsvp):
    """“Bob Baptiste waits: 2 of 3.”"""
    if rsvp.is_removed:
        return f"{rsvp.member} is off the list."
    if rsvp.answer in {Answer.WAITING, Answer.PENDING}:
        place, length = rsvp.place
        return f"{rsvp.member} waits: number {place} of {length} in the line."
    return f"{rsvp.member} is going." if rsvp.answer == Answer.GOING else f"{rsvp.member} is not on the list."
