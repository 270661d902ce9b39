from django.apps import AppConfig
from django.conf import settings


class NewsletterConfig(AppConfig):
    name = "newsletter"

    def ready(self):
        if settings.ANYMAIL:
            # Imported here because models can be loaded only when the app registry is ready.
            from newsletter import webhooks  # noqa: F401, PLC0415 - connects its signal receiver
