"""The site's URLs with a mail provider's webhook, which exists only where its key is set."""

from anymail.webhooks.brevo import BrevoTrackingWebhookView
from django.urls import path

from bookclub import urls as site

urlpatterns = [*site.urlpatterns, path("hooks/mail/brevo/tracking/", BrevoTrackingWebhookView.as_view())]
handler400, handler429, handler500 = site.handler400, site.handler429, site.handler500
