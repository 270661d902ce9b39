"""Approve or decline new members. In the top package, because an approval changes seats of meetups, too."""

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.decorators import permission_required
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bookclub.core.privacy_registry import get_privacy_modules
from bookclub.core.text import cut_to_field
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rendering import render_mail
from meetups.models import Meetup
from meetups.rsvps import locked_seat_counter
from members.account_deletion import DeletionChoices
from members.models import Member

ANSWERS = {
    "yes": ("Say yes", "They become members: they see what members see, and the seats that they asked for are theirs."),
    "no": ("Say no", "Their accounts are deleted, with all that we know of them. One mail tells them, in kind words."),
}


def approve_member(member: Member) -> bool:
    """Approve a member, give them the seats that they asked for, and notify them. Idempotent. One transaction.

    Every upcoming meetup is locked in turn: otherwise a concurrent RSVP could stay pending.
    """
    with transaction.atomic():
        waiting = Member.objects.filter(pk=member.pk, approved_at=None)
        if not waiting.update(approved_at=timezone.now()):
            return False
        OutgoingMail.objects.enqueue(
            key=f"approved:{member.pk}",
            kind="approved",
            to=member.email,
            **render_mail("members/email/approved", {"member": member}),
        )
        for meetup in Meetup.objects.upcoming().order_by("pk"):
            with locked_seat_counter(meetup):
                pass  # leaving the block moves the queue
    return True


def decline_member(member: Member) -> bool:
    """Delete an unapproved account with its personal data, and notify the person. Idempotent. One transaction."""
    with transaction.atomic():
        member = (
            Member.objects.select_for_update(no_key=True).filter(pk=member.pk, approved_at=None, is_staff=False).first()
        )
        if member is None:
            return False
        address, words = member.email, render_mail("members/email/declined", {"member": member})
        for module in get_privacy_modules():
            module.erase_data(member, DeletionChoices(keep_session_notes=False, keep_author_page=False))
        key, nothing = f"declined:{member.pk}", OutgoingMail.Retention.NOTHING
        member.delete()
        OutgoingMail.objects.enqueue(key=key, kind="declined", to=address, retention=nothing, **words)
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("members.change_member", raise_exception=True)
def answer_page(request, answer, admin_site):
    """Confirmation page for `answer` ("yes" or "no") to the members whose keys are in `?id=`."""
    if answer not in ANSWERS or (answer == "no" and not request.user.has_perm("members.delete_member")):
        raise Http404
    sent = request.POST if request.method == "POST" else request.GET
    members = Member.objects.awaiting_approval().filter(pk__in=[key for key in sent.getlist("id") if key.isdecimal()])

    def act():
        for member in members:
            answer_member(request, answer, member)

    title, what_happens = ANSWERS[answer]
    return admin_site.get_model_admin(Member).confirm(
        request,
        act,
        title=title,
        button=title,
        text=what_happens,
        back_url=reverse("admin:members_member_changelist"),
        back_label="" if members else "Back to the members",
        hidden=[("id", member.pk) for member in members],
        is_refused=not members,
        template="admin/members/approval.html",
        members=members,
    )


def answer_member(request, answer, member):
    """Approve or decline, and log it; the log entry of a declined person has no name."""
    done = approve_member(member) if answer == "yes" else decline_member(member)
    if done:
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(Member),
            object_id=str(member.pk),
            object_repr=cut_to_field(LogEntry, "object_repr", str(member)) if answer == "yes" else "Somebody",
            action_flag=CHANGE if answer == "yes" else DELETION,
            change_message=ANSWERS[answer][0],
        )
