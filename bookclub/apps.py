from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BookclubConfig(AppConfig):
    name = "bookclub"
    verbose_name = "The club"


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
