"""Make a member an author: their page, their role, and a mail. In the top package, because roles are of the project."""

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bookclub.core.slugs import unique_slug
from bookclub.mail.models import OutgoingMail
from bookclub.mail.rendering import render_mail
from bookclub.roles import AUTHOR
from members import sessions
from members.models import Author, Member

EXPLANATION = (
    "{name} may write and change their own write-ups, with the books of these. Nothing is public before an organiser "
    "publishes it. {page} A mail tells {name}."
)
NEW_PAGE = "They get an author’s page, which readers see once a write-up of theirs is out."
OWN_PAGE = "They have an author’s page already: {}."
FREE_PAGE = "The author’s page of this name, which belongs to no account yet, becomes theirs: {}."


def is_author(member):
    """Return whether the member has all that an author needs. Up to two queries."""
    return member.is_staff and hasattr(member, "author") and member.groups.filter(name=AUTHOR).exists()


def find_free_page(member):
    """Return the author's page of the member's name that belongs to no account, or None if there is not exactly one."""
    pages = list(Author.objects.filter(member=None, name__iexact=member.name)[:2]) if member.name else []
    return pages[0] if len(pages) == 1 else None


def make_author(member) -> bool:
    """Give the member the role of an author and a page, and tell them. Return whether anything was new. Idempotent."""
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        if is_author(member):
            return False
        if not hasattr(member, "author"):
            give_page(member)
        is_promoted = not member.is_staff
        Member.objects.filter(pk=member.pk).update(is_staff=True, approved_at=member.approved_at or timezone.now())
        member.groups.add(Group.objects.get(name=AUTHOR))
        if is_promoted and member.authenticator_set.exists():
            sessions.end_all_sign_ins(member)  # staff also need the passkey that they may have
        OutgoingMail.objects.enqueue(
            key=f"made-author:{member.pk}:{timezone.now():%Y%m%dT%H%M%S%f}",
            kind="made-author",
            to=member.email,
            **render_mail("members/email/made-author", {"member": member}),
        )
    return True


def give_page(member):
    page = find_free_page(member)
    if page is None:
        name = member.name or "New author"
        page = Author(name=name, slug=unique_slug(Author.objects.all(), name, fallback="author"))
    page.member = member
    page.save()


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(["members.change_member", "members.add_author"], raise_exception=True)
def make_author_page(request, pk, admin_site):
    """Ask first, then make the member an author."""
    model_admin = admin_site.get_model_admin(Member)
    member = get_object_or_404(Member.objects.filter(is_active=True), pk=pk)
    if not model_admin.has_change_permission(request, member):
        raise PermissionDenied

    def act():
        if not make_author(member):
            return f"{member} is an author already."
        model_admin.log_change(request, member, "Made an author.")
        return f"{member} is an author now, and a mail says so."

    return model_admin.confirm(
        request,
        act,
        title=f"Make {member} an author",
        row=member,
        crumb="Make an author",
        text=EXPLANATION.format(name=member, page=describe_page(member)),
        button="Make an author",
        back_url=model_admin.reverse("change", member.pk),
    )


def describe_page(member):
    if hasattr(member, "author"):
        return OWN_PAGE.format(member.author)
    page = find_free_page(member)
    return FREE_PAGE.format(page.get_absolute_url()) if page else NEW_PAGE
