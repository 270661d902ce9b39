from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BookclubConfig(AppConfig):
    name = "bookclub"
    verbose_name = "The club"


class DeskConfig(admin.AdminConfig):
    """Django's admin, with the organisers' desk as its site."""

    default = False
    default_site = "bookclub.front_page.FrontPage"
