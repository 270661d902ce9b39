from allauth.account import signals
from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self):
        from members import sign_ins, suspended  # noqa: PLC0415 - models can be imported from here on

        suspended.install()
        signals.password_changed.connect(sign_ins.after_new_password, dispatch_uid="members.password_changed")
        signals.password_set.connect(sign_ins.after_new_password, dispatch_uid="members.password_set")
        signals.password_reset.connect(sign_ins.after_reset, dispatch_uid="members.password_reset")
