from allauth.account.signals import user_logged_in
from django.apps import AppConfig


class MeetupsConfig(AppConfig):
    name = "meetups"

    def ready(self):
        from meetups import wishes  # noqa: PLC0415 - models can be imported from here on

        user_logged_in.connect(wishes.fulfil, dispatch_uid="meetups.wishes")
