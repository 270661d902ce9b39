from django.conf import settings
from django.utils.functional import SimpleLazyObject

from bookclub.models import Club


def site(request):
    """`club` in two queries, once a template reads it, and `canonical_url`: this page without its query string."""
    return {
        "club": SimpleLazyObject(Club.objects.current),
        "site_url": settings.SITE_URL,
        "canonical_url": f"{settings.SITE_URL}{request.path}",
    }
