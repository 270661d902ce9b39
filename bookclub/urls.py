from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe

from bookclub import icons, views
from bookclub.core.decorators import accept_body
from bookclub.mail.providers import webhook_path_and_view
from bookclub.search.views import search
from bookclub.share_cards.views import share_card
from bookclub.sitemaps import SITEMAPS

WEBHOOK_BYTES = 2 * 1024 * 1024  # providers report on many mails at a time
urlpatterns = [
    path("", views.home, name="home"),
    path("", include("meetups.urls")),
    path("", include("books.urls")),
    path("", include("members.urls")),
    path("", include("newsletter.urls")),
    path("accounts/", include("members.account_urls")),
    path("admin/", admin.site.urls),
    path("search/", search, name="search"),
    path("favicon.ico", icons.favicon, name="favicon"),
    path("apple-touch-icon.png", icons.touch_icon, name="touch_icon"),
    path("privacy/", views.privacy, name="privacy"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("healthz", views.healthz, name="healthz"),
    path("theme-<slug:digest>.css", views.theme, name="theme"),
    path("cards/<slug:kind>/<int:pk>-<slug:digest>.jpg", share_card, name="share_card"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": SITEMAPS}, name="sitemap"),
    re_path(rf"^{settings.MEDIA_URL.lstrip('/')}(?P<path>.+)$", views.media, name="media"),
]
if settings.EMAIL_WEBHOOK:
    route, webhook = webhook_path_and_view()
    urlpatterns.append(path(route, accept_body(WEBHOOK_BYTES)(webhook)))

handler400 = "bookclub.error_pages.bad_request"
handler429 = "bookclub.error_pages.too_many_requests"  # of django-allauth
handler500 = "bookclub.error_pages.server_error"
