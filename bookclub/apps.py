from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate, pre_migrate


class BookclubConfig(AppConfig):
    name = "bookclub"
    verbose_name = "The club"

    def ready(self):
        # Models can be imported from here on.
        from bookclub.search import triggers  # noqa: PLC0415

        pre_migrate.connect(triggers.before_migrate, sender=self, dispatch_uid="bookclub.search")
        post_migrate.connect(triggers.after_migrate, sender=self, dispatch_uid="bookclub.search")


class ClubAdminConfig(admin.AdminConfig):
    """Django's admin, with the club's admin site."""

    default = False
    default_site = "bookclub.admin_site.ClubAdminSite"

    def ready(self):
        super().ready()
        # Models and admin classes can be imported from here on.
        from allauth.mfa.models import Authenticator  # noqa: PLC0415
        from django.contrib.admin import site  # noqa: PLC0415

        from members.admin.authenticators import AuthenticatorAdmin  # noqa: PLC0415

        site.unregister(Authenticator)
        site.register(Authenticator, AuthenticatorAdmin)
