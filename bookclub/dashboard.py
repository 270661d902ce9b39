"""Open tasks for the dashboard, the front page of the admin. Each links to the page for doing it.

About twenty queries, for any number of tasks. Organisers and authors see only tasks that they have permission for.
"""

from dataclasses import dataclass, field

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from bookclub.admin_base.object_permissions import filter_editable
from bookclub.core.formatting import format_future_moment
from bookclub.mail.admin import OutboxStatus, changelist_url
from books.models import ITEMS, Book
from meetups.models import Meetup, Paste, WriteUp
from members.models import Member
from newsletter.models import Delivery, Issue

SHOWN = 5
MAIL = [
    ("Mail that waits for you", "held"),
    ("Mail that may or may not have gone out", "unknown"),
    ("Mail that could not be sent", "failed"),
]


@dataclass
class Entry:
    text: str
    url: str
    detail: str = ""
    actions: list[tuple[str, str]] = field(default_factory=list)  # (label, address)


@dataclass
class Group:
    """Tasks of one kind; `rest_url` is the list of all of them if not all are shown."""

    heading: str
    entries: list[Entry]
    rest_url: str = ""


def list_open_tasks(user):
    """Return the Groups of open tasks, with those about public content first."""
    groups = [
        *(list_newcomers() if user.has_perm("members.change_member") else ()),
        *(list_mail_problems(user) if user.has_perm("bookclub.change_outgoingmail") else ()),
        *list_unfinished_pastes(user),
        *list_unpublished_writeups(user),
        *(list_incomplete_meetups(user) if user.has_perm("meetups.change_meetup") else ()),
        *(list_unfinished_issues(user) if user.has_perm("newsletter.send_issue") else ()),
        *(list_incomplete_books(user) if user.has_perm("books.change_book") else ()),
    ]
    return [group for group in groups if group.entries]


def list_newcomers():
    yield build_group("Would like to join", Member.objects.awaiting_approval(), "status=waiting")


def list_mail_problems(user):
    """Return reasons why no mail is sent, and mails that need an organiser's decision."""
    outbox = OutboxStatus()
    yield Group("No mail leaves", [Entry(reason, changelist_url()) for reason in outbox.list_reasons(user)])
    for heading, state in MAIL:
        number = outbox.counts[state]
        words = [Entry(f"{number} mail{'' if number == 1 else 's'}", changelist_url(state))]
        yield Group(heading, words if number else [])


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
    return Entry(str(paste), review, ", ".join(filter(None, details)), [("Go on", review), ("Throw away", discard)])


def list_unpublished_writeups(user):
    if not user.has_perm("meetups.change_writeup"):
        return
    own = filter_editable(WriteUp.objects.order_by("-pk"), user)
    yield build_group("Drafts", own.drafts(), "state=draft")
    scheduled = own.filter(published_at__gt=timezone.now()).order_by("published_at")
    yield build_group(
        "Scheduled", scheduled, "state=scheduled", lambda each: f"goes live {format_future_moment(each.published_at)}"
    )


def list_incomplete_meetups(user):
    reachable = filter_editable(Meetup.objects.going_ahead().named_for(user), user)
    yield build_group(
        "Meetups without a write-up", reachable.past().filter(writeup=None), "", get_url=get_new_writeup_url
    )
    upcoming = reachable.upcoming().exclude(date=None).first()
    if upcoming is None:
        yield Group("Next meetup", [Entry("No next meetup is announced: add one", reverse("admin:meetups_meetup_add"))])
    else:
        missing = [Entry(f"{upcoming}: {words}", get_change_url(upcoming)) for words in list_missing_facts(upcoming)]
        yield Group("Next meetup", missing)


def list_missing_facts(meetup):
    if not meetup.is_published:
        yield (
            f"goes live {format_future_moment(meetup.published_at)}"
            if meetup.published_at
            else "is a draft, so nobody sees it"
        )
    if meetup.book_id is None:
        yield "has no book yet"
    if meetup.venue_id is None:
        yield "has no venue yet"


def list_unfinished_issues(user):
    unsent = Issue.objects.unsent()
    yield build_group("Letters that missed their time", unsent.missed(), "", get_url=get_issue_url)
    yield build_group(
        "Letters that the mail server refuses", Issue.objects.paused_with_reason(), "", get_url=get_issue_url
    )
    yield build_group("Draft letters", unsent.filter(send_at=None), "", get_url=get_issue_url)
    unknown = Issue.objects.filter(deliveries__state=Delivery.State.UNKNOWN).distinct()
    yield build_group("Letters of which a copy may or may not have gone out", unknown, "", get_url=get_issue_url)


def get_issue_url(issue):
    return reverse("admin:newsletter_issue_review", args=[issue.pk])


def list_incomplete_books(user):
    own = filter_editable(Book.objects.all(), user)
    yield build_group("Covers without a description", own.exclude(cover="").filter(cover_alt=""))
    yield build_group("Books without a cover", own.filter(cover=""))
    yield Group(
        "Left unpublished on published books", [entry for model in ITEMS for entry in list_left_drafts(model, user)]
    )


def list_left_drafts(model, user):
    """Yield how many drafts of `model` each published book has. One query."""
    drafts = filter_editable(model.objects.drafts(), user).filter(book__published_at__lte=timezone.now())
    counts = drafts.order_by("book__title").values_list("book", "book__title").annotate(Count("pk"))
    opts = model._meta
    for book, title, number in counts[:SHOWN]:
        noun = opts.verbose_name if number == 1 else opts.verbose_name_plural
        yield Entry(f"{title}: {number} {noun}", get_list_url(model, f"book__id__exact={book}&state=draft"))


def get_new_writeup_url(meetup):
    return f"{reverse('admin:meetups_writeup_add')}?meetup={meetup.pk}&book={meetup.book_id or ''}"


def get_change_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def get_list_url(model, query):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + (query and f"?{query}")


def build_group(heading, rows, query="", detail=lambda _: "", get_url=get_change_url):
    """Return a Group of the first `rows`; each links to its admin page, or to `get_url(row)`."""
    found = list(rows[: SHOWN + 1])
    entries = [Entry(str(row), get_url(row), detail(row)) for row in found[:SHOWN]]
    return Group(heading, entries, get_list_url(rows.model, query) if len(found) > SHOWN else "")
