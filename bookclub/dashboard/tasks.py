"""Groups of open tasks: what is wrong, what somebody has begun, and loose ends."""

from django.db.models import CharField, Count, Exists, F, Q, Value
from django.urls import reverse
from django.utils import timezone

from bookclub.admin_base.object_permissions import filter_editable
from bookclub.core.formatting import format_future_moment
from bookclub.dashboard.entries import SHOWN, Entry, Group, build_group, find_url, get_list_url
from bookclub.mail.admin import OutboxStatus, changelist_url
from books.models import ITEMS, Book
from meetups.models import Meetup, Paste, WriteUp
from members.models import Member
from newsletter.models import Delivery, Issue

MAIL = [
    ("Mail that waits for you", "held"),
    ("Mail that may or may not have gone out", "unknown"),
    ("Mail that could not be sent", "failed"),
]


def list_problems(user):
    """Return Groups of what waits for a decision: people, mail, letters."""
    groups = [
        *(list_newcomers() if user.has_perm("members.change_member") else ()),
        *(list_ready_drafts() if user.has_perm("bookclub.publish") else ()),
        *(list_mail_problems(user) if user.has_perm("bookclub.change_outgoingmail") else ()),
        *(list_stuck_letters() if user.has_perm("newsletter.send_issue") else ()),
    ]
    return [group for group in groups if group.entries]


def list_unfinished_work(user):
    """Return Groups of what somebody has begun, and meetups that nobody has written about."""
    groups = [
        *list_unfinished_pastes(user),
        *list_unpublished(WriteUp, "Drafts", "Scheduled", user),
        *list_unpublished(Meetup, "Draft meetups", "Scheduled meetups", user),
        *(list_past_meetups(user) if user.has_perm("meetups.add_writeup") else ()),
        *(list_unsent_letters() if user.has_perm("newsletter.send_issue") else ()),
    ]
    return [group for group in groups if group.entries]


def list_loose_ends(user):
    """Return Groups of what is missing on pages that are there."""
    groups = list_incomplete_books(user) if user.has_perm("books.change_book") else ()
    return [group for group in groups if group.entries]


def list_newcomers():
    yield build_group("Would like to join", Member.objects.awaiting_approval(), "status=waiting")


def list_ready_drafts():
    """Yield the drafts of which their authors say that they are ready. One query."""
    drafts = WriteUp.objects.drafts().filter(ready_mark__isnull=False).select_related("ready_mark__by")
    yield build_group(
        "Ready for you", drafts.order_by("ready_mark__at"), detail=lambda each: f"by {each.ready_mark.by}"
    )


def list_mail_problems(user):
    """Return reasons why no mail is sent, and mails that need an organiser's decision."""
    outbox = OutboxStatus()
    yield Group("No mail leaves", [Entry(reason, changelist_url()) for reason in outbox.list_reasons(user)])
    for heading, state in MAIL:
        number = outbox.counts[state]
        words = [Entry(f"{number} mail{'' if number == 1 else 's'}", changelist_url(state))]
        yield Group(heading, words if number else [])


def list_stuck_letters():
    """Yield the letters that missed their time, that the mail server refuses, or of which copies are unknown. One query."""
    unknown = Exists(Issue.objects.deliveries_subquery().filter(state=Delivery.State.UNKNOWN))
    missed, refused = Issue.objects.missed().values("pk"), Issue.objects.paused_with_reason().values("pk")
    stuck = Issue.objects.annotate(has_unknown=unknown).filter(
        Q(pk__in=missed) | Q(pk__in=refused) | Q(has_unknown=True)
    )
    yield build_group("Letters that wait for you", stuck, detail=describe_stuck_letter, get_url=get_letter_url)


def describe_stuck_letter(issue):
    if issue.is_missed:
        return "missed its time"
    if issue.pause_reason and not issue.cancelled_at:
        return "has paused by itself"
    return "of some copies nobody knows whether they arrived"


def list_unfinished_pastes(user):
    """Yield pastes whose review is not saved, oldest first: those are deleted first."""
    found = Paste.objects.visible_to(user).unfinished().for_lists().order_by("changed_at", "pk")[: SHOWN + 1]
    entries = [build_paste_entry(paste, user) for paste in found]
    rest_url = reverse("admin:meetups_writeup_unfinished_pastes") if len(entries) > SHOWN else ""
    yield Group("Unfinished pastes", entries[:SHOWN], rest_url)


