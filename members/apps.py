from allauth.account import signals
from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self):
        from members import allauth_internals, sessions  # noqa: PLC0415 - models can be imported from here on

        allauth_internals.patch_suspended_requests()
        signals.password_changed.connect(sessions.handle_password_change, dispatch_uid="members.password_changed")
        signals.password_set.connect(sessions.handle_password_change, dispatch_uid="members.password_set")
        signals.password_reset.connect(sessions.handle_password_reset, dispatch_uid="members.password_reset")
