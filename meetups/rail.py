"""What stands beside a meetup for one reader: how things stand, how many seats there are, and what they can do."""

from django.utils.functional import cached_property

from bookclub.publishing import is_member
from bookclub.templatetags.bookclub import in_words
from meetups.forms import RSVPForm, VisitorForm
from meetups.models import RSVP, Meetup

Answer, Stage = RSVP.Answer, Meetup.Stage
STAMPS = {Answer.GOING: "Going", Answer.WAITING: "Waiting list", Answer.PENDING: "Not yet sure"}
TONES = {Stage.OPEN: "", Stage.SOON: "", Stage.TO_BE_ANNOUNCED: "", Answer.GOING: "going"}
TONES |= {Answer.WAITING: "wait", Answer.PENDING: "wait"}
NO_CHAIRS = {Stage.TO_BE_ANNOUNCED, Stage.CANCELLED, Stage.PAST}
DOTS_AT_MOST = 30


class Rail:
    """Of a meetup from `for_cards(user)`. `form` is one that was sent and came back. At most four queries."""

    def __init__(self, meetup, user, club, form=None):
        self.meetup, self.user, self.club, self._sent = meetup, user, club, form
        self.standing = str(meetup.standing)
        self.tone = TONES.get(self.standing, "over")

    @property
    def template(self):
        return f"meetups/stage/_{self.standing}.html"

    @property
    def stamp(self):
        return STAMPS.get(self.standing) or self.meetup.stage.label

    @property
    def news(self):
        """For the title of the page, which is the first thing that is read aloud after a form was sent."""
        words = {Answer.GOING: "You have a seat", Answer.WAITING: "You are on the waiting list"}
        return words.get(self.standing, "")

    @property
    def is_visitor(self):
        return not self.user.is_authenticated

    @property
    def takes_answers(self):
        return self.meetup.is_published and self.meetup.stage in {Stage.OPEN, Stage.FULL}

    @property
    def turns_away(self):
        """Visitors, where the club takes nobody new."""
        return self.is_visitor and self.club.joining == self.club.Joining.CLOSED

    @property
    def asks_first(self):
        """Whether an organiser has to say yes to this reader."""
        return self.club.joining == self.club.Joining.APPROVAL and not is_member(self.user)

    @cached_property
    def form(self):
        if self._sent is not None:
            return self._sent
        known = {"guests": self.rsvp.guests, "line": self.rsvp.line} if self.rsvp else {}
        return VisitorForm(club=self.club) if self.is_visitor else RSVPForm(club=self.club, initial=known)

    @property
    def extras_summary(self):
        return "Bring a guest, or leave us a line" if self.club.guests_allowed else "Leave us a line"

    @property
    def change_summary(self):
        return "Change who comes with you, or your line" if self.club.guests_allowed else "Change your line to us"

    @property
    def reminders(self):
        """When they go out."""
        chosen = [(self.club.reminds_a_week_before, "a week"), (self.club.reminds_a_day_before, "a day")]
        spans = " and ".join(words for is_chosen, words in chosen if is_chosen)
        return spans and f"{spans} before"

    @property
    def has_declined(self):
        return self.rsvp is not None and not self.rsvp.is_coming and not self.rsvp.is_removed

    @property
    def is_removed(self):
        return self.rsvp is not None and self.rsvp.is_removed

    @cached_property
    def rsvp(self):
        """The reader's own, or None."""
        return self.meetup.rsvps.filter(member=self.user).first() if self.meetup.own_answer else None

    @cached_property
    def place_in_line(self):
        """“2nd of 3”."""
        place, waiting = self.rsvp.place
        return f"{ordinal(place)} of {waiting}"

    @property
    def is_organiser(self):
        return self.user.has_perm("meetups.view_rsvp")

    @property
    def shows_count(self):
        return self.club.shows_count or self.is_organiser

    @property
    def dots(self):
        """A class for each chair: "t" for taken, "you" for the reader's own; none where nobody could count them."""
        capacity = self.meetup.capacity
        if self.standing in NO_CHAIRS or not self.shows_count or not capacity or capacity > DOTS_AT_MOST:
            return []
        taken = min(self.meetup.seats_taken, capacity)
        own = min(self.own_seats, taken)
        return ["t"] * (taken - own) + ["you"] * own + [""] * (capacity - taken)

    @property
    def own_seats(self):
        return self.rsvp.seats if self.standing == Answer.GOING else 0

    @property
    def count(self):
        """How many come, in a sentence or two."""
        taken, capacity, own = self.meetup.seats_taken, self.meetup.capacity, self.own_seats
        if not self.shows_count:
            return ""
        if capacity is None:
            return coming(taken, own)
        if taken > capacity or not capacity:
            return "All seats are taken."
        if not taken:
            return f"{said(capacity)} seat{'' if capacity == 1 else 's'}, and none taken yet."
        yours = f", {in_words(own)} of them by you" if own and own < taken else ", by you" if own else ""
        left = f" {said(capacity - taken)} left." if taken < capacity else ""
        return f"{said(taken)} of {in_words(capacity)} seats taken{yours}.{left}"

    @cached_property
    def waiting_count(self):
        return self.meetup.rsvps.in_line().count() if self.shows_count else 0

    @property
    def waiting_words(self):
        """“Two people are”."""
        return f"{said(self.waiting_count)} {'person is' if self.waiting_count == 1 else 'people are'}"

    @property
    def shows_names(self):
        by_rule = self.club.guest_list == self.club.GuestList.NAMES and is_member(self.user)
        return by_rule or self.is_organiser

    @cached_property
    def names(self):
        """Of those who come, as this reader may know them, in the order in which they asked; then how many more."""
        if not self.shows_names:
            return []
        members = [rsvp.member for rsvp in self.meetup.rsvps.going().select_related("member")]
        names = [str(member) if self.is_organiser else member.first_name for member in members]
        named = list(filter(None, names))
        others = self.meetup.seats_taken - len(named)
        return [*named, f"{in_words(others)} more"] if named and others > 0 else named


def coming(people, own):
    """Where as many may come as like."""
    if not people:
        return "Nobody has saved a seat yet: be the first."
    if people <= own:
        return "You are the first to come."
    is_or_are = "person is" if people == 1 else "people are"
    return f"{said(people)} {is_or_are} coming{', you among them' if own else ''}."


def said(number):
    """At the beginning of a sentence."""
    return in_words(number).capitalize()


def ordinal(number):
    """“2nd”."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else ending}"
