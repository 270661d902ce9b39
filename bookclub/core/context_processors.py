from django.conf import settings
from django.utils.functional import SimpleLazyObject

from bookclub.core.models import Club


def site(request):
    """`club`, as the middleware fetched it, and `canonical_url`: this page's address, with its page number alone."""
    page = request.GET.get("page", "")
    query = f"?page={page}" if page.isascii() and page.isdecimal() and page != "1" else ""
    return {
        "club": getattr(request, "club", None) or SimpleLazyObject(Club.objects.current),
        "canonical_url": f"{settings.SITE_URL}{request.path}{query}",
    }
