"""Labels of the kinds of mail, for organisers. A kind without a label is shown by its code name."""

from django.contrib import admin

LABELS = {
    "account-already-exists": "You have an account already",
    "account-deleted": "Your account is gone",
    "account-connected": "Sign-in with another site added",
    "account-disconnected": "Sign-in with another site taken off",
    "account-inactive": "This account is closed",
    "approved": "You are a member",
    "declined": "Request to join declined",
    "email-changed": "Your address is changed",
    "email-confirmation": "Code for a new address",
    "guest-message": "Message to the guests of a meetup",
    "letter": "Letter",
    "letter-test": "Test letter",
    "login-code": "Code to sign in",
    "made-author": "You are an author",
    "mail-held": "Mail waits for an organiser",
    "meetup-cancelled": "Cancelled",
    "meetup-changed": "New date, time or place",
    "meetup-reinstated": "It takes place after all",
    "newsletter-confirm": "Confirm the newsletter",
    "newsletter-known": "You get the newsletter already",
    "password-changed": "Your password is changed",
    "password-reset": "Password reset",
    "password-reset-key": "Link for a new password",
    "password-set": "You have a password",
    "reauthentication-code": "Code to confirm identity",
    "recovery-codes-generated": "New recovery codes",
    "reminder-day": "Reminder, a day before",
    "reminder-week": "Reminder, a week before",
    "rsvp-going": "Your seat is saved",
    "rsvp-pending": "We have your request for a seat",
    "rsvp-promoted": "A seat is yours",
    "rsvp-given-back": "Your seat is given back",
    "rsvp-removed": "No longer on the list",
    "rsvp-waiting": "On the waiting list",
    "self-test": "Test of our mail",
    "signup-closed": "Sign-up is closed",
    "totp-activated": "Authenticator app set up",
    "totp-deactivated": "Authenticator app taken off",
    "unknown-account": "No account with this address",
    "wants-to-join": "Somebody would like to join",
    "webauthn-added": "Passkey added",
    "webauthn-removed": "Passkey taken off",
    "writeup-ready": "A draft is ready",
    "writeup-out": "The write-up is out",
}


def kind_label(kind):
    return LABELS.get(kind, kind)


class KindFilter(admin.AllValuesFieldListFilter):
    """List filter by the kinds of mail that exist, with their labels."""

    def choices(self, changelist):
        for choice in super().choices(changelist):
            yield choice | {"display": kind_label(choice["display"])}