def build_paste_entry(paste, user):
    review, discard = (
        reverse(f"admin:meetups_writeup_{page}", args=[paste.pk]) for page in ("paste_review", "discard_paste")
    )
    details = [
        paste.get_destination_display(),
        f"by {paste.owner}" if paste.owner != user else "",
        f"goes on {paste.last_day_in_words}" if paste.is_expiring else "",
    ]
    return Entry(str(paste), review, ", ".join(filter(None, details)), [("Go on", review), ("Throw away …", discard)])


def list_unpublished(model, drafts_heading, scheduled_heading, user):
    """Yield the drafts of `model` and what is scheduled, with the buttons to publish them. Two queries."""
    if not user.has_perm(f"meetups.change_{model._meta.model_name}"):
        return
    rows = model.objects.going_ahead().named_for(user) if model is Meetup else model.objects.all()
    own = filter_editable(rows.order_by("-pk"), user)
    may_publish = user.has_perm("bookclub.publish")

    def list_actions(row):
        pages = {"Publish …": "publish", "Schedule …": "schedule"} if may_publish else {}
        addresses = [
            (label, find_url(f"meetups_{model._meta.model_name}_{page}", row.pk)) for label, page in pages.items()
        ]
        return [(label, address) for label, address in addresses if address]

    yield build_group(drafts_heading, own.drafts(), "state=draft", list_actions=list_actions)
    yield build_group(
        scheduled_heading,
        own.filter(published_at__gt=timezone.now()).order_by("published_at"),
        "state=scheduled",
        detail=lambda row: f"goes live {format_future_moment(row.published_at)}",
        list_actions=list_actions,
    )


def list_past_meetups(user):
    if not user.has_perm("meetups.change_meetup"):
        return
    reachable = filter_editable(Meetup.objects.going_ahead().named_for(user), user)
    may_tick = user.has_perm("meetups.view_rsvp")

    def list_actions(meetup):
        came = [("Who came", find_url("meetups_meetup_attendance", meetup.pk))] if may_tick else []
        return [*came, ("Write it up", get_new_writeup_url(meetup))]

    without = reachable.past().filter(writeup=None)
    yield build_group("Meetups without a write-up", without, get_url=get_new_writeup_url, list_actions=list_actions)


def list_unsent_letters():
    unsent = Issue.objects.unsent().exclude(pk__in=Issue.objects.missed().values("pk"))
    yield build_group("Letters", unsent.order_by("send_at", "-pk"), detail=describe_letter, get_url=get_letter_url)


def describe_letter(issue):
    if issue.send_at is None:
        return "draft"
    is_ahead = issue.send_at > timezone.now()
    return f"goes out {format_future_moment(issue.send_at)}" if is_ahead else "is about to go out"


def get_letter_url(issue):
    return reverse("admin:newsletter_issue_review", args=[issue.pk])


def list_incomplete_books(user):
    own = filter_editable(Book.objects.all(), user)
    yield build_group("Covers without a description", own.exclude(cover="").filter(cover_alt=""))
    yield build_group("Books without a cover", own.filter(cover=""))
    yield Group("Left unpublished on published books", list_left_drafts(user))


def list_left_drafts(user):
    """Return Entries: how many drafts of each kind of item published books have. One query."""
    counts = [count_left_drafts(model, user) for model in ITEMS]
    rows = counts[0].union(*counts[1:]).order_by("book_title", "book", "kind")[:SHOWN]
    models = {model._meta.model_name: model for model in ITEMS}
    return [build_left_drafts_entry(models[row["kind"]], row) for row in rows]


def count_left_drafts(model, user):
    drafts = filter_editable(model.objects.drafts(), user).filter(book__published_at__lte=timezone.now())
    kind = Value(model._meta.model_name, output_field=CharField())
    return drafts.order_by().values("book", book_title=F("book__title"), kind=kind).annotate(number=Count("pk"))


def build_left_drafts_entry(model, row):
    opts = model._meta
    noun = opts.verbose_name if row["number"] == 1 else opts.verbose_name_plural
    address = get_list_url(model, f"book__id__exact={row['book']}&state=draft")
    return Entry(f"{row['book_title']}: {row['number']} {noun}", address)


def get_new_writeup_url(meetup):
    return f"{reverse('admin:meetups_writeup_add')}?meetup={meetup.pk}&book={meetup.book_id or ''}"
