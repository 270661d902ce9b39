from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BookclubConfig(AppConfig):
    name = "bookclub"
    verbose_name = "The club"


class ClubAdminConfig(admin.AdminConfig):
    """Django's admin, with the club's admin site."""

    default = False
    default_site = "bookclub.admin_site.ClubAdminSite"
