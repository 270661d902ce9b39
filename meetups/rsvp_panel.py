"""The RSVP panel of a meetup for one reader: status, seats, and the reader's possible actions."""

from django.utils.functional import cached_property

from bookclub.core.formatting import number_in_words
from bookclub.core.visibility import is_member
from meetups.forms import RSVPForm, VisitorForm
from meetups.models import RSVP, Meetup

Answer, Stage = RSVP.Answer, Meetup.Stage
ANSWER_LABELS = {Answer.GOING: "Going", Answer.WAITING: "Waiting list", Answer.PENDING: "Not yet sure"}
CSS_CLASSES = {Stage.OPEN: "", Stage.SOON: "", Stage.TO_BE_ANNOUNCED: "", Answer.GOING: "success"}
CSS_CLASSES |= {Answer.WAITING: "warning", Answer.PENDING: "warning"}
STATUSES_WITHOUT_CHAIRS = {Stage.TO_BE_ANNOUNCED, Stage.CANCELLED, Stage.PAST}
MAX_CHAIRS = 30


class RSVPPanel:
    """The context of meetups/_rsvp_panel.html. At most four queries.

    `meetup` comes from `for_cards(user)`; `form` is a submitted form with errors.
    """

    def __init__(self, meetup, user, club, form=None):
        self.meetup, self.user, self.club, self._submitted_form = meetup, user, club, form
        self.reader_status = str(meetup.reader_status)
        self.css_class = CSS_CLASSES.get(self.reader_status, "neutral")

    @property
    def label(self):
        return ANSWER_LABELS.get(self.reader_status) or self.meetup.stage.label

    @property
    def title_prefix(self):
        """The beginning of the page title: after a form was sent, screen readers read it first."""
        if self._submitted_form is not None and self._submitted_form.errors:
            return "Error: "
        prefixes = {Answer.GOING: "You have a seat: ", Answer.WAITING: "You are on the waiting list: "}
        return prefixes.get(self.reader_status, "")

    @property
    def is_visitor(self):
        return not self.user.is_authenticated

    @property
    def takes_answers(self):
        return self.meetup.is_published and self.meetup.stage in {Stage.OPEN, Stage.FULL}

    @property
    def is_closed_to_visitors(self):
        return self.is_visitor and self.club.joining == self.club.Joining.CLOSED

    @property
    def needs_approval(self):
        """Return whether an organiser must approve the reader before they get a seat."""
        return self.club.joining == self.club.Joining.APPROVAL and not is_member(self.user)

    @cached_property
    def form(self):
        if self._submitted_form is not None:
            return self._submitted_form
        initial = {"guests": self.rsvp.guests, "message": self.rsvp.message} if self.rsvp else {}
        return VisitorForm(club=self.club) if self.is_visitor else RSVPForm(club=self.club, initial=initial)

    @property
    def details_label(self):
        return "Bring a guest, or leave us a message" if self.club.guests_allowed else "Leave us a message"

    @property
    def change_label(self):
        return "Change who comes with you, or your message" if self.club.guests_allowed else "Change your message to us"

    @property
    def reminder_times(self):
        """The times of the reminders, such as “a week and a day before”; empty without reminders."""
        choices = [(self.club.reminds_a_week_before, "a week"), (self.club.reminds_a_day_before, "a day")]
        spans = " and ".join(span for is_chosen, span in choices if is_chosen)
        return spans and f"{spans} before"

    @property
    def has_declined(self):
        return self.rsvp is not None and not self.rsvp.is_going_or_queued and not self.rsvp.is_removed

    @property
    def is_removed(self):
        return self.rsvp is not None and self.rsvp.is_removed

    @cached_property
    def rsvp(self):
        """The reader's own RSVP, or None."""
        return self.meetup.rsvps.filter(member=self.user).first() if self.meetup.own_answer else None

    @property
    def is_organiser(self):
        return self.user.has_perm("meetups.view_rsvp")

    @property
    def links_to_guest_list(self):
        return self.is_organiser and self.user.is_staff

    @property
    def shows_headcount(self):
        return self.club.shows_headcount or self.is_organiser

    @property
    def chair_classes(self):
        """The CSS class of each chair: "taken", "yours" or ""; an empty list if no chairs are drawn."""
        capacity = self.meetup.capacity
        is_drawn = self.shows_headcount and self.reader_status not in STATUSES_WITHOUT_CHAIRS
        if not is_drawn or not capacity or capacity > MAX_CHAIRS:
            return []
        taken = min(self.meetup.seats_taken, capacity)
        own = min(self.own_seats, taken)
        return ["taken"] * (taken - own) + ["yours"] * own + [""] * (capacity - taken)

    @property
    def own_seats(self):
        return self.rsvp.party_size if self.reader_status == Answer.GOING else 0

    @property
    def seats_sentence(self):
        """The number of taken and free seats in one or two sentences."""
        taken, capacity, own = self.meetup.seats_taken, self.meetup.capacity, self.own_seats
        if not self.shows_headcount:
            return ""
        if capacity is None:
            return describe_unlimited_seats(taken, own)
        if taken > capacity or not capacity:
            return "All seats are taken."
        if not taken:
            return f"{capitalized_number(capacity)} seat{'' if capacity == 1 else 's'}, and none taken yet."
        yours = f", {number_in_words(own)} of them by you" if own and own < taken else ", by you" if own else ""
        left = f" {capitalized_number(capacity - taken)} left." if taken < capacity else ""
        return f"{capitalized_number(taken)} of {number_in_words(capacity)} seats taken{yours}.{left}"

    @cached_property
    def queue_length(self):
        return self.meetup.rsvps.queued().count() if self.shows_headcount else 0

    @property
    def queue_sentence(self):
        """A sentence such as “Two people are on the waiting list.”"""
        is_or_are = "person is" if self.queue_length == 1 else "people are"
        return f"{capitalized_number(self.queue_length)} {is_or_are} on the waiting list."

    @property
    def shows_guest_names(self):
        by_rule = self.club.guest_list_visible_to == self.club.GuestList.NAMES and is_member(self.user)
        return by_rule or self.is_organiser

    @cached_property
    def guest_names(self):
        """The names of those with a seat that the reader may see, in queue order, and the number of others."""
        if not self.shows_guest_names:
            return []
        members = [rsvp.member for rsvp in self.meetup.rsvps.going().select_related("member")]
        names = [str(member) if self.is_organiser else member.first_name for member in members]
        named = list(filter(None, names))
        others = self.meetup.seats_taken - len(named)
        return [*named, f"{number_in_words(others)} more"] if named and others > 0 else named


def describe_unlimited_seats(taken, own):
    if not taken:
        return "Nobody has saved a seat yet: be the first."
    if taken <= own:
        return "You are the first to come."
    is_or_are = "person is" if taken == 1 else "people are"
    return f"{capitalized_number(taken)} {is_or_are} coming{', you among them' if own else ''}."


def capitalized_number(number):
    return number_in_words(number).capitalize()
