from allauth.account.signals import user_logged_in
from django.apps import AppConfig


class MeetupsConfig(AppConfig):
    name = "meetups"

    def ready(self):
        from meetups import pending_rsvps  # noqa: PLC0415 - models can be imported from here on

        user_logged_in.connect(pending_rsvps.record_pending_rsvp, dispatch_uid="meetups.pending_rsvps")
