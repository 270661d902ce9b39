"""Cancel a meetup and take the cancelling back. Both are idempotent, and raise ValidationError after its end."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from meetups import emails
from meetups.rsvps import MEETUP_IS_OVER, locked_meetup_change, locked_seat_counter


def cancel_meetup(meetup, reason=""):
    """Cancel the meetup, and notify everybody with a seat or in the queue. RSVPs stay, in case it is reinstated."""
    with locked_seat_counter(meetup) as counter:
        meetup = counter.meetup
        if meetup.is_past:
            raise ValidationError(MEETUP_IS_OVER, code="past")
        if meetup.cancelled_at is None:
            meetup.cancelled_at, meetup.cancellation_reason = timezone.now(), reason
            meetup.save(update_fields=["cancelled_at", "cancellation_reason"])
            emails.write_cancellation_mails(meetup)


def reinstate_meetup(meetup):
    """Undo a cancellation: notify the same people, and let the queue move again."""
    with locked_meetup_change(meetup) as counter:
        meetup = counter.meetup
        if meetup.is_past:
            raise ValidationError(MEETUP_IS_OVER, code="past")
        if meetup.cancelled_at is not None:
            meetup.cancelled_at, meetup.cancellation_reason = None, ""
            meetup.save(update_fields=["cancelled_at", "cancellation_reason"])
            emails.write_reinstatement_mails(meetup)
