"""What a mail is about, as organisers say it. A kind that is not here shows its own name."""

from django.contrib import admin

WORDS = {
    "account-already-exists": "You have an account already",
    "account-closed": "This account is closed",
    "account-connected": "Sign-in with another site added",
    "account-disconnected": "Sign-in with another site taken off",
    "account-gone": "Your account is gone",
    "approved": "You are a member",
    "declined": "No to who would like to join",
    "email-changed": "Your address is changed",
    "email-confirmation": "Code for a new address",
    "letter": "Letter",
    "letter-test": "Letter, a try",
    "login-code": "Code to sign in",
    "mail-held": "Mail waits for an organiser",
    "meetup-cancelled": "Cancelled",
    "meetup-changed": "New date, time or place",
    "meetup-reinstated": "It takes place after all",
    "newsletter-confirm": "Confirm the newsletter",
    "newsletter-known": "You get the newsletter already",
    "nobody-new": "No account, and nobody new",
    "password-changed": "Your password is changed",
    "password-reset": "Your password is changed, by mail",
    "password-reset-key": "Link for a new password",
    "password-set": "You have a password",
    "recovery-codes-generated": "New recovery codes",
    "reminder-day": "Reminder, a day before",
    "reminder-week": "Reminder, a week before",
    "rsvp-going": "Your seat is saved",
    "rsvp-pending": "We have your wish for a seat",
    "rsvp-promoted": "A seat is yours",
    "rsvp-removed": "No longer on the list",
    "rsvp-waiting": "On the waiting list",
    "same-person-code": "Code, to be sure who it is",
    "self-test": "A try of our mail",
    "totp-activated": "Authenticator app set up",
    "totp-deactivated": "Authenticator app taken off",
    "unknown-account": "No account with this address",
    "wants-to-join": "Somebody would like to join",
    "webauthn-added": "Passkey added",
    "webauthn-removed": "Passkey taken off",
    "writeup-out": "The write-up is out",
}


def in_words(kind):
    return WORDS.get(kind, kind)


class KindFilter(admin.AllValuesFieldListFilter):
    """The kinds that there are, in words."""

    def choices(self, changelist):
        for choice in super().choices(changelist):
            yield choice | {"display": in_words(choice["display"])}
