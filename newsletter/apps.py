from django.apps import AppConfig
from django.conf import settings


class NewsletterConfig(AppConfig):
    name = "newsletter"

    def ready(self):
        if settings.ANYMAIL:
            # Late, since its models need the apps to be there.
            from newsletter import webhooks  # noqa: F401, PLC0415 - connects itself
