from allauth.account.signals import user_logged_in
from django.apps import AppConfig


class MeetupsConfig(AppConfig):
    name = "meetups"

    def ready(self):
        from meetups import visitor_rsvps  # noqa: PLC0415 - models can be imported from here on

        user_logged_in.connect(visitor_rsvps.record_visitor_rsvp, dispatch_uid="meetups.visitor_rsvps")
