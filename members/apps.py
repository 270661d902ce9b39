from allauth.account import signals
from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self):
        # Models can be imported from here on.
        from allauth.mfa.signals import authenticator_added  # noqa: PLC0415

        from members import allauth_internals, sessions  # noqa: PLC0415

        allauth_internals.patch_suspended_requests()
        signals.password_changed.connect(sessions.handle_password_change, dispatch_uid="members.password_changed")
        signals.password_set.connect(sessions.handle_password_change, dispatch_uid="members.password_set")
        authenticator_added.connect(sessions.handle_new_authenticator, dispatch_uid="members.authenticator_added")
        signals.password_reset.connect(sessions.handle_password_reset, dispatch_uid="members.password_reset")
