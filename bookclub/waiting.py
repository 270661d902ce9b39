"""What waits to be done, for the front page of the desk: each entry leads to the place where it is done.

Some twenty queries, however much there is. A person is told of what they reach at the desk, and may do.
"""

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from bookclub.desk.moments import goes_live
from bookclub.desk.outgoing import Outbox, list_at
from bookclub.desk.reach import in_reach
from books.models import ITEMS, Book
from meetups.models import Meetup, WriteUp
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
    words: str
    address: str
    detail: str = ""


@dataclass
class Group:
    """Things that wait for the same; where there are more than are shown, `rest` is the list of all."""

    heading: str
    entries: list[Entry]
    rest: str = ""


def waiting_for(user):
    """A list of Groups, those first that decide what the public sees."""
    groups = [
        *(newcomers() if user.has_perm("members.change_member") else ()),
        *(mail() if user.has_perm("bookclub.change_outgoingmail") else ()),
        *writeups(user),
        *(meetups(user) if user.has_perm("meetups.change_meetup") else ()),
        *(letters(user) if user.has_perm("newsletter.send_issue") else ()),
        *(books(user) if user.has_perm("books.change_book") else ()),
    ]
    return [group for group in groups if group.entries]


def newcomers():
    yield group("Would like to join", Member.objects.waiting(), "standing=waiting")


def mail():
    """What keeps mail from leaving, and what a person has to settle."""
    outbox = Outbox()
    if outbox.fence:
        yield Group("No mail leaves", [Entry(f"{capfirst(str(outbox.fence))}: look, and let it go on", list_at())])
    elif outbox.waits and not outbox.workers:
        yield Group("No mail leaves", [Entry("No worker is running: mail waits", list_at("queued"))])
    for heading, state in MAIL:
        number = outbox.counts[state]
        words = [Entry(f"{number} mail{'' if number == 1 else 's'}", list_at(state))]
        yield Group(heading, words if number else [])


def writeups(user):
    if not user.has_perm("meetups.change_writeup"):
        return
    own = in_reach(WriteUp.objects.order_by("-pk"), user)
    yield group("Drafts", own.unstamped(), "state=draft")
    scheduled = own.filter(published_at__gt=timezone.now()).order_by("published_at")
    yield group("Scheduled", scheduled, "state=scheduled", lambda each: f"goes live {goes_live(each.published_at)}")


def meetups(user):
    evenings = in_reach(Meetup.objects.select_related("book"), user)
    yield group("Evenings without a write-up", evenings.past().filter(writeup=None), "", address=write_it_up)
    upcoming = evenings.upcoming().exclude(date=None).first()
    if upcoming is None:
        yield Group("Next meetup", [Entry("No next meetup is announced: add one", reverse("admin:meetups_meetup_add"))])
    else:
        missing = [Entry(f"{upcoming}: {words}", page_of(upcoming)) for words in missing_in(upcoming)]
        yield Group("Next meetup", missing)


def missing_in(meetup):
    if not meetup.is_published:
        yield f"goes live {goes_live(meetup.published_at)}" if meetup.published_at else "is a draft, so nobody sees it"
    if meetup.book_id is None:
        yield "has no book yet"
    if meetup.venue_id is None:
        yield "has no venue yet"


def letters(user):
    unsent = Issue.objects.unsent()
    yield group("Letters that missed their moment", unsent.missed(), "", address=letter_page)
    yield group("Letters that the mail server refuses", Issue.objects.stopped(), "", address=letter_page)
    yield group("Letters nearly done", unsent.filter(send_at=None), "", address=letter_page)
    unknown = Issue.objects.filter(deliveries__state=Delivery.State.UNKNOWN).distinct()
    yield group("Letters of which a copy may or may not have gone out", unknown, "", address=letter_page)


def letter_page(issue):
    return reverse("admin:newsletter_issue_letter", args=[issue.pk])


def books(user):
    own = in_reach(Book.objects.all(), user)
    yield group("Covers that are not put in words", own.exclude(cover="").filter(cover_alt=""))
    yield group("Books without a cover", own.filter(cover=""))
    yield Group("Left unpublished on published books", [entry for model in ITEMS for entry in left_behind(model, user)])


def left_behind(model, user):
    """How many of a kind each published book has that are drafts still. One query."""
    drafts = in_reach(model.objects.unstamped(), user).filter(book__published_at__lte=timezone.now())
    counts = drafts.order_by("book__title").values_list("book", "book__title").annotate(Count("pk"))
    opts = model._meta
    for book, title, number in counts[:SHOWN]:
        noun = opts.verbose_name if number == 1 else opts.verbose_name_plural
        yield Entry(f"{title}: {number} {noun}", list_of(model, f"book__id__exact={book}&state=draft"))


def group(heading, rows, query="", detail=lambda _: "", address=None):
    """The first of `rows`, each with its page at the desk or what `address` says."""
    found = list(rows[: SHOWN + 1])
    entries = [Entry(str(row), (address or page_of)(row), detail(row)) for row in found[:SHOWN]]
    return Group(heading, entries, list_of(rows.model, query) if len(found) > SHOWN else "")


def write_it_up(meetup):
    return f"{reverse('admin:meetups_writeup_add')}?meetup={meetup.pk}&book={meetup.book_id or ''}"


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_of(model, query):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + (query and f"?{query}")
