from django.conf import settings
from django.utils.functional import SimpleLazyObject

from bookclub.models import Club


def site(request):
    """`club`, as the middleware fetched it, and `canonical_url`: this page's address without its query string."""
    return {
        "club": getattr(request, "club", None) or SimpleLazyObject(Club.objects.current),
        "canonical_url": f"{settings.SITE_URL}{request.path}",
    }
