"""Saying yes or no to who would like to join. It stands at the roof because a yes gives seats, too."""

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.decorators import permission_required
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bookclub.compose import compose
from bookclub.outbox import OutgoingMail
from meetups.models import Meetup
from meetups.seating import locked_seats
from members.leaving import Wishes
from members.models import Member
from members.parts import parts

ANSWERS = {
    "yes": ("Say yes", "They become members: they see what members see, and the seats that they asked for are theirs."),
    "no": ("Say no", "Their accounts are deleted, with all that we know of them. One mail tells them, in kind words."),
}


def approve(member: Member) -> bool:
    """Make a member of who waits, seat them where they have asked for a seat, and tell them. Safe to repeat.

    Every meetup ahead is locked meanwhile, so that nobody is kept waiting who asks for a seat at this very moment.
    """
    with transaction.atomic():
        waiting = Member.objects.filter(pk=member.pk, approved_at=None)
        if not waiting.update(approved_at=timezone.now()):
            return False
        OutgoingMail.objects.write(
            key=f"approved:{member.pk}",
            kind="approved",
            to=member.email,
            **compose("members/email/approved", {"member": member}),
        )
        for meetup in Meetup.objects.upcoming().order_by("pk"):
            with locked_seats(meetup):
                """At the end of it the line moves, with them in it."""
    return True


def decline(member: Member) -> bool:
    """Delete who waits, with all that says who they are, and tell them. Safe to repeat; members are not declined."""
    with transaction.atomic():
        member = (
            Member.objects.select_for_update(no_key=True).filter(pk=member.pk, approved_at=None, is_staff=False).first()
        )
        if member is None:
            return False
        address, words = member.email, compose("members/email/declined", {"member": member})
        for part in parts():
            part.erase(member, Wishes(keeps_session_notes=False, keeps_author_page=False))
        key, nothing = f"declined:{member.pk}", OutgoingMail.Keeps.NOTHING
        member.delete()
        OutgoingMail.objects.write(key=key, kind="declined", to=address, keeps=nothing, **words)
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("members.change_member", raise_exception=True)
def answer_page(request, answer, desk):
    """A page of the desk that says what will happen; its button does it. Members by their keys in `?id=`."""
    if answer not in ANSWERS or (answer == "no" and not request.user.has_perm("members.delete_member")):
        raise Http404
    sent = request.POST if request.method == "POST" else request.GET
    members = Member.objects.waiting().filter(pk__in=[key for key in sent.getlist("id") if key.isdecimal()])
    if request.method == "POST":
        for member in members:
            do(request, answer, member)
        return redirect("admin:members_member_changelist")
    title, what_happens = ANSWERS[answer]
    context = desk.each_context(request) | {"title": title, "what_happens": what_happens, "members": members}
    return render(request, "admin/members/joining.html", context)


def do(request, answer, member):
    """The log keeps who said yes to whom; of who was told no, that there was somebody."""
    done = approve(member) if answer == "yes" else decline(member)
    if done:
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(Member),
            object_id=str(member.pk),
            object_repr=str(member) if answer == "yes" else "Somebody",
            action_flag=CHANGE if answer == "yes" else DELETION,
            change_message=ANSWERS[answer][0],
        )
