"""The first steps of a new club, until they are done or put away."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import permission_required
from django.db.models import Exists
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from bookclub.core.models import Club
from bookclub.guide import build_url
from meetups.models import Meetup, WriteUp
from newsletter.deliverability import has_no_mail_server

PERMISSION = "bookclub.change_club"


@dataclass
class Step:
    text: str
    hint: str
    url: str
    is_done: bool


@dataclass
class FirstSteps:
    steps: list[Step]
    is_put_away: bool

    @classmethod
    def for_user(cls, user, club):
        """Return the FirstSteps, or None if all are done or not for this user. At most one query."""
        if not user.has_perm(PERMISSION):
            return None
        steps = [*list_club_steps(club), *list_content_steps(user), build_mail_step()]
        is_complete = all(step.is_done for step in steps)
        return None if is_complete else cls(steps, club.first_steps_put_away_at is not None)

    @property
    def is_shown(self):
        return not self.is_put_away

    @property
    def done_count(self):
        return sum(step.is_done for step in self.steps)

    @property
    def comes_first(self):
        """Return whether the club has just begun."""
        return self.done_count * 2 <= len(self.steps)


def list_club_steps(club):
    form = reverse("admin:bookclub_club_changelist")
    is_saved = not club._state.adding  # noqa: SLF001 - documented in "Model instance reference"
    default_name = Club._meta.get_field("name").default
    yield Step(
        "Give the club its name",
        "It stands at the top of every page.",
        f"{form}#id_name",
        is_saved and club.name != default_name,
    )
    yield Step(
        "Say where people reach you",
        "The contact: answers to mails go there.",
        f"{form}#id_contact_email",
        bool(club.contact_email),
    )
    yield Step(
        "Choose the time zone",
        f"Every time is shown in it. Now it is {club.time_zone}.",
        f"{form}#id_time_zone",
        is_saved and club.time_zone != "UTC",
    )


def list_content_steps(user):
    has_meetup, has_writeup = (
        get_user_model()
        .objects.filter(pk=user.pk)
        .values_list(Exists(Meetup.objects.all()), Exists(WriteUp.objects.all()))
        .get()
    )
    yield Step(
        "Plan the first meetup",
        "A date is enough. Nobody sees it before you publish it.",
        reverse("admin:meetups_meetup_add"),
        has_meetup,
    )
    yield Step(
        "Paste the first write-up",
        "From Word, Google Docs, a mail or the old blog.",
        reverse("admin:meetups_writeup_paste"),
        has_writeup,
    )


def build_mail_step():
    hint = "Without a mail server, codes and letters stay on this machine."
    return Step("Let mail leave", hint, build_url("first-steps#let-mail-leave"), not has_no_mail_server())


def get_urls(admin_site):
    return [path("first-steps/", admin_site.admin_view(put_away_first_steps), name="first_steps")]


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def put_away_first_steps(request):
    """Put the list away, or bring it back with `show`. For all organisers."""
    Club.objects.get_or_create(pk=1)
    moment = None if "show" in request.POST else timezone.now()
    Club.objects.update(first_steps_put_away_at=moment)
    return redirect("admin:index")
